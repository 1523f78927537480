"""What verdicts alone tell: counts of statuses, flips, and agreement of principles."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.feedback.trust.behaviour import between_annotators, deciding, flips, measure
from cai.records import AnswerScore, Comparison, Label

Pairs = Callable[..., Comparison]
Labels = Callable[..., Label]


def orders(ab: float, ba: float, mass: float = 1.0) -> dict[str, Any]:
    """Log-probabilities of a judge that gives what is shown first `ab` and `ba`."""
    return {
        name: (math.log(mass * first), math.log(mass * (1 - first)))
        for name, first in (("logprobs_ab", ab), ("logprobs_ba", ba))
    }


@pytest.mark.parametrize(
    ("ab", "ba", "margin", "flipped"),
    [
        (0.9, 0.7, 0.1, True),  # A in one order, B in the other: always the first
        (0.2, 0.3, 0.1, True),  # always the second
        (0.9, 0.2, 0.1, False),
        (0.9, 0.55, 0.1, False),  # the second order has decided nothing
        (0.9, 0.65, 0.2, False),
        (0.9, 0.75, 0.2, True),
    ],
)
def test_a_flip_is_one_that_both_orders_decided(
    label: Labels, ab: float, ba: float, margin: float, flipped: bool
) -> None:
    assert flips(label("c", 0.6, **orders(ab, ba)), margin) is flipped


def test_a_wider_tie_margin_is_meant_for_each_order() -> None:
    assert deciding(0.01) == 0.1
    assert deciding(0.2) == 0.2


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)), min_size=1, max_size=20))
def test_it_counts_what_the_judge_itself_counts(found: list[tuple[float, float]]) -> None:
    labels = [
        Label(id=str(n), comparison_id=str(n), principle="kind", annotator="judge", status="ok",
              p_a=(ab + 1 - ba) / 2, calls=("x",), **orders(ab, ba, 0.9))
        for n, (ab, ba) in enumerate(found)
    ]  # fmt: skip
    pairs = [
        Comparison(
            id=one.id, prompt_id=one.id, prompt=(), tags=(), response_a=None, response_b=None
        )  # type: ignore[arg-type]
        for one in labels
    ]
    told = measure(zip(pairs, ([one] for one in labels), strict=True), tie_margin=0.0)["labels"]
    decided = [(ab, ba) for ab, ba in found if min(abs(ab - 0.5), abs(ba - 0.5)) >= 0.1]
    flipped = sum((ab > 0.5) == (ba > 0.5) for ab, ba in decided)
    assert told["flip_rate"] == pytest.approx(flipped / len(found), abs=1e-12)
    shares = [share for pair in found for share in pair]
    assert told["first_position_share"] == pytest.approx(sum(shares) / len(shares))
    assert told["option_mass"] == pytest.approx(0.9)


def test_statuses_are_counted_by_principle(pair: Pairs, label: Labels) -> None:
    steady = orders(0.9, 0.1)
    judged = [
        (pair("1"), [label("1", 0.9, principle="kind", **steady),
                     label("1", None, principle="true", calls=())]),
        (pair("2"), [label("2", 0.5, principle="kind", **orders(0.9, 0.9)),
                     label("2", None, principle="true", status="refused", **steady)]),
    ]  # fmt: skip
    told = measure(judged, tie_margin=0.01)
    assert told["by_principle"]["kind"] == pytest.approx(
        {"labels": 2, "ok": 1, "tie": 1, "refused": 0, "invalid": 0, "too_long": 0,
         "flip_rate": 0.5, "first_position_share": 0.7, "option_mass": 1.0}
    )  # fmt: skip
    true = told["by_principle"]["true"]
    assert (true["refused"], true["invalid"], true["too_long"]) == (1, 1, 1)
    assert true["flip_rate"] is None
    assert told["labels"]["labels"] == 4
    assert told["consistency"]["value"] == 0.5


def test_scores_have_a_mass_and_no_order(pair: Pairs, label: Labels) -> None:
    scores = tuple(AnswerScore(expected=5.0, mass=mass, logprobs=()) for mass in (0.9, 0.7))
    told = measure([(pair("1"), [label("1", 0.8, scores=scores)])], tie_margin=0.01)
    assert told["labels"]["option_mass"] == pytest.approx(0.8)
    assert told["labels"]["flip_rate"] is None
    assert told["consistency"]["value"] is None


def test_a_judge_without_a_flip_is_not_steady_beyond_doubt(pair: Pairs, label: Labels) -> None:
    judged = [(pair(str(n)), [label(str(n), 0.9, **orders(0.9, 0.1))]) for n in range(30)]
    steady = measure(judged, tie_margin=0.01)["consistency"]
    assert steady["value"] == 1.0
    assert 0.8 < steady["low"] < 1


def test_principles_that_see_the_same_pairs_agree_or_do_not(pair: Pairs, label: Labels) -> None:
    judged = []
    for n in range(40):
        said = {"x": n % 2 * 0.8 + 0.1, "same": n % 2 * 0.4 + 0.3, "not": 0.9 - n % 2 * 0.8}
        own = [label(str(n), p, principle=name) for name, p in said.items()]
        judged.append((pair(str(n)), own))
    told = measure(judged, tie_margin=0.01)["principles"]
    kappas = {tuple(one["principles"]): one["kappa"] for one in told["pairs"]}
    assert kappas == pytest.approx({("not", "same"): -1, ("not", "x"): -1, ("same", "x"): 1})
    assert told["pairs"][-1]["agreement"] == 1
    assert told["alpha"]["n"] == 40
    # Of three verdicts two agree: two of six ordered pairs where chance would give about half.
    assert told["alpha"]["value"] == pytest.approx(1 - (119 * 40 * 4 / 2) / (120**2 - 2 * 60**2))


def test_it_takes_pairs_one_at_a_time(pair: Pairs, label: Labels) -> None:
    def stream() -> Any:
        for n in range(500):
            yield pair(str(n)), [label(str(n), 0.8, principle="kind", **orders(0.8, 0.2))]

    assert measure(stream(), tie_margin=0.01)["labels"]["ok"] == 500


def test_people_who_judged_the_same_are_compared(label: Labels) -> None:
    gold = [
        [label(str(n), float(n % 2), by="ann"), label(str(n), float(n % 2 != n // 30), by="bo")]
        for n in range(40)
    ]
    alone = [[label("x", 1.0, by="cy")]]
    prompt_of = {name: name for name in [*map(str, range(40)), "x"]}
    told = between_annotators([*gold, *alone], prompt_of)
    assert told["annotators"] == {"ann": 40, "bo": 40, "cy": 1}
    assert told["kappa"]["value"] == pytest.approx(0.5)  # they agree on 30 of 40
    assert told["kappa"]["n"] == told["alpha"]["n"] == 40
    assert between_annotators(alone, prompt_of)["kappa"]["value"] is None
