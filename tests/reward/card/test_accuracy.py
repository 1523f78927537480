"""The card's numbers against their definitions."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.records import said_by
from cai.reward.card.accuracy import measure
from cai.reward.card.judged import Judged

Make = Callable[..., Judged]

rows = st.lists(
    st.builds(
        Judged,
        prompt_id=st.sampled_from("abcdef"),
        tags=st.just(("t",)),
        principles=st.just(("p", "q")),
        prompt=st.just(said_by("user", "?")),
        chosen=st.floats(-8, 8),
        rejected=st.floats(-8, 8),
        probability=st.floats(0.5, 1),
        chosen_text=st.text(max_size=9),
        rejected_text=st.text(max_size=9),
    ),
    min_size=1,
)


@given(rows)
def test_cross_entropy_is_never_below_its_floor(found: list[Judged]) -> None:
    card = measure(found)
    assert card["cross_entropy"] >= card["entropy_floor"] - 1e-9


@given(rows)
def test_every_pair_is_in_one_bin_and_under_all_its_principles(found: list[Judged]) -> None:
    card = measure(found)
    assert sum(part["accuracy"]["n"] for part in card["by_certainty"]) == len(found)
    for part in (*card["by_principle"].values(), *card["by_category"].values()):
        assert part["accuracy"] == card["accuracy"]


def test_numbers_by_hand(judged: Make) -> None:
    found = [
        judged(1, 0.9, chosen_text="12345", rejected_text="123", principles=("x",)),
        judged(-2, 0.6, chosen_text="123", rejected_text="123", tags=("a",)),
        judged(3, 1.0, chosen_text="12", rejected_text="12345678", tags=("a", "b")),
        judged(0, 0.5, chosen_text="12", rejected_text="1"),
    ]
    card = measure(found)
    sigma = [1 / (1 + math.exp(-row.margin)) for row in found]
    expected = [
        -(row.probability * math.log(s) + (1 - row.probability) * math.log(1 - s))
        for row, s in zip(found, sigma, strict=True)
    ]
    assert card["cross_entropy"] == pytest.approx(sum(expected) / 4)
    assert card["accuracy"]["value"] == pytest.approx(2.5 / 4)  # equal rewards: half a point
    assert card["longer_answer"]["value"] == pytest.approx(2.5 / 4)
    assert card["shorter_answer"]["value"] == pytest.approx(1.5 / 4)
    assert card["expected_accuracy"] == pytest.approx(3.0 / 4)
    assert card["by_principle"].keys() == {"x"}
    assert card["by_category"]["a"]["accuracy"]["value"] == 0.5
    assert [(part["from"], part["accuracy"]["n"]) for part in card["by_certainty"]] == [
        (0.5, 1),
        (0.6, 1),
        (0.9, 2),
    ]


def test_a_reward_that_counts_characters_gets_one_half_at_equal_length(judged: Make) -> None:
    """The label prefers the longer answer in three of four pairs, and so does the reward."""
    found = [
        judged(
            1 if longer else -1,
            chosen_text="x" * (9 if longer else 4),
            rejected_text="y" * 6,
        )
        for longer in [True, True, True, False] * 15
    ]
    card = measure(found)
    assert card["accuracy"]["value"] == card["longer_answer"]["value"] == 0.75
    assert card["length_controlled"]["value"] == pytest.approx(0.5)


def test_pairs_of_one_prompt_are_not_taken_for_independent(judged: Make) -> None:
    alone = [judged(1 if i % 3 else -1) for i in range(90)]
    together = [
        judged(1 if i % 3 else -1, prompt_id=f"p{i % 30}") for i in range(90)
    ]  # a prompt's three pairs are all right, or all wrong
    wide, narrow = measure(together)["accuracy"], measure(alone)["accuracy"]
    assert wide["value"] == narrow["value"]
    assert wide["high"] - wide["low"] > 1.4 * (narrow["high"] - narrow["low"])


def test_without_rows_nothing_is_claimed() -> None:
    card = measure([])
    assert card["accuracy"] == {"value": None, "low": None, "high": None, "n": 0}
    assert card["cross_entropy"] is card["entropy_floor"] is card["expected_accuracy"] is None
    assert card["by_principle"] == card["by_category"] == {}


def test_off_topic_pairs_are_counted_apart_where_there_are_any(judged: Make) -> None:
    own = [judged(1), judged(-1)]
    assert measure(own)["by_pair"] == {}
    kinds = measure([*own, *(judged(1, off_topic=True) for _ in range(3))])["by_pair"]
    assert {name: part["accuracy"]["n"] for name, part in kinds.items()} == {
        "same prompt": 2,
        "off-topic": 3,
    }
    assert kinds["same prompt"]["accuracy"]["value"] == 0.5
    assert kinds["off-topic"]["accuracy"]["value"] == 1
