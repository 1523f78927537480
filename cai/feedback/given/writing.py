"""Given comparisons become the rows that a judge's stage works on: comparisons and gold labels."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path

from cai import row_files, shipped
from cai.errors import RunError
from cai.feedback.given.book import COUNTED, Book, Entry
from cai.feedback.given.pair import RankingPairs
from cai.feedback.given.reading import Source, read
from cai.journal import append_rows
from cai.records import to_row
from cai.store import write_text

SOURCES = "sources.json"
_ROWS_PER_WRITE = 1024


def write(
    sources: Sequence[Source],
    *,
    comparisons: Path,
    gold: Path,
    principles: Collection[str],
    ranking_pairs: RankingPairs,
) -> dict[str, int]:
    """Writes the comparisons of all sources, and what their files say of them, row by row.

    Files that are there already, of a try that came this far, are kept. Beside `comparisons`,
    `sources.json` says what was read from where and what became of it; it is written last. `gold`
    is there only if a file holds a label.

    Args:
        principles: ids of those that can judge; pairs under another are left out and counted, so
            that a constitution may be edited without editing the files.

    Returns:
        Counts: `rows_read`, `comparisons`, `pairs_duplicate` (the same two answers to the same
        prompt, in either order, under the same principle), `pairs_identical` (both answers are the
        same), `pairs_cut_early` and `answers_unscored` (see `Found`), `pairs_principle_unknown`,
        `gold_labels`, of these `gold_ties`, and `gold_conflicting`: labels that contradict one
        before, of the same comparison.

    Raises:
        DataError: naming file, line or row, field and mend.
        RunError: if a file was changed while it was read.
    """
    told = comparisons.with_name(SOURCES)
    if not told.exists():
        partials = {path: path.with_name(f"{path.name}.partial") for path in (gold, comparisons)}
        for path in (*partials, *partials.values()):
            path.unlink(missing_ok=True)
        book = Book(principles)
        read_of = [_copy(source, book, partials[comparisons], partials[gold], ranking_pairs)
                   for source in sources]  # fmt: skip
        for path, partial in partials.items():
            if partial.exists():
                partial.replace(path)
        write_text(told, json.dumps(read_of, indent=2, ensure_ascii=False) + "\n")
    counts: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
    for one in json.loads(told.read_text("utf-8")):
        counts.update(one["counts"])
    return dict(counts)


def count(
    sources: Sequence[Source], *, principles: Collection[str], ranking_pairs: RankingPairs
) -> dict[str, int]:
    """What `write` would count; it raises what that would, and writes nothing."""
    book = Book(principles)
    counts: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
    for source in sources:
        for _ in _entries(source, book, ranking_pairs, Counter()):
            pass
        counts.update(book.counts)
    return dict(counts)


def _entries(
    source: Source, book: Book, ranking_pairs: RankingPairs, forms: Counter[str]
) -> Iterator[Entry]:
    """What one source adds to the book, up to its limit; rows are counted by form."""
    book.counts = Counter(dict.fromkeys(COUNTED, 0))
    for row in read(source, ranking_pairs):
        forms[row.form] += 1
        yield from book.entries(row, source.limit)
        if book.counts["comparisons"] == source.limit:
            break


def _copy(
    source: Source, book: Book, comparisons: Path, gold: Path, ranking_pairs: RankingPairs
) -> dict[str, object]:
    """Appends one source's rows to both files; what is to be said of it."""
    forms: Counter[str] = Counter()
    entries = _entries(source, book, ranking_pairs, forms)
    while new := list(islice(entries, _ROWS_PER_WRITE)):
        _append(new, comparisons, gold)
    if source.digest and shipped.locate(source.path).exists():
        now = row_files.fingerprint(source.path, split=source.split)
        if now != source.digest:
            raise RunError(f"{source.path}: changed while it was read; run the same command again")
    return {
        "path": source.path,
        "split": source.split,
        "tags": list(source.tags),
        "limit": source.limit,
        "forms": dict(forms),
        "counts": dict(book.counts),
    }


def _append(entries: Sequence[Entry], comparisons: Path, gold: Path) -> None:
    append_rows(comparisons, (to_row(e.comparison) for e in entries if e.comparison is not None))
    append_rows(gold, (to_row(label) for e in entries for label in e.gold))
