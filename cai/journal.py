"""JSON Lines files that survive a kill: whole rows are appended, a torn last line is dropped."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from cai import disk
from cai.errors import RunError
from cai.records import Row, from_row, read_json

T = TypeVar("T")

# Made once: `json.dumps` makes one for every value that it writes otherwise than by default.
_ENCODER = json.JSONEncoder(ensure_ascii=False)


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a JSON Lines file; a last line without its newline is a torn one and left out.

    Raises:
        RunError: if any other line is not a JSON object.
    """
    for _, row in placed_rows(path):
        yield row


def placed_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """The same, each with the byte at which it begins, so that `row_at` finds it again."""
    if not path.exists():
        return
    start = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            yield start, _parse(path, number, line)
            start += len(line)


def row_at(file: BinaryIO, start: int) -> Row:
    """The row that begins at a byte of an open file."""
    file.seek(start)
    row: Row = read_json(file.readline())
    return row


def read_records(path: Path, kind: type[T]) -> list[T]:
    """The rows of a JSON Lines file as records of one kind.

    Raises:
        RunError: if a row is not of that kind.
    """
    return list(each_record(path, kind))


def each_record(path: Path, kind: type[T], *, skip: int = 0) -> Iterator[T]:
    """The same one at a time, without the first `skip` rows."""
    for number, row in enumerate(islice(read_rows(path), skip, None), start=skip + 1):
        try:
            yield from_row(kind, row)
        except (KeyError, TypeError) as error:
            raise _not_a(kind, path, number, error) from None


def read_columns(path: Path, kind: type, *names: str) -> Iterator[tuple[Any, ...]]:
    """Two or more fields of every row, for where whole records would cost too much time.

    Raises:
        RunError: if a row lacks one of them, so that it is not of that kind.
    """
    columns = itemgetter(*names)
    for number, row in enumerate(read_rows(path), start=1):
        try:
            yield columns(row)
        except KeyError as error:
            raise _not_a(kind, path, number, error) from None


def append_rows(path: Path, rows: Iterable[Row]) -> None:
    """Adds rows to the end of a file and waits until the disk has them.

    A torn last line is cut first: otherwise the new row would be glued to it.
    """
    lines = b"".join(map(_line, rows))
    if not lines:
        return
    with disk.named(path), path.open("ab+") as file:
        _cut_torn_line(file.fileno())
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def write_rows(path: Path, rows: Iterable[Row]) -> int:
    """Writes a file whole or not at all; returns the number of rows."""
    return _replace(path, map(_line, rows))


def sort_rows(path: Path, place: Callable[[Row], Any]) -> None:
    """Puts the rows of a file in the order of their places, of rows at one place only the first.

    A row whose place is None goes. The file is replaced as a whole.
    """
    if not path.exists():
        return
    found: dict[Any, tuple[int, int]] = {}
    start = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.endswith(b"\n"):
                found.setdefault(place(_parse(path, number, line)), (start, len(line)))
            start += len(line)
    found.pop(None, None)
    with path.open("rb") as file:

        def lines() -> Iterator[bytes]:
            for _, (first, size) in sorted(found.items()):
                file.seek(first)
                yield file.read(size)

        _replace(path, lines())


def _replace(path: Path, lines: Iterable[bytes]) -> int:
    """Writes a file whole or not at all; returns the number of lines."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    count = 0
    with disk.named(path), partial.open("wb") as file:
        for line in lines:
            file.write(line)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return count


def _not_a(kind: type, path: Path, number: int, error: Exception) -> RunError:
    return RunError(
        f"{path}:{number}: not a {kind.__name__} row ({error}); "
        "delete the stage's folder and run the stage again"
    )


def _cut_torn_line(descriptor: int) -> None:
    end = os.fstat(descriptor).st_size
    position = end
    while position > 0:
        start = max(0, position - 65536)
        newline = os.pread(descriptor, position - start, start).rfind(b"\n")
        if newline >= 0:
            position = start + newline + 1
            break
        position = start
    if position != end:
        os.ftruncate(descriptor, position)


def _line(row: Row) -> bytes:
    return (_ENCODER.encode(row) + "\n").encode("utf-8", "surrogatepass")


def _parse(path: Path, number: int, line: bytes) -> Row:
    try:
        row = read_json(line)
    except ValueError as error:
        raise RunError(
            f"{path}:{number}: damaged row ({error}); delete the line, or the stage's folder"
        ) from None
    if not isinstance(row, dict):
        raise RunError(f"{path}:{number}: a row must be a JSON object; delete the line")
    return row
