"""Results of finished model calls by key, in one SQLite file that several processes may share.

Results lie in the order in which they came, so those that a stage asked for together are together.
Where the result of a key lies is said by a second table, of 16 bytes per call: at ten million calls
that is a quarter of a gigabyte, which stays in memory where 32-byte keys with their results, in the
order of the keys, would cost a disk access each.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cai.errors import RunError
from cai.records import read_json

_SCHEMA = """
CREATE TABLE IF NOT EXISTS results
    (id INTEGER PRIMARY KEY, key BLOB NOT NULL, result TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS places
    (start INTEGER PRIMARY KEY, id INTEGER NOT NULL);
"""
_FIND = "SELECT key, result FROM places JOIN results USING (id) WHERE start IN ({})"
_PLACES = "SELECT start FROM places WHERE start IN ({})"
# What earlier versions wrote is read where it is: another process may be writing there still.
_EARLIER = "SELECT key, result FROM calls WHERE key IN ({})"

_COMPACT = json.JSONEncoder(separators=(",", ":"))
_LOOKUP_CHUNK = 500  # SQLite's oldest limit on variables in a statement is 999


class CallCache:
    """Results by call key: the hex of 32 bytes that are spread evenly, as a digest's are."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._named("opened"):
            self._database = sqlite3.connect(path, timeout=60, isolation_level=None)
            # Readers and the one writer do not wait for each other, and a kill harms neither.
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            # Look-ups go all over the file: mapped into memory, a page costs no call and no copy.
            self._database.execute(f"PRAGMA mmap_size={2**40}")  # as far as SQLite goes
            self._database.execute("PRAGMA cache_size=-65536")  # KiB
            self._database.executescript(_SCHEMA)
            tables = self._database.execute("SELECT name FROM sqlite_master").fetchall()
            self._has_earlier = ("calls",) in tables

    def find(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The stored results among `keys`.

        Raises:
            RunError: if the file cannot be read.
        """
        wanted = {bytes.fromhex(key): key for key in keys}
        with self._named("read"):
            # A place is named by a part of the key alone, so what lies there may be another's.
            found = {
                wanted[key]: result
                for key, result in self._select(_FIND, map(_start, wanted))
                if key in wanted
            }
            if self._has_earlier and len(found) < len(wanted):
                left = (key for key, name in wanted.items() if name not in found)
                found |= {wanted[key]: result for key, result in self._select(_EARLIER, left)}
        return {key: {"call": key, **read_json(result)} for key, result in found.items()}

    def add(self, results: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Stores results in one transaction; a key that is there already stays as it is.

        Of two keys with the same first 8 bytes only the first is stored; there will be one such
        pair among a billion calls at 3 %, and it is asked again each time.
        """
        rows: dict[bytes, str] = {}
        for key, result in results:
            rows.setdefault(bytes.fromhex(key), _text(key, result))
        with self._named("written"), self._writing():
            known = {start for (start,) in self._select(_PLACES, map(_start, rows))}
            (last,) = self._database.execute("SELECT ifnull(max(id), 0) FROM results").fetchone()
            new = [(key, text) for key, text in rows.items() if _start(key) not in known]
            numbered = list(enumerate(new, start=last + 1))
            self._database.executemany(
                "INSERT INTO results VALUES (?, ?, ?)",
                ((number, key, text) for number, (key, text) in numbered),
            )
            self._database.executemany(
                "INSERT OR IGNORE INTO places VALUES (?, ?)",
                sorted((_start(key), number) for number, (key, _) in numbered),
            )

    def _select(self, query: str, values: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
        todo = list(values)
        for first in range(0, len(todo), _LOOKUP_CHUNK):
            part = todo[first : first + _LOOKUP_CHUNK]
            marks = ",".join("?" * len(part))
            yield from self._database.execute(query.format(marks), part)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        with self._database:
            yield

    @contextmanager
    def _named(self, done: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise RunError(
                f"{self._path}: the store of model calls cannot be {done} ({error}); free the "
                "disk and run the same command again: finished work is kept, and a damaged file "
                "may be deleted"
            ) from error


def _start(key: bytes) -> int:
    """The first 8 bytes of a key as the integer that SQLite finds fastest, a row's own number."""
    return int.from_bytes(key[:8], "big", signed=True)


def _text(key: str, result: dict[str, Any]) -> str:
    kept = {name: value for name, value in result.items() if (name, value) != ("call", key)}
    return _COMPACT.encode(kept)
