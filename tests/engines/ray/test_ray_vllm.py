"""vLLM on the workers of a real cluster gives what vLLM in one process gives."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from cai.engines import kinds
from cai.engines.base import ChooseRequest, Engine, GenerateRequest
from cai.engines.kinds import Unloaded
from cai.engines.ray.engine import RayEngine
from cai.engines.ray.pool import Pool
from cai.engines.vllm.engine import VllmEngine
from cai.engines.vllm.settings import VllmSettings
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
    parallel = engine._loaded[0].llm_engine.vllm_config.parallel_config
    return f"{parallel.distributed_executor_backend} {parallel.use_ray}"


def test_workers_say_what_one_process_says_though_one_is_killed(
    make_pool: Callable[..., Pool], second_node: Any
) -> None:
    pool = make_pool()
    engine = _on(pool)
    alone: Engine = PREPARE("cai-mini").load()
    assert engine.identity == alone.identity
    assert engine.context == alone.context
    assert engine.count(ASKED[0].messages) == alone.count(ASKED[0].messages)
    found: list[tuple[int, Any]] = []
    for part in engine.stream([*ASKED, *COMPARED]):
        if not found:
            os.kill(pool.workers[0].process, signal.SIGKILL)
        found += part
    assert [place for place, _ in sorted(found, key=lambda each: each[0])] == list(range(240))
    answers = [one for _, one in sorted(found, key=lambda each: each[0])]
    assert answers[: len(ASKED)] == alone.generate(ASKED)  # those that are drawn too
    for one, same in zip(answers[len(ASKED) :], alone.choose(COMPARED), strict=True):
        assert one.call == same.call
        assert one.logprobs == pytest.approx(same.logprobs, abs=1e-5)
    # vLLM is whole within a worker, and asks no Ray for more.
    import ray

    ran = [member.actor.__ray_call__.remote(_loaded) for member in pool._members if member.met]
    assert set(ray.get(ran)) == {"uni False"}
