"""What the reward likes in an answer's style, beside what the labels like.

That a reward goes with length says little: so may the labels. What counts is what it likes more
than they do, which is its own invention, and what a policy will find out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cai.intervals import Estimate
from cai.resampling import Array, divided, estimate, share, summed
from cai.reward.card.judged import Judged, believed, labels, prompts_of
from cai.style import TRAITS


def measure(rows: Sequence[Judged]) -> dict[str, Any]:
    """For each of `cai.style.TRAITS` how far reward and labels go with it, by its name.

    Traits that no two answers of a pair differ in are left out. Of the others, with the pairs in
    which d, the chosen answer's trait minus the other's, is not zero:

    - `pairs`: how many; `prompts`: of how many prompts.
    - `leaning`: how often the answer with more of it is the better one: the mean of the labels'
      probabilities (`labels`), and of sigma(margin) (`reward`). A calibrated reward has the labels'
      leaning for every trait. `excess` is how much further the reward leans to its side than the
      labels do; negative where it leans less.
    - `within`: correlation of d with 2 p - 1, and with 2 sigma(margin) - 1, over all pairs. Both
      ways round a pair is the same pair, so means are zero: ``Σ xy / sqrt(Σ x² Σ y²)``.
    - `raw`: Pearson's correlation over single answers, of the trait with the reward, and with what
      the label gives the answer (p, or 1 - p).

    Intervals are resampled by prompt.
    """
    prompts = prompts_of(rows)
    says, thinks = labels(rows), believed(rows)
    rewards = np.array([[row.chosen, row.rejected] for row in rows], dtype=np.float64)
    found = {}
    for name, trait in TRAITS.items():
        values = np.array([[trait(row.chosen_text), trait(row.rejected_text)] for row in rows])
        values = values.reshape(-1, 2)  # [pairs, chosen and rejected], also without pairs
        d = values[:, 0] - values[:, 1]
        if not d.any():
            continue
        differing = np.flatnonzero(d)
        names = [prompts[i] for i in differing]
        more = d[differing] > 0  # whether the chosen answer has more of it
        found[name] = {
            "pairs": len(differing),
            "prompts": len(set(names)),
            "leaning": _leaning(names, more, says[differing], thinks[differing]),
            "within": {
                # 2 sigma(margin) - 1, and to the last bit its negative for a pair turned round
                "reward": _uncentred(prompts, d, np.tanh((rewards[:, 0] - rewards[:, 1]) / 2)),
                "labels": _uncentred(prompts, d, 2 * says - 1),
            },
            "raw": {
                "reward": _pearson(prompts, values, rewards),
                "labels": _pearson(prompts, values, np.column_stack([says, 1 - says])),
            },
        }
    return found


def _leaning(
    prompts: Sequence[str], more: Array, says: Array, thinks: Array
) -> dict[str, Estimate]:
    """From probabilities of chosen answers to those of the answers with more of a trait."""
    toward = [np.where(more, p, 1 - p) for p in (says, thinks)]
    sums = summed(prompts, np.column_stack(toward))

    def excess(sums: Array) -> Array:
        said, thought = (divided(sums[..., i], sums[..., -1]) for i in (0, 1))
        return np.where(thought >= 0.5, 1.0, -1.0) * (thought - said)

    return {
        "labels": estimate(sums, share(0)),
        "reward": estimate(sums, share(1)),
        "excess": estimate(sums, excess),
    }


def _uncentred(prompts: Sequence[str], x: Array, y: Array) -> Estimate:
    def cosine(sums: Array) -> Array:
        return divided(sums[..., 0], np.sqrt(sums[..., 1] * sums[..., 2]))

    return estimate(summed(prompts, np.column_stack([x * y, x * x, y * y])), cosine)


def _pearson(prompts: Sequence[str], x: Array, y: Array) -> Estimate:
    """Of two arrays [pairs, 2]: over all answers, drawn by the prompts of their pairs."""
    names = [name for name in prompts for _ in range(2)]
    x, y = _centred(x), _centred(y)

    def correlation(sums: Array) -> Array:
        xs, ys, xy, xx, yy = (divided(sums[..., i], sums[..., -1]) for i in range(5))
        spread = np.sqrt(np.maximum(xx - xs * xs, 0) * np.maximum(yy - ys * ys, 0))
        return divided(xy - xs * ys, spread)

    sums = summed(names, np.column_stack([x, y, x * y, x * x, y * y]))
    return estimate(sums, correlation, n=len(names))


def _centred(values: Array) -> Array:
    # Sums of squares of large numbers would lose what sets them apart; equal values are exactly 0.
    flat = values.ravel()
    return flat - flat.mean() if np.ptp(flat) else np.zeros_like(flat)
