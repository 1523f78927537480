"""Servers of the recipe: whether each answers, and what it can do, found out by asking.

A handful of short requests of our own is sent to each, which a hosted service bills as any other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from cai.doctor.finding import Finding, finding, looked
from cai.engines.base import ChooseRequest, GenerateRequest
from cai.engines.server.endpoint import Served
from cai.engines.server.engine import ServerEngine
from cai.engines.server.settings import ServerSettings
from cai.records import said_by
from cai.run import Run

GROUP = "servers"
_finding = partial(finding, GROUP)

_ASKED = said_by("user", "Name a colour.")
_TOKENS = 8
_AT_ONCE = 8
_PATIENCE = 0.1  # minutes: a run waits for a server to come back, a doctor says that it is away
_TIMEOUT = 60.0  # seconds
_FILES = 128  # that a process has open besides its connections
_WAYS = {
    "ids": "log-probabilities of the options themselves",
    "top": "log-probabilities of the likeliest first tokens",
    "votes": "no log-probabilities",
}


def servers(run: Run) -> Iterator[Finding]:
    """What every server of the recipe says, and how fast."""
    for name, given in run.recipe.servers.items():
        hasty = replace(
            given,
            patience_minutes=min(_PATIENCE, given.patience_minutes),
            timeout_seconds=min(_TIMEOUT, given.timeout_seconds),
        )
        there = []
        for place, url in enumerate(hasty.urls):
            title = f"{name}: urls[{place}]"
            alone = replace(hasty, urls=(url,))
            found = list(looked(GROUP, title, partial(_met, name, title, alone)))
            there += [url] if found[-1].verdict != "failure" else []
            yield from found
        if there:
            working = replace(hasty, urls=tuple(there))
            for title, look in (("verdicts", _verdicts), ("rate", _rate)):
                whole = f"{name}: {title}"
                yield from looked(GROUP, whole, partial(look, name, whole, working))


def connections(run: Run) -> Iterator[Finding]:
    """Whether the process may hold as many connections open as the servers' settings ask for."""
    wanted = sum(one.concurrency * len(one.urls) for one in run.recipe.servers.values())
    limit = _open_files()
    if not wanted or limit is None:
        return
    value = f"up to {wanted}, of {limit} files that may be open"
    if wanted + _FILES <= limit:
        yield _finding("connections", "ok", value)
        return
    text = f"raise the limit (ulimit -n {2 * (wanted + _FILES)}), or lower `concurrency`"
    yield _finding("connections", "warning", value, text)


def _met(name: str, title: str, settings: ServerSettings) -> Iterator[Finding]:
    began = time.monotonic()
    served: Served = ServerEngine(name, settings).meet()
    seconds = time.monotonic() - began
    about = [served.owner or "answers"]
    if served.context is not None:
        about.append(f"context {served.context:,}")
    yield _finding(
        title, "ok", f"{', '.join(about)}, in {seconds:.2f} s", numbers={"seconds": seconds}
    )


def _verdicts(name: str, title: str, settings: ServerSettings) -> Iterator[Finding]:
    engine = ServerEngine(name, settings)
    way = engine.way()
    (choice,) = engine.choose([ChooseRequest(messages=_ASKED, options=("A", "B"))])
    if way == "votes":
        text = (
            f"each verdict is a share among {settings.votes} short answers, which costs more and "
            "says less; labels say so (docs/servers.md)"
        )
        yield _finding(title, "warning", _WAYS[way], text)
        return
    exact = way == "ids"
    text = "" if exact else "an option that is not among them is taken to be as good as impossible"
    if choice.votes:
        text = "they do not reach the options, so that such verdicts are shares of short answers"
    yield _finding(title, "ok", _WAYS[way], text)


def _rate(name: str, title: str, settings: ServerSettings) -> Iterator[Finding]:
    engine = ServerEngine(name, settings)
    engine.meet()

    def seconds_for(count: int, first: int) -> tuple[float, int]:
        began = time.monotonic()
        said = engine.generate(
            [
                GenerateRequest(messages=_ASKED, max_new_tokens=_TOKENS, seed=first + index)
                for index in range(count)
            ]
        )
        return time.monotonic() - began, sum(one.new_tokens for one in said)

    alone, _ = seconds_for(1, 0)
    together, tokens = seconds_for(_AT_ONCE, 1)
    value = (
        f"{alone:.2f} s for one request, {_AT_ONCE / together:.1f} a second with {_AT_ONCE} at once"
    )
    numbers = {
        "seconds_alone": alone,
        "requests_per_second": _AT_ONCE / together,
        "new_tokens_per_second": tokens / together,
    }
    yield _finding(title, "ok", value, numbers=numbers)


def _open_files() -> int | None:
    try:
        import resource
    except ImportError:  # not on every system
        return None
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if limit == resource.RLIM_INFINITY else limit
