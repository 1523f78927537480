"""`card.json`: all that held-out pairs, gold and probes tell about a reward model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cai.models import encode_full
from cai.records import Message
from cai.reward.card import accuracy, calibration, disagreement, probing, taste
from cai.reward.card.disagreement import Scored
from cai.reward.card.gold import GoldPair
from cai.reward.card.judged import Judged
from cai.reward.card.probes import chosen_for_probing, damaged
from cai.reward.pairs import Pair, encode_pair
from cai.reward.score import Scorer

Ids = Sequence[int]
Member = Callable[[Sequence[Ids]], Any]
"""Scores of token sequences, [n], as one model of an ensemble gives them."""

_OF_HELDOUT = ("accuracy", "calibration", "traits", "probes")
_NO_HELDOUT = "no pair was held out; label more prompts"
_NO_GOLD = "there is no gold (label.gold), or none that prefers an answer and fits the context"


def measure(
    pairs: Sequence[Pair],
    scores: Sequence[float],
    *,
    std: float,
    scorer: Scorer,
    gold: Sequence[GoldPair],
    members: Sequence[Member] = (),
) -> dict[str, Any]:
    """The card's numbers; docs/reward-model.md explains each.

    Args:
        pairs: held-out pairs; there may be none.
        scores: their rewards, chosen and rejected in turn.
        std: standard deviation of the rewards, the unit of what probes do.
        scorer: the reward model, not normalised.
        gold: pairs with known labels; those whose prompt was trained on are counted, and left out.
        members: the models of an ensemble, if the reward is one.

    Returns:
        What `accuracy.measure` gives, and `calibration`, `traits`, `probes`, `gold`, `ensemble`.
        What cannot be measured is None or empty, and `missing` says why.
    """
    rows = judged(pairs, scores)
    tried = damaged(rows, chosen_for_probing(rows))
    texts = [_answered(rows[one.index].prompt, one.text) for one in tried]
    changed = _fitting(scorer, texts)
    rewards = _scores(scorer, [ids for ids in changed if ids is not None])
    given = iter(rewards)
    by_gold = _by_gold(scorer, gold)
    missing = (
        {} if rows else dict.fromkeys(("accuracy", "calibration", "traits", "probes"), _NO_HELDOUT)
    )
    if by_gold is None:
        missing["gold"] = _NO_GOLD
    return {
        **accuracy.measure(rows),
        "calibration": calibration.measure(rows),
        "traits": taste.measure(rows),
        "probes": probing.measure(
            rows, tried, [None if ids is None else next(given) for ids in changed], std
        ),
        "gold": by_gold,
        "ensemble": _ensemble(
            pairs,
            {"damaged": [(rows[one.index].prompt_id, ids)
                         for one, ids in zip(tried, changed, strict=True) if ids is not None]},
            members,
        ),
        "missing": missing,
    }  # fmt: skip


def judged(pairs: Sequence[Pair], scores: Sequence[float]) -> list[Judged]:
    """Pairs with their rewards, which are those of chosen and rejected answers in turn."""
    return [
        Judged(
            prompt_id=pair.row.prompt_id,
            tags=pair.row.tags,
            principles=pair.row.principles,
            prompt=pair.row.prompt,
            chosen=chosen,
            rejected=rejected,
            probability=pair.row.probability,
            chosen_text=pair.row.chosen[-1]["content"],
            rejected_text=pair.row.rejected[-1]["content"],
            off_topic=bool(pair.row.off_topic),
        )
        for pair, chosen, rejected in zip(pairs, scores[0::2], scores[1::2], strict=True)
    ]


def both(pairs: Sequence[Pair]) -> list[list[int]]:
    """The token ids of the answers of pairs: chosen, rejected, chosen, …"""
    return [ids for pair in pairs for ids in (pair.chosen_ids, pair.rejected_ids)]


def _answered(prompt: Sequence[Message], text: str) -> list[Message]:
    return [*prompt, Message(role="assistant", content=text)]


def _fitting(scorer: Scorer, conversations: Sequence[Sequence[Message]]) -> list[list[int] | None]:
    """The token ids of conversations, None where they are too many for the model."""
    every = [encode_full(scorer.tokenizer, one) for one in conversations]
    return [ids if len(ids) <= scorer.context else None for ids in every]


def _scores(scorer: Scorer, sequences: Sequence[Ids]) -> list[float]:
    scores: list[float] = scorer.score_ids(sequences).tolist()
    return scores


def _by_gold(scorer: Scorer, gold: Sequence[GoldPair]) -> dict[str, Any] | None:
    new = [encode_pair(scorer.tokenizer, one.preference) for one in gold if not one.trained_on]
    pairs = [pair for pair in new if pair.length <= scorer.context]
    if not pairs:
        return None
    rows = judged(pairs, _scores(scorer, both(pairs)))
    return {
        "trained_on": len(gold) - len(new),
        "too_long": len(new) - len(pairs),
        **accuracy.measure(rows),
        "traits": taste.measure(rows),
    }


def _ensemble(
    pairs: Sequence[Pair], others: dict[str, list[tuple[str, list[int]]]], members: Sequence[Member]
) -> dict[str, Any] | None:
    if len(members) < 2 or not pairs:
        return None

    own = [
        (pair.row.prompt_id, ids) for pair in pairs for ids in (pair.chosen_ids, pair.rejected_ids)
    ]
    kinds = {"heldout": own, **others}
    every = [ids for answers in kinds.values() for _, ids in answers]
    # One call of each: a member may be in memory for that alone.
    rewards = np.stack([np.asarray(member(every), dtype=np.float64) for member in members])
    found, start = {}, 0
    for name, answers in kinds.items():
        end = start + len(answers)
        found[name] = Scored(prompt_ids=[p for p, _ in answers], rewards=rewards[:, start:end])
        start = end
    return disagreement.measure(found.pop("heldout"), found)
