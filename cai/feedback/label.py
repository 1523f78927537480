"""The label stage: pairs of answers are sampled or given, judged under the constitution, merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path

from cai.constitution import Constitution
from cai.engines.base import Engine
from cai.errors import RunError
from cai.feedback import given
from cai.feedback.comparing import COMPARISONS, Merits, sampled
from cai.feedback.given import Source
from cai.feedback.judging import LABELS, Asking, judged, labelled
from cai.feedback.merge import OUTCOMES, MergeSettings, outcomes_of, preference
from cai.feedback.questions import Panel, fenced_answers, panel, questions
from cai.feedback.sample.chooser import Rewards
from cai.feedback.sample.preview import preview
from cai.feedback.settings import LabelSettings
from cai.feedback.statistics import Statistics
from cai.feedback.trust import card
from cai.feedback.trust.calibration import calibrated
from cai.journal import write_rows
from cai.progress import Progress
from cai.records import Preference, Prompt, Row, to_row

__all__ = ["COMPARISONS", "GOLD", "GOLD_FOLDER", "LABELS", "PREFERENCES", "run"]

PREFERENCES = "preferences.jsonl"
GOLD = "gold.jsonl"
GOLD_FOLDER = "gold"
"""Pairs that only measure the judge have a folder of their own, with files of the same names."""

_COUNTED = (
    "answers_truncated",
    "answers_fenced",
    "labels",
    *("ok", "tie", "refused", "invalid"),
    "too_long",
    "labels_voted",
    *OUTCOMES,
)


def run(
    *,
    prompts: Sequence[Prompt],
    constitution: Constitution,
    policy: Callable[[], Engine],
    judge: Engine,
    settings: LabelSettings,
    folder: Path,
    progress: Progress,
    authors: Sequence[Callable[[], Engine]] = (),
    rewards: Callable[[], Rewards] | None = None,
    comparisons: Sequence[Source] = (),
    gold: Sequence[Source] = (),
) -> dict[str, int | float]:
    """Writes comparisons, labels and preferences into `folder`, and `judge.json` about the judge.

    Rows that are in the folder already are kept; the files come out as in an unbroken run. Where
    pairs are chosen among several answers, these are in `answers.jsonl`.

    Args:
        policy: makes the engine that answers, which is let go before the judge is asked.
        authors: make those of `settings.authors`, which are let go one by one.
        rewards: makes what scores answers, from `settings.reward_model`.
        comparisons: judged instead of pairs of `policy`'s answers to `prompts`, which then play no
            part. Labels that these files hold go into `gold.jsonl`.
        gold: judged in the same way, with files of their own in the folder `gold/`, and no part of
            the preferences.

    Returns:
        Counts: `rows` (preferences), `prompts_too_long`, `pairs_alike` (left out, for want of
        answers that differ), those of `Pools.counts` where pairs are chosen, `pairs_off_topic`,
        `comparisons` (these among them), or what
        `cai.feedback.given.write` counts of given ones, `answers_truncated` (at max_new_tokens),
        `answers_fenced` (those that hold a form of the judge's question, see `cai.fence`), `labels`
        and their `ok`, `tie`, `refused`, `invalid`, `too_long` (not asked; part of `invalid`),
        figures of the judge (`cai.feedback.statistics`) and the outcomes of `cai.feedback.merge`;
        the counts of gold sources, each after `gold_set_`.

    Raises:
        DataError: if a prompt does not fit the policy's context and `too_long` is "error", or a
            given row cannot be read.
        RunError: if nothing can be compared, too many verdicts cannot be read, or none of those on
            sampled pairs prefers an answer, or if probabilities are to be calibrated and there is
            too little gold.
    """
    asking = _asking(constitution, judge, settings)
    if comparisons:
        counts = _given(comparisons, constitution, settings, folder)
        if not counts["comparisons"]:
            raise RunError(_nothing_given(comparisons, counts))
    else:
        look = partial(
            preview,
            constitution=constitution,
            judge=judge,
            principles=settings.principles,
            min_option_mass=settings.min_option_mass,
            seed=settings.seed,
        )
        merits = Merits(look=look, rewards=rewards)
        counts = _sampled(prompts, [policy, *authors], merits, settings, folder, progress)
    if not judged(folder / COMPARISONS, folder / LABELS, asking, progress):
        raise RunError(
            "no principle of the constitution applies to these prompts' tags with a comparison "
            "text; add `comparison:` to a principle, or widen its applies_to"
        )
    if gold:
        counts |= _measured(gold, constitution, asking, settings, folder / GOLD_FOLDER, progress)
    overrides: dict[str, Collection[str]] = {p.id: p.overrides for p in constitution.principles}
    known = card.measure(
        folder,
        annotator=judge.identity.name,
        tie_margin=settings.tie_margin,
        weights=asking.weights,
        overrides=overrides,
        pooling=settings.merging.pooling,
    )
    card.write(folder, known)
    made = _preferred(
        folder,
        asking,
        settings.merging,
        overrides=overrides,
        temperature=card.temperature_for(known, settings.calibration),
    )
    if not made["preferences"] and not comparisons:  # given ones may be judged for the labels' sake
        (folder / PREFERENCES).unlink()
        raise RunError(_no_preferences(made))
    return {"rows": made["preferences"], **counts, **made, **card.counts(known)}


def _asking(constitution: Constitution, judge: Engine, settings: LabelSettings) -> Asking:
    book = settings.shots(constitution)

    @cache
    def panel_of(tags: tuple[str, ...], principle: str) -> Panel:
        return panel(constitution, tags, settings.principles, only=principle)

    return Asking(
        engine=judge,
        panel=panel_of,
        questions=lambda comparison: questions(
            [comparison],
            constitution,
            principles=settings.principles,
            seed=settings.seed,
            book=book,
        ),
        judging=settings.judging,
        max_unreadable=settings.max_unreadable,
    )


def _sampled(
    prompts: Sequence[Prompt],
    authors: Sequence[Callable[[], Engine]],
    merits: Merits,
    settings: LabelSettings,
    folder: Path,
    progress: Progress,
) -> dict[str, int]:
    pairs = sampled(prompts, authors, merits, settings.drawing, folder, progress)
    fitting = len(prompts) - len(pairs.too_long)
    if not pairs.ids:
        raise RunError(_nothing(len(prompts), fitting))
    return {
        "prompts_too_long": len(pairs.too_long),
        "pairs_alike": fitting * settings.pairs_per_prompt - len(pairs.ids),
        **pairs.answers,
        "pairs_off_topic": len(pairs.off_topic),
        "comparisons": len(pairs.ids) + len(pairs.off_topic),
    }


def _given(
    sources: Sequence[Source], constitution: Constitution, settings: LabelSettings, folder: Path
) -> dict[str, int]:
    return given.write(
        sources,
        comparisons=folder / COMPARISONS,
        gold=folder / GOLD,
        principles={one.id for one in constitution.principles if one.serves("label")},
        ranking_pairs=settings.ranking_pairs,
    )


def _measured(
    sources: Sequence[Source],
    constitution: Constitution,
    asking: Asking,
    settings: LabelSettings,
    folder: Path,
    progress: Progress,
) -> dict[str, int]:
    """Judges pairs that are to say something about the judge and nothing to the reward model."""
    folder.mkdir(exist_ok=True)
    # None may be left of a gold set whose principles this constitution has not: that is counted.
    counts = _given(sources, constitution, settings, folder)
    labels = judged(folder / COMPARISONS, folder / LABELS, asking, progress)
    return {f"gold_set_{name}": n for name, n in {**counts, "labels": labels}.items()}


def _preferred(
    folder: Path,
    asking: Asking,
    settings: MergeSettings,
    *,
    overrides: Mapping[str, Collection[str]],
    temperature: float | None,
) -> dict[str, int | float]:
    """Writes the preferences, one comparison after the other, and counts on the way."""
    counts = Counter(dict.fromkeys(_COUNTED, 0))
    judge = Statistics()

    def rows() -> Iterator[Row]:
        for comparison, labels in labelled(folder / COMPARISONS, folder / LABELS):
            counted = list(calibrated(labels, temperature))
            weights = asking.weights(comparison)
            made = preference(comparison, counted, weights, settings, overrides=overrides)
            counts.update(outcomes_of(made))
            said = comparison.response_a, comparison.response_b
            if not comparison.off_topic:  # whose answers were counted where they were given
                counts["answers_truncated"] += sum(one.finish == "length" for one in said)
                counts["answers_fenced"] += fenced_answers(comparison)
            counts["labels"] += len(labels)
            for label in labels:
                counts[label.status] += 1
                counts["too_long"] += not label.calls
                counts["labels_voted"] += bool(label.votes) and label.p_a is not None
                judge.add(label)
            if isinstance(made, Preference):
                yield to_row(made)

    write_rows(folder / PREFERENCES, rows())
    return {**counts, **judge.numbers()}


def _nothing(prompts: int, fitting: int) -> str:
    if not prompts:
        return "there are no prompts to compare answers for; check the prompt set and its tags"
    if not fitting:
        return (
            f"none of the {prompts} prompts leaves room for an answer in the model's context; "
            "lower label.max_new_tokens or use shorter prompts"
        )
    return (
        f"for none of {fitting} prompts are there two answers that differ; raise "
        "label.temperature, and check that answers are not empty and models not the same"
    )


def _nothing_given(sources: Sequence[Source], counts: Mapping[str, int]) -> str:
    names = ", ".join(source.path for source in sources)
    if not counts["rows_read"]:
        return f"{names}: no comparisons in it; add at least one row"
    return (
        f"{names}: no pair of {counts['rows_read']} rows can be judged: "
        f"{counts['pairs_identical']} have equal answers, {counts['pairs_cut_early']} part before "
        f"the last answer, {counts['pairs_principle_unknown']} are under principles that cannot "
        "judge here"
    )


def _no_preferences(outcomes: Mapping[str, float]) -> str:
    return (
        f"no comparison became a preference: {outcomes['unlabelled']} have only ties or unreadable "
        f"verdicts, {outcomes['undecided']} have principles that cancel out, {outcomes['unsure']} "
        "are below label.min_confidence; lower it or label.tie_margin, or use another judge"
    )
