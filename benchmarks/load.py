"""What a critique-revise stage of 100,000 prompts costs beside its model: time, memory, progress.

    python benchmarks/load.py [--prompts 100000] [--folder DIR] [--profile]

The stage runs whole, with its store of calls and its files on disk, on a made-up model that answers
from a hash of what it is asked, at once. All else is the stage's own: prompts, principles,
templates, names of calls, look-ups, rows, progress. A row is a text that the model was asked for,
with its entry in the store. What one thread does takes a free core its CPU time, so the bound on
speed is on CPU time; the clock stands beside it. Memory is that of the whole process, at its
highest, without mapped files. A bound that is not met ends the program with exit code 1.

Needs 6 KB of disk per prompt in `--folder` (else the system's folder for temporary files).
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from bounds import told

from cai import constitution
from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    EngineIdentity,
    GenerateRequest,
    call_key,
)
from cai.engines.cache import CachedEngine, CallCache
from cai.records import Message, Prompt, content_id, said_by
from cai.shipped import locate
from cai.supervised import critique_revise
from cai.supervised.settings import CritiqueReviseSettings

IDENTITY = EngineIdentity(model="(made up)", weights="0" * 64, dtype="-", template="0" * 64)
WORDS = [
    *("water", "garden", "window", "kettle", "letter", "corner", "market", "pencil", "ladder"),
    *(
        "you",
        "may",
        "ask",
        "a",
        "neighbour",
        "to",
        "keep",
        "the",
        "old",
        "one",
        "for",
        "them",
        "and",
    ),
]
_SENTENCE = 24  # words: about as long as the embedded model's answers


class MadeUp:
    """A model whose answer follows from its request alone; one critique in three finds nothing."""

    identity = IDENTITY
    context = 1 << 20

    def count(self, messages: Sequence[Message]) -> int:
        return sum(len(message["content"]) for message in messages) // 4

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        return [self._said(request, call_key(IDENTITY, request)) for request in requests]

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        raise AssertionError("the stage chooses nothing")

    def _said(self, request: GenerateRequest, call: str) -> Completion:
        drawn = sha256(call.encode()).digest()
        text = " ".join(WORDS[byte % len(WORDS)] for byte in drawn[:_SENTENCE])
        if "critique" in request.messages[-1]["content"].lower() and drawn[-1] % 3 == 0:
            text = f"No issue: {text}"
        return Completion(
            text=f"{text}.", finish="stop", prompt_tokens=200, new_tokens=_SENTENCE, call=call
        )


@dataclass(slots=True)
class Watched:
    """What the progress line was told, when, and how much memory there was then."""

    told: list[tuple[float, int, int, int]] = field(default_factory=list)

    def __call__(self, done: int, total: int, note: str = "") -> None:
        self.told.append((time.perf_counter(), done, total, resident()))

    def off(self) -> float:
        """The most that the share said to be done differed from the share of the time gone."""
        began, ended = self.told[0][0], self.told[-1][0]
        return max(
            abs(done / total - (at - began) / (ended - began)) for at, done, total, _ in self.told
        )

    def grown(self) -> int:
        """Bytes more at the end than when a quarter was done."""
        quarter = next(used for _, done, total, used in self.told if 4 * done >= total)
        return self.told[-1][3] - quarter


def resident() -> int:
    """Bytes of memory of its own that the process has now: pages of files, which the system drops
    where it needs room, are not among them."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("RssAnon")).split()[1])


def made_prompts(count: int, kind: str) -> list[Prompt]:
    made = []
    for number in range(count):
        text = (
            f"Can you tell me how to take the {WORDS[number % 9]} of neighbour {number}? ({kind})"
        )
        messages = said_by("user", text)
        made.append(Prompt(id=content_id(list(messages)), messages=messages, tags=(kind,)))
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--prompts", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where there is room for the files")
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    given = parser.parse_args()
    profile = cProfile.Profile() if given.profile else nullcontext()
    watched = Watched()
    with tempfile.TemporaryDirectory(prefix="cai-load-", dir=given.folder) as folder:
        engine = CachedEngine(
            MadeUp, identity=IDENTITY, cache=CallCache(Path(folder) / "calls.sqlite")
        )
        red_team, helpful = (made_prompts(given.prompts, kind) for kind in ("red-team", "helpful"))
        began, clock = time.process_time(), time.perf_counter()
        with profile:
            counts = critique_revise.run(
                prompts=red_team,
                helpful_prompts=helpful,
                constitution=constitution.load(locate("constitution/default.yaml")),
                engine=engine,
                settings=CritiqueReviseSettings(),
                folder=Path(folder),
                progress=watched,
            )
        taken, clock = time.process_time() - began, time.perf_counter() - clock
        stored = sum(1 for _ in (Path(folder) / critique_revise.REVISIONS).open("rb"))
    if isinstance(profile, cProfile.Profile):
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    assert stored == counts["prompts"] == given.prompts
    asked = engine.count_of_calls.made
    peak = max(resident(), *(used for *_, used in watched.told))
    with_files = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{given.prompts:,} prompts: {asked:,} texts, {counts['rows']:,} training rows")
    missed = 0
    for name, figure, sign, bound in (
        ("rows per CPU second", asked / taken, ">=", 5000),
        ("rows/s by the clock", asked / clock, ">=", None),
        ("memory at its highest, MB", peak / 1e6, "<=", 500),
        ("pages of mapped files counted too, MB", with_files / 1e6, "<=", None),
        ("of it grown since a quarter was done, MB", watched.grown() / 1e6, "<=", 50),
        ("progress: largest error of the share done", watched.off(), "<=", 0.1),
    ):
        missed += not told(name, figure, sign, bound)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
