"""The label stage's part of `benchmarks/store.py`: resuming it, and its bookkeeping."""

from __future__ import annotations

import json
import math
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from statistics import median

from cai import constitution as constitutions
from cai.engines.base import Choice, ChooseRequest, Completion, Engine, GenerateRequest
from cai.engines.cache import CachedEngine, CallCache
from cai.engines.kinds import Unloaded, prepare
from cai.feedback.comparing import COMPARISONS, Merits, sampled
from cai.feedback.judge import verdicts
from cai.feedback.judging import LABELS
from cai.feedback.label import run
from cai.feedback.questions import questions
from cai.feedback.settings import LabelSettings
from cai.journal import append_rows, read_records
from cai.progress import silent
from cai.records import Comparison, Label, Message, Prompt, Said, content_id, said_by, to_row
from cai.shipped import locate

Figure = tuple[str, float, str, float | None]
"""Name, figure, and the bound with its sign; no bound where the figure is for comparison."""

_ROUNDS = 9
_PER_COMPARISON = 4


def prompts(count: int) -> list[Prompt]:
    made = []
    for number in range(count):
        messages = said_by("user", f"How do I plan a garden party for {number} guests in the rain?")
        made.append(Prompt(id=content_id(list(messages)), messages=messages, tags=("helpful",)))
    return made


def comparison(prompt: Prompt) -> Comparison:
    a, b = (
        Said(text=f"{text} ({prompt.id})", call=sha256(f"{text}{prompt.id}".encode()).hexdigest())
        for text in (
            "Put up a tent, ask everyone to bring boots, and have something warm to drink. " * 3,
            "Wait for another day. Parties are for the sun, and rain is for books and tea. " * 3,
        )
    )
    return Comparison(
        id=content_id(prompt.id, a.text, b.text),
        prompt_id=prompt.id,
        prompt=prompt.messages,
        tags=prompt.tags,
        response_a=a,
        response_b=b,
    )


def _call(draws: random.Random) -> str:
    return f"{draws.getrandbits(256):064x}"


def write_stage(folder: Path, count: int, annotator: str) -> None:
    """A label stage's folder with `count` labels, the last chunk of which was cut by a kill."""
    constitution = constitutions.load(locate("constitution/default.yaml"))
    draws = random.Random(0)

    def labels(pair: Comparison) -> Iterator[Label]:
        for asked in questions([pair], constitution, principles=_PER_COMPARISON, seed=0):
            p_a = draws.uniform(0.02, 0.98)
            yes, no = math.log(p_a) - 0.02, math.log(1 - p_a) - 0.02
            yield Label(
                id=asked.label_id(annotator),
                comparison_id=pair.id,
                principle=asked.principle.id,
                annotator=annotator,
                status="ok",
                p_a=p_a,
                logprobs_ab=(yes, no),
                logprobs_ba=(no, yes),
                calls=(_call(draws), _call(draws)),
            )

    todo = iter(prompts(count // _PER_COMPARISON))
    while part := list(islice(todo, 10_000)):
        pairs = [comparison(prompt) for prompt in part]
        append_rows(folder / COMPARISONS, map(to_row, pairs))
        append_rows(folder / LABELS, (to_row(label) for pair in pairs for label in labels(pair)))
    path = folder / LABELS
    os.truncate(path, path.stat().st_size - 20_000)


class Watched:
    """An engine, when it was first asked since this was made, and the time its calls took."""

    def __init__(self, engine: Engine) -> None:
        self.inner, self.made = engine, time.perf_counter()
        self.made_cpu = time.process_time()
        self.first_asked, self.first_asked_cpu, self.seconds = math.nan, math.nan, 0.0

    identity = property(lambda self: self.inner.identity)
    context = property(lambda self: self.inner.context)

    def count(self, messages: Sequence[Message]) -> int:
        self._asked()
        return self.inner.count(messages)

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        began = self._asked()
        made = self.inner.generate(requests)
        self.seconds += time.perf_counter() - began
        return made

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        began = self._asked()
        made = self.inner.choose(requests)
        self.seconds += time.perf_counter() - began
        return made

    def _asked(self) -> float:
        now = time.perf_counter()
        if math.isnan(self.first_asked):
            self.first_asked = now - self.made
            self.first_asked_cpu = time.process_time() - self.made_cpu
        return now


def resume(folder: Path, count: int) -> None:
    """In a process of its own: goes on with the stage, and prints seconds and memory."""
    todo = prompts(count // _PER_COMPARISON)
    constitution = constitutions.load(locate("constitution/default.yaml"))
    cache = CallCache(folder / "calls.sqlite")
    unloaded = _prepared()
    judge = Watched(CachedEngine(unloaded.load, identity=unloaded.identity, cache=cache))
    counts = run(
        prompts=todo,
        constitution=constitution,
        policy=_never,
        judge=judge,
        settings=LabelSettings(principles=_PER_COMPARISON, max_unreadable=1.0),
        folder=folder,
        progress=silent,
    )
    print(
        json.dumps(
            {
                "seconds": judge.first_asked,
                "cpu": judge.first_asked_cpu,
                "whole_cpu": time.process_time() - judge.made_cpu,
                "whole": time.perf_counter() - judge.made,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "labels": counts["labels"],
                "rows": counts["rows"],
            }
        )
    )


def resumed(folder: Path, count: int) -> Iterator[Figure]:
    write_stage(folder, count, _prepared().identity.name)
    command = [sys.executable, __file__, str(folder), str(count)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(
        f"label stage: {count:,} labels of {count // _PER_COMPARISON:,} pairs; "
        f"{found['rows']:,} preferences\n"
    )
    yield "labels lost or doubled by the kill", abs(found["labels"] - count), "<=", 0
    yield "CPU seconds until the judge is asked for what is missing", found["cpu"], "<=", 10
    yield "the same by the clock, whatever else the machine did", found["seconds"], "<=", None
    yield (
        "CPU seconds until the stage is finished, judging included",
        found["whole_cpu"],
        "<=",
        None,
    )
    yield "the same by the clock", found["whole"], "<=", None
    yield "peak memory in MB", found["peak_mb"], "<=", 1000


# --- bookkeeping -----------------------------------------------------------------------------


def _prepared() -> Unloaded:
    return prepare("transformers", "cai-mini", device="cpu", dtype="float32")


def bookkeeping(folder: Path, pairs: int) -> Iterator[Figure]:
    """Time outside the model's calls by time inside, of the stage and of its verdicts alone.

    Both times of a share are of the same run, so what else the machine does matters little.
    """
    constitution = constitutions.load(locate("constitution/default.yaml"))
    settings = LabelSettings(principles=_PER_COMPARISON, max_unreadable=1.0, min_option_mass=0.0)
    engine = _prepared().load()
    todo = prompts(pairs)
    merits = Merits(look=lambda pools: [])  # pairs are drawn, not chosen
    sampled(todo, [lambda: engine], merits, settings.drawing, folder, silent)
    every = read_records(folder / COMPARISONS, Comparison)
    asked = questions(every, constitution, principles=_PER_COMPARISON, seed=settings.seed)

    def stage(watched: Watched) -> None:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            work = Path(name)
            for file in folder.glob("*.jsonl"):
                shutil.copy(file, work)
            cache = CallCache(work / "calls.sqlite")
            run(
                prompts=todo,
                constitution=constitution,
                policy=_never,
                judge=CachedEngine(lambda: watched, identity=engine.identity, cache=cache),
                settings=settings,
                folder=work,
                progress=silent,
            )

    def plain(watched: Watched) -> None:
        verdicts(asked, watched, settings.judging)

    def outside(work: Callable[[Watched], None]) -> float:
        watched = Watched(engine)
        work(watched)
        return (time.perf_counter() - watched.made) / watched.seconds - 1

    rounds = [(outside(stage), outside(plain)) for _ in range(1 + _ROUNDS)][1:]
    whole, judged = (median(column) for column in zip(*rounds, strict=True))
    print(f"judging: {len(every)} pairs, {len(asked)} verdicts\n")
    yield "store, records and journal: share of judging", whole - judged, "<=", 0.05
    yield "all outside the model, writing prompts too: share", whole, "<=", None


def _never() -> Engine:
    raise AssertionError("every pair is there")


if __name__ == "__main__":
    resume(Path(sys.argv[1]), int(sys.argv[2]))
