"""What `cai.preflight` checks of a recipe, as findings."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from cai.doctor.finding import Finding, looked
from cai.preflight import CHECKS, Check
from cai.run import Run

GROUP = "recipe"

_FINE = {
    "models": "all are there",
    "settings": "all stages accept theirs",
    "servers": "those that are needed answer",
    "prompts": "all leave room for answers",
    "comparisons": "all can be read",
}


def recipe(run: Run, *, without: Collection[str] = ()) -> list[Finding]:
    """A finding per check; none for one that would say again what an earlier one has said."""
    found: list[Finding] = []
    failed: set[str] = set()
    for check in CHECKS:
        if check.name in without or failed.intersection(check.after):
            continue
        made = list(looked(GROUP, check.name, partial(_checked, run, check)))
        failed |= {one.name for one in made if one.verdict == "failure"}
        found += made
    return found


def _checked(run: Run, check: Check) -> Iterator[Finding]:
    check.look(run)
    yield Finding(group=GROUP, name=check.name, verdict="ok", value=_FINE[check.name])
