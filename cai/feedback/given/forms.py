"""The forms that files of comparisons have, told apart by their columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from cai.errors import DataError
from cai.feedback.given import chosen, rankings, sided
from cai.feedback.given.pair import Found, RankingPairs
from cai.records import Row
from cai.row_files import Place


@dataclass(frozen=True, slots=True)
class Form:
    """A form: the columns by which it is known, and what reads a row of it."""

    name: str
    columns: frozenset[str]
    read: Callable[[Place, Row], Found]


_PAIRS = (
    Form("own", frozenset({"response_a", "response_b"}), sided.own),
    Form("llmbar", frozenset({"output_1", "output_2"}), sided.llmbar),
    Form("pandalm", frozenset({"response1", "response2"}), sided.pandalm),
    Form("tulu", frozenset({"completion_a", "completion_b", "preference"}), sided.tulu),
    Form("chosen-rejected", frozenset({"chosen", "rejected"}), chosen.chosen),
)
RANKING = "ranking"


def read(place: Place, row: Row, ranking_pairs: RankingPairs) -> tuple[str, Found]:
    """The form of a row, and the pairs in it.

    Raises:
        DataError: if no form has these columns, or a value of them is not possible.
    """
    form = _form(tuple(row))
    if form is not None:
        return form.name, form.read(place, row)
    if any(name in row for name in rankings.ANSWERS):
        return RANKING, rankings.ranking(place, row, ranking_pairs=ranking_pairs)
    known = "; ".join(", ".join(sorted(form.columns)) for form in _PAIRS)
    raise DataError(
        f"{place}: no form of comparisons has the columns {', '.join(row)}; rename them to one of: "
        f"{known}; or {' or '.join(rankings.ANSWERS)} with ranks or ratings"
    )


@cache
def _form(columns: tuple[str, ...]) -> Form | None:
    return next((form for form in _PAIRS if form.columns <= set(columns)), None)
