"""What verdicts tell about a judge without any gold, in one pass that keeps counts and no rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from cai.feedback.probabilities import first_share, option_mass
from cai.feedback.trust.agreement import (
    VERDICTS,
    alpha_of,
    cohen_kappa,
    kappa_of,
    unit_row,
)
from cai.feedback.trust.cases import Judged, firm
from cai.records import Label
from cai.resampling import GROUPS, Array, Statistic, estimate, group_of, mean

STATUSES = ("ok", "tie", "refused", "invalid")
Counts = defaultdict[str, float]

# An order whose first option has less than 60 % or more than 40 % has decided nothing.
_DECIDES = 0.1


def deciding(tie_margin: float) -> float:
    """How far from 0.5 one order of the answers must be to have decided.

    A recipe that calls a wider band a tie means it for one order as well.
    """
    return max(_DECIDES, tie_margin)


def flips(label: Label, margin: float) -> bool:
    """Whether both orders decide, by `margin` or more, for the same position: for other answers."""
    return _same_place(first_share(label.logprobs_ab), first_share(label.logprobs_ba), margin)


def measure(judged: Iterable[Judged], *, tie_margin: float) -> dict[str, Any]:
    """Statuses, position, option mass and agreement of principles, over all labels.

    Returns:
        `labels`: all of them; `by_principle`: those of each. Both count `ok`, `tie`, `refused`,
        `invalid` and `too_long` (not asked; part of invalid), and have `flip_rate` (share of the
        labels with two readable orders that `flips`), `first_position_share` (mean probability of
        what is shown first; 0.5 without position bias) and `option_mass` (mean probability that any
        option is said). `consistency`: ``1 - flip_rate``, with its interval. `decides`: the margin
        of a flip. `principles`: Krippendorff's `alpha` of the verdicts that principles give the
        same pairs, and Cohen's `kappa` of every two of them that met, least agreeing first.
    """
    margin = deciding(tie_margin)
    counts: defaultdict[str, Counts] = defaultdict(lambda: defaultdict(float))
    # Lists: adding to a few numbers at a time, a million times, is not what arrays are quick at.
    positions = [[0.0, 0.0] for _ in range(GROUPS)]
    units = [[0.0] * (2 + len(VERDICTS)) for _ in range(GROUPS)]
    met: defaultdict[tuple[str, str], Counter[tuple[float, float]]] = defaultdict(Counter)
    for comparison, labels in judged:
        group = group_of(comparison.prompt_id)
        place = positions[group]
        verdicts: dict[str, float] = {}
        for label in labels:
            own = counts[label.principle]
            for name, value in _seen(label, margin):
                own[name] += value
                if name == "unflipped":
                    place[0] += value
                    place[1] += 1
            if label.p_a is not None:
                verdicts[label.principle] = 0.5 if label.status == "tie" else firm(label.p_a)
        if len(verdicts) > 1:
            said = [VERDICTS.index(verdict) for verdict in verdicts.values()]
            for column, value in enumerate((*unit_row(said, len(VERDICTS)), 1)):
                units[group][column] += value
            for one, other in combinations(sorted(verdicts), 2):
                met[one, other][verdicts[one], verdicts[other]] += 1
    return {
        "labels": _told(_together(counts.values())),
        "by_principle": {name: _told(counts[name]) for name in sorted(counts)},
        "decides": margin,
        "consistency": mean(_kept(np.array(positions))),
        "principles": {
            "alpha": _grouped(np.array(units), alpha_of),
            "pairs": sorted(
                (_pair(*names, table) for names, table in met.items()),
                key=lambda pair: (pair["kappa"] is None, pair["kappa"] or 0.0, pair["principles"]),
            ),
        },
    }


def between_annotators(
    gold: Iterable[Sequence[Label]], prompt_of: dict[str, str]
) -> dict[str, Any]:
    """How far those who gave the gold labels agree with each other.

    `gold` are the gold labels comparison by comparison; `prompt_of` names each comparison's prompt.

    Returns:
        `annotators`, by name with the number of their labels; `alpha` over all that several of them
        judged, `kappa` over all two labels that different people gave the same question; None
        where nobody judged what another did.
    """
    names: Counter[str] = Counter()
    units = np.zeros((GROUPS, 2 + len(VERDICTS)))
    confusion = np.zeros((GROUPS, len(VERDICTS) ** 2 + 1))
    for labels in gold:
        asked: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for label in labels:
            if label.p_a is not None:
                names[label.annotator] += 1
                asked[label.principle][label.annotator] = VERDICTS.index(firm(label.p_a))
        group = group_of(prompt_of[labels[0].comparison_id])
        for given in asked.values():
            units[group] += *unit_row(list(given.values()), len(VERDICTS)), len(given) > 1
            for one, other in combinations(sorted(given), 2):
                confusion[group, len(VERDICTS) * given[one] + given[other]] += 1
                confusion[group, -1] += 1
    return {
        "annotators": dict(sorted(names.items())),
        "alpha": _grouped(units, alpha_of),
        "kappa": _grouped(confusion, kappa_of),
    }


def _grouped(sums: Array, statistic: Statistic) -> Any:
    return estimate(_kept(sums), statistic)


def _kept(sums: Array) -> Array:
    """The groups that have any cases."""
    return sums[sums[:, -1] > 0]


def _same_place(ab: float, ba: float, margin: float) -> bool:
    return (ab > 0.5) == (ba > 0.5) and min(abs(ab - 0.5), abs(ba - 0.5)) >= margin


def _seen(label: Label, margin: float) -> Iterator[tuple[str, float]]:
    """What one label adds to the counts of its principle."""
    yield label.status, 1
    if not label.calls:
        yield "too_long", 1
    for score in label.scores:
        yield "views", 1
        yield "mass", score.mass
    ab, ba = label.logprobs_ab, label.logprobs_ba
    if not ab or not ba:
        return  # a judge that scores answers one by one has no orders, and nothing to flip
    yield "views", 2
    yield "mass", option_mass(ab) + option_mass(ba)
    if label.p_a is not None:
        first, second = first_share(ab), first_share(ba)
        yield "two_orders", 1
        yield "unflipped", not _same_place(first, second, margin)
        yield "first", first + second


def _together(parts: Iterable[Counts]) -> Counts:
    total: Counts = defaultdict(float)
    for part in parts:
        for name, value in part.items():
            total[name] += value
    return total


def _told(counts: Counts) -> dict[str, Any]:
    both, views = counts["two_orders"], counts["views"]
    return {
        "labels": int(sum(counts[status] for status in STATUSES)),
        **{name: int(counts[name]) for name in (*STATUSES, "too_long")},
        "flip_rate": 1 - counts["unflipped"] / both if both else None,
        "first_position_share": counts["first"] / (2 * both) if both else None,
        "option_mass": counts["mass"] / views if views else None,
    }


def _pair(one: str, other: str, table: Counter[tuple[float, float]]) -> dict[str, Any]:
    confusion = np.array([[table[a, b] for b in VERDICTS] for a in VERDICTS], dtype=np.float64)
    kappa = float(cohen_kappa(confusion))
    return {
        "principles": [one, other],
        "n": table.total(),
        "agreement": float(np.trace(confusion)) / table.total(),
        "kappa": kappa if np.isfinite(kappa) else None,
    }
