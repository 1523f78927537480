"""What a pool does when workers are late, hang, fail or are lost, on a clock that costs no time.

The workers are scripted here, since real ones hang for an hour only in an hour.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from cai.engines.base import GenerateRequest
from cai.engines.ray import cluster
from cai.engines.ray.pool import Pool
from cai.engines.ray.settings import RaySettings
from cai.engines.ray.work import Member
from cai.engines.ray.worker import Lost, Met, versions
from cai.errors import EngineError
from cai.records import said_by

ray = pytest.importorskip("ray", reason="run tests/ray/run")

Does = tuple[float, Any]
"""How many seconds a worker takes, and what comes then: an error is raised; None is an answer."""

HANGS: Does = (math.inf, None)
MODEL: Any = SimpleNamespace(number=1)
ASKED = [
    GenerateRequest(messages=said_by("user", f"How do I bake {n} cakes?"), max_new_tokens=8)
    for n in range(64)
]
_DAY = 86400.0


class Clock:
    """Time that passes while workers are waited for, and never else."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass(eq=False)
class Task:
    """What comes of a task, and when."""

    ends: float
    result: Any


class Scripted(Pool):
    """A pool whose workers, by the order in which they begin, do one thing after another.

    Beyond that they answer within a second; an answer is the number of the worker.
    """

    def __init__(self, clock: Clock, scripts: Mapping[int, Sequence[Does]]) -> None:
        super().__init__(RaySettings(address="local"))
        self._clock = clock
        self._scripts = {number: deque(script) for number, script in scripts.items()}
        self.begun = 0

    def _start(self, gpus: float) -> Member:
        number, self.begun = self.begun, self.begun + 1
        script = self._scripts.get(number, deque())

        def answer(model: Any, requests: Sequence[Any]) -> Task:
            seconds, result = script.popleft() if script else (1.0, None)
            said = [number] * len(requests) if result is None else result
            return Task(self._clock.now + seconds, said)

        actor = SimpleNamespace(answer=SimpleNamespace(remote=answer))
        met = Met(host=f"host-{number}", process=number, versions=versions())
        return Member(actor, Task(self._clock.now, met))

    def ask(self, pieces: int) -> list[int]:
        """Who answered each of so many pieces of a request each."""
        found: dict[int, Any] = {}
        for part in self.answers(MODEL, ASKED, [[place] for place in range(pieces)]):
            found |= dict(part)
        return [found[place] for place in range(pieces)]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Scripted]:
    """Makes pools of workers that do what they are told to."""
    clock = Clock()

    def wait(tasks: list[Task], *, num_returns: int, timeout: float) -> tuple[list[Task], None]:
        def ended() -> list[Task]:
            return [task for task in tasks if task.ends <= clock.now]

        if not ended():
            clock.now += timeout
        assert clock.now < _DAY, "the run hangs"
        return ended()[:num_returns], None

    def get(task: Task) -> Any:
        if isinstance(task.result, Exception):
            raise task.result
        return task.result

    monkeypatch.setattr("cai.engines.ray.pool.time", clock)
    monkeypatch.setattr("cai.engines.ray.work.time", clock)
    monkeypatch.setattr("cai.engines.ray.cluster.time", clock)
    monkeypatch.setattr(ray, "wait", wait)
    monkeypatch.setattr(ray, "get", get)
    monkeypatch.setattr(ray, "kill", lambda actor: None)
    monkeypatch.setattr(ray, "get_runtime_context", lambda: SimpleNamespace(gcs_address="head:1"))
    monkeypatch.setattr(cluster, "connect", lambda settings: None)
    monkeypatch.setattr(cluster, "holdings", lambda: "machines")
    monkeypatch.setattr(cluster, "_reach", lambda address: None)

    def make(count: int, scripts: Mapping[int, Sequence[Does]]) -> Scripted:
        monkeypatch.setattr(cluster, "room", lambda *settings: (count, 0.0))
        return Scripted(clock, scripts)

    return make


def _raised(error: Exception) -> Exception:
    """The error as ray gives it when it was raised on a worker."""
    found = ray.exceptions.RayTaskError("answer", f"Traceback of {error}", error)
    return found.as_instanceof_cause()  # type: ignore[no-any-return]


FULL = OSError("no space left")


def test_an_error_after_another_has_answered_is_not_that_of_the_run(
    scripted: Callable[..., Scripted], capsys: pytest.CaptureFixture[str]
) -> None:
    second = [*[(1.0, None)] * 3, (20.0, None)]
    pool = scripted(3, {0: [(40.0, _raised(FULL))], 1: second, 2: [(45.0, None)]})
    assert pool.ask(4) == [1, 1, 2, 1]
    assert pool.begun == 4  # none is asked that went wrong
    assert "host-0 is replaced (OSError: no space left)" in capsys.readouterr().err


def test_an_error_of_what_was_left_is_not_that_of_the_next_call(
    scripted: Callable[..., Scripted], capsys: pytest.CaptureFixture[str]
) -> None:
    pool = scripted(2, {0: [(90.0, _raised(FULL))], 1: [*[(1.0, None)] * 3, (100.0, None)]})
    assert pool.ask(3) == [1, 1, 1]
    assert pool.begun == 2
    assert pool.ask(1) == [1]
    assert pool.begun == 3
    assert "host-0 is replaced (OSError: no space left)\n" in capsys.readouterr().err


def test_who_has_a_piece_too_is_waited_for_after_an_error(
    scripted: Callable[..., Scripted], capsys: pytest.CaptureFixture[str]
) -> None:
    full = _raised(FULL)
    pool = scripted(2, {0: [(60.0, None)], 1: [(1.0, None), (1.0, full)], 2: [(1.0, full)]})
    assert pool.ask(2) == [0, 1]
    assert capsys.readouterr().err.count("OSError: no space left") == 2


@pytest.mark.parametrize("first", [_raised(FULL), Lost("vLLM died"), None])
def test_an_error_is_that_of_the_run_when_nobody_else_answers(
    scripted: Callable[..., Scripted], first: Any
) -> None:
    full = _raised(FULL)
    held = HANGS if first is None else (60.0, first)
    pool = scripted(2, {0: [held], 1: [(1.0, None), (1.0, full)], 2: [(1.0, full)]})
    with pytest.raises(ray.exceptions.RayTaskError) as raised:
        pool.ask(2)
    assert raised.value.cause is FULL


def test_a_third_worker_is_asked_what_two_hang_on(
    scripted: Callable[..., Scripted], capsys: pytest.CaptureFixture[str]
) -> None:
    pool = scripted(3, {0: [HANGS], 1: [(1.0, None), HANGS], 2: [(1.5, None)]})
    assert pool.ask(3) == [2, 1, 2]
    assert capsys.readouterr().err.count("takes long over 1 requests") == 2
    assert pool.begun == 3


def test_workers_that_hang_on_the_same_piece_are_replaced(
    scripted: Callable[..., Scripted], capsys: pytest.CaptureFixture[str]
) -> None:
    pool = scripted(2, {0: [(1.0, None), HANGS], 1: [*[(1.0, None)] * 2, HANGS]})
    assert pool.ask(4)[2] == 2
    assert "host-0 is replaced (no answer for 631 seconds)\n" in capsys.readouterr().err


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_what_every_worker_hangs_on_ends_the_run(
    scripted: Callable[..., Scripted], workers: int
) -> None:
    pool = scripted(workers, {number: [HANGS] for number in range(99)})
    with pytest.raises(EngineError, match=r"3 workers were lost .*the last: no answer for \d+ sec"):
        pool.ask(1)
    assert pool.begun == workers + 2


def test_a_first_answer_may_take_long(
    scripted: Callable[..., Scripted], capsys: pytest.CaptureFixture[str]
) -> None:
    # The model is loaded before it; and how long an answer takes nobody knows yet.
    pool = scripted(2, {0: [(3000.0, None)], 1: [(3000.0, None)]})
    assert pool.ask(2) == [0, 1]
    assert "replaced" not in capsys.readouterr().err


def test_answers_that_all_take_long_are_waited_for(
    scripted: Callable[..., Scripted], capsys: pytest.CaptureFixture[str]
) -> None:
    pool = scripted(1, {0: [(1500.0, None), (2500.0, None)]})
    assert pool.ask(2) == [0, 0]
    assert "replaced" not in capsys.readouterr().err


def test_why_workers_are_lost_is_said(
    scripted: Callable[..., Scripted], capsys: pytest.CaptureFixture[str]
) -> None:
    died = Lost("vLLM's own process is gone:\n CUDA error 719")
    pool = scripted(1, {number: [(1.0, died)] for number in range(3)})
    with pytest.raises(EngineError, match=r"3 workers.*'How do I.*the last: vLLM's.*CUDA error 71"):
        pool.ask(1)
    told = "host-0 is replaced (vLLM's own process is gone: CUDA error 719); its 1 requests go to"
    assert told in capsys.readouterr().err


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Callable[[Scripted, float, float], None]:
    """Makes the head of the cluster silent from one second to another."""

    def make(pool: Scripted, begins: float, ends: float = math.inf) -> None:
        def reach(address: str) -> None:
            if begins <= pool._clock.now < ends:
                raise OSError("refused")

        monkeypatch.setattr(cluster, "_reach", reach)

    return make


def test_a_cluster_whose_head_is_gone_is_gone_while_workers_answer_on(
    scripted: Callable[..., Scripted], silent: Callable[..., None]
) -> None:
    pool = scripted(1, {})
    silent(pool, 10.0)
    answers = pool.answers(MODEL, ASKED, [[place] for place in range(64)])
    with pytest.raises(EngineError, match=r"the cluster at head:1 is gone \(refused\)"):
        list(answers)
    assert 40.0 < pool._clock.now < 43.0


def test_a_head_that_is_silent_for_a_while_is_not_gone(
    scripted: Callable[..., Scripted], silent: Callable[..., None]
) -> None:
    pool = scripted(1, {})
    silent(pool, 10.0, 40.0)
    assert pool.ask(64) == [0] * 64


def test_a_head_that_few_looks_missed_is_not_gone(
    scripted: Callable[..., Scripted], silent: Callable[..., None]
) -> None:
    pool = scripted(1, {})
    silent(pool, 5.0, 85.0)
    found: list[int] = []
    for part in pool.answers(MODEL, ASKED, [[place] for place in range(64)]):
        pool._clock.now += 40.0  # storing them takes long: two looks miss
        found += [place for place, _ in part]
    assert found == list(range(64))


def test_nothing_is_asked_of_a_silent_head(
    scripted: Callable[..., Scripted], silent: Callable[..., None]
) -> None:
    pool = scripted(2, {number: [(3.0, Lost("died"))] for number in range(2)})
    silent(pool, 2.0, 20.0)
    begun = pool._start

    def start(gpus: float) -> Member:
        assert not 2.0 <= pool._clock.now < 20.0, "ray would wait for it"
        return begun(gpus)

    pool._start = start  # type: ignore[method-assign]
    assert set(pool.ask(8)) == {2, 3}


def test_machines_are_not_counted_where_the_head_is_gone(
    scripted: Callable[..., Scripted], silent: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    count = cluster.room
    pool = scripted(1, {})
    silent(pool, 0.0)
    monkeypatch.setattr(ray, "nodes", lambda: pytest.fail("ray would wait for the head"))
    with pytest.raises(EngineError, match=r"the cluster at head:1 is gone \(refused\)"):
        count(RaySettings(address="local"), None)
    assert 30.0 < pool._clock.now < 40.0


def test_workers_that_never_begin_end_the_run(scripted: Callable[..., Scripted]) -> None:
    pool = scripted(1, {})
    begun = pool._start

    def start(gpus: float) -> Member:
        member = begun(gpus)
        if pool.begun <= 3:
            member.task.result = ray.exceptions.ActorUnavailableError("no such package", None)
        return member

    pool._start = start  # type: ignore[method-assign]
    with pytest.raises(EngineError, match=r"do not begin \(.*no such package.*same environment"):
        pool.ask(1)
    assert pool.begun == 3
    assert pool.ask(1) == [3]  # what was wrong has been mended
