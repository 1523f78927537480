"""A store of finished model calls around any engine: no call is made twice, by any recipe."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from cai.budget import Budget, Price
from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    Engine,
    EngineIdentity,
    GenerateRequest,
    call_key,
)
from cai.errors import RunError
from cai.records import Message

RequestT = TypeVar("RequestT", GenerateRequest, ChooseRequest)
ResultT = TypeVar("ResultT", Completion, Choice)

_LOOKUP_CHUNK = 500  # SQLite's oldest limit on variables in a statement is 999


@dataclass(slots=True)
class CallCount:
    """How many calls went to the model, in how many seconds, and how many the store answered."""

    made: int = 0
    cached: int = 0
    seconds: float = 0.0


class CallCache:
    """Results by call key in one SQLite file, which several processes may share."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._database = sqlite3.connect(path, timeout=60)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS calls (key BLOB PRIMARY KEY, result TEXT NOT NULL)"
                " WITHOUT ROWID"
            )
        except sqlite3.DatabaseError as error:
            raise self._broken("opened", error) from error

    def find(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The stored results among `keys`.

        Raises:
            RunError: if the file cannot be read.
        """
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(keys), _LOOKUP_CHUNK):
            chunk = [bytes.fromhex(key) for key in keys[start : start + _LOOKUP_CHUNK]]
            marks = ",".join("?" * len(chunk))
            query = f"SELECT key, result FROM calls WHERE key IN ({marks})"  # noqa: S608 - only marks
            try:
                rows = self._database.execute(query, chunk).fetchall()
            except sqlite3.DatabaseError as error:
                raise self._broken("read", error) from error
            found.update((key.hex(), json.loads(result)) for key, result in rows)
        return found

    def add(self, results: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Stores results in one transaction; a key that is there already stays as it is."""
        rows = [(bytes.fromhex(key), json.dumps(result)) for key, result in results]
        try:
            with self._database:
                self._database.executemany("INSERT OR IGNORE INTO calls VALUES (?, ?)", rows)
        except sqlite3.DatabaseError as error:
            raise self._broken("written", error) from error

    def _broken(self, done: str, error: sqlite3.DatabaseError) -> RunError:
        return RunError(
            f"{self._path}: the store of model calls cannot be {done} ({error}); free the disk and "
            "run the same command again: finished work is kept, and a damaged file may be deleted"
        )


class CachedEngine:
    """An engine that asks the wrapped one only what the store does not know.

    The wrapped engine is built by `make` at the first such call, so that a stage whose calls are
    all known loads no model; its identity must therefore be known beforehand. Several engines may
    count their calls together, in one `count_of_calls`, and spend one `budget`, each at its own
    `price`.
    """

    def __init__(
        self,
        make: Callable[[], Engine],
        *,
        identity: EngineIdentity,
        cache: CallCache,
        count_of_calls: CallCount | None = None,
        chunk: int = 256,
        budget: Budget | None = None,
        price: Price | None = None,
    ) -> None:
        self._make = make
        self._inner: Engine | None = None
        self._identity = identity
        self._cache = cache
        self._chunk = chunk
        self._budget = budget or Budget()
        self._price = price
        self.count_of_calls = count_of_calls or CallCount()

    @property
    def identity(self) -> EngineIdentity:
        return self._identity

    @property
    def context(self) -> int:
        return self._engine().context

    def count(self, messages: Sequence[Message]) -> int:
        return self._engine().count(messages)

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        return self._ask(requests, stored_completion, lambda engine, part: engine.generate(part))

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        return self._ask(requests, stored_choice, lambda engine, part: engine.choose(part))

    def _engine(self) -> Engine:
        if self._inner is None:
            self._inner = self._make()
        return self._inner

    def _ask(
        self,
        requests: Sequence[RequestT],
        restore: Callable[[Mapping[str, Any]], ResultT],
        ask: Callable[[Engine, Sequence[RequestT]], list[ResultT]],
    ) -> list[ResultT]:
        keys = [call_key(self._identity, request) for request in requests]
        stored = self._cache.find(list(dict.fromkeys(keys)))
        known = {key: restore(result) for key, result in stored.items()}
        missing = {
            key: request for key, request in zip(keys, requests, strict=True) if key not in known
        }
        self.count_of_calls.cached += len(requests) - len(missing)
        todo = list(missing.items())
        while todo:
            part = todo[: self._chunk]
            kind = self._identity, type(part[0][1])
            part = part[: self._budget.admit([self._most(r) for _, r in part], kind)]
            engine, began = self._engine(), time.monotonic()
            results = ask(engine, [request for _, request in part])
            self._cache.add(
                (key, asdict(result)) for (key, _), result in zip(part, results, strict=True)
            )
            seconds = time.monotonic() - began
            self.count_of_calls.made += len(part)
            self.count_of_calls.seconds += seconds
            self._budget.book(
                kind, calls=len(part), usd=sum(map(self._cost, results)), seconds=seconds
            )
            known.update((key, result) for (key, _), result in zip(part, results, strict=True))
            del todo[: len(part)]
        return [known[key] for key in keys]

    def _most(self, request: GenerateRequest | ChooseRequest) -> float:
        """The most that a call may cost in US dollars."""
        if self._price is None:
            return 0.0
        new = request.max_new_tokens if isinstance(request, GenerateRequest) else 1
        return self._price.of(self.count(request.messages), new)

    def _cost(self, result: Completion | Choice) -> float:
        if self._price is None:
            return 0.0
        new = result.new_tokens if isinstance(result, Completion) else 1
        return self._price.of(result.prompt_tokens, new)


def stored_completion(fields: Mapping[str, Any]) -> Completion:
    """A completion as the store holds it, marked as cached."""
    return Completion(**{**fields, "cached": True})


def stored_choice(fields: Mapping[str, Any]) -> Choice:
    """A choice as the store holds it, marked as cached."""
    return Choice(**{**fields, "logprobs": tuple(fields["logprobs"]), "cached": True})
