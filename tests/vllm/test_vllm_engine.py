"""vLLM in process does what the transformers engine does, on the same weights."""

from __future__ import annotations

import gc
import os
import random
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch

from cai.adapters import save_adapter, with_lora
from cai.engines.base import ChooseRequest, GenerateRequest, StreamingEngine
from cai.engines.identity import identity_of
from cai.engines.in_memory import InMemory
from cai.engines.kinds import prepare
from cai.engines.transformers import TransformersEngine
from cai.engines.vllm import loading
from cai.engines.vllm.engine import VllmEngine
from cai.engines.vllm.seats import Seats
from cai.engines.vllm.served import Served
from cai.engines.vllm.settings import VllmSettings
from cai.errors import EngineError
from cai.models import load_causal
from cai.records import Message, said_by

Prompts = list[tuple[Message, ...]]


def _draws(prompts: Prompts) -> list[GenerateRequest]:
    return [
        GenerateRequest(
            messages=messages, max_new_tokens=24, temperature=1.0, top_p=0.95, seed=seed
        )
        for seed, messages in enumerate(prompts)
    ]


def test_a_seed_decides_a_draw_whatever_else_is_asked(engine: VllmEngine, prompts: Prompts) -> None:
    requests = _draws(prompts[:48])
    first = engine.generate(requests)
    assert engine.generate(requests[::-1])[::-1] == first
    assert engine.generate(requests[7:8]) == first[7:8]
    others = [
        GenerateRequest(messages=prompts[0], max_new_tokens=24, temperature=1.0, seed=seed)
        for seed in range(16)
    ]
    assert len({one.text for one in engine.generate(others)}) > 1


def test_results_are_handed_over_as_they_come_and_a_caller_may_stop(
    engine: VllmEngine, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cai.engines.vllm.asking._SECONDS", 0.0)
    monkeypatch.setattr("cai.engines.vllm.asking._AHEAD", 8)
    assert isinstance(engine, StreamingEngine)
    requests = _draws(prompts[:64])
    whole = engine.generate(requests)
    results = engine.stream(requests)
    begun = next(results)
    assert 0 < len(begun) < len(requests)
    results.close()
    assert all(whole[index] == one for index, one in begun)
    assert engine.generate(requests[-3:]) == whole[-3:]  # nothing is left of what was broken off


def test_one_stream_is_read_before_another_begins(
    engine: VllmEngine, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cai.engines.vllm.asking._SECONDS", 0.0)
    monkeypatch.setattr("cai.engines.vllm.asking._AHEAD", 8)
    requests = _draws(prompts[:32])
    whole = engine.generate(requests)
    first = engine.stream(requests)
    begun = next(first)
    with pytest.raises(RuntimeError, match="while it answers another stream"):
        engine.generate(requests[:1])
    assert dict([*begun, *(one for part in first for one in part)]) == dict(enumerate(whole))
    assert engine.generate(requests[:1]) == whole[:1]


def test_vllm_is_never_asked_to_go_on_with_nothing(
    engine: VllmEngine, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each request ends alone, and after the last one it is not known yet that it was the last.
    monkeypatch.setattr("cai.engines.vllm.asking._AHEAD", 1)
    inner = engine._llm().llm_engine
    step = inner.step
    idle: list[bool] = []

    def watched() -> list[Any]:
        idle.append(not inner.has_unfinished_requests())
        return step()

    monkeypatch.setattr(inner, "step", watched)
    engine.generate(_draws(prompts[:3]))
    assert idle
    assert not any(idle)


def test_options_of_several_tokens_are_scored_as_a_whole(
    engine: VllmEngine, own: TransformersEngine, prompts: Prompts
) -> None:
    options = ("A", "1", "10", "12", "I am", "I am not sure")
    requests = [ChooseRequest(messages=messages, options=options) for messages in prompts[:32]]
    for one, expected in zip(engine.choose(requests), own.choose(requests), strict=True):
        assert one.logprobs == pytest.approx(expected.logprobs, abs=1e-3)
        assert one.prompt_tokens == expected.prompt_tokens


def test_a_prompt_that_does_not_fit_is_refused_in_the_same_words(
    engine: VllmEngine, own: TransformersEngine
) -> None:
    words = next(
        n for n in range(300, 2000, 5)
        if own.count(said_by("user", "word " * n)) > own.context - 40
    )  # fmt: skip
    long = GenerateRequest(messages=said_by("user", "word " * words), max_new_tokens=64)
    room = own.context - own.count(long.messages)
    assert engine.count(long.messages) == own.count(long.messages)
    told = []
    for one in (engine, own):
        with pytest.raises(EngineError) as error:
            one.generate([long])
        told.append(str(error.value))
    assert told[0] == told[1]
    assert "lower max_new_tokens" in told[0]
    most = GenerateRequest(messages=long.messages, max_new_tokens=room, temperature=0.0)
    assert engine.generate([most])[0].text == own.generate([most])[0].text


def test_a_base_model_ends_where_it_begins_the_next_turn(
    load: Callable[..., VllmEngine], transcript_writer: Path
) -> None:
    own, found = TransformersEngine(str(transcript_writer)), load(transcript_writer)
    requests = [
        GenerateRequest(messages=said_by("user", "Hi."), max_new_tokens=tokens, temperature=heat)
        for tokens in (4, 60)
        for heat in (0.0, 1.0)
    ]
    answers, expected = found.generate(requests), own.generate(requests)
    assert [(a.text, a.finish, a.new_tokens) for a in answers] == [
        (e.text, e.finish, e.new_tokens) for e in expected
    ]
    assert [one.finish for one in answers] == ["length", "length", "turn", "turn"]
    asked = [ChooseRequest(messages=said_by("user", "Hi."), options=("Hello", "Well"))]
    assert found.choose(asked)[0].logprobs == pytest.approx(own.choose(asked)[0].logprobs, abs=1e-3)


def _adapter(folder: Path, into: Path, *, rank: int, seed: int) -> Path:
    model = with_lora(load_causal(str(folder)), rank=rank, seed=seed, task="CAUSAL_LM")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                generator = torch.Generator().manual_seed(seed)
                parameter.copy_(0.2 * torch.randn(parameter.shape, generator=generator))
    save_adapter(model, into, base=str(folder))
    return into


def test_an_adapter_is_a_request_to_its_base(
    load: Callable[..., VllmEngine],
    folder: Path,
    tmp_path: Path,
    prompts: Prompts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lora = Served.lora

    def checked(served: Served, adapter: Any, weights: str) -> Any:
        # Imported otherwise than for loading, some releases write their log to standard output.
        assert served._loaded
        return lora(served, adapter, weights)

    monkeypatch.setattr(Served, "lora", checked)
    adapter = _adapter(folder, tmp_path / "adapter", rank=5, seed=2)
    requests = [ChooseRequest(messages=messages, options=("A", "B")) for messages in prompts[:16]]
    expected = TransformersEngine(str(adapter), device="cpu").choose(requests)
    plain = TransformersEngine(str(folder), device="cpu").choose(requests)
    found = load(adapter).choose(requests)
    for one, with_adapter, without in zip(found, expected, plain, strict=True):
        assert one.logprobs == pytest.approx(with_adapter.logprobs, abs=1e-3)
        assert abs(one.logprobs[0] - without.logprobs[0]) > 0.05


def test_a_base_and_its_adapters_are_in_memory_once(
    folder: Path, tmp_path: Path, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[int] = []
    real = loading.load

    def counted(*arguments: Any, **settings: Any) -> Any:
        loads.append(settings["lora_rank"])
        return real(*arguments, **settings)

    monkeypatch.setattr(loading, "load", counted)
    names = [
        folder,
        _adapter(folder, tmp_path / "first", rank=5, seed=2),
        _adapter(folder, tmp_path / "second", rank=3, seed=3),
    ]
    seats, memory, settings = Seats(), InMemory(), VllmSettings(kv_cache_gib=0.25)
    engines = [
        prepare("vllm", str(name), vllm=settings, seats=seats, in_memory=memory).load()
        for name in names
    ]
    # The same prompts, so that what vLLM keeps of their beginnings must be kept apart.
    requests = [ChooseRequest(messages=messages, options=("A", "B")) for messages in prompts[:16]]
    expected = [TransformersEngine(str(name), device="cpu").choose(requests) for name in names]
    for turn in (0, 1, 2, 0, 2, 1, 0):
        for one, same in zip(engines[turn].choose(requests), expected[turn], strict=True):
            assert one.logprobs == pytest.approx(same.logprobs, abs=1e-3)
            assert one.call != same.call  # they are other engines to the store
    assert loads == [0, 8]  # once more, when the first adapter came
    assert prepare("vllm", str(folder), vllm=settings, in_memory=memory).load() is engines[0]
    seats.clear()
    assert engines[2].choose(requests[:1])[0].logprobs == pytest.approx(
        expected[2][0].logprobs, abs=1e-3
    )
    assert loads == [0, 8, 8]
    engines.clear()
    gc.collect()
    assert not memory._shared


def test_what_is_run_in_another_way_is_not_shared(folder: Path) -> None:
    memory = InMemory()
    settings = [VllmSettings(kv_cache_gib=size) for size in (0.25, 0.5)]
    served = [
        VllmEngine(
            str(folder), identity=identity_of(str(folder), kind="vllm"), settings=one,
            in_memory=memory, step_tokens=tokens,
        )._served
        for one in settings
        for tokens in (None, 4096)
    ]  # fmt: skip
    assert len({id(one) for one in served}) == 4


def test_an_adapter_with_modules_of_its_own_is_refused(folder: Path, tmp_path: Path) -> None:
    model = with_lora(load_causal(str(folder)), rank=2, seed=1, task="CAUSAL_LM", whole=["lm_head"])
    save_adapter(model, tmp_path / "adapter", base=str(folder))
    with pytest.raises(EngineError, match=r"modules of its own \(lm_head\); merge it"):
        prepare("vllm", str(tmp_path / "adapter")).load()


def test_what_vllm_cannot_run_is_told_with_a_mend(
    load: Callable[..., VllmEngine], folder: Path
) -> None:
    engine = load(folder, VllmSettings(kv_cache_gib=0.001))
    with pytest.raises(EngineError, match=r"vLLM cannot run it here .*kv_cache_gib"):
        engine.choose([ChooseRequest(messages=said_by("user", "Hi"), options=("A", "B"))])


def test_memory_comes_back_when_it_is_closed_and_when_it_is_lost(folder: Path) -> None:
    asked = [ChooseRequest(messages=said_by("user", "Hi"), options=("A", "B"))]
    settings = VllmSettings(kv_cache_gib=1)

    def memory() -> float:
        return psutil.Process().memory_info().rss / 2**30

    def made(seats: Seats) -> VllmEngine:
        found = prepare("vllm", str(folder), vllm=settings, seats=seats).load()
        assert isinstance(found, VllmEngine)
        return found

    seats = Seats()
    first, second = made(seats), made(seats)
    before = memory()
    expected = first.choose(asked)
    assert memory() > before + 0.9
    seats.clear()
    assert memory() < before + 0.3
    assert second.choose(asked) == expected == first.choose(asked)  # each closes the other
    assert memory() < before + 1.3
    alive = weakref.ref(first)
    del first
    gc.collect()
    assert alive() is None
    assert memory() < before + 0.3


def test_the_process_is_as_it_was(load: Callable[..., VllmEngine], folder: Path) -> None:
    def state() -> tuple[object, ...]:
        return (
            random.getstate(),
            tuple(np.random.get_state()[1]),
            tuple(torch.get_rng_state().tolist()),
            torch.get_num_threads(),
            os.sched_getaffinity(0),
            {n: v for n, v in os.environ.items() if n.startswith(("VLLM_LOG", "VLLM_ENABLE"))},
        )

    random.seed(3)
    torch.manual_seed(3)
    before = state()
    load(folder).choose([ChooseRequest(messages=said_by("user", "Hi"), options=("A", "B"))])
    assert state() == before
    torch.set_num_threads(2)
    try:
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before[3])  # type: ignore[arg-type]
