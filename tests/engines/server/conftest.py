"""Servers of the tests' own, as processes."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.engines.server import serving as serving_module

SERVING = Path(__file__).parent / "serving.py"


@dataclass
class Running:
    """A server process; `url` is its base address."""

    process: subprocess.Popen[str]
    url: str

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1].split("/")[0])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def counts(self) -> dict[str, int]:
        with urllib.request.urlopen(self.url.removesuffix("/v1") + "/counts") as answer:
            found: dict[str, int] = json.load(answer)
        return found


@pytest.fixture
def serving() -> ModuleType:
    """The server's own module, for what its made-up model says."""
    return serving_module


@pytest.fixture
def serve() -> Iterator[Callable[..., Running]]:
    """Starts a server with `serving.py`'s arguments; it is ended after the test."""
    started: list[Running] = []

    def start(*arguments: Any) -> Running:
        process = subprocess.Popen(
            [sys.executable, str(SERVING), *map(str, arguments)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        started.append(Running(process, process.stdout.readline().strip()))
        assert started[-1].url, "the server did not start"
        return started[-1]

    yield start
    for one in started:
        one.kill()
        assert one.process.stdout is not None
        one.process.stdout.close()
