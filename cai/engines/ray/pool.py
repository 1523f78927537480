"""The workers of a run: begun when models are asked, replaced when they die, ended after."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from cai.console import say
from cai.engines.base import Choice, Completion
from cai.engines.ray import cluster, patience
from cai.engines.ray.settings import RaySettings
from cai.engines.ray.work import Asked, Member, Piece, Request
from cai.engines.ray.worker import Lost, Met, Model, Refused, Worker, versions
from cai.engines.room import TooLongError
from cai.errors import EngineError

Found = list[tuple[int, Completion | Choice]]

_TRIES = 3  # workers that are asked one piece, before it is taken to be what they are lost to
_SECONDS_BETWEEN_LOOKS = 1.0


class Pool:
    """Workers that several models share, as they would share this process.

    They begin when the first request comes and end when no model is left that joined; in between a
    worker that dies is replaced wherever there is room, and its requests go to others. Neither
    changes a result: what a request gives does not depend on who answers it.

    Args:
        device: where models run: "cpu", "cuda", or None for a GPU if there is one.
        gpus_per_model: over how many one model is spread.
    """

    def __init__(
        self, settings: RaySettings, *, device: str | None = None, gpus_per_model: int = 1
    ) -> None:
        self._settings = settings
        self._device = device
        self._gpus_per_model = gpus_per_model
        self._members: list[Member] = []
        self._models = 0
        self._joined: set[int] = set()
        self._stillborn: list[str] = []  # why workers died before they were met, since one was

    @property
    def workers(self) -> list[Met]:
        """Those that have begun."""
        return [member.met for member in self._members if member.met is not None]

    def check(self) -> None:
        """Joins the cluster.

        Raises:
            EngineError: if that cannot be done, or none of its machines has room for a worker.
        """
        cluster.connect(self._settings)
        self._room()

    def width(self) -> int:
        """How many workers there should be.

        Raises:
            EngineError: as `check` does.
        """
        if self._settings.workers is None:
            cluster.connect(self._settings)
        return self._settings.workers or self._room()[0]

    def join(self) -> int:
        """A number for one more model."""
        self._models += 1
        self._joined.add(self._models)
        return self._models

    def leave(self, number: int) -> None:
        """Lets go of a model; with the last one the workers end."""
        import ray

        self._joined.discard(number)
        if not ray.is_initialized():  # the program ends
            self._members.clear()
        for member in self._members:
            if self._joined:
                member.actor.forget.remote(number)
            else:
                ray.kill(member.actor)
        if not self._joined:
            self._members.clear()

    def answers(
        self, model: Model, requests: Sequence[Request], pieces: Sequence[Sequence[int]]
    ) -> Iterator[Found]:
        """The results of pieces of the requests, by their places, as they come.

        When a piece is refused no further ones are sent, those under way are waited for, and the
        error comes after their results.

        Raises:
            EngineError: if requests cannot be answered, the cluster is gone, or there is no worker
                for ten minutes.
            TooLongError: if one of them leaves no room to answer.
        """
        from ray.exceptions import RayTaskError

        count, gpus = self._begin()
        own = [Piece(places) for places in pieces]
        asked = Asked(model, requests, own, deque(own))
        heard, pulse = time.monotonic(), cluster.Pulse()
        try:
            while not all(piece.done for piece in asked.pieces):
                if pulse.check() and asked.failure is None:
                    self._fill(asked, count, gpus)
                self._give(asked)
                found: Found = []
                for member in self._ended():
                    try:
                        found += self._found(member, asked)
                    except (EngineError, RayTaskError) as error:
                        asked.fail(error)
                # Before the results are stored, which may take longer than a worker is waited for.
                self._let_go_of_stuck(asked)
                self._give(asked)  # they work on meanwhile
                if found:
                    yield found
                if any(member.met for member in self._members):
                    heard = time.monotonic()
                elif time.monotonic() - heard > patience.WITHOUT_WORKERS_SECONDS:
                    raise EngineError(self._no_workers())
            if asked.failure is not None:
                raise asked.failure
        finally:
            for member in self._members:
                if member.piece is not None:
                    member.work_on(None)  # whoever broke off wants no result

    def _begin(self) -> tuple[int, float]:
        """Begins the workers that are not there; how many there should be, and the GPUs of each."""
        cluster.connect(self._settings)
        count, gpus = self._room()
        first = not self._members
        while len(self._members) < count:
            self._members.append(self._start(gpus))
        if first:
            say(f"Ray: {count} workers, each with {self._each(gpus)}, on {cluster.holdings()}")
        return count, gpus

    def _fill(self, asked: Asked, count: int, gpus: float) -> None:
        """Begins workers for those that were lost, unless they die whenever they begin."""
        if len(self._stillborn) >= _TRIES:
            why = _short(self._stillborn[-1])
            self._stillborn.clear()
            asked.fail(
                EngineError(
                    f"Ray: workers do not begin ({why}); every machine needs the same environment "
                    "as this one, with cai in it"
                )
            )
            return
        while len(self._members) < count:
            self._members.append(self._start(gpus))

    def _room(self) -> tuple[int, float]:
        """How many workers there should be, and the GPUs of each."""
        count, gpus = cluster.room(self._settings, self._device, self._gpus_per_model)
        if self._settings.workers is None and count == 0:
            raise EngineError(self._no_workers())
        return self._settings.workers or count, gpus

    def _start(self, gpus: float) -> Member:
        import ray

        options = ray.remote(Worker).options(
            num_cpus=self._settings.cpus,
            num_gpus=gpus,
            scheduling_strategy="SPREAD",
            # Which requests go to whom is decided here, so a worker that died is a new one.
            max_restarts=0,
            max_task_retries=0,
        )
        actor = options.remote(gpus)
        return Member(actor, actor.meet.remote())

    def _give(self, asked: Asked) -> None:
        for member in self._members:
            if member.met and member.task is None:
                piece = asked.todo.popleft() if asked.todo else self._late(asked)
                if piece is None:
                    return
                member.work_on(piece)
                own = [asked.requests[place] for place in piece.places]
                member.task = member.actor.answer.remote(asked.model, own)

    def _late(self, asked: Asked) -> Piece | None:
        """A piece that all who have it have had for too long, for one more worker: whichever is
        first counts, for they say the same."""
        limit = min(patience.HANGS_SECONDS, patience.late_after(asked))
        now = time.monotonic()
        for piece, holders in self._holders().items():
            newest = max(member.since for member in holders)
            if now - newest > limit and piece.tries + len(holders) < _TRIES:
                count = len(piece.places)
                host = holders[-1].host
                say(f"Ray: {host} takes long over {count} requests; another is asked too")
                return piece
        return None

    def _holders(self) -> dict[Piece, list[Member]]:
        """The workers that have each piece which is waited for."""
        found: dict[Piece, list[Member]] = {}
        for member in self._members:
            if member.piece is not None:
                found.setdefault(member.piece, []).append(member)
        return found

    def _let_go_of_stuck(self, asked: Asked) -> None:
        """Drops workers that have been at one thing for so long that they seem to hang."""
        now = time.monotonic()
        for member in tuple(self._members):
            seconds = now - member.since
            if (
                member.met
                and member.task is not None
                and seconds > patience.hangs_after(member, asked)
            ):
                piece, member.piece = member.piece, None
                self._lose(member, piece, asked, f"no answer for {seconds:.0f} seconds")

    def _ended(self) -> list[Member]:
        """Members whose task has ended, well or not; waits a moment for one."""
        import ray

        working = {member.task: member for member in self._members if member.task is not None}
        tasks = list(working)
        if not tasks:  # no worker is left
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            return []
        ready, _ = ray.wait(tasks, num_returns=1, timeout=_SECONDS_BETWEEN_LOOKS)
        if ready:
            ready, _ = ray.wait(tasks, num_returns=len(tasks), timeout=0)
        return [working[task] for task in ready]

    def _found(self, member: Member, asked: Asked) -> Found:
        """The results of a member's task that has ended; none if nobody waits for them.

        Raises:
            EngineError: if it was refused, or cannot be done by any worker.
            RayTaskError: an error of ours, and not of the machine.
        """
        from ray.exceptions import RayTaskError

        piece, began = member.piece, member.since
        member.piece = None
        try:
            result = self._result(member)
        except RayTaskError as error:
            if member.met is None:
                raise
            if piece is not None and piece not in self._holders():
                piece.done = True
                raise
            # It is answered, or may be by another that has it too. What went wrong may have left
            # its marks on the worker.
            self._drop(member, _reason(error))
            if piece is not None:
                piece.tries += 1
                piece.error = error
            return []
        if isinstance(result, Lost):
            self._lose(member, piece, asked, result.why)
            return []
        if piece is None:
            return []
        piece.done = True
        for other in self._holders().get(piece, []):
            other.work_on(None)
        if isinstance(result, Refused):
            if result.place is not None:
                raise TooLongError(piece.places[result.place], result.why)
            raise EngineError(result.why)
        member.answered.add(asked.model.number)
        asked.slowest = max(asked.slowest or 0.0, time.monotonic() - began)
        return list(zip(piece.places, result, strict=True))

    def _result(self, member: Member) -> Any:
        """What a member's task gave: `Lost` also if the member itself is gone.

        Raises:
            EngineError: if it is another version than this process.
            RayTaskError: as it was raised in the task.
        """
        import ray
        from ray.exceptions import RayTaskError

        task, member.task = member.task, None
        try:
            result = ray.get(task)
            if member.met is None:
                _check_versions(result)
        except (EngineError, RayTaskError):
            if member.met is None:  # nothing is to be asked of it
                self._members.remove(member)
                ray.kill(member.actor)
            raise
        except ray.exceptions.RayError as error:
            return Lost(_reason(error))
        if member.met is None:
            member.met = result
            self._stillborn.clear()
        return result

    def _lose(self, member: Member, piece: Piece | None, asked: Asked, why: str) -> None:
        """Drops a member that is of no use any more, and sees to the piece that it had."""
        if piece is not None and self._again(piece, asked, why):
            self._drop(member, why, f"; its {len(piece.places)} requests go to another")
        else:
            self._drop(member, why)

    def _drop(self, member: Member, why: str, and_then: str = "") -> None:
        """Ends a member. Another is begun for it when the head of the cluster is there to do so."""
        import ray

        self._members.remove(member)
        ray.kill(member.actor)  # it may live on where it cannot be reached
        if member.met is None:
            self._stillborn.append(why)
        else:
            say(f"Ray: {member.host} is replaced ({_short(why)}){and_then}")

    def _again(self, piece: Piece, asked: Asked, why: str) -> bool:
        """Whether a piece goes to another worker, now that one who had it is lost.

        It does not if another has it already, or that was the last try.
        """
        piece.tries += 1
        if piece in self._holders():
            return False
        if piece.error is None and asked.failure is None and piece.tries < _TRIES:
            asked.todo.appendleft(piece)
            return True
        piece.done = True
        start = asked.requests[piece.places[0]].messages[-1]["content"][:60]
        lost = EngineError(
            f"Ray: {piece.tries} workers were lost to the same {len(piece.places)} requests, the "
            f"first of which is {start!r}…; the last: {_short(why)}; if their machines have too "
            "little memory, take fewer workers per machine (more engine.ray.cpus), or a lower "
            "engine.token_budget"
        )
        asked.fail(piece.error or lost)
        return False

    def _each(self, gpus: float) -> str:
        return f"CPU {self._settings.cpus:g}" + (f", GPU {gpus:g}" if gpus else "")

    def _no_workers(self) -> str:
        _, gpus = cluster.room(self._settings, self._device, self._gpus_per_model)
        spread = " or engine.vllm.tensor_parallel_size" if self._gpus_per_model > 1 else ""
        return (
            f"Ray: no machine has room for a worker with {self._each(gpus)} (the cluster has "
            f"{cluster.holdings()}); lower engine.ray.cpus or engine.ray.gpus{spread}, or free the "
            "machines"
        )


def _check_versions(met: Met) -> None:
    own = versions()
    for name, version in own.items():
        if met.versions[name] != version:
            raise EngineError(
                f"Ray: {met.host} has {name} {met.versions[name]}, and this process {version}; "
                "results would not be the same: install one version on all machines"
            )


def _reason(error: Exception) -> str:
    """What an error of ray's says, without where it happened."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, BaseException):
        return f"{type(cause).__name__}: {cause}"
    # Of an actor that died ray names the class, the process and more, each on a line with a tab.
    return "\n".join(line for line in str(error).split("\n") if not line.startswith("\t"))


def _short(text: str) -> str:
    return " ".join(text.split())[:300]
