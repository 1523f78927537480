"""From what annotators say of a comparison to one preference row.

Labels are pooled in one of two ways (Genest & Zidek 1986). The weighted mean of log-odds, a
logarithmic opinion pool, is the normalised weighted geometric mean of the probabilities: a
principle that sees a clear difference outweighs several that see little. The weighted mean of
probabilities, a linear pool, is what to expect of a single principle drawn by weight, which is how
Bai et al. (2022) label: no verdict counts for more than its weight, however sure it is. Both give
the same odds whichever answer is called A, leave alone what all agree on, and do not change if all
weights are scaled.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cai.feedback.probabilities import clamped
from cai.records import Comparison, Label, Preference, content_id, derive_seed, said_by

# Beyond 99.9 % a judge's probability is calibration noise (and a person's is exactly 0 or 1):
# without a bound one label could outweigh every other by its exponent.
_SUREST = 0.999


OUTCOMES = ("preferences", "heldout", "unlabelled", "undecided", "unsure")

Pool = Literal["log-odds", "probability"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pooling:
    """How the labels of one comparison become one probability.

    `clamp` is the most that a comparison counts for which followed a reason, as in
    `cai.feedback.settings.LabelSettings`; by default it counts as it is.
    """

    pool: Pool = "log-odds"
    clamp: float = 1.0


PLAIN = Pooling()
"""In log-odds, each label as it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MergeSettings:
    """How labels add up; each field is explained in `cai.feedback.settings.LabelSettings`."""

    hard_labels: bool
    min_confidence: float
    heldout_share: float
    pooling: Pooling = PLAIN


def pooled(
    labels: Iterable[Label],
    weights: Mapping[str, float],
    pooling: Pooling = PLAIN,
) -> float | None:
    """The probability that answer A is better, or None where no label says so.

    Only labels with status `ok` count: a tie, a refusal and an unreadable verdict are no opinion.
    `weights` are by principle id; a label of an unlisted principle (a person's overall judgement)
    weighs 1.

    Opposite labels of equal weight cancel out to exactly 0.5.
    """
    opinions = [
        (weights.get(label.principle, 1.0), _counted(label, label.p_a, pooling))
        for label in labels
        if label.status == "ok" and label.p_a is not None
    ]
    total = math.fsum(weight for weight, _ in opinions)
    if not total:
        return None
    if pooling.pool == "probability":
        return 0.5 + math.fsum(weight * (p - 0.5) for weight, p in opinions) / total
    log_odds = math.fsum(weight * _log_odds(p) for weight, p in opinions) / total
    return 1 / (1 + math.exp(-log_odds))


def _counted(label: Label, p_a: float, pooling: Pooling) -> float:
    """A label's probability as it counts: a comparison that followed a reason is clamped."""
    reasoned = bool(label.chains and label.logprobs_ab)
    return clamped(p_a, pooling.clamp) if reasoned else p_a


def _log_odds(probability: float) -> float:
    bounded = clamped(probability, _SUREST)
    return math.log(bounded) - math.log(1 - bounded)


def unbeaten(labels: Sequence[Label], overrides: Mapping[str, Collection[str]]) -> list[Label]:
    """The labels of one comparison that count where some principles override others.

    A principle that has an opinion (status `ok`) silences those it overrides. One that sees a tie,
    or cannot be read, leaves the word to them.
    """
    decided = {label.principle for label in labels if label.status == "ok"}
    beaten = {other for principle in decided for other in overrides.get(principle, ())}
    return [label for label in labels if label.principle not in beaten]


def merge(
    comparisons: Sequence[Comparison],
    labels: Sequence[Label],
    weights: Mapping[str, Mapping[str, float]],
    settings: MergeSettings,
    *,
    overrides: Mapping[str, Collection[str]],
) -> tuple[list[Preference], dict[str, int]]:
    """The preference rows of `comparisons`, in their order, and counts of what became of each.

    `labels` may come from any number of annotators, in any order. `weights` are by comparison id,
    then by principle id; what is not listed weighs 1. `overrides` says which principles' labels
    give way to a principle's (`unbeaten`).

    Returns:
        The rows, and counts: `preferences`, `heldout` (among them), `unlabelled` (no label with
        status ok), `undecided` (labels that cancel out exactly), `unsure` (below
        `min_confidence`).
    """
    by_comparison: defaultdict[str, list[Label]] = defaultdict(list)
    for label in labels:
        by_comparison[label.comparison_id].append(label)
    rows = []
    outcomes = Counter(dict.fromkeys(OUTCOMES, 0))
    for comparison in comparisons:
        made = preference(
            comparison,
            by_comparison[comparison.id],
            weights.get(comparison.id, {}),
            settings,
            overrides=overrides,
        )
        outcomes.update(outcomes_of(made))
        if isinstance(made, Preference):
            rows.append(made)
    return rows, dict(outcomes)


def preference(
    comparison: Comparison,
    labels: Sequence[Label],
    weights: Mapping[str, float],
    settings: MergeSettings,
    *,
    overrides: Mapping[str, Collection[str]],
) -> Preference | Literal["unlabelled", "undecided", "unsure"]:
    """The preference row of one comparison from all its labels, or why there is none (`merge`)."""
    own = unbeaten(labels, overrides)
    p_a = pooled(own, weights, settings.pooling)
    if p_a is None:
        return "unlabelled"
    if p_a == 0.5:
        return "undecided"
    if unsure(p_a, settings.min_confidence):
        return "unsure"
    return _preference(comparison, own, p_a, settings)


def outcomes_of(made: Preference | str) -> list[str]:
    """Which of `OUTCOMES` what became of one comparison counts for."""
    if not isinstance(made, Preference):
        return [made]
    return ["preferences", "heldout"] if made.split == "heldout" else ["preferences"]


def unsure(p_a: float, min_confidence: float) -> bool:
    """Whether a pooled probability is below the confidence that is asked for.

    Rounding aside: a verdict clamped to that very confidence passes.
    """
    return max(p_a, 1 - p_a) < min_confidence - 1e-12


def split_of(prompt_id: str, heldout_share: float) -> Literal["train", "heldout"]:
    """Which split a prompt belongs to: by its id alone, so that all its pairs stay together."""
    return "heldout" if derive_seed(0, "split", prompt_id) < heldout_share * 2**63 else "train"


def _preference(
    comparison: Comparison, labels: Sequence[Label], p_a: float, settings: MergeSettings
) -> Preference:
    better, worse = comparison.response_a, comparison.response_b
    if p_a < 0.5:
        better, worse = worse, better
    chosen, rejected = said_by("assistant", better.text), said_by("assistant", worse.text)
    return Preference(
        id=content_id(comparison.prompt, chosen, rejected),
        prompt=comparison.prompt,
        chosen=chosen,
        rejected=rejected,
        probability=1.0 if settings.hard_labels else max(p_a, 1 - p_a),
        comparison_id=comparison.id,
        prompt_id=comparison.prompt_id,
        principles=tuple(sorted({label.principle for label in labels if label.status == "ok"})),
        tags=comparison.tags,
        split=split_of(comparison.prompt_id, settings.heldout_share),
        off_topic=comparison.off_topic,
    )
