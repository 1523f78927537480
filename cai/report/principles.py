"""What a constitution did in a run, principle by principle: from the rows, asking no model."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Any

from cai.feedback.merge import Pooling, pooled, unbeaten
from cai.feedback.questions import questions, weights_of
from cai.feedback.trust.behaviour import deciding, flips
from cai.intervals import Estimate
from cai.records import Comparison, Label, Revision, RevisionStep
from cai.report.agreement import Paired, agreement, kappa
from cai.report.reading import RunFiles

PERSON = ""
"""What the label of a person is filed under who judged by no single principle."""

_EXAMPLES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class PrincipleRow:
    """One principle's part in a run; shares are None where there is nothing to count.

    Attributes:
        drawn: steps of critique-revise under it; `faults` is the share whose critique found
            something, `changed` the share after which the answer was another.
        labels: verdicts asked for; `ties` and `unread` (refused or unreadable) are shares of them.
        decisiveness: mean of ``|2 p - 1|`` over readable verdicts: 0 is a coin, 1 is certainty.
        flips: share of readable verdicts that decide for the same place in both orders, by the
            recipe's tie margin or more.
        length: correlation of p with how much longer answer A is; None below three verdicts.
        others: kappa with what the other principles of the same comparison say together.
        people: kappa with people's labels.
        alone: verdicts that decide their comparison by themselves, as no other principle has one.
        moved: share of the comparisons it judged that would prefer the other answer, or none,
            without it; `shift` is the mean change of their probability.
    """

    id: str
    title: str
    drawn: int
    faults: float | None
    changed: float | None
    labels: int
    ties: float | None
    unread: float | None
    decisiveness: float | None
    flips: float | None
    length: float | None
    others: Estimate
    people: Estimate
    alone: int
    moved: float | None
    shift: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflict:
    """Two principles that judged `n` comparisons both; they disagree about `disagreed`.

    `examples` are the comparisons they disagree about most, with what each of the two says.
    """

    one: str
    other: str
    n: int
    disagreed: int
    examples: tuple[tuple[str, float, float], ...]


def study(files: RunFiles) -> tuple[list[PrincipleRow], list[Conflict]]:
    """What each principle of a run did, and which of them disagree.

    Principles come in the order of the constitution, without those that did nothing; conflicts with
    those that disagree most often first.
    """
    board = _Board(files)
    return _rows(files, board), _conflicts(board)


def _rows(files: RunFiles, board: _Board) -> list[PrincipleRow]:
    constitution = files.constitution
    known = {p.id: p for p in constitution.principles} if constitution else {}
    steps = [pair for revision in files.revisions for pair in _with_answers(revision)]
    named = dict.fromkeys([*known, *(s.principle for _, s in steps), *board.by_principle])
    found = []
    for name in named:
        if name == PERSON:
            continue
        own = [(before, step) for before, step in steps if step.principle == name]
        critiqued = [step for _, step in own if step.critique is not None]
        found.append(
            PrincipleRow(
                id=name,
                title=known[name].title if name in known else "",
                drawn=len(own),
                faults=_share(step.revision is not None for step in critiqued),
                changed=_share(step.response.strip() != before.strip() for before, step in own),
                **board.judged(name),
            )
        )
    return [row for row in found if row.drawn or row.labels]


def _conflicts(board: _Board) -> list[Conflict]:
    both: defaultdict[tuple[str, str], list[tuple[str, float, float]]] = defaultdict(list)
    for comparison_id, labels in board.firm.items():
        own = {label.principle: label.p_a for label in labels if label.p_a is not None}
        for one, other in combinations(sorted(own.keys() - {PERSON}), 2):
            both[one, other].append((comparison_id, own[one], own[other]))
    found = []
    for (one, other), judged in both.items():
        apart = [row for row in judged if (row[1] - 0.5) * (row[2] - 0.5) < 0]
        if apart:
            worst = sorted(apart, key=lambda row: (-abs(row[1] - row[2]), row[0]))
            found.append(
                Conflict(
                    one=one,
                    other=other,
                    n=len(judged),
                    disagreed=len(apart),
                    examples=tuple(worst[:_EXAMPLES]),
                )
            )
    return sorted(found, key=lambda c: (-c.disagreed / c.n, -c.disagreed, c.one, c.other))


class _Board:
    """The labels of a run, by comparison and by principle, with the weights they have."""

    def __init__(self, files: RunFiles) -> None:
        self.comparisons = {comparison.id: comparison for comparison in files.comparisons}
        self.labels = files.labels
        self.by_principle: defaultdict[str, list[Label]] = defaultdict(list)
        self.firm: defaultdict[str, list[Label]] = defaultdict(list)
        for label in files.labels:
            self.by_principle[label.principle].append(label)
            if label.status == "ok":
                self.firm[label.comparison_id].append(label)
        self.weights, self.overrides = _weights(files)
        settings = files.recipe.get("label") or {}
        self.pooling = Pooling(
            pool=settings.get("pool", "log-odds"), clamp=settings.get("clamp", 1.0)
        )
        self.decides = deciding(settings.get("tie_margin", 0.0))

    def judged(self, name: str) -> dict[str, Any]:
        """The columns of a principle that its verdicts decide."""
        own = self.by_principle.get(name, [])
        readable = [label for label in own if label.p_a is not None]
        firm = [label for label in own if label.status == "ok"]
        against, people, moved, shift, alone = [], [], [], [], 0
        for label in firm:
            comparison = self.comparisons[label.comparison_id]
            beside = [one for one in self.firm[comparison.id] if one.principle != name]
            by_people = [one for one in beside if one.principle == PERSON]
            together = self._pooled(comparison, [o for o in beside if o.principle != PERSON])
            if together is not None:
                against.append(_paired(comparison, label, together))
            said = self._pooled(comparison, by_people)
            if said is not None:
                people.append(_paired(comparison, label, said))
            before, after = (
                self._pooled(comparison, labels) for labels in ([*beside, label], beside)
            )
            alone += after is None
            if before is not None:
                moved.append(after is None or (before > 0.5) != (after > 0.5))
                shift.append(abs(before - (0.5 if after is None else after)))
        with_others = agreement(against)
        return {
            "labels": len(own),
            "ties": _share(label.status == "tie" for label in own),
            "unread": _share(label.status in ("refused", "invalid") for label in own),
            "decisiveness": fmean(abs(2 * (label.p_a or 0) - 1) for label in readable)
            if readable
            else None,
            "flips": _share(flips(one, self.decides) for one in readable if one.logprobs_ab),
            "length": _correlation(
                [(_longer(self.comparisons[o.comparison_id]), o.p_a or 0.0) for o in readable]
            ),
            "others": kappa(with_others),
            "people": kappa(agreement(people)),
            "alone": alone,
            "moved": _share(moved),
            "shift": fmean(shift) if shift else None,
        }

    def _pooled(self, comparison: Comparison, labels: Sequence[Label]) -> float | None:
        counted = unbeaten(labels, self.overrides)
        return pooled(counted, self.weights.get(comparison.id, {}), self.pooling)


def _with_answers(revision: Revision) -> Iterator[tuple[str, RevisionStep]]:
    """Each step with the answer that it was about."""
    answer = revision.initial.text
    for step in revision.steps:
        yield answer, step
        answer = step.response


def _weights(
    files: RunFiles,
) -> tuple[Mapping[str, Mapping[str, float]], Mapping[str, Sequence[str]]]:
    """What each label weighs, by comparison and principle, and which give way to which."""
    if files.constitution is None:
        return {}, {}
    settings = files.recipe.get("label") or {}
    asked = questions(
        files.comparisons,
        files.constitution,
        principles=settings.get("principles", "all"),
        seed=files.recipe.get("seed", 0),
    )
    return weights_of(asked), {one.id: one.overrides for one in files.constitution.principles}


def _paired(comparison: Comparison, label: Label, other: float) -> Paired:
    return Paired(comparison.prompt_id, label.p_a or 0.0, other)


def _longer(comparison: Comparison) -> float:
    return float(len(comparison.response_a.text) - len(comparison.response_b.text))


def _correlation(points: Sequence[tuple[float, float]]) -> float | None:
    """Pearson's r; None where there is nothing to correlate."""
    if len(points) < 3:
        return None
    x_mean, y_mean = fmean(x for x, _ in points), fmean(y for _, y in points)
    spread_x = math.sqrt(sum((x - x_mean) ** 2 for x, _ in points))
    spread_y = math.sqrt(sum((y - y_mean) ** 2 for _, y in points))
    if not spread_x or not spread_y:
        return None
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / (spread_x * spread_y)


def _share(hits: Iterable[bool]) -> float | None:
    known = list(hits)
    return sum(known) / len(known) if known else None


def as_text(found: Sequence[PrincipleRow], apart: Sequence[Conflict]) -> str:
    """Two tables for a terminal: principles, and where they conflict."""
    head = (
        "principle", "drawn", "faults", "changed", "verdicts", "ties", "unread", "decisive",
        "flips", "length", "kappa with others", "decides", "moved",
    )  # fmt: skip
    table = [
        (
            row.id,
            str(row.drawn),
            _percent(row.faults),
            _percent(row.changed),
            str(row.labels),
            _percent(row.ties),
            _percent(row.unread),
            _number(row.decisiveness),
            _percent(row.flips),
            _number(row.length),
            _interval(row.others),
            str(row.alone),
            _percent(row.moved),
        )
        for row in found
    ]
    lines = _aligned([head, *table])
    if apart:
        lines += ["", "where principles conflict (disagreed of comparisons that both decided)"]
        lines += _aligned(
            [(f"  {c.one}", c.other, f"{c.disagreed} of {c.n}", c.examples[0][0]) for c in apart]
        )
        lines += ["", "`cai why ID` shows such a comparison"]
    return "\n".join(lines)


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if not n else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _interval(found: Estimate) -> str:
    if found["value"] is None or found["low"] is None or found["high"] is None:
        return "-"
    return f"{found['value']:.2f} [{found['low']:.2f}, {found['high']:.2f}]"
