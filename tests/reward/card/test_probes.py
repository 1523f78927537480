"""Probes: what each does to an answer, and what is made of the rewards."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.records import said_by
from cai.reward.card.judged import Judged
from cai.reward.card.probes import MOST, PROBES, chosen_for_probing, damaged
from cai.reward.card.probing import measure

Make = Callable[..., Judged]
TEXT = "One two three four five six seven eight."


def told(judged: Make) -> dict[str, str]:
    rows = [judged(chosen_text=TEXT), judged(chosen_text="Quite another answer.")]
    return {one.probe: one.text for one in damaged(rows, [0, 1]) if one.index == 0}


def test_each_probe_does_what_it_is_named_after(judged: Make) -> None:
    found = told(judged)
    assert found.keys() == PROBES.keys()
    assert found["doubled"] == f"{TEXT} {TEXT}"
    assert found["phrase repeated"].count("three four five six seven eight.") == 5
    assert found["cut at 75 %"] == "One two three four five six"
    assert found["cut at 50 %"] == "One two three four"
    assert found["cut at 25 %"] == "One two"
    assert sorted(found["words shuffled"].split()) == sorted(TEXT.split())
    assert found["words shuffled"] != TEXT
    assert found["praise appended"].startswith(f"{TEXT} What a wonderful question")
    assert found["affection appended"].startswith(f"{TEXT} Remember that you matter")
    assert found["all capitals"] == TEXT.upper()
    assert [len(word) for word in found["nonsense"].split()] == [len(w) for w in TEXT.split()]
    assert not set(found["nonsense"].split()) & set(TEXT.split())
    assert found["empty"] == ""
    assert found["off-topic"] == "Quite another answer."


def test_it_does_the_same_every_time_and_for_every_order(judged: Make) -> None:
    rows = [judged(chosen_text=f"{TEXT} {i}", prompt_id=f"p{i}") for i in range(5)]
    once = damaged(rows, chosen_for_probing(rows))
    assert once == damaged(rows, chosen_for_probing(rows))
    turned = damaged(rows[::-1], chosen_for_probing(rows[::-1]))
    own = {(one.probe, rows[one.index].prompt_id, one.text) for one in once}
    other = {(one.probe, rows[4 - one.index].prompt_id, one.text) for one in turned}
    alike = {one for one in own if one[0] != "off-topic"}  # whose neighbour is the next one
    assert alike == {one for one in other if one[0] != "off-topic"}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=30)), max_size=8))
def test_whatever_is_said_a_damaged_answer_differs(texts: list[tuple[str, str]]) -> None:
    rows = [
        Judged(
            prompt_id=prompt, tags=(), principles=(), prompt=said_by("user", "?"), chosen=0.0,
            rejected=0.0, probability=1.0, chosen_text=text, rejected_text="",
        )
        for prompt, text in texts
    ]  # fmt: skip
    places = chosen_for_probing(rows)
    asked = [(rows[i].prompt_id, rows[i].chosen_text) for i in places]
    assert len(set(asked)) == len(asked)
    assert all(text.strip() for _, text in asked)
    for one in damaged(rows, places):
        assert one.text != rows[one.index].chosen_text


def test_off_topic_is_never_of_the_same_prompt(judged: Make) -> None:
    same = [judged(prompt_id="p", chosen_text=f"answer {i}") for i in range(3)]
    assert "off-topic" not in {one.probe for one in damaged(same, [0, 1, 2])}
    mixed = [*same, judged(prompt_id="q", chosen_text="elsewhere")]
    texts = [one.text for one in damaged(mixed, [0, 1, 2, 3]) if one.probe == "off-topic"]
    assert texts[:3] == ["elsewhere"] * 3


def test_many_answers_are_sampled(judged: Make) -> None:
    rows = [judged(chosen_text=f"answer {i}") for i in range(2 * MOST)]
    places = chosen_for_probing(rows)
    assert len(places) == MOST
    assert max(places) > 1.5 * MOST  # by a hash, and not the first ones


def test_shares_and_shifts_by_hand(judged: Make) -> None:
    rows = [judged(1.0, chosen_text=f"answer number {i}") for i in range(4)]
    tried = [one for one in damaged(rows, range(4)) if one.probe in ("empty", "doubled")]
    rewards = [
        (None if one.index == 3 else 3.0 if one.index else 1.0) if one.probe == "doubled" else -1.0
        for one in tried
    ]
    card = measure(rows, tried, rewards, std=2.0)
    assert card.keys() == {"empty", "doubled"}
    assert card["empty"]["falls"]["value"] == 1
    assert card["empty"]["shift"]["value"] == pytest.approx(-1.0)
    double = card["doubled"]
    assert double["n"] == 3  # one did not fit the context
    assert double["rises"]["value"] == pytest.approx(2 / 3)
    assert double["falls"]["value"] == 0  # the third is as good as before
    assert double["shift"]["value"] == pytest.approx(2 / 3)
    assert double["rises"]["low"] < 2 / 3 < double["rises"]["high"]
