"""How often the judge is right by gold, and how often rules are right that read nothing.

Gold that finds neither answer better is a question without a right answer, and a pair that the
judge finds even becomes no preference. So the `accuracy` that counts is over pairs of which both
gold and the judge prefer an answer, as agreement with people is usually given ("setup S2" of Zheng
et al. 2023): how right the preferences are that come out. Beside it stands how often the judge
`decides` at all, `forced` with half a point, which is what a coin would get, where it does not, and
`with_ties`, over everything. Baselines are measured on the very cases of `accuracy`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cai.feedback.trust.agreement import alpha_of, kappa_of, unit_row, verdict_row
from cai.feedback.trust.cases import Case
from cai.intervals import Estimate
from cai.length_control import at_equal_length
from cai.resampling import Array, divided, estimate, mean, share, summed

RULES = ("always A", "always B", "longer answer", "shorter answer", "random")
"""The baselines: a judge that is no better than the best of them has judged nothing."""

_JUDGE = len(RULES)


def decided(found: Sequence[Case]) -> list[Case]:
    """The cases in which both gold and the judge prefer an answer."""
    return [case for case in found if case.gold != 0.5 and case.verdict in (0.0, 1.0)]


def right(verdict: float | None, gold: float) -> float:
    """The points of a verdict: 1 if it is gold's, 0 if it is the opposite, else a half."""
    return 0.5 if verdict is None else 1 - abs(verdict - gold)


def summary(found: Sequence[Case]) -> dict[str, Any]:
    """Accuracy and agreement of some cases.

    `n` cases of `prompts` prompts; `read` is the share of them in which the judge gave a verdict,
    `decides` the share, of those that gold decides, in which it prefers an answer. `accuracy` is
    over those that both decide, `forced` over those that gold decides, `with_ties` over all;
    `kappa` and `alpha` are over those with a verdict, ties being a category of their own.
    """
    by_gold = [case for case in found if case.gold != 0.5]
    firm = decided(found)
    read = [(case.prompt_id, case.verdict, case.gold) for case in found if case.verdict is not None]
    names = [name for name, _, _ in read]
    confusion = [verdict_row(verdict, gold) for _, verdict, gold in read]
    units = [unit_row([int(2 * verdict), int(2 * gold)], 3) for _, verdict, gold in read]
    return {
        "n": len(found),
        "prompts": len({case.prompt_id for case in found}),
        "read": len(read) / len(found) if found else None,
        "decides": len(firm) / len(by_gold) if by_gold else None,
        "accuracy": _mean(firm, [right(case.verdict, case.gold) for case in firm]),
        "forced": _mean(by_gold, [right(case.verdict, case.gold) for case in by_gold]),
        "with_ties": _mean(found, [right(case.verdict, case.gold) for case in found]),
        "kappa": estimate(summed(names, np.reshape(confusion, (-1, 9))), kappa_of),
        "alpha": estimate(summed(names, np.reshape(units, (-1, 4))), alpha_of),
    }


def baselines(found: Sequence[Case]) -> dict[str, Estimate]:
    """The accuracy of each of `RULES` on the cases of the judge's; equal lengths count half.

    A rule and its opposite are both there: data in which the shorter answer is always the better
    one can be guessed as well.
    """
    sums = _points(found)
    told = {name: mean(sums, index) for index, name in enumerate(RULES)}
    if told["random"]["n"]:  # this one is known, and not measured
        told["random"] |= {"low": 0.5, "high": 0.5}
    return told


def best_baseline(found: Sequence[Case]) -> str | None:
    """The name of the rule that is right most often; None without cases."""
    totals = _points(found).sum(axis=0)
    return RULES[int(np.argmax(totals[:_JUDGE]))] if totals[-1] else None


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

    None without cases in which gold prefers the longer answer, and others in which the shorter.
    """
    firm = decided(found)
    return at_equal_length(
        [case.prompt_id for case in firm],
        [case.longer * (1 if case.gold == 1 else -1) for case in firm],
        [right(case.verdict, case.gold) for case in firm],
    )


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
    """Points of each of `RULES`, then of the judge, on the cases that both decide."""
    firm = decided(found)
    rows = []
    for case in firm:
        longer = right((1 + case.longer) / 2, case.gold)
        judge = right(case.verdict, case.gold)
        rows.append([case.gold, 1 - case.gold, longer, 1 - longer, 0.5, judge])
    return _summed(firm, rows, _JUDGE + 1)


def _mean(found: Sequence[Case], values: Sequence[float]) -> Estimate:
    return mean(_summed(found, [[value] for value in values], 1))


def _summed(found: Sequence[Case], rows: Sequence[Sequence[float]], columns: int) -> Array:
    return summed([case.prompt_id for case in found], np.reshape(rows, (-1, columns)))
