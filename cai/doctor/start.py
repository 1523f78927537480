"""What `cai run` asks before it works: silent when all is well."""

from __future__ import annotations

from cai.console import say
from cai.doctor import recipe
from cai.doctor.examine import quick
from cai.doctor.finding import Finding
from cai.errors import RunError
from cai.run import Run


def admit(run: Run) -> None:
    """Lets a run begin: says each warning in a line.

    Raises:
        RunError: with all failures, one in a line.
    """
    found = quick(run)
    for one in found:
        if one.verdict == "warning":
            say(f"note: {_line(one)}")
    failed = [one for one in found if one.verdict == "failure"]
    # What one group says in passing, another may have said with its place in the recipe.
    texts = [_line(one) for one in failed if not any(_repeats(one, other) for other in failed)]
    if texts:
        raise RunError("\n".join(texts))


def _repeats(one: Finding, other: Finding) -> bool:
    return one is not other and bool(one.text) and one.text in other.text != one.text


def _line(one: Finding) -> str:
    if one.group == recipe.GROUP:
        return one.text  # which names file, field and mend by itself
    told = f": {one.text}" if one.text else ""
    return f"{one.name}: {one.value}{told}"
