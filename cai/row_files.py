"""Rows of prompts and of comparisons, wherever they are: files, folders, Hugging Face data sets."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from cai import shipped
from cai.errors import DataError
from cai.naming import did_you_mean
from cai.records import Row, digest

_COLUMNAR = (".parquet", ".arrow")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: a line of a file, or (line 0) the row of that number."""

    file: str
    line: int
    row: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else f"{self.file}: row {self.row}"


Rows = Iterator[tuple[Place, Row]]


def rows(source: str, *, split: str | None = None) -> Rows:
    """Every row of a source, in order, with its place.

    Args:
        source: a `.jsonl`, `.json`, `.csv`, `.txt` (or any of these with `.gz`), `.parquet` or
            `.arrow` file; a folder of such files; a data set saved to disk; a data set id on the
            Hugging Face hub.
        split: which split of a data set; by default `train`, or the only one.

    Raises:
        DataError: if the source is missing, unreadable, or has a malformed row.
    """
    path = shipped.locate(source)
    if _is_saved_data_set(path):
        yield from _saved_data_set(path, split)
    elif path.exists():
        if split is not None:
            raise _without_splits(source, split)
        for file in _files_of(path) if path.is_dir() else [path]:
            yield from _file(file)
    elif _looks_like_id(source):
        yield from _hub_data_set(source, split)
    else:
        raise DataError(f"{source}: no such file or folder{_beside(path)}")


def _is_saved_data_set(path: Path) -> bool:
    return any((path / name).exists() for name in ("state.json", "dataset_dict.json"))


def fingerprint(source: str, *, split: str | None = None) -> str:
    """A digest of all that `rows` would read: of the files' bytes where there are files.

    Raises:
        DataError: if the source is missing or unreadable.
    """
    path = shipped.locate(source)
    if path.is_dir():
        saved = _is_saved_data_set(path)
        files = [p for p in sorted(path.rglob("*")) if p.is_file()] if saved else _files_of(path)
        parts = {str(file.relative_to(path)): _bytes_digest(file) for file in files}
        return digest([split, parts])
    if path.exists():
        return digest([split, _bytes_digest(path)])
    whole = hashlib.sha256()
    for _, row in rows(source, split=split):
        # A data set's cells may be of kinds that JSON has not, such as dates.
        whole.update(json.dumps(row, sort_keys=True, default=str).encode())
    return whole.hexdigest()


def _bytes_digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from None


def _file(path: Path) -> Rows:
    kind = _kind(path)
    if kind in _COLUMNAR:
        yield from _columnar(path)
        return
    if kind not in _READERS:
        known = ", ".join([*_READERS, *_COLUMNAR])
        raise DataError(f"{path}: cannot read this kind of file; known: {known}, also with .gz")
    try:
        with _open(path) as text:
            yield from _READERS[kind](path, text)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not UTF-8 text (byte {error.start}: {error.reason}); "
            "save it as UTF-8, or give it the ending of what it is"
        ) from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(f"{path}: damaged gzip file ({error}); fetch it again") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> DataError:
    return DataError(f"{path}: cannot be read: {error.strerror or error}")


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path, "rb"), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _kind(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).suffix.lower()


def _jsonl(path: Path, text: TextIO) -> Rows:
    for number, line in enumerate(_lines(text), start=1):
        if line.strip():
            place = Place(str(path), number, number)
            yield place, _row(place, _json(place, line))


def _json_list(path: Path, text: TextIO) -> Rows:
    content = text.read()
    try:
        data = json.loads(content)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":  # JSON Lines under the name of JSON
            yield from _jsonl(path, io.StringIO(content, newline=""))
            return
        raise DataError(f"{path}:{error.lineno}: not JSON: {error.msg}; mend the file") from None
    if not isinstance(data, list):
        raise DataError(f"{path}: holds one JSON object; give a list of rows, or JSON Lines")
    for number, value in enumerate(data, start=1):
        place = Place(str(path), 0, number)
        yield place, _row(place, value)


def _csv(path: Path, text: TextIO) -> Rows:
    reader = csv.reader(text, strict=True)
    place = Place(str(path), 1, 0)
    try:
        header = next(reader, [])
        for number, cells in enumerate(reader, start=1):
            place = Place(str(path), reader.line_num, number)
            if not cells:
                continue
            if len(cells) != len(header):
                raise DataError(
                    f"{place}: {len(cells)} cells where the header has {len(header)}; "
                    "put cells that hold a comma in double quotes"
                )
            yield place, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise DataError(f"{path}:{reader.line_num}: not CSV: {error}; mend the quotes") from None


def _txt(path: Path, text: TextIO) -> Rows:
    for number, line in enumerate(_lines(text), start=1):
        if "\0" in line:
            raise DataError(f"{path}:{number}: a binary file, not text; one prompt per line")
        if line.strip():
            yield Place(str(path), number, number), {"prompt": line.strip()}


_READERS: dict[str, Callable[[Path, TextIO], Rows]] = {
    ".jsonl": _jsonl,
    ".json": _json_list,
    ".csv": _csv,
    ".txt": _txt,
}


def _lines(text: TextIO) -> Iterator[str]:
    # Text is opened without newline translation for csv's sake.
    for line in text:
        yield line.rstrip("\r\n")


def _json(place: Place, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise DataError(f"{place}: not JSON ({error}); mend or delete the line") from None


def _row(place: Place, value: Any) -> Row:
    if isinstance(value, str):
        return {"prompt": value}
    if not isinstance(value, dict):
        raise DataError(f"{place}: a row must be an object or a text, not {type(value).__name__}")
    return value


def _files_of(folder: Path) -> list[Path]:
    known = (*_READERS, *_COLUMNAR)
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and _kind(path) in known
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    # Beside data, a text file is a licence or a note.
    files = [path for path in files if _kind(path) != ".txt"] or files
    if not files:
        raise DataError(f"{folder}: a folder without prompt files; known: {', '.join(known)}")
    return files


def _columnar(path: Path) -> Rows:
    import datasets  # heavy, and most prompt sets are plain files

    try:
        if path.suffix == ".arrow":
            data = datasets.Dataset.from_file(str(path))
        else:
            data = datasets.Dataset.from_parquet(str(path))
    except Exception as error:  # the reader's errors have no common base
        raise DataError(f"{path}: cannot be read: {_first_line(error)}") from error
    yield from _data_set(str(path), data, None)


def _saved_data_set(folder: Path, split: str | None) -> Rows:
    import datasets

    try:
        data = datasets.load_from_disk(str(folder))
    except Exception as error:  # the reader's errors have no common base
        raise DataError(f"{folder}: cannot be read: {_first_line(error)}") from error
    yield from _data_set(str(folder), data, split)


def _hub_data_set(name: str, split: str | None) -> Rows:
    import datasets

    answers = _hub_answers(name)
    try:
        with nullcontext() if answers else _offline():
            data = datasets.load_dataset(name)
    except Exception as error:  # network, hub and parser errors have no common base
        reason = (
            f"{type(error).__name__}: {_first_line(error)}"
            if answers
            else "the hub does not answer, and it was not loaded before"
        )
        raise DataError(
            f"{name}: neither a file here nor a data set that can be loaded ({reason}); "
            "check the name and the network"
        ) from error
    yield from _data_set(name, data, split)


def _hub_answers(name: str) -> bool:
    """Whether the hub says anything of a data set, be it that there is none.

    It is asked once; `load_dataset` would ask a hub that does not answer for half a minute.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        HfApi().dataset_info(name, timeout=10)
    except (HfHubHTTPError, HFValidationError):
        return True  # `load_dataset` finds the words for it
    except Exception:  # noqa: BLE001 - which HTTP library raises here differs between versions
        return False
    return True


@contextmanager
def _offline() -> Iterator[None]:
    """Lets `datasets` take what it has loaded before, without asking the hub for newer."""
    from datasets import config

    before = config.HF_HUB_OFFLINE
    config.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        config.HF_HUB_OFFLINE = before


def _data_set(name: str, data: Any, split: str | None) -> Rows:
    if isinstance(data, dict):
        splits = list(data)
        chosen = split or ("train" if "train" in splits or len(splits) > 1 else splits[0])
        if chosen not in splits:
            raise DataError(f"{name}: no split {chosen!r}; {did_you_mean(chosen, splits)}")
        name, data = f"{name}[{chosen}]", data[chosen]
    elif split is not None:
        raise _without_splits(name, split)
    for number, row in enumerate(data, start=1):
        yield Place(name, 0, number), dict(row)


def _without_splits(source: str, split: str) -> DataError:
    return DataError(f"{source}: has no splits; leave out split {split!r}")


def _looks_like_id(source: str) -> bool:
    parts = source.split("/")
    return (
        len(parts) <= 2
        and all(parts)
        and not source.startswith((".", "~"))
        and _kind(Path(source)) not in (*_READERS, *_COLUMNAR)
        and not (len(parts) == 2 and shipped.locate(parts[0]).is_dir())
    )


def _beside(path: Path) -> str:
    if not path.parent.is_dir():
        return f"; there is no folder {path.parent} either"
    names = [item.name for item in path.parent.iterdir() if not item.name.startswith(".")]
    return f"; {did_you_mean(path.name, names)}" if names else ""


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
