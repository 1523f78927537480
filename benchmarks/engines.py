"""The engines' speed in critique-revise: stages against raw engines, and both against peers.

    python benchmarks/engines.py [--prompts 256] [--rounds 3] [--threads N] [--only NAME …]
        [--vllm PYTHON] [--distilabel PYTHON] [--clock wall|cpu]

The work is the requests of a critique-revise stage on the embedded model: answers, critiques and
revisions to the prompts of `prompts/`, in the order in which the stage asks for them. Prompts have
from 9 to 180 tokens, and answers end where the model ends them, after 10 to 96. Sides take turns
within a round, and a ratio is the median of the rounds' ratios. Each has a bound, printed beside
it; one that is missed ends the program with exit code 1.

stage       the whole stage, with its store and files, against the engine's raw batches.
generate    our engine against `model.generate` in batches of neighbours, padded on the left, at the
            size of batch that suits it best; and against transformers' continuous batching
            (`generate_batch`), for which there is no bound. Every side draws its own answers from
            the same model: rates are in new tokens, up to and with the one that ends an answer.
start       the command `cai critique-revise`, from its start to the first finished text.
vllm        the stage on the vllm engine against a bare `vllm.LLM`, by the Python of an environment
            that has vLLM; see `engines_vllm.py`.
distilabel  the command `cai critique-revise` from start to end against a pipeline of distilabel, by
            the Python of an environment that has it, at the size of batch that suits it best; see
            `engines_whole.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import torch
from bounds import Figure, told
from engines_plain import Plain
from engines_stage import CLOCKS, measure, noted, seconds
from engines_start import first_text
from engines_whole import figures as whole_figures

from cai.engines.base import GenerateRequest
from cai.engines.transformers import TransformersEngine
from cai.quiet import quiet

SIZES = (8, 16, 32, 64, 128, 256)
_HERE = Path(__file__).parent


def stage(given: argparse.Namespace) -> Iterator[Figure]:
    found = measure(
        TransformersEngine("cai-mini"), given.prompts, given.rounds, CLOCKS[given.clock]
    )
    print(
        f"{found.requests} requests, {found.prompt_tokens:,} prompt tokens, "
        f"{found.new_tokens:,} new tokens"
    )
    for side, taken in (("the stage", found.stage), ("raw batches", found.raw)):
        rate = found.new_tokens / median(taken)
        yield f"transformers: new tokens/s of {side}", rate, ">=", None
    yield (
        "transformers: share of the stage's time within its engine",
        found.share_within,
        ">=",
        None,
    )
    yield "transformers: the stage's speed as a share of raw batches", found.ratio, ">=", 0.95


def vllm(given: argparse.Namespace) -> Iterator[Figure]:
    found = _elsewhere(given.vllm, "engines_vllm.py", given)
    print(
        f"{found['requests']} requests in {found['calls']} steps, {found['prompt_tokens']:,} "
        f"prompt tokens, {found['new_tokens']:,} new tokens"
    )
    names = {
        "stage": "vllm: new tokens/s of the stage",
        "engine": "vllm: of our engine alone, step by step",
        "raw": "vllm: of vllm.LLM, step by step, same seeds",
        "unseeded": "vllm: of vllm.LLM, step by step, no seeds",
        "at_once": "vllm: of vllm.LLM, all steps at once, no seeds",
    }
    for side, name in names.items():
        yield name, found["new_tokens"] / median(found[side]), ">=", None
    yield "vllm.LLM: share of texts that are the stage's", found["same_texts"], ">=", 0.99
    for side, name, bound in (
        ("engine", "vllm: the stage as a share of our engine", None),
        ("unseeded", "vllm: the stage as a share of vllm.LLM, no seeds", None),
        ("raw", "vllm: the stage as a share of vllm.LLM", 0.90),
    ):
        shares = (raw / stage for raw, stage in zip(found[side], found["stage"], strict=True))
        yield name, median(shares), ">=", bound


def distilabel(given: argparse.Namespace) -> Iterator[Figure]:
    yield from whole_figures(given.distilabel, given.prompts, given.rounds, given.threads)


def generate(given: argparse.Namespace) -> Iterator[Figure]:
    ours = TransformersEngine("cai-mini")
    asked = [one for call in noted(ours, given.prompts).asked for one in call]
    peer = Plain("cai-mini", asked)
    few = max(len(asked) // 4, max(SIZES))
    swept = {size: _rate(lambda size=size: peer.in_batches(size, few)) for size in SIZES}
    for size, rate in swept.items():
        yield f"generate, batches of {size}: new tokens/s", rate, ">=", None
    best = max(swept, key=swept.__getitem__)
    rates = [
        (
            _rate(lambda: _tokens(ours, asked)),
            _rate(lambda: peer.in_batches(best)),
            _rate(peer.continuously),
        )
        for _ in range(given.rounds)
    ]
    own, plain, continuous = (median(column) for column in zip(*rates, strict=True))
    yield "our engine: new tokens/s", own, ">=", None
    yield f"generate, batches of {best}, all: new tokens/s", plain, ">=", None
    yield "continuous batching of transformers: new tokens/s", continuous, ">=", None
    yield "our engine against it: ratio", median(a / c for a, _, c in rates), ">=", None
    yield "our engine against generate: ratio", median(a / b for a, b, _ in rates), ">=", 2


def _tokens(engine: TransformersEngine, asked: Sequence[GenerateRequest]) -> int:
    return sum(said.new_tokens for said in engine.generate(asked))


def _rate(do: Callable[[], int]) -> float:
    counted: list[int] = []
    taken = seconds(lambda: counted.append(do()))
    return counted[0] / taken


def start(given: argparse.Namespace) -> Iterator[Figure]:
    first_text(8)  # files are in memory then, and compiled
    yield "seconds to the first text", median(first_text(64) for _ in range(given.rounds)), "<=", 6


def _elsewhere(python: str, script: str, given: argparse.Namespace) -> dict[str, Any]:
    """What a script of this folder prints as JSON in its last line, in another environment.

    It finds `cai` in this repository, for that environment need not have it.
    """
    environment = {**os.environ, "PYTHONPATH": str(_HERE.parent)}
    if given.threads:
        environment["OMP_NUM_THREADS"] = str(given.threads)
    same = (("prompts", given.prompts), ("rounds", given.rounds), ("clock", given.clock))
    done = subprocess.run(
        [python, str(_HERE / script), "--json", *(f"--{name}={value}" for name, value in same)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--prompts", type=int, default=256, help="red-team prompts of the stage")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, help="of torch; its own choice if left out")
    parser.add_argument(
        "--only", nargs="*", choices=("stage", "generate", "start"), help="no name: none of them"
    )
    parser.add_argument("--vllm", metavar="PYTHON", help="of an environment with vllm")
    parser.add_argument("--distilabel", metavar="PYTHON", help="of an environment with distilabel")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="for stage and vllm")
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    parts = [
        part
        for part in (stage, generate, start)
        if given.only is None or part.__name__ in given.only
    ]
    parts += [vllm] if given.vllm else []
    parts += [distilabel] if given.distilabel else []
    missed = 0
    for part in parts:
        print(f"\n{part.__name__}", flush=True)
        with quiet():
            for name, figure, sign, bound in part(given):
                missed += not told(name, figure, sign, bound)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
