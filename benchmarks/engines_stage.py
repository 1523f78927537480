"""The critique-revise stage on one engine against that engine's raw batches on the same requests.

    python benchmarks/engines_stage.py [--model cai-mini] [--prompts 256] [--rounds 3]
        [--clock wall|cpu]

A part of `benchmarks/engines.py`. The stage runs whole, with a store of calls that knows nothing
yet and a folder on disk. Its requests are noted; the engine is then given the same ones, as many at
once as the stage asked for, with nothing around it. The two take turns. Both say the same texts, so
the token counts are the same. The stage's seconds within its engine are noted too: they and the
stage's are of one and the same run, so what the machine does meanwhile changes both. CPU seconds
are those of all threads of this process: where the machine has other work they say more than the
clock does.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from cai import constitution, prompts
from cai.engines.base import Completion, EngineIdentity, GenerateRequest
from cai.engines.cache import CachedEngine, CallCache
from cai.engines.transformers import TransformersEngine
from cai.engines.vllm.engine import VllmEngine
from cai.progress import silent
from cai.shipped import locate
from cai.supervised import critique_revise
from cai.supervised.settings import CritiqueReviseSettings

SETTINGS = CritiqueReviseSettings(rounds=2, temperature=0.7)

Clock = Callable[[], float]
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}

Local = TransformersEngine | VllmEngine


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Seconds per round, and what was asked."""

    stage: list[float]
    within: list[float]
    raw: list[float]
    requests: int
    prompt_tokens: int
    new_tokens: int

    @property
    def ratio(self) -> float:
        """What share of the stage's time the engine alone would take."""
        return median(raw / stage for raw, stage in zip(self.raw, self.stage, strict=True))

    @property
    def share_within(self) -> float:
        """What share of the stage's time its engine takes."""
        return median(own / stage for own, stage in zip(self.within, self.stage, strict=True))


@dataclass(slots=True)
class Noting:
    """An engine that notes what it is asked, call by call, what it said, and how long it took.

    It streams as the engine does, or the store would ask it for less at once.
    """

    engine: Local
    clock: Clock = time.perf_counter
    taken: float = 0.0
    asked: list[list[GenerateRequest]] = field(default_factory=list)
    said: list[list[Completion]] = field(default_factory=list)

    @property
    def identity(self) -> EngineIdentity:
        return self.engine.identity

    @property
    def context(self) -> int:
        return self.engine.context

    def count(self, messages: Sequence[prompts.Message]) -> int:
        return self.engine.count(messages)

    def most(self, request: GenerateRequest) -> tuple[int, int]:
        return self.engine.most(request)

    def stream(self, requests: Sequence[GenerateRequest]) -> Iterator[list[tuple[int, Completion]]]:
        said: dict[int, Completion] = {}
        began = self.clock()
        for found in self.engine.stream(requests):
            self.taken += self.clock() - began
            said.update(found)
            yield found
            began = self.clock()
        self.taken += self.clock() - began
        self.asked.append(list(requests))
        self.said.append([said[place] for place in range(len(requests))])


def run_stage(engine: Local | Noting, count: int) -> None:
    """The stage on so many red-team prompts, and as many rows from helpful ones."""
    with tempfile.TemporaryDirectory(prefix="cai-engines-") as folder:
        critique_revise.run(
            prompts=of("red-team", count),
            helpful_prompts=of("helpful", 2 * count),
            constitution=constitution.load(locate("constitution/default.yaml")),
            engine=CachedEngine(
                lambda: engine,
                identity=engine.identity,
                cache=CallCache(Path(folder) / "calls.sqlite"),
            ),
            settings=SETTINGS,
            folder=Path(folder),
            progress=silent,
        )


def of(kind: str, count: int) -> Sequence[prompts.Prompt]:
    return prompts.load(str(locate(f"prompts/{kind}.train.jsonl")), limit=count).prompts


def noted(engine: Local, count: int) -> Noting:
    """What the stage asks, in the order in which it asks."""
    noting = Noting(engine)
    run_stage(noting, count)
    return noting


def seconds(do: Callable[[], object], clock: Clock = time.perf_counter) -> float:
    began = clock()
    do()
    return clock() - began


def measure(engine: Local, count: int, rounds: int, clock: Clock = time.perf_counter) -> Measured:
    """The stage and the raw engine in turns, after one of each that is not counted."""
    noting = noted(engine, count)

    def raw() -> None:
        for requests in noting.asked:
            engine.generate(requests)

    within: list[float] = []

    def whole() -> None:
        timed = Noting(engine, clock)
        run_stage(timed, count)
        within.append(timed.taken)

    raw()
    sides = (whole, raw)
    stage: list[float] = []
    alone: list[float] = []
    for number in range(rounds):
        # The other way round each time: what changes meanwhile harms both alike.
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            (stage, alone)[side].append(seconds(sides[side], clock))
    said = [completion for completions in noting.said for completion in completions]
    return Measured(
        stage=stage,
        within=within,
        raw=alone,
        requests=len(said),
        prompt_tokens=sum(completion.prompt_tokens for completion in said),
        new_tokens=sum(completion.new_tokens for completion in said),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--model", default="cai-mini")
    parser.add_argument("--prompts", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    given = parser.parse_args()
    engine = TransformersEngine(given.model)
    found = measure(engine, given.prompts, given.rounds, CLOCKS[given.clock])
    ratios = {"ratio": found.ratio, "share within": found.share_within}
    for name, value in (asdict(found) | ratios).items():
        print(f"{name:14} {value}")


if __name__ == "__main__":
    sys.exit(main())
