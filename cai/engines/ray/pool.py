"""The workers of a run: begun when models are asked, replaced when they die, ended after."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Any

from cai.console import say
from cai.engines.base import Choice, Completion
from cai.engines.ray import cluster
from cai.engines.ray.settings import RaySettings
from cai.engines.ray.work import Asked, Member, Piece, Request
from cai.engines.ray.worker import Lost, Met, Model, Refused, Worker, versions
from cai.engines.room import TooLongError
from cai.errors import EngineError

Found = list[tuple[int, Completion | Choice]]

_TRIES = 3  # workers that one piece may take down before it is taken to be the cause
_PATIENCE_SECONDS = 600.0  # without any worker: it outlasts the restart of a machine
_SECONDS_BETWEEN_LOOKS = 1.0

# A piece is late that takes so many times as long as the slowest before it, and longer than these
# seconds. An idle worker is asked too then, for the first may never answer.
_LATE, _LATE_SECONDS = 2.0, 30.0


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
        self._stillborn = 0  # workers that died before they were met, since one was

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

        self._begin()
        own = [Piece(places) for places in pieces]
        asked = Asked(model, requests, own, deque(own))
        heard, pulse = time.monotonic(), cluster.Pulse()
        try:
            while not all(piece.done for piece in asked.pieces):
                self._give(asked)
                found: Found = []
                for member in self._ended():
                    try:
                        found += self._found(member, asked)
                    except (EngineError, RayTaskError) as error:
                        asked.fail(error)
                self._give(asked)  # they work on while the results are stored
                if found:
                    yield found
                else:
                    pulse.check()
                self._let_go_of_stuck()
                if any(member.met for member in self._members):
                    heard = time.monotonic()
                elif time.monotonic() - heard > _PATIENCE_SECONDS:
                    raise EngineError(self._no_workers())
            if asked.failure is not None:
                raise asked.failure
        finally:
            for member in self._members:
                if member.piece is not None:
                    member.work_on(None)  # whoever broke off wants no result

    def _begin(self) -> None:
        cluster.connect(self._settings)
        count, gpus = self._room()
        first = not self._members
        while len(self._members) < count:
            self._members.append(self._start(gpus))
        if first:
            say(f"Ray: {count} workers, each with {self._each(gpus)}, on {cluster.holdings()}")

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
        """A piece that one worker alone has had for too long, for a second one: whichever is first
        counts, for they say the same."""
        limit = _PATIENCE_SECONDS
        if asked.slowest is not None:
            limit = min(limit, max(_LATE_SECONDS, _LATE * asked.slowest))
        holders = Counter(member.piece for member in self._members)
        for member in self._members:
            piece, seconds = member.piece, time.monotonic() - member.since
            if piece and not piece.done and holders[piece] == 1 and seconds > limit:
                count = len(piece.places)
                say(f"Ray: {member.host} takes long over {count} requests; another is asked too")
                return piece
        return None

    def _let_go_of_stuck(self) -> None:
        """Replaces workers that go on with what nobody has waited for for long."""
        now = time.monotonic()
        for member in tuple(self._members):
            unwanted = member.met and member.task is not None and member.piece is None
            if unwanted and now - member.since > _PATIENCE_SECONDS:
                self._replace(member, None, "it does not answer")

    def _ended(self) -> list[Member]:
        """Members whose task has ended, well or not; waits a moment for one."""
        import ray

        working = {member.task: member for member in self._members if member.task is not None}
        tasks = list(working)
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
            result = self._result(member, piece)
        except RayTaskError:
            if piece is not None:
                piece.done = True
            raise
        if piece is None or piece.done:
            return []
        if result is None:
            self._again(piece, asked)
            return []
        piece.done = True
        for other in self._members:
            if other.piece is piece:
                other.work_on(None)
        if isinstance(result, Refused):
            if result.place is not None:
                raise TooLongError(piece.places[result.place], result.why)
            raise EngineError(result.why)
        asked.slowest = max(asked.slowest or 0.0, time.monotonic() - began)
        return list(zip(piece.places, result, strict=True))

    def _result(self, member: Member, piece: Piece | None) -> Any:
        """What a member's task gave; None if the member was lost, which is then replaced."""
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
            self._replace(member, piece, str(error))
            return None
        if isinstance(result, Lost):
            self._replace(member, piece, result.why)
            return None
        if member.met is None:
            member.met = result
            self._stillborn = 0
        return result

    def _replace(self, member: Member, piece: Piece | None, why: str) -> None:
        import ray

        self._members.remove(member)
        ray.kill(member.actor)  # it may live on where it cannot be reached
        why = " ".join(why.split())[:200]
        if member.met is None:
            self._stillborn += 1
            if self._stillborn >= _TRIES:
                raise EngineError(
                    f"Ray: workers do not begin ({why}); every machine needs the same environment "
                    "as this one, with cai in it"
                )
        else:
            held = piece is not None and not piece.done
            others = f"; its {len(piece.places)} requests go to another" if piece and held else ""
            say(f"Ray: {member.host} is gone{others}")
        _, gpus = cluster.room(self._settings, self._device, self._gpus_per_model)
        self._members.append(self._start(gpus))

    def _again(self, piece: Piece, asked: Asked) -> None:
        piece.tries += 1
        if piece.tries >= _TRIES:
            piece.done = True
            start = asked.requests[piece.places[0]].messages[-1]["content"][:60]
            raise EngineError(
                f"Ray: {_TRIES} workers died of the same {len(piece.places)} requests, the first "
                f"of which is {start!r}…; their machines may have too little memory: take fewer "
                "workers per machine (more engine.ray.cpus), or a lower engine.token_budget"
            )
        if asked.failure is not None:
            piece.done = True
        elif not any(member.piece is piece for member in self._members):
            asked.todo.appendleft(piece)

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
