"""Off-topic pairs: whose answers they borrow, how few a change of prompts moves, and kills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cai.engines.base import EngineIdentity
from cai.feedback.merge import split_of
from cai.feedback.settings import LabelSettings
from cai.journal import read_records
from cai.records import Comparison, Preference, Prompt
from tests.feedback.cut import cut_anywhere

Engines = Callable[..., Any]
Contents = Callable[[Path], dict[str, bytes]]
OF_TWO: dict[str, Any] = {"pairs_per_prompt": 2, "principles": 2, "heldout_share": 0.3}
OTHER = EngineIdentity(model="other", weights="1", dtype="-", template="-")
SETTINGS = LabelSettings(**OF_TWO, off_topic_share=1.0)


def comparisons(folder: Path) -> list[Comparison]:
    return read_records(folder / "comparisons.jsonl", Comparison)


def apart(rows: list[Comparison]) -> tuple[list[Comparison], dict[tuple[str, int], Comparison]]:
    """The sampled pairs, and the off-topic ones by the prompt and number of what they follow."""
    return (
        [row for row in rows if not row.off_topic],
        {(row.prompt_id, row.pair - 2): row for row in rows if row.off_topic},
    )


def test_each_pair_is_followed_by_one_with_an_answer_to_another_prompt_of_its_split(
    stage: Any, prompts: list[Prompt], tmp_path: Path
) -> None:
    counts = stage(tmp_path, settings=SETTINGS)
    rows = comparisons(tmp_path)
    sampled, off_topic = apart(rows)
    assert len(sampled) == 140
    assert 135 <= counts["pairs_off_topic"] == len(off_topic)  # some say what the other says
    assert counts["comparisons"] == len(rows)
    known = {(row.prompt_id, row.pair): row for row in sampled}
    for (prompt, pair), row in off_topic.items():
        own, other = known[prompt, pair], known[row.off_topic, pair]
        texts = {row.response_a.text, row.response_b.text}
        assert texts == {own.response_a.text, other.response_b.text}
        assert (row.prompt, row.tags) == (own.prompt, own.tags)
        assert row.off_topic != prompt
        assert split_of(row.off_topic, 0.3) == split_of(prompt, 0.3)
    order = {prompt.id: place for place, prompt in enumerate(prompts)}
    assert rows == sorted(rows, key=lambda row: (order[row.prompt_id], row.pair))
    # Each answer is lent once per number, and shown first about as often as second.
    lent = Counter((row.off_topic, row.pair) for row in off_topic.values())
    assert set(lent.values()) == {1}
    first = sum(row.response_a.text == known[key].response_a.text for key, row in off_topic.items())
    assert 45 <= first <= 95


def test_they_cost_no_answer_and_carry_their_kind_into_the_preferences(
    stage: Any, engine: Engines, tmp_path: Path
) -> None:
    plain, policy = engine(), engine()
    stage(tmp_path / "plain", settings=LabelSettings(**OF_TWO), policy=plain)
    stage(tmp_path / "more", settings=SETTINGS, policy=policy)
    assert policy.asked == plain.asked
    sampled, off_topic = apart(comparisons(tmp_path / "more"))
    assert sampled == comparisons(tmp_path / "plain")
    made = read_records(tmp_path / "more" / "preferences.jsonl", Preference)
    kinds = {row.id: row.off_topic for row in (*sampled, *off_topic.values())}
    assert all(row.off_topic == kinds[row.comparison_id] for row in made)
    assert any(row.off_topic for row in made)


def test_a_share_is_drawn_and_a_larger_one_keeps_it(stage: Any, tmp_path: Path) -> None:
    found = []
    for share in (0.3, 0.6, 1.0):
        stage(tmp_path / str(share), settings=LabelSettings(**OF_TWO, off_topic_share=share))
        found.append(apart(comparisons(tmp_path / str(share)))[1])
    few, more, every = found
    assert few.items() < more.items() < every.items()
    assert 25 <= len(few) <= 60
    assert 65 <= len(more) <= 105


def test_a_prompt_that_goes_moves_only_what_its_neighbour_borrows(
    stage: Any, prompts: list[Prompt], tmp_path: Path
) -> None:
    stage(tmp_path / "all", settings=SETTINGS)
    stage(tmp_path / "less", settings=SETTINGS, prompts=prompts[1:])
    before, after = (apart(comparisons(tmp_path / name))[1] for name in ("all", "less"))
    moved = {key for key, row in after.items() if before[key] != row}
    assert moved == {key for key, row in before.items() if row.off_topic == prompts[0].id}
    assert len(moved) == 2


@pytest.mark.parametrize("choice", ["random", "max-difference", "cross-model"])
def test_a_file_cut_at_any_byte_is_completed_to_the_same_bytes(
    stage: Any, engine: Engines, contents: Contents, tmp_path: Path, choice: str
) -> None:
    models = ("other",) if choice == "cross-model" else ()
    given: dict[str, Any] = {
        "settings": LabelSettings(
            **OF_TWO, off_topic_share=0.7, choose_pairs=choice, authors=models
        ),
        "authors": [lambda: engine(identity=OTHER) for _ in models],
    }
    whole = tmp_path / "whole"
    counts = stage(whole, **given)
    assert counts["pairs_off_topic"] > 0
    expected = contents(whole)
    for folder in cut_anywhere(tmp_path, expected, count=6):
        stage(folder, **given)
        assert contents(folder) == expected


def test_an_answer_that_fits_both_prompts_makes_no_pair(
    stage: Any, engine: Engines, tmp_path: Path
) -> None:
    """All say one of two things: what another prompt's answer could add is there already."""
    policy = engine(say=lambda request: ("I cannot.", "I will not do it.")[request.seed % 2])
    counts = stage(
        tmp_path, settings=LabelSettings(principles=1, off_topic_share=1.0), policy=policy
    )
    assert counts["comparisons"] > 30
    assert counts["pairs_off_topic"] == 0


def test_a_single_prompt_has_no_other(stage: Any, prompts: list[Prompt], tmp_path: Path) -> None:
    counts = stage(tmp_path, settings=SETTINGS, prompts=prompts[:1])
    assert (counts["comparisons"], counts["pairs_off_topic"]) == (2, 0)
