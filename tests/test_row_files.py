"""Names of what sources hold: the same for the same content, wherever it lies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from datasets import Dataset, DatasetDict

from cai.errors import DataError
from cai.row_files import fingerprint


def test_a_file_is_named_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"prompt": "a"}\n')
    before = fingerprint(str(path))
    moved = path.rename(tmp_path / "b.jsonl")
    assert fingerprint(str(moved)) == before
    moved.write_text('{"prompt": "b"}\n')
    assert fingerprint(str(moved)) != before


def test_a_folder_is_named_by_the_files_that_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"prompt": "a"}\n')
    before = fingerprint(str(folder))
    (folder / "LICENSE.txt").write_text("as you like")
    (folder / ".hidden.jsonl").write_text("no row")
    assert fingerprint(str(folder)) == before
    shutil.copytree(folder, tmp_path / "copy")
    assert fingerprint(str(tmp_path / "copy")) == before
    (folder / "b.jsonl").write_text('{"prompt": "b"}\n')
    assert fingerprint(str(folder)) != before


def test_splits_of_a_data_set_have_different_names(tmp_path: Path) -> None:
    rows = Dataset.from_list([{"prompt": "a"}])
    DatasetDict({"train": rows, "test": rows}).save_to_disk(str(tmp_path / "set"))
    names = {fingerprint(str(tmp_path / "set"), split=split) for split in (None, "train", "test")}
    assert len(names) == 3


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.jsonl: no such file or folder"):
        fingerprint(str(tmp_path / "nowhere.jsonl"))
