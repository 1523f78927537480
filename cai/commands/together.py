"""A command that a launcher such as `torchrun` started in several processes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any

from cai.commands.runs import asked_stage, open_run
from cai.console import say
from cai.errors import CaiError, RunError
from cai.ranks import World

if TYPE_CHECKING:
    from cai.run import Run

_SHARED = ("runs.run", "runs.stage")


def together(arguments: Namespace, command: Callable[[Namespace], Any], world: World) -> int:
    """Lets process 0 do the command, and the others their part of its trainings.

    Returns:
        The exit code, the same for all. Only the process that fails first raises its error, and
        before they have found one another only process 0 does: the others would say the same.

    Raises:
        RunError: if the command has no part for other processes.
    """
    try:
        run = _opened(copy(arguments), world)
    except CaiError:
        if world.leads:
            raise
        return 2
    from cai.models import device_for
    from cai.pipeline import follow
    from cai.ranks.crew import join, leave

    device = device_for(run.recipe.engine.device)
    arguments.crew = run.crew = crew = join(world, device=device)
    if world.leads:
        say(f"{world.size} processes on {device.type}")
    code = 2
    try:
        code = int(command(arguments) or 0) if world.leads else follow(run, crew)
    except BaseException:
        if crew.fails_first():
            raise
    finally:
        if world.leads:
            crew.dismiss(code)
    if code == 0:
        leave()
    return code


def _opened(arguments: Namespace, world: World) -> Run:
    if arguments.command not in _SHARED:
        raise RunError(
            f"this command works in one process, and {world.size} were started; only `cai run` and "
            "the commands of stages are shared: start it without torchrun"
        )
    overrides = asked_stage(arguments)[1] if arguments.command == "runs.stage" else []
    return open_run(arguments, overrides)
