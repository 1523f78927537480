"""What gold says of a pair beside what the judge said of it, and the reading of both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cai.feedback.comparing import COMPARISONS
from cai.feedback.judging import LABELS, labelled
from cai.feedback.merge import PLAIN, Pooling, pooled, unbeaten
from cai.journal import read_records
from cai.records import Comparison, Label

OVERALL = ""
"""The principle of a label that says which answer is better in all."""

Judged = tuple[Comparison, list[Label]]
"""A comparison and what the judge said of it under its principles."""

Weights = Callable[[Comparison], Mapping[str, float]]
"""What the labels of a comparison weigh, by principle."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One gold label and the judge's answer to the same question.

    Verdicts are 1 where A is better, 0 where B is, 0.5 where neither is.

    Attributes:
        principle: what both were asked under; "" for an overall judgement, which the judge gives
            by its labels as they are merged.
        direct: whether gold was asked under that principle. If not, gold is an overall judgement
            and the judge's is of the principle alone.
        annotator: who gave the gold label.
        gold: its verdict.
        gold_probability: that A is better, as gold says: its verdict, unless the file gives a
            probability.
        verdict: the judge's; None if it refused, or cannot be read.
        probability: that A is better, as the judge says; None where it says nothing.
        longer: 1 if A has more characters, -1 if B has, 0 if they are as long.
        own: 1 if A was written by the judge's own model and B by another, -1 the other way round;
            0 else, and where an author is not known.
    """

    comparison_id: str
    prompt_id: str
    tags: tuple[str, ...]
    principle: str
    direct: bool
    annotator: str
    gold: float
    gold_probability: float
    verdict: float | None
    probability: float | None
    longer: int
    own: int


def judged_pairs(folder: Path, annotator: str) -> Iterator[Judged]:
    """Each comparison of a label folder with what `annotator` said of it, where it said anything.

    Raises:
        RunError: if a file's rows are not comparisons, or not labels.
    """
    for comparison, labels in labelled(folder / COMPARISONS, folder / LABELS):
        own = [label for label in labels if label.annotator == annotator]
        if own:
            yield comparison, own


def read_gold(folder: Path) -> dict[str, list[Label]]:
    """The gold labels of a folder by comparison; empty where there are none."""
    found: defaultdict[str, list[Label]] = defaultdict(list)
    for label in read_records(folder / "gold.jsonl", Label):
        found[label.comparison_id].append(label)
    return dict(found)


def cases(
    judged: Iterable[Judged],
    gold: Mapping[str, Sequence[Label]],
    weights: Weights,
    overrides: Mapping[str, Collection[str]],
    pooling: Pooling = PLAIN,
) -> Iterator[Case]:
    """Every gold label beside the judge's answer to the same question.

    An overall gold label meets the judge's merged labels, and besides each of them by itself (not
    `direct`). One of a principle meets the label of that principle; where the judge was not asked
    under it, there is no case.
    """
    for comparison, labels in judged:
        by_principle = {label.principle: label for label in labels}
        for said in gold.get(comparison.id, ()):
            if said.p_a is None:
                continue
            if said.principle == OVERALL:
                together = _merged(labels, weights(comparison), overrides, pooling)
                yield _case(comparison, said, OVERALL, together, labels[0].annotator)
                asked = list(by_principle)
            else:
                asked = [said.principle] if said.principle in by_principle else []
            for name in asked:
                label = by_principle[name]
                yield _case(comparison, said, name, (_verdict(label), label.p_a), label.annotator)


def firm(probability: float) -> float:
    """A probability as a verdict."""
    return 0.5 if probability == 0.5 else float(probability > 0.5)


def _verdict(label: Label) -> float | None:
    if label.p_a is None:
        return None
    return 0.5 if label.status == "tie" else firm(label.p_a)


def _merged(
    labels: Sequence[Label],
    weights: Mapping[str, float],
    overrides: Mapping[str, Collection[str]],
    pooling: Pooling,
) -> tuple[float | None, float | None]:
    """Verdict and probability of all labels together.

    The verdict is that of the preference which comes of them. The probability is as the judge means
    it, without the clamp: two sure votes of three decide a clamped pair, and not always this.
    """
    counted = unbeaten(labels, overrides)
    probability = pooled(counted, weights, replace(pooling, clamp=1.0))
    clamped = pooled(counted, weights, pooling)
    if clamped is not None:
        return firm(clamped), probability
    return (0.5 if any(label.status == "tie" for label in labels) else None), None


def _case(
    comparison: Comparison,
    said: Label,
    principle: str,
    judge: tuple[float | None, float | None],
    annotator: str,
) -> Case:
    a, b = comparison.response_a, comparison.response_b
    gold = 0.5 if said.p_a is None else said.p_a
    difference = len(a.text) - len(b.text)
    return Case(
        comparison_id=comparison.id,
        prompt_id=comparison.prompt_id,
        tags=comparison.tags,
        principle=principle,
        direct=said.principle == principle,
        annotator=said.annotator,
        gold=firm(gold),
        gold_probability=gold,
        verdict=judge[0],
        probability=judge[1],
        longer=(difference > 0) - (difference < 0),
        own=(a.model == annotator) - (b.model == annotator) if a.model and b.model else 0,
    )
