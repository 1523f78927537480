"""Several answers to one prompt, ranked or rated, as pairs (Ouyang et al. 2022, section 3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from cai.errors import DataError
from cai.feedback.given import fields
from cai.feedback.given.pair import Found, Pair, RankingPairs, Verdict
from cai.records import Row, Said
from cai.row_files import Place
from cai.turns import what

ANSWERS = ("responses", "answers", "completions")
_RANKS = ("ranks", "rankings", "ranking")  # 1 is better than 2
_SCORES = ("ratings", "scores")
_OWN_RANK = "rank"
_OWN_SCORES = ("overall_score", "rating", "score")


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer with its worth, higher is better; None where nobody said it."""

    said: Said
    worth: float | None


def ranking(place: Place, row: Row, *, ranking_pairs: RankingPairs) -> Found:
    """Pairs of the answers in `responses`, each a text or an object with one.

    Ranks (lower is better) or ratings (higher is better) stand in a list beside them, or in the
    objects, as in UltraFeedback. `ranking_pairs` "all" makes n (n - 1) / 2 pairs of n answers,
    "adjacent" the n - 1 of neighbours from best to worst. Equal worth is a tie, and kept. Of
    answers some of which have a worth, those without are left out; if none has, the pairs have
    no gold.
    """
    name = next(name for name in ANSWERS if name in row)
    given = row[name]
    if not isinstance(given, list) or len(given) < 2:
        found = f"{len(given)} answer" if isinstance(given, list) else what(given)
        raise DataError(f"{place}: {name}: {found}, not a list of two answers or more")
    worths = _worths(place, row, name, given)
    answers = [
        _Answer(_answer(place, f"{name}[{index}]", value), worth)
        for index, (value, worth) in enumerate(zip(given, worths, strict=True))
    ]
    scored = [one for one in answers if one.worth is not None]
    kept = scored or answers
    if ranking_pairs == "adjacent":
        # Python's sort keeps the order of equals, so ties stay as the file has them.
        kept = sorted(kept, key=lambda one: -(one.worth or 0.0))
    chosen = combinations(kept, 2) if ranking_pairs == "all" else pairwise(kept)
    prompt = fields.prompt(place, row)
    return Found(
        pairs=tuple(
            Pair(prompt=prompt, first=one.said, second=other.said, verdicts=_verdicts(one, other))
            for one, other in chosen
        ),
        unscored=len(answers) - len(kept),
    )


def _worths(place: Place, row: Row, name: str, given: Sequence[Any]) -> list[float | None]:
    for column in (*_RANKS, *_SCORES):
        if row.get(column) is not None:
            values = row[column]
            if not isinstance(values, list) or len(values) != len(given):
                found = f"{len(values)} values" if isinstance(values, list) else what(values)
                raise DataError(
                    f"{place}: {column}: {found} for {len(given)} {name}; give one for each"
                )
            return [
                _worth(place, f"{column}[{index}]", value, ranked=column in _RANKS)
                for index, value in enumerate(values)
            ]
    return [_own_worth(place, f"{name}[{index}]", value) for index, value in enumerate(given)]


def _own_worth(place: Place, field: str, value: Any) -> float | None:
    if not isinstance(value, dict):
        return None
    for key in (_OWN_RANK, *_OWN_SCORES):
        if value.get(key) is not None:
            return _worth(place, f"{field}.{key}", value[key], ranked=key == _OWN_RANK)
    return None


def _worth(place: Place, field: str, value: Any, *, ranked: bool) -> float | None:
    found = fields.number(place, field, value)
    return -found if found is not None and ranked else found


def _answer(place: Place, field: str, value: Any) -> Said:
    said = fields.answer(place, field, value)
    return Said(text=said.text.strip(), call="", model=said.model)


def _verdicts(one: _Answer, other: _Answer) -> tuple[Verdict, ...]:
    if one.worth is None or other.worth is None:
        return ()
    better = 1.0 if one.worth > other.worth else 0.0 if one.worth < other.worth else 0.5
    return (Verdict(p_first=better),)
