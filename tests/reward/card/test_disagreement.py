"""Members of an ensemble: their scale means nothing, and where they differ shows."""

import numpy as np
import pytest

from cai.reward.card.disagreement import Scored, measure


def scored(rewards: np.ndarray) -> Scored:
    return Scored(prompt_ids=[f"p{i // 2}" for i in range(rewards.shape[1])], rewards=rewards)


def test_members_that_differ_in_scale_alone_do_not_disagree() -> None:
    one = np.random.default_rng(0).normal(size=60)
    card = measure(scored(np.stack([one, 5 * one - 3, 0.1 * one + 7])), {})
    assert card["members"] == 3
    assert card["unanimous"]["value"] == 1
    assert card["spread"]["heldout"]["value"] == pytest.approx(0, abs=1e-12)


def test_what_they_disagree_on_shows() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=80)
    known = np.stack([truth + 0.1 * rng.normal(size=80) for _ in range(4)])
    strange = rng.normal(size=(4, 80))
    card = measure(scored(known), {"strange": scored(strange), "none": scored(strange[:, :0])})
    spread = card["spread"]
    assert spread.keys() == {"heldout", "strange"}
    assert spread["strange"]["low"] > 3 * spread["heldout"]["high"]
    slow = (known - known.mean(1, keepdims=True)) / known.std(1, keepdims=True)
    assert spread["heldout"]["value"] == pytest.approx(slow.std(0).mean())
    margins = known[:, 0::2] - known[:, 1::2]
    assert card["unanimous"]["value"] == pytest.approx(
        np.mean([len(set(np.sign(column))) == 1 for column in margins.T])
    )
