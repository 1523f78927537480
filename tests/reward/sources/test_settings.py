"""What a recipe may say of a source."""

from __future__ import annotations

import pytest

from cai.reward.sources.settings import RewardSource, check_names


@pytest.mark.parametrize(
    ("source", "label"),
    [
        (RewardSource(model="reward"), "reward"),
        (RewardSource(model="runs/help/reward/model"), "help"),
        (RewardSource(model="org/Some-RM@abc"), "Some-RM"),
        (RewardSource(model="./rm/"), "rm"),
        (RewardSource(function="rewards.py:brevity"), "brevity"),
        (RewardSource(function="pkg.rewards:brevity", name="short"), "short"),
        (RewardSource(length=30), "length"),
        (RewardSource(forbid="x"), "forbid"),
    ],
)
def test_a_source_has_a_name(source: RewardSource, label: str) -> None:
    assert source.label == label


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "exactly one of model"),
        ({"model": "reward", "length": 3}, "model and length"),
        ({"length": 0}, "at least 1"),
        ({"require": ""}, "empty"),
        ({"model": "reward", "weight": 0.0}, "weight"),
        ({"model": "reward", "weight": float("inf")}, "weight"),
        ({"length": 3, "normalise": "model"}, "start or none"),
        ({"length": 3, "name": "a b"}, "letters"),
        ({"length": 3, "name": "a_std"}, "endings"),
    ],
)
def test_what_cannot_work_is_named(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        RewardSource(**given)  # type: ignore[arg-type]


def test_two_sources_need_two_names() -> None:
    with pytest.raises(ValueError, match="'length'"):
        check_names([RewardSource(length=3), RewardSource(length=9)])
    check_names([RewardSource(length=3), RewardSource(length=9, name="longer")])
