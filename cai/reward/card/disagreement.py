"""Where the members of an ensemble of reward models disagree, and whether they know it.

Members that were trained apart agree on what their data settled and differ on what it left open.
So their disagreement should be larger on answers unlike those of the preferences; only then can it
warn of a policy that has left them (Coste et al. 2024, "Reward Model Ensembles Help Mitigate
Overoptimization").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cai.resampling import Array, estimate, share, summed


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """Answers as each member scored them: their prompts, [n], and rewards, [members, n]."""

    prompt_ids: Sequence[str]
    rewards: Array


def measure(heldout: Scored, others: Mapping[str, Scored]) -> dict[str, Any]:
    """How far members are apart, in standard deviations of their own rewards on `heldout`.

    Args:
        heldout: chosen and rejected answers of the held-out pairs in turn: what training was like.
        others: answers of other kinds, by a name for each.

    Returns:
        `members`; `unanimous`, the share of held-out pairs in which all prefer the same answer;
        `spread`: for "heldout" and each of `others`, the mean over answers of the standard
        deviation between members, once each member has mean 0 and deviation 1 on `heldout`.
        Intervals are resampled by prompt.
    """
    shift = heldout.rewards.mean(axis=1, keepdims=True)
    scale = heldout.rewards.std(axis=1, keepdims=True)
    scale = np.where(scale > 0, scale, 1.0)

    def spread(scored: Scored) -> Any:
        apart = ((scored.rewards - shift) / scale).std(axis=0)
        return estimate(summed(scored.prompt_ids, apart[:, None]), share())

    prefer = np.sign(heldout.rewards[:, 0::2] - heldout.rewards[:, 1::2])
    same = (prefer == prefer[:1]).all(axis=0)
    return {
        "members": len(heldout.rewards),
        "unanimous": estimate(summed(heldout.prompt_ids[0::2], same[:, None]), share()),
        "spread": {"heldout": spread(heldout)}
        | {name: spread(scored) for name, scored in others.items() if len(scored.prompt_ids)},
    }
