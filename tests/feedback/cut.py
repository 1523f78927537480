"""What a kill can leave of a label stage's files."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path


def cut_anywhere(parent: Path, whole: Mapping[str, bytes], *, count: int) -> Iterator[Path]:
    """Folders in which comparisons or labels end at some byte: rows reach disk in order, and only
    the last may be torn."""
    rng = random.Random(0)
    for attempt in range(count):
        name = ("comparisons.jsonl", "labels.jsonl")[attempt % 2]
        folder = parent / f"cut-{attempt}"
        folder.mkdir()
        if name == "labels.jsonl":
            (folder / "comparisons.jsonl").write_bytes(whole["comparisons.jsonl"])
        (folder / name).write_bytes(whole[name][: rng.randrange(len(whole[name]) + 1)])
        yield folder
