"""`card.json`: all that held-out pairs, gold and probes tell about a reward.

The reward is what PPO will follow: one model's scores, or the combination of an ensemble's. Members
are asked once, for all answers that anything is measured by, since each may be in memory for that
alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedTokenizerBase

from cai.models import encode_full
from cai.records import Message
from cai.resampling import Array
from cai.reward.card import accuracy, calibration, disagreement, probing, taste
from cai.reward.card.disagreement import Scored
from cai.reward.card.gold import GoldPair
from cai.reward.card.judged import Judged
from cai.reward.card.probes import Damaged, chosen_for_probing, damaged
from cai.reward.pairs import Pair, encode_pair

Ids = Sequence[int]

_OF_HELDOUT = ("accuracy", "calibration", "traits", "probes")
_NO_HELDOUT = "no pair was held out; label more prompts"
_NO_GOLD = "there is no gold (label.gold), or none that prefers an answer and fits the context"


@dataclass(frozen=True, kw_only=True, slots=True)
class Questions:
    """What members are asked beside held-out pairs.

    Attributes:
        rows: held-out pairs with the rewards of their answers.
        probes: changed answers, and `changed` their token ids, None where the model cannot read
            so many.
        gold: pairs with known labels about prompts that were not trained on.
        gold_trained_on, gold_too_long: how many others there are.
    """

    rows: Sequence[Judged]
    probes: Sequence[Damaged]
    changed: Sequence[Ids | None]
    gold: Sequence[Pair]
    gold_trained_on: int
    gold_too_long: int

    @property
    def probed(self) -> list[Ids]:
        """The changed answers that the model can read."""
        return [ids for ids in self.changed if ids is not None]

    @property
    def ids(self) -> list[Ids]:
        """All that is to be scored: changed answers, then those of gold pairs."""
        return [*self.probed, *both(self.gold)]


def questions(
    pairs: Sequence[Pair],
    rewards: Sequence[float],
    *,
    gold: Sequence[GoldPair],
    tokenizer: PreTrainedTokenizerBase,
    context: int,
) -> Questions:
    """What to ask the members.

    Args:
        pairs: held-out pairs; there may be none.
        rewards: of their answers, chosen and rejected in turn.
        gold: pairs with known labels; those whose prompt was trained on are counted, and left out.
        context: tokens that the members can read.
    """
    rows = judged(pairs, rewards)
    probes = damaged(rows, chosen_for_probing(rows))
    texts = [_answered(rows[one.index].prompt, one.text) for one in probes]
    changed = [encode_full(tokenizer, one) for one in texts]
    new = [encode_pair(tokenizer, one.preference) for one in gold if not one.trained_on]
    fitting = [pair for pair in new if pair.length <= context]
    return Questions(
        rows=rows,
        probes=probes,
        changed=[ids if len(ids) <= context else None for ids in changed],
        gold=fitting,
        gold_trained_on=len(gold) - len(new),
        gold_too_long=len(new) - len(fitting),
    )


def measure(
    asked: Questions,
    *,
    heldout: Array,
    answers: Array,
    combined: Callable[[Array], Array],
    std: float,
) -> dict[str, Any]:
    """The card's numbers; docs/reward-model.md explains each.

    Args:
        heldout: what each member gives the answers of held-out pairs, [members, 2 pairs].
        answers: what each gives `asked.ids`, [members, n].
        combined: makes the reward of the members', [members, n] -> [n].
        std: standard deviation of the reward, the unit of what probes do.

    Returns:
        What `accuracy.measure` gives, and `calibration`, `traits`, `probes`, `gold`, `ensemble`.
        What cannot be measured is None or empty, and `missing` says why.
    """
    rows, probed = asked.rows, asked.probed
    by_probes, by_gold = answers[:, : len(probed)], answers[:, len(probed) :]
    given = iter(combined(by_probes).tolist())
    missing = {} if rows else dict.fromkeys(_OF_HELDOUT, _NO_HELDOUT)
    if not asked.gold:
        missing["gold"] = _NO_GOLD
    of_probes = [
        rows[one.index].prompt_id
        for one, ids in zip(asked.probes, asked.changed, strict=True)
        if ids is not None
    ]
    return {
        **accuracy.measure(rows),
        "calibration": calibration.measure(rows),
        "traits": taste.measure(rows),
        "probes": probing.measure(
            rows, asked.probes, [None if ids is None else next(given) for ids in asked.changed], std
        ),
        "gold": _by_gold(asked, combined(by_gold).tolist()) if asked.gold else None,
        "ensemble": disagreement.measure(
            Scored(
                prompt_ids=[row.prompt_id for row in rows for _ in ("chosen", "rejected")],
                rewards=heldout,
            ),
            {"damaged": Scored(prompt_ids=of_probes, rewards=by_probes)},
        )
        if rows and len(heldout) > 1
        else None,
        "missing": missing,
    }


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


def _by_gold(asked: Questions, rewards: Sequence[float]) -> dict[str, Any]:
    rows = judged(asked.gold, rewards)
    return {
        "trained_on": asked.gold_trained_on,
        "too_long": asked.gold_too_long,
        **accuracy.measure(rows),
        "traits": taste.measure(rows),
    }
