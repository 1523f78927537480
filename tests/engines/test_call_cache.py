"""The store of calls: what goes in comes out, for several processes, kills and earlier files."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cai.engines.call_cache import CallCache


def key(number: int) -> str:
    return sha256(str(number).encode()).hexdigest()


def choice(number: int) -> dict[str, Any]:
    return {"logprobs": [-float(number), -0.5], "prompt_tokens": number, "call": key(number)}


results = st.dictionaries(
    st.text(max_size=4).filter(lambda name: name != "call"),
    st.none()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=())),
    max_size=3,
)


@given(st.lists(st.tuples(st.integers(0, 30), results), max_size=20), st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_the_first_result_of_a_key_is_found(
    tmp_path_factory: Any, added: list[tuple[int, dict[str, Any]]], size: int
) -> None:
    path = tmp_path_factory.mktemp("calls") / "calls.sqlite"
    cache = CallCache(path)
    expected: dict[str, dict[str, Any]] = {}
    for first in range(0, len(added), size):
        cache.add((key(number), result) for number, result in added[first : first + size])
    for number, result in added:
        expected.setdefault(key(number), {"call": key(number), **result})
    assert CallCache(path).find([key(number) for number in range(31)]) == expected


def test_more_keys_than_fit_into_a_statement_are_found(tmp_path: Path) -> None:
    cache = CallCache(tmp_path / "calls.sqlite")
    cache.add((key(number), choice(number)) for number in range(0, 3000, 2))
    found = cache.find([key(number) for number in range(3000)])
    assert found == {key(number): choice(number) for number in range(0, 3000, 2)}


def test_keys_that_begin_alike_are_never_taken_for_each_other(tmp_path: Path) -> None:
    """One of them is stored, the other is not found: asked again, and not answered wrongly."""
    cache = CallCache(tmp_path / "calls.sqlite")
    one, other = "ab" * 8 + "00" * 24, "ab" * 8 + "11" * 24
    cache.add([(one, {"text": "one"})])
    cache.add([(other, {"text": "other"})])
    assert cache.find([one, other]) == {one: {"call": one, "text": "one"}}
    both = CallCache(tmp_path / "both.sqlite")
    both.add([(one, {"text": "one"}), (other, {"text": "other"})])
    assert both.find([one, other]) == {one: {"call": one, "text": "one"}}


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A file as versions before this layout left it."""
    path = tmp_path / "calls.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute(
        "CREATE TABLE calls (key BLOB PRIMARY KEY, result TEXT NOT NULL) WITHOUT ROWID"
    )
    with database:
        database.executemany(
            "INSERT INTO calls VALUES (?, ?)",
            [
                (bytes.fromhex(key(number)), json.dumps({**choice(number), "cached": False}))
                for number in range(600)
            ],
        )
    database.close()
    return path


def test_what_an_earlier_version_stored_is_found(earlier: Path) -> None:
    cache = CallCache(earlier)
    cache.add((key(number), choice(number)) for number in range(600, 1200))
    found = cache.find([key(number) for number in range(1300)])
    assert {name: {**value, "cached": False} for name, value in found.items()} == {
        key(number): {**choice(number), "cached": False} for number in range(1200)
    }


def test_an_earlier_version_may_go_on_with_the_same_file(earlier: Path) -> None:
    cache = CallCache(earlier)
    cache.add([(key(5000), choice(5000))])
    database = sqlite3.connect(earlier)
    with database:
        database.execute(
            "INSERT OR IGNORE INTO calls VALUES (?, ?)",
            (bytes.fromhex(key(6000)), json.dumps(choice(6000))),
        )
    assert cache.find([key(6000), key(5000)]) == {
        key(6000): choice(6000),
        key(5000): choice(5000),
    }


def test_a_reader_does_not_wait_for_a_writer_nor_the_other_way(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    cache = CallCache(path)
    cache.add([(key(1), choice(1))])
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO results VALUES (99, x'00', '{}')")
    reading = CallCache(path)  # opened while another process writes
    reading._database.execute("PRAGMA busy_timeout=0")  # a reader that had to wait would fail
    assert reading.find([key(1)]) == {key(1): choice(1)}
    writer.execute("ROLLBACK")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM results").fetchall()
    reading.add([(key(2), choice(2))])
    assert cache.find([key(2)]) == {key(2): choice(2)}


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_call_cache import CallCache, choice, key
cache = CallCache(Path(sys.argv[1]))
first = int(sys.argv[2])
print("ready", flush=True)
for start in range(first, first + 200_000, 20):
    cache.add((key(number), choice(number)) for number in range(start, start + 20))
    print(start + 20, flush=True)
"""


def writing(path: Path, first: int) -> subprocess.Popen[str]:
    folder = str(Path(__file__).parent)
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(first), folder],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_share_a_file_and_may_be_killed(tmp_path: Path) -> None:
    """Two write at once, both die: what they said was stored is there, and the file is sound."""
    path = tmp_path / "calls.sqlite"
    firsts = (0, 1_000_000)
    writers = [writing(path, first) for first in firsts]
    said = list(firsts)
    for _ in range(30):
        for index, writer in enumerate(writers):
            line = writer.stdout.readline() if writer.stdout else ""
            said[index] = said[index] if line == "ready\n" else int(line)
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert all(last > first for first, last in zip(firsts, said, strict=True))
    cache = CallCache(path)
    for first, last in zip(firsts, said, strict=True):
        numbers = range(first, last)
        assert cache.find(list(map(key, numbers))) == {key(n): choice(n) for n in numbers}
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    (places,) = database.execute("SELECT count(*) FROM places").fetchone()
    (joined,) = database.execute("SELECT count(*) FROM results JOIN places USING (id)").fetchone()
    assert places == joined
