"""Taste: an invented one is told from that of the labels, and correlations are what they say."""

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cai.records import said_by
from cai.reward.card.judged import Judged, believed
from cai.reward.card.taste import measure

Make = Callable[..., Judged]


def random_pairs(judged: Make, label: float, margin: float, count: int = 60) -> list[Judged]:
    """Pairs whose longer answer the label finds better by `label`, the reward by `margin`."""
    rng = random.Random(0)
    found = []
    for _ in range(count):
        long, short = "word " * rng.randint(12, 30), "word " * rng.randint(2, 10)
        chosen_is_long = rng.random() < label
        texts = (long, short) if chosen_is_long else (short, long)
        sign = 1 if chosen_is_long else -1
        found.append(judged(sign * margin, 1.0, chosen_text=texts[0], rejected_text=texts[1]))
    return found


def test_liking_what_the_labels_like_is_no_invention(judged: Make) -> None:
    lean = measure(random_pairs(judged, label=0.9, margin=2.0))["length"]["leaning"]
    assert lean["labels"]["value"] == pytest.approx(0.9, abs=0.05)
    assert lean["reward"]["value"] == pytest.approx(0.88, abs=0.01)
    assert abs(lean["excess"]["value"]) < 0.05


@pytest.mark.parametrize("margin", [3.0, -3.0])
def test_a_taste_of_its_own_shows_whichever_way_it_goes(judged: Make, margin: float) -> None:
    lean = measure(random_pairs(judged, label=0.5, margin=margin))["length"]["leaning"]
    assert lean["excess"]["low"] > 0.25
    assert (lean["reward"]["value"] > 0.9) == (margin > 0)


def test_a_reward_that_is_not_sure_has_invented_nothing(judged: Make) -> None:
    lean = measure(random_pairs(judged, label=0.95, margin=0.2))["length"]["leaning"]
    assert lean["excess"]["high"] < 0


def test_labels_that_are_noisy_make_no_taste(judged: Make) -> None:
    """A calibrated reward leans as hard labels do on average, however noisy each of them is.

    Its correlation with length is higher than theirs all the same, for it has no noise: which is
    why the gate looks at leanings.
    """
    rng = random.Random(3)
    found = []
    for _ in range(600):
        right = rng.random() < 0.7
        texts = ("longer answer", "short") if right else ("short", "longer answer")
        odds = np.log(0.7 / 0.3) * (1 if right else -1)
        found.append(judged(odds, 1.0, chosen_text=texts[0], rejected_text=texts[1]))
    length = measure(found)["length"]
    assert abs(length["leaning"]["excess"]["value"]) < 0.05
    assert length["within"]["reward"]["value"] > length["within"]["labels"]["value"] + 0.4


def test_correlations_against_slow_ones(judged: Make) -> None:
    rng = random.Random(5)
    found = [
        judged(
            rng.gauss(0, 2),
            rng.uniform(0.5, 1),
            chosen_text="x" * rng.randint(1, 40) + "!" * rng.randint(0, 3),
            rejected_text="y" * rng.randint(1, 40),
            prompt_id=f"p{i % 40}",
        )
        for i in range(80)
    ]
    card = measure(found)["length"]
    lengths = [(len(row.chosen_text), len(row.rejected_text)) for row in found]
    d = np.array([a - b for a, b in lengths], dtype=float)
    both = np.concatenate([d, -d])
    says = np.array([row.probability for row in found])
    thinks = believed(found)
    for name, p in (("labels", says), ("reward", thinks)):
        slow = np.corrcoef(both, np.concatenate([p, 1 - p]))[0, 1]
        assert card["within"][name]["value"] == pytest.approx(slow)
    flat = np.array(lengths, dtype=float).ravel()
    rewards = np.array([(row.chosen, row.rejected) for row in found]).ravel()
    assert card["raw"]["reward"]["value"] == pytest.approx(np.corrcoef(flat, rewards)[0, 1])
    given_by = np.column_stack([says, 1 - says]).ravel()
    assert card["raw"]["labels"]["value"] == pytest.approx(np.corrcoef(flat, given_by)[0, 1])
    assert card["within"]["reward"]["low"] < card["within"]["reward"]["value"]
    assert card["raw"]["reward"]["n"] == 160
    assert measure(found)["exclamations"]["pairs"] < 80


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.5, 1), st.booleans()), min_size=1))
@example([(2.0**-52, 1.0, True)])
def test_which_answer_is_called_chosen_means_nothing(
    given_rows: list[tuple[float, float, bool]],
) -> None:
    rows = [
        Judged(
            prompt_id=str(i), tags=(), principles=(), prompt=said_by("user", "?"), chosen=margin,
            rejected=0.0, probability=p, chosen_text="a" * (i % 5), rejected_text="bb",
        )
        for i, (margin, p, _) in enumerate(given_rows)
    ]  # fmt: skip
    turned = [
        replace(
            row, chosen=row.rejected, rejected=row.chosen, probability=1 - row.probability,
            chosen_text=row.rejected_text, rejected_text=row.chosen_text,
        )
        if turn
        else row
        for row, (_, _, turn) in zip(rows, given_rows, strict=True)
    ]  # fmt: skip
    one, other = measure(rows), measure(turned)
    assert one.keys() == other.keys()
    for name in one:
        for kind in ("leaning", "within", "raw"):
            for who in ("labels", "reward"):
                a, b = one[name][kind][who]["value"], other[name][kind][who]["value"]
                assert (a is None) == (b is None)
                assert a is None or a == pytest.approx(b, abs=1e-9)


def test_a_dead_reward_has_no_correlation(judged: Make) -> None:
    found = [judged(0.1 - 0.1, 0.9, chosen_text="x" * i, rejected_text="") for i in range(1, 30)]
    card = measure(found)["length"]
    assert card["within"]["reward"]["value"] is None
    assert card["raw"]["reward"]["value"] is None
    assert measure([]) == {}
