"""What faults cost the engine for servers: rows right, none doubled, and the time against none.

`python benchmarks/engine_faults.py` sends the same requests to a test server without faults and to
one that fails in every way it knows (connections dropped, answers torn, hanging or malformed, 429
with Retry-After, 500, 502, 503), and prints both times and their ratio. With `--kills N` it then
kills client and server N times at random moments (SIGKILL), starts them again, and compares the
rows in the end with those that were expected.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from cai.engines.base import GenerateRequest, call_key
from cai.engines.cache import CachedEngine, CallCache
from cai.engines.server.engine import ServerEngine
from cai.engines.server.settings import ServerSettings
from cai.records import said_by

SERVING = Path(__file__).parents[1] / "tests" / "engines" / "server" / "serving.py"


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--requests", type=int, default=5000)
    given.add_argument("--faults", type=float, default=0.3)
    given.add_argument("--seconds", type=float, default=0.05, help="that one answer takes")
    given.add_argument("--concurrency", type=int, default=64)
    given.add_argument("--kills", type=int, default=0)
    given.add_argument("--skip-timing", action="store_true", help="only kill")
    given.add_argument("--client", nargs=3, help=argparse.SUPPRESS)
    arguments = given.parse_args()
    if arguments.client:
        url, store, count = arguments.client
        client(url, Path(store), int(count), arguments.concurrency)
        return
    if not arguments.skip_timing:
        plain = timed(arguments, faults=0.0)
        faulty = timed(arguments, faults=arguments.faults)
        print(f"{faulty / plain:.2f} times as long with {100 * arguments.faults:.0f} % faults")
    if arguments.kills:
        killed(arguments)


def timed(arguments: argparse.Namespace, *, faults: float) -> float:
    """Seconds for all requests; stops where a row is wrong, missing or there twice."""
    server = Served("--faults", faults, "--seconds", arguments.seconds)
    wanted = requests(arguments.requests)
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        inner = engine(server.url, arguments.concurrency)
        cache = CallCache(Path(folder) / "calls.sqlite")
        one = CachedEngine(lambda: inner, identity=inner.identity, cache=cache)
        texts = [answer.text for answer in one.generate(wanted)]
        seconds = time.monotonic() - began
        made = one.count_of_calls.made
    assert texts == expected(wanted), "a row is wrong"
    assert made == len(wanted), "a row is there twice"
    rate = len(wanted) / seconds
    print(f"faults {faults:4.0%}: {seconds:6.1f} s, {rate:5.0f} requests/s, {server.counts()}")
    server.kill()
    return seconds


def killed(arguments: argparse.Namespace) -> None:
    """Kills client or server at random moments until both have been killed often enough."""
    draw = random.Random(0)
    count = arguments.requests
    server = Served("--faults", arguments.faults, "--seconds", arguments.seconds)
    kills, rounds = {"client": 0, "server": 0}, 1
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "calls-1.sqlite"
        while sum(kills.values()) < arguments.kills:
            process = start_client(server.url, store, count, arguments.concurrency)
            time.sleep(draw.uniform(2.0, 8.0))  # of which the client's start takes a part
            if draw.random() < 0.5:
                server.kill()
                server = server.again()
                kills["server"] += 1
                time.sleep(draw.uniform(0.0, 2.0))
            process.kill()
            process.wait()
            kills["client"] += 1
            if rows(store, count) == count:  # all is done: once more, in a new store
                check(store, count)
                rounds += 1
                store = Path(folder) / f"calls-{rounds}.sqlite"
        last = start_client(server.url, store, count, arguments.concurrency)
        assert last.wait() == 0
        check(store, count)
    server.kill()
    print(f"killed {kills} in {rounds} rounds of {count} requests: every row right, none missing")


def client(url: str, store: Path, count: int, concurrency: int) -> None:
    inner = engine(url, concurrency)
    one = CachedEngine(lambda: inner, identity=inner.identity, cache=CallCache(store))
    wanted = requests(count)
    assert [answer.text for answer in one.generate(wanted)] == expected(wanted)


def start_client(url: str, store: Path, count: int, concurrency: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, __file__, "--concurrency", str(concurrency)]
    return subprocess.Popen([*command, "--client", url, str(store), str(count)])


def check(store: Path, count: int) -> None:
    wanted = requests(count)
    inner = engine("http://127.0.0.1:9/v1", 1)  # nobody is there: all comes from the store
    one = CachedEngine(lambda: inner, identity=inner.identity, cache=CallCache(store))
    assert [answer.text for answer in one.generate(wanted)] == expected(wanted), "a row is wrong"
    with sqlite3.connect(store) as database:
        (kept,) = database.execute("SELECT count(*) FROM results").fetchone()
        (distinct,) = database.execute("SELECT count(DISTINCT key) FROM results").fetchone()
    assert kept == distinct, "a row is there twice"


def rows(store: Path, count: int) -> int:
    identity = engine("http://127.0.0.1:9/v1", 1).identity
    return len(CallCache(store).find([call_key(identity, one) for one in requests(count)]))


def requests(count: int) -> list[GenerateRequest]:
    return [
        GenerateRequest(
            messages=said_by("user", f"question {number}"), max_new_tokens=20, seed=number
        )
        for number in range(count)
    ]


def expected(wanted: list[GenerateRequest]) -> list[str]:
    said = serving().said
    return [said([dict(m) for m in one.messages], one.seed) for one in wanted]


def engine(url: str, concurrency: int) -> ServerEngine:
    settings = ServerSettings(
        urls=(url,), revision="1", concurrency=concurrency, timeout_seconds=5.0
    )
    return ServerEngine("plants", settings)


def serving() -> ModuleType:
    spec = importlib.util.spec_from_file_location("serving", SERVING)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Served:
    """A test server as a process."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.process = subprocess.Popen(
            [sys.executable, str(SERVING), *map(str, arguments)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def again(self) -> Served:
        """The same at the same address."""
        return Served(*self.arguments, "--port", self.url.rsplit(":", 1)[1].split("/")[0])

    def counts(self) -> dict[str, int]:
        from urllib.request import urlopen

        with urlopen(self.url.removesuffix("/v1") + "/counts") as answer:
            found: dict[str, int] = json.load(answer)
        return found

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


if __name__ == "__main__":
    main()
