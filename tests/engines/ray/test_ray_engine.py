"""Workers of a real cluster answer as one process does, also when some of them die."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

import cai
from cai.engines import kinds
from cai.engines.base import ChooseRequest, Completion, Engine, EngineIdentity, GenerateRequest
from cai.engines.cache import CachedEngine, CallCache
from cai.engines.kinds import Unloaded
from cai.engines.ray.engine import RayEngine
from cai.engines.ray.pool import Pool
from cai.engines.room import TooLongError
from cai.errors import EngineError
from cai.records import said_by

pytest.importorskip("ray", reason="run tests/ray/run")

LoadOn = Callable[..., RayEngine]

ASKED = [
    GenerateRequest(
        messages=said_by("user", f"How do I bake {n} cakes{' and more' * (n % 5)}?"),
        max_new_tokens=24,
        temperature=float(n % 3 > 0),
        seed=n,
    )
    for n in range(160)
]
COMPARED = [
    ChooseRequest(
        messages=said_by("user", f"Which is the better of {n} cakes? (A) {n} (B) {m}"),
        options=("A", "B"),
    )
    for n in range(40)
    for m in range(4)
]


@pytest.fixture(scope="module")
def one_process() -> Engine:
    return kinds.prepare("transformers", "cai-mini").load()


@pytest.fixture(scope="module")
def answers(one_process: Engine) -> list[Completion]:
    return one_process.generate(ASKED)


def test_workers_say_what_one_process_says(
    make_pool: Callable[..., Pool],
    on_workers: LoadOn,
    second_node: Any,
    one_process: Engine,
    answers: list[Completion],
) -> None:
    pool = make_pool()
    engine = on_workers(pool)
    assert engine.identity == one_process.identity
    assert engine.context == one_process.context
    assert engine.count(ASKED[0].messages) == one_process.count(ASKED[0].messages)
    parts = list(engine.stream(ASKED))
    assert len(parts) > 1
    assert sorted(place for part in parts for place, _ in part) == list(range(len(ASKED)))
    assert engine.generate(ASKED) == answers
    assert len(pool.workers) == 2
    found, expected = engine.choose(COMPARED), one_process.choose(COMPARED)
    assert [one.call for one in found] == [one.call for one in expected]
    for one, other in zip(found, expected, strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-5)
    assert engine.generate([]) == []


def test_nothing_stays_in_the_object_store(
    make_pool: Callable[..., Pool], on_workers: LoadOn
) -> None:
    from ray._private.worker import global_worker

    engine = on_workers(make_pool())
    # Too large to be sent along with the call, so that they go through the store.
    large = [
        replace(one, messages=said_by("user", f"{n} {'cake ' * 160}"))
        for n, one in enumerate(COMPARED)
    ]

    def held() -> int:
        engine.choose(large)
        return len(global_worker.core_worker.get_all_reference_counts())

    first = held()
    assert [held() for _ in range(3)] == [first] * 3


def test_models_share_the_workers_which_end_with_the_last(
    make_pool: Callable[..., Pool],
    on_workers: LoadOn,
    one_process: Engine,
    answers: list[Completion],
    tiny_model: Path,
) -> None:
    pool = make_pool()
    first, second = on_workers(pool), on_workers(pool, str(tiny_model))
    assert first.generate(ASKED[:8]) == answers[:8]
    assert second.generate(ASKED[:8]) != answers[:8]
    (worker,) = pool.workers
    del second
    assert first.generate(ASKED[8:16]) == answers[8:16]
    assert pool.workers == [worker]
    del first
    assert pool.workers == []
    _wait_for(lambda: not Path(f"/proc/{worker.process}").exists())


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(
    make_pool: Callable[..., Pool],
    on_workers: LoadOn,
    second_node: Any,
    answers: list[Completion],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pool = make_pool()
    inner = on_workers(pool)
    inner.generate(ASKED[:1])
    _wait_for_both(pool, inner, answers)
    victim = pool.workers[0].process
    found: list[tuple[int, Any]] = []
    for part in inner.stream(ASKED):
        if not found:
            os.kill(victim, signal.SIGKILL)
        found += part
    assert sorted(place for place, _ in found) == list(range(len(ASKED)))
    assert [one for _, one in sorted(found, key=lambda each: each[0])] == answers
    assert victim not in [worker.process for worker in pool.workers]
    assert "a worker on" in capsys.readouterr().err
    # And through the store: what was found once is asked of nobody again.
    store = CallCache(tmp_path / "calls.sqlite")
    cached = CachedEngine(lambda: inner, identity=inner.identity, cache=store)
    assert cached.generate(ASKED) == answers
    again = CachedEngine(lambda: inner, identity=inner.identity, cache=store)
    assert [one.text for one in again.generate(ASKED)] == [one.text for one in answers]
    assert (cached.count_of_calls.made, again.count_of_calls.made) == (len(ASKED), 0)


def test_a_node_that_dies_takes_nothing_with_it(
    make_pool: Callable[..., Pool],
    on_workers: LoadOn,
    cluster: Any,
    second_node: Any,
    answers: list[Completion],
) -> None:
    pool = make_pool()
    engine = on_workers(pool)
    _wait_for_both(pool, engine, answers)
    found: list[tuple[int, Any]] = []
    for part in engine.stream(ASKED):
        if not found:
            cluster.remove_node(second_node, allow_graceful=False)
        found += part
    assert [place for place, _ in sorted(found, key=lambda each: each[0])] == list(range(160))
    assert [one for _, one in sorted(found, key=lambda each: each[0])] == answers


def test_what_kills_every_worker_is_named(
    make_pool: Callable[..., Pool], on_workers: LoadOn
) -> None:
    inner = kinds.prepare("transformers", "cai-mini")
    prepare = partial(_deadly, kinds.prepare)
    engine = RayEngine(
        inner, prepare=partial(prepare, "transformers", "cai-mini"), name="m", pool=make_pool()
    )
    with pytest.raises(EngineError, match=_LOST_TO_IT):
        engine.generate(ASKED[:2])


_LOST_TO_IT = (
    r"3 workers were lost to the same 2 requests.*'How do I bake.*; the last: The actor died"
)


def test_a_refused_request_ends_the_rest_after_what_was_under_way(
    make_pool: Callable[..., Pool],
    on_workers: LoadOn,
    one_process: Engine,
    answers: list[Completion],
) -> None:
    engine = on_workers(make_pool())
    long = replace(ASKED[0], messages=said_by("user", "word " * 4000), max_new_tokens=30)
    asked = [*ASKED[:40], long]
    told = []
    for one in (engine, one_process):
        with pytest.raises(TooLongError, match=r"^request 41 .*word word.*lower max_new_") as error:
            one.generate(asked)
        told.append(str(error.value))
    assert told[0] == told[1]
    assert engine.generate(ASKED[:2]) == answers[:2]


def test_an_error_of_ours_comes_out_as_it_is_after_what_was_under_way(
    make_pool: Callable[..., Pool], on_workers: LoadOn, answers: list[Completion]
) -> None:
    pool = make_pool()
    inner = kinds.prepare("transformers", "cai-mini")
    broken = RayEngine(inner, prepare=partial(_broken, inner.identity), name="m", pool=pool)
    with pytest.raises(ZeroDivisionError):
        broken.generate(ASKED[:2])
    assert on_workers(pool).generate(ASKED[:2]) == answers[:2]  # the worker lives on


def test_what_a_stopped_worker_has_goes_to_another(
    make_pool: Callable[..., Pool],
    on_workers: LoadOn,
    second_node: Any,
    answers: list[Completion],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("cai.engines.ray.patience._LATE_SECONDS", 0.5)
    pool = make_pool()
    engine = on_workers(pool)
    _wait_for_both(pool, engine, answers)
    stopped = psutil.Process(pool.workers[0].process)
    found: list[tuple[int, Any]] = []
    for part in engine.stream(ASKED):
        if not found:
            stopped.suspend()
        found += part
    assert [place for place, _ in sorted(found, key=lambda each: each[0])] == list(range(160))
    assert [one for _, one in sorted(found, key=lambda each: each[0])] == answers
    assert "takes long over" in capsys.readouterr().err
    # Nobody waits for it any longer, and it does not come back: another takes its place.
    monkeypatch.setattr("cai.engines.ray.patience.HANGS_SECONDS", 1.0)
    _wait_for(
        lambda: (
            engine.generate(ASKED[:1]) == answers[:1]
            and stopped.pid not in [worker.process for worker in pool.workers]
        )
    )
    stopped.wait(60)


def test_an_error_of_a_worker_that_nobody_waits_for_ends_nothing(
    make_pool: Callable[..., Pool],
    on_workers: LoadOn,
    second_node: Any,
    answers: list[Completion],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("cai.engines.ray.patience._LATE_SECONDS", 0.5)
    pool = make_pool()
    other = on_workers(pool)
    _wait_for_both(pool, other, answers)
    before = {worker.process for worker in pool.workers}
    prepare = partial(_late_and_broken, tmp_path, kinds.prepare, "transformers", "cai-mini")
    inner = kinds.prepare("transformers", "cai-mini")
    engine = RayEngine(inner, prepare=prepare, name="m", pool=pool)
    assert engine.generate(ASKED) == answers
    (tmp_path / "go-on").touch()
    _wait_for(
        lambda: (
            engine.generate(ASKED[:1]) == answers[:1]
            and not before <= {worker.process for worker in pool.workers}
            and len(pool.workers) == 2  # another has taken its place
        )
    )
    assert re.search(
        r"a worker on .* is replaced \(ZeroDiv.*: too late\)\n", capsys.readouterr().err
    )


def test_a_model_that_is_another_on_the_worker_is_refused(
    make_pool: Callable[..., Pool], on_workers: LoadOn, tiny_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    inner = kinds.prepare("transformers", str(folder))
    engine = on_workers(make_pool(), str(folder), inner=inner)
    with (folder / "config.json").open("a") as file:
        file.write("\n")
    with pytest.raises(EngineError, match=r"has other weights than on the machine that asks"):
        engine.generate(ASKED[:1])
    shutil.rmtree(folder)
    with pytest.raises(EngineError, match=r"^on .*there is no such folder"):
        engine.generate(ASKED[:1])


def test_a_worker_with_another_version_is_refused(
    make_pool: Callable[..., Pool], on_workers: LoadOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = on_workers(make_pool())
    own, monkeypatched = cai.__version__, "0.0.1"
    monkeypatch.setattr(cai, "__version__", monkeypatched)
    with pytest.raises(EngineError, match=rf"has cai {own}, and this process {monkeypatched}"):
        engine.generate(ASKED[:1])


def test_what_no_machine_has_room_for_is_refused_at_once(make_pool: Callable[..., Pool]) -> None:
    for settings in ({"gpus": 1.0}, {"cpus": 64.0}):
        with pytest.raises(EngineError, match=r"no machine has room .*1 machine with CPU 1, GPU 0"):
            make_pool(**settings).check()


def _broken(identity: EngineIdentity, **settings: Any) -> Unloaded:
    return Unloaded(identity=identity, load=lambda: 1 / 0)  # type: ignore[arg-type, return-value]


def _late_and_broken(
    folder: Path, prepare: Callable[..., Unloaded], *arguments: Any, **settings: Any
) -> Unloaded:
    """Raises an error on the first worker, when it is told to; others are as they should be."""
    try:
        (folder / "begun").touch(exist_ok=False)
    except FileExistsError:
        return prepare(*arguments, **settings)
    while not (folder / "go-on").exists():
        time.sleep(0.05)
    raise ZeroDivisionError("too late")


def _deadly(prepare: Callable[..., Unloaded], *arguments: Any, **settings: Any) -> Unloaded:
    os._exit(1)


def _wait_for_both(pool: Pool, engine: RayEngine, answers: list[Completion]) -> None:
    """Asks until a worker of each node has begun."""
    _wait_for(lambda: engine.generate(ASKED[:1]) == answers[:1] and len(pool.workers) == 2)


def _wait_for(true: Callable[[], bool], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)
