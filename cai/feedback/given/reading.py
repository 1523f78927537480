"""Reads sources of comparisons row by row, whatever their form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cai import row_files
from cai.feedback.given import fields, forms
from cai.feedback.given.pair import Found, RankingPairs


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A file, folder or data set of comparisons.

    `tags` are put on every pair, before its own. `limit` is the most pairs, the first ones.
    `digest` is that of its content (`row_files.fingerprint`).
    """

    path: str
    tags: tuple[str, ...] = ()
    limit: int | None = None
    split: str | None = None
    digest: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenRow:
    """A row: the form it has, what was found in it, and what holds for all its pairs."""

    form: str
    found: Found
    tags: tuple[str, ...]
    principle: str
    source: str


def read(source: Source, ranking_pairs: RankingPairs) -> Iterator[GivenRow]:
    """Every row of a source, one at a time; its `limit` is left to the reader.

    Raises:
        DataError: naming file, line or row, field and mend.
    """
    for place, row in row_files.rows(source.path, split=source.split):
        form, found = forms.read(place, row, ranking_pairs)
        name = fields.name(row)
        yield GivenRow(
            form=form,
            found=found,
            tags=tuple(dict.fromkeys([*source.tags, *fields.tags(row)])),
            principle=fields.principle(place, row),
            source=f"{place} (id {name})" if name else str(place),
        )
