"""How often the judge is right by gold, and how often rules are right that read nothing.

Gold that finds no answer better is no question with a right answer: `accuracy` leaves it out, as
agreement with people is usually given (Zheng et al. 2023, "setup S2"), and `with_ties` counts it.
A judge that finds none better, refuses, or cannot be read, gets half a point where gold decides,
which is what a coin would get: abstaining can neither help nor hurt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cai.feedback.trust.agreement import alpha_of, kappa_of, unit_row, verdict_row
from cai.feedback.trust.cases import Case
from cai.feedback.trust.resampling import Array, divided, estimate, share, summed
from cai.intervals import Estimate

RULES = ("always A", "always B", "longer answer", "shorter answer", "random")
"""The baselines: a judge that is no better than the best of them has judged nothing."""

_JUDGE = len(RULES)


def right(verdict: float | None, gold: float) -> float:
    """The points of a verdict: 1 if it is gold's, 0 if it is the opposite, else a half."""
    return 0.5 if verdict is None else 1 - abs(verdict - gold)


def summary(found: Sequence[Case]) -> dict[str, Any]:
    """Accuracy and agreement of some cases.

    `n` cases of `prompts` prompts; `read` is the share of them in which the judge gave a verdict;
    `accuracy` is over those that gold decides, `with_ties` over all; `kappa` and `alpha` are over
    those with a verdict, ties being a category of their own.
    """
    decided = [case for case in found if case.gold != 0.5]
    read = [(case.prompt_id, case.verdict, case.gold) for case in found if case.verdict is not None]
    names = [name for name, _, _ in read]
    confusion = [verdict_row(verdict, gold) for _, verdict, gold in read]
    units = [unit_row([int(2 * verdict), int(2 * gold)], 3) for _, verdict, gold in read]
    return {
        "n": len(found),
        "prompts": len({case.prompt_id for case in found}),
        "read": len(read) / len(found) if found else None,
        "accuracy": _mean(decided, [right(case.verdict, case.gold) for case in decided]),
        "with_ties": _mean(found, [right(case.verdict, case.gold) for case in found]),
        "kappa": estimate(summed(names, np.reshape(confusion, (-1, 9))), kappa_of),
        "alpha": estimate(summed(names, np.reshape(units, (-1, 4))), alpha_of),
    }


def baselines(found: Sequence[Case]) -> dict[str, Estimate]:
    """The accuracy of each of `RULES` where gold decides; answers as long as each other count half.

    A rule and its opposite are both there: data in which the shorter answer is always the better
    one can be guessed as well.
    """
    sums = _points(found)
    return {name: estimate(sums, share(index)) for index, name in enumerate(RULES)}


def best_baseline(found: Sequence[Case]) -> str:
    """The name of the rule that is right most often."""
    totals = _points(found).sum(axis=0)
    return RULES[int(np.argmax(totals[:_JUDGE]))]


def margin(found: Sequence[Case]) -> Estimate:
    """The judge's accuracy minus that of the best baseline, on the same cases.

    Which baseline is best is found anew in every draw of the bootstrap: the interval knows that it
    was chosen on these cases.
    """

    def ahead(sums: Array) -> Array:
        return divided(sums[..., _JUDGE] - sums[..., :_JUDGE].max(axis=-1), sums[..., -1])

    return estimate(_points(found), ahead)


def length_controlled(found: Sequence[Case]) -> Estimate:
    """The judge's accuracy if the longer answer were the better one half of the time.

    Cases in which gold prefers the longer answer and those in which it prefers the shorter are
    weighted to the same total; so a judge that counts characters gets exactly 0.5. The aim is that
    of length-controlled win rates (Dubois et al. 2024), reached by post-stratification instead of a
    regression, which would assume a form of the length's effect. None without cases of both kinds.
    """
    decided = [case for case in found if case.gold != 0.5]
    rows = []
    for case in decided:
        kind = case.longer * (1 if case.gold == 1 else -1)  # 1: gold is the longer answer
        counts = [float(kind == wanted) for wanted in (1, -1, 0)]
        points = right(case.verdict, case.gold)
        rows.append([*counts, *(points * count for count in counts)])

    def balanced(sums: Array) -> Array:
        longer, shorter, equal = (divided(sums[..., 3 + i], sums[..., i]) for i in range(3))
        unequal = sums[..., 0] + sums[..., 1]
        points = unequal * (longer + shorter) / 2 + np.nan_to_num(equal) * sums[..., 2]
        return divided(points, sums[..., -1])

    return estimate(_summed(decided, rows, 6), balanced)


def self_preference(found: Sequence[Case]) -> Estimate:
    """How much more often the judge prefers its own model's answer than gold does.

    Over the cases in which its own model wrote one of the answers and another model the other; 0 if
    it is fair, 0.1 if it prefers its own in 10 points more of 100 (the bias of Panickssery et al.
    2024, measured against gold so that a model that is better may be preferred).
    """
    own = [case for case in found if case.own and case.verdict is not None]
    rows = [[case.own * ((case.verdict or 0.0) - case.gold)] for case in own]
    return estimate(_summed(own, rows, 1), share())


def _points(found: Sequence[Case]) -> Array:
    """Points of each of `RULES`, then of the judge, on the cases that gold decides."""
    decided = [case for case in found if case.gold != 0.5]
    rows = []
    for case in decided:
        longer = right((1 + case.longer) / 2, case.gold)
        judge = right(case.verdict, case.gold)
        rows.append([case.gold, 1 - case.gold, longer, 1 - longer, 0.5, judge])
    return _summed(decided, rows, _JUDGE + 1)


def _mean(found: Sequence[Case], values: Sequence[float]) -> Estimate:
    return estimate(_summed(found, [[value] for value in values], 1), share())


def _summed(found: Sequence[Case], rows: Sequence[Sequence[float]], columns: int) -> Array:
    return summed([case.prompt_id for case in found], np.reshape(rows, (-1, columns)))
