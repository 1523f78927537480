"""Whether sigma(margin) is the probability that the reward model takes it for.

By Bradley and Terry's model, which it was trained under, the margin of a pair is the log-odds that
its chosen answer is the better one. Its calibration is measured against the soft labels: a pair
with a label of 0.7 is told well by 0.7, and not by 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cai.reliability import quality
from cai.resampling import FEWEST_GROUPS
from cai.reward.card.judged import Judged, believed, labels, margins, prompts_of
from cai.temperature import FEWEST, FOLDS, crossed, fit_temperature, folds_of


def measure(rows: Sequence[Judged]) -> dict[str, Any] | None:
    """Calibration `before` and `after` a temperature, each as `cai.reliability.quality` gives it.

    What is "after" is cross-fitted: prompts fall into `folds` parts, and each is measured with what
    was fitted on the others. `temperature` is that of all pairs: rewards divided by it are as sure
    as the labels. `after` and `temperature` are None with fewer than `FEWEST` pairs, or too few
    prompts; all is None without rows.
    """
    if not rows:
        return None
    prompts, log_odds, p = prompts_of(rows), margins(rows), labels(rows)
    found: dict[str, Any] = {
        "n": len(rows),
        "folds": FOLDS,
        "before": quality(believed(rows), p, prompts),
        "after": None,
        "temperature": None,
    }
    if len(rows) >= FEWEST and len(set(prompts)) >= FEWEST_GROUPS:
        after = crossed(fit_temperature, log_odds, p, folds_of(prompts))
        found["after"] = quality(after, p, prompts)
        found["temperature"] = 1 / fit_temperature(log_odds, p).slope
    return found
