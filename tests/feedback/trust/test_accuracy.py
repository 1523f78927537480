"""Accuracy, baselines and what is left of both when length is taken out."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cai.feedback.trust.accuracy import (
    RULES,
    baselines,
    best_baseline,
    length_controlled,
    margin,
    right,
    self_preference,
    summary,
)
from cai.feedback.trust.cases import Case

Make = Callable[..., Case]
verdicts = st.sampled_from((0.0, 0.5, 1.0, None))
drawn = st.lists(
    st.tuples(st.sampled_from((0.0, 0.5, 1.0)), verdicts, st.sampled_from((-1, 0, 1))), max_size=30
)
ANY = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def swapped(case: Case) -> Case:
    """The same case with the answers named the other way round."""
    verdict = None if case.verdict is None else 1 - case.verdict
    return replace(case, gold=1 - case.gold, verdict=verdict, longer=-case.longer, own=-case.own)


def test_points() -> None:
    assert [right(v, 1.0) for v in (1.0, 0.5, None, 0.0)] == [1, 0.5, 0.5, 0]
    assert [right(v, 0.5) for v in (1.0, 0.5, None)] == [0.5, 1, 0.5]


def test_ties_of_gold_and_judge_are_kept_apart(case: Make) -> None:
    found = [
        case(1.0, 1.0), case(0.0, 0.0), case(1.0, 0.0),  # both decide
        case(1.0, 0.5), case(0.0, None),  # gold alone does
        case(0.5, 0.5), case(0.5, 1.0),  # gold does not
    ]  # fmt: skip
    told = summary(found)
    assert told["accuracy"]["value"] == pytest.approx(2 / 3)
    assert told["accuracy"]["n"] == 3
    assert told["forced"]["value"] == pytest.approx((2 + 0.5 + 0.5) / 5)
    assert told["with_ties"]["value"] == pytest.approx((2 + 0.5 + 0.5 + 1 + 0.5) / 7)
    assert told["decides"] == pytest.approx(3 / 5)
    assert told["read"] == pytest.approx(6 / 7)


@ANY
@given(drawn)
def test_naming_the_answers_the_other_way_round_only_swaps_two_rules(
    case: Make, rows: list[tuple[float, float | None, int]]
) -> None:
    found = [case(gold, verdict, longer=longer) for gold, verdict, longer in rows]
    turned = [swapped(one) for one in found]
    before, after = summary(found), summary(turned)
    for name in ("accuracy", "forced", "with_ties", "kappa", "alpha"):
        assert after[name] == pytest.approx(before[name], abs=1e-9)
    rules, renamed = baselines(found), baselines(turned)
    assert renamed["always A"] == rules["always B"]
    assert renamed["longer answer"] == rules["longer answer"]
    assert margin(turned) == pytest.approx(margin(found), abs=1e-9)
    assert length_controlled(turned) == pytest.approx(length_controlled(found), abs=1e-9)


def test_a_rule_is_right_as_often_as_it_is(case: Make) -> None:
    found = [case(1.0, 1.0, longer=1), case(1.0, 1.0, longer=-1), case(0.0, 1.0, longer=0)]
    values = {name: one["value"] for name, one in baselines(found).items()}
    assert values == pytest.approx(
        {
            "always A": 2 / 3,
            "always B": 1 / 3,
            "longer answer": 0.5,
            "shorter answer": 0.5,
            "random": 0.5,
        }
    )
    assert set(values) == set(RULES)
    assert best_baseline(found) == "always A"


def test_a_judge_of_length_alone_has_no_margin_and_half_of_the_points(case: Make) -> None:
    rng = random.Random(0)
    golds = [float(rng.random() < 0.5) for _ in range(300)]
    found = []
    for gold in golds:
        longer = 1 if (gold == 1) == (rng.random() < 0.8) else -1
        found.append(case(gold, (1 + longer) / 2, longer=longer))
    assert summary(found)["accuracy"]["value"] > 0.7
    assert margin(found)["value"] == 0
    assert (margin(found)["low"] or 0) <= 0
    assert length_controlled(found)["value"] == pytest.approx(0.5)


def test_a_judge_that_is_right_whatever_the_length_keeps_its_points(case: Make) -> None:
    found = [case(float(n % 2), float(n % 2), longer=1 if n % 5 else -1) for n in range(60)]
    assert length_controlled(found)["value"] == pytest.approx(1.0)
    wrong_where_short = [
        replace(one, verdict=one.gold if (one.longer == 1) == (one.gold == 1) else 1 - one.gold)
        for one in found
    ]
    assert length_controlled(wrong_where_short)["value"] == pytest.approx(0.5)
    same = [case(1.0, 1.0, longer=1)] * 30
    assert length_controlled(same)["value"] is None  # nothing to weigh the longer ones against


def test_the_margin_knows_that_the_baseline_was_chosen(case: Make) -> None:
    found = [case(float(n % 2), float(n % 2 if n % 4 else 0), longer=0) for n in range(200)]
    ahead = margin(found)
    best = max(one["value"] or 0 for one in baselines(found).values())
    assert ahead["value"] == pytest.approx((summary(found)["accuracy"]["value"] or 0) - best)


def test_self_preference_is_what_the_judge_adds_to_gold(case: Make) -> None:
    fair = [case(1.0, 1.0, own=1), case(0.0, 0.0, own=1), case(1.0, 1.0, own=0)] * 10
    assert self_preference(fair)["value"] == 0
    assert self_preference(fair)["n"] == 20
    vain = [case(0.0, 1.0, own=1), case(1.0, 0.0, own=-1), case(1.0, 1.0, own=1)] * 10
    assert self_preference(vain)["value"] == pytest.approx(2 / 3)
    assert self_preference([swapped(one) for one in vain]) == self_preference(vain)
    assert self_preference([case(1.0, 1.0)])["n"] == 0
