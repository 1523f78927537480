"""Client and server are killed at random moments, and the rows in the end are the same."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from cai.engines.base import GenerateRequest
from cai.engines.cache import CachedEngine, CallCache
from cai.engines.server.engine import ServerEngine
from cai.engines.server.settings import ServerSettings
from cai.records import said_by

_COUNT = 1500  # more than eight places can have answered when the last kill comes

_CLIENT = f"""
import sys
from pathlib import Path
sys.path[:0] = {sys.path!r}
from cai.engines.base import GenerateRequest
from cai.engines.cache import CachedEngine, CallCache
from cai.engines.server.engine import ServerEngine
from cai.engines.server.settings import ServerSettings
from cai.records import said_by
settings = ServerSettings(urls=(sys.argv[1],), revision="1", concurrency=8, timeout_seconds=10.0)
inner = ServerEngine("plants", settings)
cache = CallCache(Path(sys.argv[2]))
engine = CachedEngine(lambda: inner, identity=inner.identity, cache=cache)
print("asking", flush=True)
engine.generate([
    GenerateRequest(messages=said_by("user", f"question {{n}}"), max_new_tokens=20, seed=n)
    for n in range({_COUNT})
])
print(engine.count_of_calls.made)
"""


def test_a_killed_client_and_a_killed_server_lose_and_double_nothing(
    serve: Callable[..., Any], serving: ModuleType, tmp_path: Path
) -> None:
    draw = random.Random(0)
    arguments = ("--seconds", 0.02, "--faults", 0.1, "--kinds", "dropped", "torn", "500")
    server = serve(*arguments)
    url, port, path = server.url, server.port, tmp_path / "calls.sqlite"

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", _CLIENT, url, str(path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "asking\n"
        return process

    for kill_server in (False, True):
        process = start()
        time.sleep(draw.uniform(0.3, 0.8))
        if kill_server:
            server.kill()
            time.sleep(draw.uniform(0.0, 0.5))
            server = serve(*arguments, "--port", port)
            time.sleep(draw.uniform(0.3, 0.8))
        process.kill()
        process.communicate()
    last, _ = start().communicate()
    assert 0 < int(last) < _COUNT  # it went on from what the killed ones had
    # Nothing is asked any more: every row comes from the store.
    inner = ServerEngine("plants", ServerSettings(urls=("http://127.0.0.1:9/v1",), revision="1"))
    wanted = [
        GenerateRequest(messages=said_by("user", f"question {n}"), max_new_tokens=20, seed=n)
        for n in range(_COUNT)
    ]
    cached = CachedEngine(lambda: inner, identity=inner.identity, cache=CallCache(path))
    texts = [answer.text for answer in cached.generate(wanted)]
    assert cached.count_of_calls.made == 0
    assert texts == [serving.said([dict(m) for m in one.messages], one.seed) for one in wanted]
