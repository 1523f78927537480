"""Agreement: on published examples, and against slow definitions."""

from collections.abc import Sequence
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.feedback.trust.agreement import alpha_of, cohen_kappa, kappa_of, unit_row, verdict_row

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers,
# twelve units, five categories; a dot is a missing value. Its nominal alpha is 0.743.
OBSERVERS = ("1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3",
             ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 .")  # fmt: skip

verdicts = st.sampled_from((0.0, 0.5, 1.0))
units = st.lists(st.lists(st.integers(0, 2), max_size=5), min_size=1, max_size=12)


def alpha(found: Sequence[Sequence[int]], categories: int) -> float:
    return float(alpha_of(np.sum([unit_row(unit, categories) for unit in found], 0), categories))


def slow_alpha(found: Sequence[Sequence[int]]) -> float:
    """One minus observed over expected disagreement, pair of values by pair of values."""
    pairable = [unit for unit in found if len(unit) > 1]
    n = sum(map(len, pairable))
    observed = sum(
        sum(one != other for one, other in permutations(unit, 2)) / (len(unit) - 1)
        for unit in pairable
    )
    values = [value for unit in pairable for value in unit]
    expected = sum(one != other for one, other in permutations(values, 2)) / (n - 1)
    return 1 - observed / expected


def test_alpha_of_the_published_example() -> None:
    columns = zip(*(row.split() for row in OBSERVERS), strict=True)
    found = [[int(value) - 1 for value in column if value != "."] for column in columns]
    assert alpha(found, 5) == pytest.approx(0.743, abs=5e-4)
    assert alpha(found, 5) == pytest.approx(slow_alpha(found), abs=1e-12)


@given(units)
def test_alpha_is_one_minus_observed_over_expected_disagreement(found: list[list[int]]) -> None:
    values = {value for unit in found if len(unit) > 1 for value in unit}
    if len(values) < 2:
        assert np.isnan(alpha(found, 3))
    else:
        assert alpha(found, 3) == pytest.approx(slow_alpha(found), abs=1e-12)


def test_kappa_of_a_textbook_example() -> None:
    # 50 grants, two readers: 20 yes by both, 15 no by both; agreement 0.7 where chance gives 0.5.
    assert cohen_kappa(np.array([[20.0, 5.0], [10.0, 15.0]])) == pytest.approx(0.4, abs=1e-12)


@given(st.lists(st.tuples(verdicts, verdicts), min_size=1))
def test_kappa_is_what_chance_leaves(pairs: list[tuple[float, float]]) -> None:
    found = float(kappa_of(np.sum([verdict_row(*pair) for pair in pairs], axis=0)))
    observed = sum(one == other for one, other in pairs) / len(pairs)
    by_chance = sum(one == other for (one, _), (_, other) in product(pairs, pairs))
    expected = by_chance / len(pairs) ** 2
    if expected == 1:
        assert np.isnan(found)
    else:
        assert found == pytest.approx((observed - expected) / (1 - expected), abs=1e-9)


@given(st.lists(st.tuples(verdicts, verdicts), min_size=1))
def test_naming_the_answers_the_other_way_round_changes_no_agreement(
    pairs: list[tuple[float, float]],
) -> None:
    def both(found: list[tuple[float, float]]) -> list[float]:
        rows = np.sum([verdict_row(*pair) for pair in found], axis=0)
        return [float(kappa_of(rows)), alpha([[int(2 * v) for v in pair] for pair in found], 3)]

    renamed = [(1 - one, 1 - other) for one, other in pairs]
    assert both(renamed) == pytest.approx(both(pairs), abs=1e-12, nan_ok=True)
