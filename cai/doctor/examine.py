"""All that is looked at, in the order in which one thing explains the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from cai.doctor import bounds, machine, packages, servers, space
from cai.doctor.finding import Finding, looked, worst
from cai.doctor.languages import languages
from cai.doctor.recipe import recipe
from cai.progress import Progress, silent
from cai.run import Run


def quick(run: Run) -> list[Finding]:
    """What can be known without loading weights, in a second or two: what `cai run` begins with."""
    found = [*_surroundings(run), *recipe(run)]
    return [*found, *_connections(run), *_models(run, found)]


def full(run: Run, *, progress: Progress = silent) -> Iterator[Finding]:
    """All of that and more, as it is found: servers are asked, and each stage makes a dry step."""
    yield from _surroundings(run)
    checked = recipe(run, without=("servers",))
    yield from checked
    yield from _connections(run)
    yield from looked(servers.GROUP, "servers", partial(servers.servers, run))
    yield from _models(run, checked)
    if worst(checked) != "failure":
        from cai.doctor.fit import GROUP, fits

        yield from looked(GROUP, "dry steps", partial(fits, run, progress))


def _surroundings(run: Run) -> Iterator[Finding]:
    yield from looked(packages.GROUP, "packages", partial(packages.versions, run))
    yield from looked(machine.GROUP, "machine", lambda: machine.machine(_machine(run)))


def _connections(run: Run) -> Iterator[Finding]:
    return looked(servers.GROUP, "connections", partial(servers.connections, run))


def _models(run: Run, checked: Sequence[Finding]) -> Iterator[Finding]:
    """What needs the recipe's models: nothing, where one of them is not there."""
    failed = {one.name for one in checked if one.verdict == "failure"}
    if "models" in failed:
        return
    known = not failed & {"settings", "prompts"}  # else prompts could not be read
    prompts = len(run.training.prompts) + len(run.heldout.prompts) if known else 0
    yield from looked(space.GROUP, "disk", partial(space.disks, run, prompts=prompts))
    yield from looked("templates", "templates", partial(languages, run))
    yield from looked(bounds.GROUP, "weights", partial(_bounds, run))


def _machine(run: Run) -> machine.Machine:
    return machine.this_machine(run.recipe.engine.device)


def _bounds(run: Run) -> Iterator[Finding]:
    return bounds.bounds(run, _machine(run).largest)
