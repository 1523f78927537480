"""The critique-revise stage on our vllm engine against a bare `vllm.LLM` on the same requests.

    python benchmarks/engines_vllm.py [--model cai-mini] [--prompts 256] [--rounds 3] [--json]

A part of `benchmarks/engines.py`, which runs it with the interpreter of an environment that has
vLLM. The stage's requests are noted. A `vllm.LLM` with vLLM's own settings is then given them by
`LLM.chat`, without a store or a file:

raw        the requests of a step together, as the stage asks for them, with the same seeds: the
           texts are the same, and so are the token counts.
unseeded   the same without seeds, which vLLM draws faster. Each answer is as long as it was.
at once    the same, all steps together, which no stage could ask: revisions are made of answers.
engine     our engine alone, step by step. What it lacks to `raw` is the engine's, the rest the
           stage's.

All are in this process, in turns, one model in memory at a time, and each begins with nothing in
its prefix cache but the eight prompts that it is warmed with. Loading is not counted. On a CPU vLLM
compiles nothing, here as in our engine; and where requests have seeds it reads prompts whole, for
there it cannot do otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any

import torch
from engines_stage import CLOCKS, Clock, noted, run_stage, seconds

from cai.engines.base import Completion, GenerateRequest
from cai.engines.identity import identity_of
from cai.engines.vllm.engine import VllmEngine
from cai.engines.vllm.loading import unload
from cai.models import context_of
from cai.weights import resolve

if TYPE_CHECKING:
    from vllm import LLM, SamplingParams

SIDES = ("stage", "engine", "raw", "unseeded", "at_once")

Call = list[tuple[GenerateRequest, Completion]]
"""What a stage asked for together, and what it was told."""


def measure(model: str, count: int, rounds: int, clock: Clock) -> dict[str, Any]:
    """Seconds of each side per round, and what was asked."""
    identity = identity_of(model, kind="vllm")
    engine = VllmEngine(model, identity=identity)
    noting = noted(engine, count)
    calls: list[Call] = [
        list(zip(asked, said, strict=True))
        for asked, said in zip(noting.asked, noting.said, strict=True)
    ]
    all_said = [said for call in calls for _, said in call]
    warm = noting.asked[0][:8]

    def afresh(do: Callable[[], object]) -> Callable[[], float]:
        def timed() -> float:
            engine.close()
            engine.generate([replace(one, seed=one.seed + 1) for one in warm])
            return seconds(do, clock)

        return timed

    def by_step() -> None:
        for requests in noting.asked:
            engine.generate(requests)

    same: list[float] = []

    def bare(calls: Sequence[Call], *, seeded: bool) -> Callable[[], float]:
        def timed() -> float:
            engine.close()
            texts: list[str] = []

            def chat() -> None:
                for call in calls:
                    texts.extend(_chat(llm, call, seeded=seeded))

            with _llm(model, identity.dtype, seeded=seeded) as llm:
                _chat(llm, calls[0][:8], seeded=False)
                taken = seconds(chat, clock)
            if seeded:
                pairs = zip(texts, all_said, strict=True)
                same.append(sum(text.strip() == said.text for text, said in pairs) / len(texts))
            return taken

        return timed

    sides = {
        "stage": afresh(lambda: run_stage(engine, count)),
        "engine": afresh(by_step),
        "raw": bare(calls, seeded=True),
        "unseeded": bare(calls, seeded=False),
        "at_once": bare([[pair for call in calls for pair in call]], seeded=False),
    }
    times: dict[str, list[float]] = {name: [] for name in SIDES}
    for _ in range(rounds):
        for name, timed in sides.items():
            times[name].append(timed())
    engine.close()
    return {
        **times,
        "requests": len(all_said),
        "calls": len(calls),
        "prompt_tokens": sum(said.prompt_tokens for said in all_said),
        "new_tokens": sum(said.new_tokens for said in all_said),
        "same_texts": min(same),
    }


def _chat(llm: LLM, call: Call, *, seeded: bool) -> list[str]:
    from vllm import SamplingParams

    def params(asked: GenerateRequest, said: Completion) -> SamplingParams:
        if seeded:
            return SamplingParams(
                max_tokens=asked.max_new_tokens,
                temperature=asked.temperature,
                top_p=asked.top_p,
                seed=asked.seed,
            )
        return SamplingParams(
            max_tokens=said.new_tokens,
            temperature=asked.temperature,
            top_p=asked.top_p,
            ignore_eos=True,
        )

    conversations: Any = [list(asked.messages) for asked, _ in call]
    outputs = llm.chat(conversations, [params(*pair) for pair in call], use_tqdm=False)
    return [output.outputs[0].text for output in outputs]


@contextmanager
def _llm(model: str, dtype: str, *, seeded: bool) -> Iterator[LLM]:
    from vllm import LLM

    on_cpu: dict[str, Any] = {"enforce_eager": True, "kv_cache_memory_bytes": 2**30}
    if seeded:
        on_cpu["enable_chunked_prefill"] = False
    loaded = [
        LLM(
            model=resolve(model).path,
            dtype=dtype,
            max_model_len=context_of(model),
            generation_config="vllm",
            **({} if torch.cuda.is_available() else on_cpu),
        )
    ]
    try:
        yield loaded[0]
    finally:
        unload(loaded)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--model", default="cai-mini")
    parser.add_argument("--prompts", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--json", action="store_true", help="the figures alone, for a program")
    given = parser.parse_args()
    # One process, whose CPU seconds are all there are; two of them take 20 s longer to load.
    os.environ |= {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}
    os.environ |= {"VLLM_LOGGING_LEVEL": "ERROR", "VLLM_LOGGING_STREAM": "ext://sys.stderr"}
    found = measure(given.model, given.prompts, given.rounds, CLOCKS[given.clock])
    if given.json:
        print(json.dumps(found))
        return
    for side in SIDES:
        print(f"{side:14} {found['new_tokens'] / median(found[side]):12,.0f} new tokens/s")
    for name in found.keys() - set(SIDES):
        print(f"{name:14} {found[name]}")


if __name__ == "__main__":
    sys.exit(main())
