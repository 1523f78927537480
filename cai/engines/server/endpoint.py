"""One base address of a fleet: how busy it is, whether it answers, and what it serves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cai.engines.server.failures import Failure
from cai.engines.server.pace import Window

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_GONE = 5  # tries in a row without any answer
_LONGEST_REST = 60.0  # seconds

# Servers that draw by settings of the model's own folder where a request does not say otherwise.
_PLAIN_DRAWS: Mapping[str, Mapping[str, Any]] = {
    "vllm": {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0},
    "sglang": {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0},
    "llamacpp": {"top_k": 0, "min_p": 0.0, "repeat_penalty": 1.0},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """What a server says of its model: who runs it, from where, and how much it reads.

    All of it may be unknown. `plain` are the fields that make this kind of server draw by
    temperature and top_p alone.
    """

    owner: str = ""
    root: str = ""
    context: int | None = None

    @property
    def plain(self) -> Mapping[str, Any]:
        return _PLAIN_DRAWS.get(self.owner, {})

    @property
    def lists_all(self) -> bool:
        """Whether a model that it does not list is not there; hosted services know aliases."""
        return self.owner in _PLAIN_DRAWS


def served(models: Any, name: str) -> tuple[Served, list[str]]:
    """What `GET /models` says of a model, and the names of all that it lists."""
    listed = models.get("data") if isinstance(models, Mapping) else None
    entries = [one for one in listed or () if isinstance(one, Mapping)]
    names = [str(one.get("id")) for one in entries]
    own = next((one for one in entries if one.get("id") == name), entries[0] if entries else {})
    lengths = (own.get(field) for field in ("max_model_len", "context_length", "context_window"))
    context = next((one for one in lengths if isinstance(one, int) and one > 0), None)
    return Served(
        owner=str(own.get("owned_by") or ""), root=str(own.get("root") or ""), context=context
    ), names


@dataclass(slots=True, eq=False)
class Endpoint:
    """A url with its client. `busy` counts requests that are under way."""

    url: str
    client: AsyncOpenAI
    window: Window
    busy: int = 0
    served: Served | None = None
    meeting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _unanswered: int = 0
    _rests: int = 0
    _back: float = 0.0

    @property
    def load(self) -> float:
        return self.busy / self.window.limit

    @property
    def gone(self) -> bool:
        return self._unanswered >= _GONE

    def free(self, now: float) -> bool:
        """Whether it may get a request: one at a time where it does not answer."""
        return now >= self._back and self.busy < (1 if self.gone else self.window.limit)

    def rests(self, now: float) -> float | None:
        """The seconds for which it is left out; None if it is not."""
        return self._back - now if now < self._back else None

    def answered(self) -> bool:
        """Notes an answer of any kind; returns whether it had been gone."""
        had_gone = self.gone
        self._unanswered = self._rests = 0
        self._back = 0.0
        return had_gone

    def failed(self, failure: Failure, now: float) -> bool:
        """Notes a try without an answer; returns whether it is gone since then."""
        if not failure.lost:
            return False
        self._unanswered += 1
        # Of those that were under way together only the first sends it to rest.
        if self.gone and now >= self._back:
            self._back = now + min(_LONGEST_REST, 2.0**self._rests)
            self._rests += 1
        return self._unanswered == _GONE
