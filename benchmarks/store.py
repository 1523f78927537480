"""What ten million stored judgements cost: look-ups, resuming a label stage, and bookkeeping.

    python benchmarks/store.py [--rows 10000000] [--labels 1000000] [--folder DIR]

Fills a temporary store of calls and looks keys up in it, known and unknown ones, in chunks as a
stage does; writes a label stage's folder as a kill leaves it near its end and starts the stage
again, in a process of its own; and judges real pairs with the embedded model, with and without
store, records and journal. A bound that is not met ends the program with exit code 1.

Needs 300 bytes of disk per row of the store and 500 per label, in `--folder` (else the system's
folder for temporary files), which are freed at the end.

What one thread does with files that are in memory takes a free core its CPU time and no more, so
the bounds are on CPU time, which neighbours on the machine change little; times by the clock stand
beside.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
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

from bounds import told
from label_stage import Figure, bookkeeping, resumed

from cai.engines.base import ChooseRequest, Engine, EngineIdentity, call_key
from cai.engines.cache import CachedEngine, CallCache
from cai.records import said_by

_CHUNK = 512  # a stage's questions of one chunk, in both orders
_LOOKUPS = 40 * _CHUNK
_ROUNDS = 9


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
    while part := list(islice(numbered, 1_000_000)):
        cache.add(part)


def out_of_memory(path: Path) -> None:
    """Asks the operating system to forget what it has of a file in memory."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def per_second(
    look_up: Callable[[Sequence[Any]], Any], items: Sequence[Any], clock: Callable[[], float]
) -> float:
    began = clock()
    for first in range(0, len(items), _CHUNK):
        look_up(items[first : first + _CHUNK])
    return len(items) / (clock() - began)


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
    first = per_second(cache.find, keys(), time.perf_counter)
    yield f"look-ups/s by the clock, the first {_LOOKUPS:,} from disk", first, ">=", None
    with path.open("rb") as file:  # a store in use is in memory
        while file.read(1 << 20):
            pass
    plain = partial(one_by_one, sqlite3.connect(path))
    rounds = [
        (
            per_second(cache.find, keys(), time.process_time),
            per_second(engine.choose, requests(), time.process_time),
            per_second(plain, keys(), time.process_time),
            per_second(cache.find, keys(), time.perf_counter),
            per_second(engine.choose, requests(), time.perf_counter),
        )
        for _ in range(1 + _ROUNDS)
    ][1:]
    found, chosen, single, *by_clock = (median(column) for column in zip(*rounds, strict=True))
    yield "look-ups of keys, half of them unknown, per CPU second", found, ">=", 20_000
    yield "look-ups of requests, their naming too, per CPU second", chosen, ">=", 20_000
    yield "look-ups of keys: ratio to a statement per key", found / single, ">=", 1
    yield "look-ups/s of keys by the clock", by_clock[0], ">=", None
    yield "look-ups/s of requests by the clock", by_clock[1], ">=", None


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=10_000_000, help="calls in the store")
    parser.add_argument("--labels", type=int, default=1_000_000, help="finished rows to resume")
    parser.add_argument("--pairs", type=int, default=64, help="pairs to judge for the bookkeeping")
    parser.add_argument("--folder", type=Path, help="where there is room for the files")
    arguments = parser.parse_args()
    missed = 0
    for measure, size in (
        (look_ups, arguments.rows),
        (resumed, arguments.labels),
        (bookkeeping, arguments.pairs),
    ):
        with tempfile.TemporaryDirectory(prefix="cai-store-", dir=arguments.folder) as folder:
            for name, figure, sign, bound in measure(Path(folder), size) if size else ():
                missed += not told(name, figure, sign, bound)
        print(flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
