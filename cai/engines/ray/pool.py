"""The workers of a run: begun when models are asked, replaced when they die, ended after."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cai.console import say
from cai.engines.base import Choice, ChooseRequest, Completion, GenerateRequest
from cai.engines.ray import cluster
from cai.engines.ray.settings import RaySettings
from cai.engines.ray.worker import Met, Model, Refused, Worker, versions
from cai.errors import EngineError

Request = GenerateRequest | ChooseRequest
Found = list[tuple[int, Completion | Choice]]

_TRIES = 3  # workers that one piece may take down before it is taken to be the cause
_PATIENCE_SECONDS = 600.0  # without any worker: it outlasts the restart of a machine
_SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(eq=False, slots=True)
class _Piece:
    """Requests that go to one worker together, by their places."""

    places: Sequence[int]
    tries: int = 0


@dataclass(eq=False, slots=True)
class _Member:
    """A worker and what it does.

    `task` is the result to come, at first that of meeting it; `piece` what that is about, None
    where nobody waits for it.
    """

    actor: Any
    task: Any
    met: Met | None = None
    piece: _Piece | None = None


class Pool:
    """Workers that several models share, as they would share this process.

    They begin when the first request comes and end when no model is left that joined; in between a
    worker that dies is replaced wherever there is room, and its requests go to others. Neither
    changes a result: what a request gives does not depend on who answers it.
    """

    def __init__(self, settings: RaySettings, *, device: str | None = None) -> None:
        self._settings = settings
        self._device = device
        self._members: list[_Member] = []
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
            EngineError: if requests cannot be answered, or there is no worker for ten minutes.
        """
        self._begin()
        todo = deque(_Piece(places) for places in pieces)
        refused: str | None = None
        heard = time.monotonic()
        try:
            while todo or any(member.piece for member in self._members):
                self._give(todo, model, requests)
                found: Found = []
                for member in self._ended():
                    piece, member.piece = member.piece, None
                    result = self._result(member, piece)
                    if piece is None:
                        continue
                    if result is None:
                        self._again(piece, todo, requests)
                    elif isinstance(result, Refused):
                        refused = refused or result.why
                    else:
                        found += zip(piece.places, result, strict=True)
                if refused is not None:
                    todo.clear()
                self._give(todo, model, requests)  # they work on while the results are stored
                if found:
                    yield found
                if any(member.met for member in self._members):
                    heard = time.monotonic()
                elif time.monotonic() - heard > _PATIENCE_SECONDS:
                    raise EngineError(self._no_workers())
            if refused is not None:
                raise EngineError(refused)
        finally:
            for member in self._members:
                member.piece = None  # whoever broke off wants no result

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
        count, gpus = cluster.room(self._settings, self._device)
        if self._settings.workers is None and count == 0:
            raise EngineError(self._no_workers())
        return self._settings.workers or count, gpus

    def _start(self, gpus: float) -> _Member:
        import ray

        options = ray.remote(Worker).options(
            num_cpus=self._settings.cpus,
            num_gpus=gpus,
            scheduling_strategy="SPREAD",
            # Which requests go to whom is decided here, so a worker that died is a new one.
            max_restarts=0,
            max_task_retries=0,
        )
        actor = options.remote()
        return _Member(actor, actor.meet.remote())

    def _give(self, todo: deque[_Piece], model: Model, requests: Sequence[Request]) -> None:
        for member in self._members:
            if todo and member.met and member.task is None:
                member.piece = todo.popleft()
                own = [requests[place] for place in member.piece.places]
                member.task = member.actor.answer.remote(model, own)

    def _ended(self) -> list[_Member]:
        """Members whose task has ended, well or not; waits a moment for one."""
        import ray

        working = {member.task: member for member in self._members if member.task is not None}
        tasks = list(working)
        ready, _ = ray.wait(tasks, num_returns=1, timeout=_SECONDS_BETWEEN_LOOKS)
        if ready:
            ready, _ = ray.wait(tasks, num_returns=len(tasks), timeout=0)
        return [working[task] for task in ready]

    def _result(self, member: _Member, piece: _Piece | None) -> Any:
        """What a member's task gave; None if the member was lost, which is then replaced."""
        import ray
        from ray.exceptions import RayTaskError

        task, member.task = member.task, None
        try:
            result = ray.get(task)
        except RayTaskError:
            raise  # an error of ours, and not of the machine
        except ray.exceptions.RayError as error:
            self._replace(member, piece, error)
            return None
        if member.met is None:
            _check_versions(result)
            member.met = result
            self._stillborn = 0
        return result

    def _replace(self, member: _Member, piece: _Piece | None, error: Exception) -> None:
        import ray

        self._members.remove(member)
        ray.kill(member.actor)  # it may live on where it cannot be reached
        why = " ".join(str(error).split())[:200]
        if member.met is None:
            self._stillborn += 1
            if self._stillborn >= _TRIES:
                raise EngineError(
                    f"Ray: workers do not begin ({why}); every machine needs the same environment "
                    "as this one, with cai in it"
                )
        else:
            held = f"; its {len(piece.places)} requests go to another" if piece else ""
            say(f"Ray: a worker on {member.met.host} is gone{held}")
        _, gpus = cluster.room(self._settings, self._device)
        self._members.append(self._start(gpus))

    def _again(self, piece: _Piece, todo: deque[_Piece], requests: Sequence[Request]) -> None:
        piece.tries += 1
        if piece.tries >= _TRIES:
            start = requests[piece.places[0]].messages[-1]["content"][:60]
            raise EngineError(
                f"Ray: {_TRIES} workers died of the same {len(piece.places)} requests, the first "
                f"of which is {start!r}…; their machines may have too little memory: take fewer "
                "workers per machine (more engine.ray.cpus), or a lower engine.token_budget"
            )
        todo.appendleft(piece)

    def _each(self, gpus: float) -> str:
        return f"CPU {self._settings.cpus:g}" + (f", GPU {gpus:g}" if gpus else "")

    def _no_workers(self) -> str:
        return (
            f"Ray: no machine has room for a worker with {self._each(self._settings.gpus or 0)} "
            f"(the cluster has {cluster.holdings()}); lower engine.ray.cpus or "
            "engine.ray.gpus, or free the machines"
        )


def _check_versions(met: Met) -> None:
    own = versions()
    for name, version in own.items():
        if met.versions[name] != version:
            raise EngineError(
                f"Ray: {met.host} has {name} {met.versions[name]}, and this process {version}; "
                "results would not be the same: install one version on all machines"
            )
