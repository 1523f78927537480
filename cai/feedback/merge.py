"""From what annotators say of a comparison to one preference row.

Labels are pooled as a weighted mean of log-odds, which is the normalised weighted geometric mean of
the probabilities (a logarithmic opinion pool, Genest & Zidek 1986). Unlike a mean of
probabilities it lets a principle that sees a clear difference outweigh several that see none or
little, it gives the same odds whichever answer is called A, and a rescaling of all weights
changes nothing.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cai.records import Comparison, Label, Preference, content_id, derive_seed, said_by

# Beyond 99.9 % a judge's probability is calibration noise (and a person's is exactly 0 or 1):
# without a bound one label could outweigh every other by its exponent.
_SUREST = 0.999


OUTCOMES = ("preferences", "heldout", "unlabelled", "undecided", "unsure")


@dataclass(frozen=True, kw_only=True, slots=True)
class MergeSettings:
    """How labels add up; each field is explained in `cai.feedback.label.LabelSettings`."""

    hard_labels: bool
    min_confidence: float
    heldout_share: float


def pooled(labels: Iterable[Label], weights: Mapping[str, float]) -> float | None:
    """The probability that answer A is better, or None where no label says so.

    Only labels with status `ok` count: a tie, a refusal and an unreadable verdict are no opinion.
    `weights` are by principle id; a label of an unlisted principle (a person's overall judgement)
    weighs 1.
    """
    total = 0.0
    log_odds = 0.0
    for label in labels:
        if label.status == "ok" and label.p_a is not None:
            weight = weights.get(label.principle, 1.0)
            probability = min(max(label.p_a, 1 - _SUREST), _SUREST)
            log_odds += weight * math.log(probability / (1 - probability))
            total += weight
    return 1 / (1 + math.exp(-log_odds / total)) if total > 0 else None


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
    p_a = pooled(own, weights)
    if p_a is None:
        return "unlabelled"
    if p_a == 0.5:
        return "undecided"
    if max(p_a, 1 - p_a) < settings.min_confidence:
        return "unsure"
    return _preference(comparison, own, p_a, settings)


def outcomes_of(made: Preference | str) -> list[str]:
    """Which of `OUTCOMES` what became of one comparison counts for."""
    if not isinstance(made, Preference):
        return [made]
    return ["preferences", "heldout"] if made.split == "heldout" else ["preferences"]


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
    )
