"""What ten million stored judgements cost: look-ups, resuming a label stage, and bookkeeping.

    python benchmarks/store.py [--rows 10000000] [--labels 1000000] [--folder DIR]

Fills a temporary store of calls and looks keys up in it, known and unknown ones, in chunks as a
stage does; writes a label stage's folder as a kill leaves it near its end and starts the stage
again, in a process of its own; and judges real pairs with the embedded model, with and without
store, records and journal. A bound that is not met ends the program with exit code 1.

Needs 300 bytes of disk per row of the store and 500 per label, in `--folder` (else the system's
folder for temporary files), which are freed at the end.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from cai import constitution as constitutions
from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    Engine,
    EngineIdentity,
    GenerateRequest,
    call_key,
)
from cai.engines.cache import CachedEngine, CallCache
from cai.engines.kinds import Unloaded, prepare
from cai.feedback.comparing import COMPARISONS, sampled
from cai.feedback.judge import verdicts
from cai.feedback.judging import LABELS
from cai.feedback.label import LabelSettings, run
from cai.feedback.questions import questions
from cai.journal import append_rows, read_records
from cai.progress import silent
from cai.records import Comparison, Label, Message, Prompt, Said, content_id, said_by, to_row
from cai.shipped import locate

Figure = tuple[str, float, str, float | None]
"""Name, figure, and the bound with its sign; no bound where the figure is for comparison."""

_CHUNK = 512  # a stage's questions of one chunk, in both orders
_LOOKUPS = 40 * _CHUNK
_ROUNDS = 9


# --- look-ups --------------------------------------------------------------------------------


def key(number: int) -> str:
    return sha256(number.to_bytes(8, "big")).hexdigest()


def choice(number: int) -> dict[str, Any]:
    return {"logprobs": [-0.1051234 - number * 1e-9, -2.31], "prompt_tokens": 300 + number % 90}


def request(number: int) -> ChooseRequest:
    """As long as a judge's is with the embedded model."""
    text = f"Which of these two answers is the better one? Number {number}. " * 14
    return ChooseRequest(messages=said_by("user", text), options=("A", "B"))


IDENTITY = EngineIdentity(model="(folder)", weights=key(1), dtype="float32", template=key(2))


def fill(cache: CallCache, keys: Iterable[str]) -> None:
    """In large transactions: pages are written once that a stage would write many times."""
    numbered = ((name, choice(number)) for number, name in enumerate(keys))
    while part := list(islice(numbered, 500_000)):
        cache.add(part)


def out_of_memory(path: Path) -> None:
    """Asks the operating system to forget what it has of a file in memory."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def per_second(look_up: Callable[[Sequence[Any]], Any], items: Sequence[Any]) -> float:
    began = time.perf_counter()
    for first in range(0, len(items), _CHUNK):
        look_up(items[first : first + _CHUNK])
    return len(items) / (time.perf_counter() - began)


def look_ups(folder: Path, rows: int) -> Iterator[Figure]:
    path = folder / "calls.sqlite"
    named = min(rows // 2, 200_000)  # of them the requests are known, and not only the keys
    began = time.perf_counter()
    cache = CallCache(path)
    fill(cache, map(key, range(rows - named)))
    fill(cache, (call_key(IDENTITY, request(number)) for number in range(named)))
    seconds = time.perf_counter() - began
    print(
        f"store: {rows:,} calls, {path.stat().st_size / rows:.0f} bytes each, filled at "
        f"{rows / seconds:,.0f} a second\n"
    )
    draws = random.Random(0)

    def keys() -> list[str]:
        known = (draws.randrange(rows - named) for _ in range(_LOOKUPS // 2))
        unknown = (rows + draws.randrange(rows) for _ in range(_LOOKUPS // 2))
        mixed = [*map(key, known), *map(key, unknown)]
        draws.shuffle(mixed)
        return mixed

    def requests() -> list[ChooseRequest]:
        return [request(draws.randrange(named)) for _ in range(_LOOKUPS)]

    del cache
    out_of_memory(path)
    cache = CallCache(path)
    engine = CachedEngine(_never, identity=IDENTITY, cache=cache)
    yield (
        f"look-ups/s, the first {_LOOKUPS:,} from disk",
        per_second(cache.find, keys()),
        ">=",
        None,
    )
    for _ in range(_ROUNDS):
        per_second(cache.find, keys())
    with path.open("rb") as file:  # the rest of what a store in use has in memory
        while file.read(1 << 20):
            pass
    naive = sqlite3.connect(path)
    rounds = [
        (
            per_second(cache.find, keys()),
            per_second(engine.choose, requests()),
            per_second(partial(one_by_one, naive), keys()),
        )
        for _ in range(_ROUNDS)
    ]
    found, chosen, plain = (median(column) for column in zip(*rounds, strict=True))
    yield "look-ups/s of keys, half of them unknown", found, ">=", 20_000
    yield "look-ups/s of requests, their naming included", chosen, ">=", 20_000
    yield "look-ups: ratio to a statement per key", found / plain, ">=", 1


def one_by_one(database: sqlite3.Connection, keys: Sequence[str]) -> None:
    """The peer: plain SQLite on the same file, without its settings and without chunks."""
    query = "SELECT key, result FROM places JOIN results USING (id) WHERE start = ?"
    for name in keys:
        start = int.from_bytes(bytes.fromhex(name)[:8], "big", signed=True)
        for stored, result in database.execute(query, (start,)):
            if stored.hex() == name:
                json.loads(result)


def _never() -> Engine:
    raise AssertionError("every call is known")


# --- resuming a label stage ------------------------------------------------------------------

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
                calls=(key(draws.getrandbits(60)), key(draws.getrandbits(60))),
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
    command = [sys.executable, __file__, "--resume", str(folder), "--labels", str(count)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(
        f"label stage: {count:,} labels of {count // _PER_COMPARISON:,} pairs; "
        f"{found['rows']:,} preferences\n"
    )
    yield "labels lost or doubled by the kill", abs(found["labels"] - count), "<=", 0
    # A single thread reads files that are in memory: a free core takes its time and no more.
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
    sampled(todo, lambda: engine, settings.drawing, folder, silent)
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=10_000_000, help="calls in the store")
    parser.add_argument("--labels", type=int, default=1_000_000, help="finished rows to resume")
    parser.add_argument("--pairs", type=int, default=64, help="pairs to judge for the bookkeeping")
    parser.add_argument("--folder", type=Path, help="where there is room for the files")
    parser.add_argument("--resume", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.resume:
        resume(arguments.resume, arguments.labels)
        return 0
    missed = 0
    for measure, size in (
        (look_ups, arguments.rows),
        (resumed, arguments.labels),
        (bookkeeping, arguments.pairs),
    ):
        with tempfile.TemporaryDirectory(prefix="cai-store-", dir=arguments.folder) as folder:
            for name, figure, sign, bound in measure(Path(folder), size) if size else ():
                text = "" if bound is None else f"{sign} {bound:<10,.4g}"
                met = bound is None or (figure >= bound if sign == ">=" else figure <= bound)
                missed += not met
                print(f"{name:58} {figure:12,.4g} {text} {'' if met else 'NOT MET'}".rstrip())
        print(flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
