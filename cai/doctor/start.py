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
    failed = [_line(one) for one in found if one.verdict == "failure"]
    if failed:
        raise RunError("\n".join(failed))


def _line(one: Finding) -> str:
    if one.group == recipe.GROUP:
        return one.text  # which names file, field and mend by itself
    told = f": {one.text}" if one.text else ""
    return f"{one.name}: {one.value}{told}"
