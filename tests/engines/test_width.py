"""How much an engine is asked at once: more where there are more machines behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cai.engines.base import at_once
from cai.engines.cache import CachedEngine, CallCache
from cai.engines.kinds import prepare, prepare_server
from cai.engines.server.settings import ServerSettings


def test_an_engine_in_this_process_is_one_machine(engine: Callable[..., Any]) -> None:
    assert at_once(engine(), 64) == 64
    assert prepare("transformers", "cai-mini").width() == 1


def test_the_store_tells_the_width_of_what_it_wraps_and_loads_nothing(tmp_path: Path) -> None:
    def load() -> Any:
        raise AssertionError("nothing was asked")

    store = CallCache(tmp_path / "calls.sqlite")
    identity = prepare("transformers", "cai-mini").identity
    cached = CachedEngine(load, identity=identity, cache=store, width=lambda: 3)
    assert at_once(cached, 64) == 192


def test_servers_are_as_wide_as_what_they_take_at_once() -> None:
    def width(urls: int, **settings: Any) -> int:
        addresses = tuple(f"http://127.0.0.1:{8000 + n}/v1" for n in range(urls))
        return prepare_server("big", ServerSettings(urls=addresses, **settings)).width()

    assert width(1) == 1
    assert width(8) == 8
    assert width(8, concurrency=16) == 1
    assert width(4, concurrency=256) == 8
