"""The label stage: pairs of answers are sampled or given, judged under the constitution, merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from cai.constitution import Constitution
from cai.engines.base import Engine
from cai.errors import RunError
from cai.feedback import given
from cai.feedback.comparing import COMPARISONS, sampled
from cai.feedback.forms import FormName
from cai.feedback.given import RankingPairs, Source
from cai.feedback.judge import JudgeSettings
from cai.feedback.judging import LABELS, Asking, judged, labelled
from cai.feedback.merge import OUTCOMES, MergeSettings, Pool, Pooling, outcomes_of, preference
from cai.feedback.questions import Panel, panel, questions
from cai.feedback.sample import SampleSettings
from cai.feedback.shots import ShotBook, shot_book
from cai.feedback.statistics import Statistics
from cai.journal import write_rows
from cai.progress import Progress
from cai.records import Preference, Prompt, Row, to_row
from cai.room import TooLong

__all__ = ["COMPARISONS", "LABELS", "PREFERENCES", "LabelSettings", "run"]

PREFERENCES = "preferences.jsonl"
GOLD = "gold.jsonl"
GOLD_FOLDER = "gold"
"""Pairs that only measure the judge have a folder of their own, with files of the same names."""

_COUNTED = (
    "answers_truncated",
    "labels",
    *("ok", "tie", "refused", "invalid"),
    "too_long",
    *OUTCOMES,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelSettings:
    """How answers are compared.

    Attributes:
        pairs_per_prompt: comparisons per prompt. More prompts teach a reward model more than more
            pairs of the same prompt.
        temperature: of the answers; above 0, or both would be the same.
        max_new_tokens: longest answer.
        too_long: what to do with a prompt that leaves no room for a whole answer in the model's
            context: "error" stops before any work, "drop" leaves it out and counts it.
        principles: how many of the principles that apply to a prompt judge each pair: "one" at
            random as in the paper, a number, or "all". More make labels steadier and cost more
            verdicts.
        form: "compare" shows the judge both answers, in both orders, and asks which is better;
            "score" shows it one answer at a time and asks for a number from 1 to 10.
        score_scale: with scores, the difference in points that means odds of e to 1 (73 %).
        reason_tokens: how much the judge may write down before each verdict (chain of thought);
            0 asks for the verdict at once. It costs a generation per verdict and helps a judge
            that cannot compare in one step.
        samples: reasons per verdict; the probabilities that follow from them are averaged. 1 takes
            the likeliest reason, more are drawn.
        reason_temperature: of reasons that are drawn. At 1 their mean estimates what the judge
            would say; lower, a small judge slips less.
        clamp: comparisons that follow a reason count with at most this probability for either
            answer, 0.6 as in the paper: having made up its mind, a judge is far too sure. 1 counts
            them as they are.
        few_shots: worked comparisons of the constitution (`judge_few_shots`) that the judge is
            shown first, an even number: half of them have the better answer first.
        min_option_mass: a verdict whose letters together have less probability than this, in
            either order, is not read: the judge would rather say something else.
        ranking_pairs: which pairs are made of a given ranking of n answers: "all" n (n - 1) / 2, as
            reward models are usually trained, or "adjacent", the n - 1 of neighbours.
        tie_margin: probabilities this near to 0.5, before any clamp, are a tie, which prefers
            nothing.
        pool: how a pair's verdicts add up: "log-odds", where one that is sure outweighs several
            that are not, or "probability", their plain weighted mean.
        max_unreadable: share of refused and invalid verdicts above which the stage stops: the
            labels that remain would be a biased remnant.
        hard_labels: whether preferences forget how sure the judge was (probability 1).
        min_confidence: preferences less sure than this, after any clamp, are left out; 0.5 keeps
            all.
        heldout_share: share of prompts whose preferences are kept for measuring the reward model.
        seed: of the draws of answers, positions, principles and reasons.
    """

    pairs_per_prompt: int = 1
    temperature: float = 1.0
    max_new_tokens: int = 96
    too_long: TooLong = "error"
    principles: int | Literal["one", "all"] = 4
    form: FormName = "compare"
    score_scale: float = 1.0
    reason_tokens: int = 0
    samples: int = 1
    reason_temperature: float = 1.0
    clamp: float = 0.6
    few_shots: int = 0
    min_option_mass: float = 0.1
    ranking_pairs: RankingPairs = "all"
    tie_margin: float = 0.01
    pool: Pool = "log-odds"
    max_unreadable: float = 0.2
    hard_labels: bool = False
    min_confidence: float = 0.5
    heldout_share: float = 0.15
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("pairs_per_prompt", "max_new_tokens", "samples"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        for name in ("reason_tokens", "few_shots"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0")
        for name in ("score_scale", "reason_temperature"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0")
        if self.samples > 1 and not self.reason_tokens:
            raise ValueError("samples needs reason_tokens: without a reason all would be the same")
        if self.few_shots % 2:
            raise ValueError("few_shots must be even: as many show the better answer first as not")
        if self.few_shots and self.form == "score":
            raise ValueError("few_shots must be 0 with scores: examples say who wins, not by what")
        if not 0.5 < self.clamp <= 1:
            raise ValueError("clamp must be above 0.5 and at most 1, which is none")
        if self._clamps and self.min_confidence > self.clamp:
            raise ValueError("min_confidence above clamp leaves out every pair; lower it")
        if self.temperature <= 0:
            raise ValueError("temperature must be above 0: greedy answers are all the same")
        if isinstance(self.principles, int) and self.principles < 1:
            raise ValueError('principles must be "one", "all" or a number of at least 1')
        if not 0.5 <= self.min_confidence <= 1:
            raise ValueError("min_confidence must be between 0.5 and 1")
        for name in ("min_option_mass", "tie_margin", "max_unreadable", "heldout_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1")

    @property
    def _clamps(self) -> bool:
        return self.form == "compare" and self.reason_tokens > 0

    @property
    def drawing(self) -> SampleSettings:
        """How answers are drawn."""
        return SampleSettings(
            pairs_per_prompt=self.pairs_per_prompt,
            temperature=self.temperature,
            max_new_tokens=self.max_new_tokens,
            too_long=self.too_long,
            seed=self.seed,
        )

    @property
    def merging(self) -> MergeSettings:
        """How labels add up to preferences."""
        return MergeSettings(
            hard_labels=self.hard_labels,
            min_confidence=self.min_confidence,
            heldout_share=self.heldout_share,
            pooling=Pooling(pool=self.pool, clamp=self.clamp),
        )

    @property
    def judging(self) -> JudgeSettings:
        """How pairs are judged."""
        return JudgeSettings(
            min_option_mass=self.min_option_mass,
            tie_margin=self.tie_margin,
            reason_tokens=self.reason_tokens,
            form=self.form,
            samples=self.samples,
            reason_temperature=self.reason_temperature,
            score_scale=self.score_scale,
            seed=self.seed,
        )

    def shots(self, constitution: Constitution) -> ShotBook:
        """The worked comparisons that the judge is shown; RecipeError if there are too few."""
        return shot_book(constitution, count=self.few_shots, reasoned=self.reason_tokens > 0)


def run(
    *,
    prompts: Sequence[Prompt],
    constitution: Constitution,
    policy: Callable[[], Engine],
    judge: Engine,
    settings: LabelSettings,
    folder: Path,
    progress: Progress,
    comparisons: Sequence[Source] = (),
    gold: Sequence[Source] = (),
) -> dict[str, int | float]:
    """Writes `comparisons.jsonl`, `labels.jsonl` and `preferences.jsonl` into `folder`.

    Rows that are in the folder already are kept; the files come out as in an unbroken run.

    Args:
        policy: makes the engine that answers, which is let go before the judge is asked.
        comparisons: judged instead of pairs of `policy`'s answers to `prompts`, which then play no
            part. Labels that these files hold go into `gold.jsonl`.
        gold: judged in the same way, with files of their own in the folder `gold/`, and no part of
            the preferences.

    Returns:
        Counts: `rows` (preferences), `prompts_too_long`, `pairs_identical` (left out),
        `comparisons`, or what `cai.feedback.given.write` counts of given ones,
        `answers_truncated` (at max_new_tokens), `labels` and their `ok`, `tie`,
        `refused`, `invalid`, `too_long` (not asked; part of `invalid`), the judge's statistics
        (`cai.feedback.statistics`) and the outcomes of `cai.feedback.merge`; the counts of gold
        sources, each after `gold_set_`.

    Raises:
        DataError: if a prompt does not fit the policy's context and `too_long` is "error", or a
            given row cannot be read.
        RunError: if nothing can be compared, too many verdicts cannot be read, or none prefers
            an answer.
    """
    asking = _asking(constitution, judge, settings)
    if comparisons:
        counts = _given(comparisons, constitution, settings, folder)
        if not counts["comparisons"]:
            raise RunError(_nothing_given(comparisons, counts))
    else:
        counts = _sampled(prompts, policy, settings, folder, progress)
    if not judged(folder / COMPARISONS, folder / LABELS, asking, progress):
        raise RunError(
            "no principle of the constitution applies to these prompts' tags with a comparison "
            "text; add `comparison:` to a principle, or widen its applies_to"
        )
    if gold:
        counts |= _measured(gold, constitution, asking, settings, folder / GOLD_FOLDER, progress)
    made = _preferred(folder, asking, settings.merging, overrides=_overrides(constitution))
    return {"rows": made["preferences"], **counts, **made}


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


def _overrides(constitution: Constitution) -> dict[str, Collection[str]]:
    return {one.id: one.overrides for one in constitution.principles}


def _sampled(
    prompts: Sequence[Prompt],
    policy: Callable[[], Engine],
    settings: LabelSettings,
    folder: Path,
    progress: Progress,
) -> dict[str, int]:
    pairs = sampled(prompts, policy, settings.drawing, folder, progress)
    fitting = len(prompts) - len(pairs.too_long)
    if not pairs.ids:
        raise RunError(_nothing(len(prompts), fitting))
    return {
        "prompts_too_long": len(pairs.too_long),
        "pairs_identical": fitting * settings.pairs_per_prompt - len(pairs.ids),
        "comparisons": len(pairs.ids),
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
) -> dict[str, int | float]:
    """Writes the preferences, one comparison after the other, and counts on the way."""
    counts = Counter(dict.fromkeys(_COUNTED, 0))
    judge = Statistics()

    def rows() -> Iterator[Row]:
        for comparison, labels in labelled(folder / COMPARISONS, folder / LABELS):
            weights = asking.panel(comparison.tags, comparison.principle).weights
            made = preference(comparison, labels, weights, settings, overrides=overrides)
            counts.update(outcomes_of(made))
            said = comparison.response_a, comparison.response_b
            counts["answers_truncated"] += sum(one.finish == "length" for one in said)
            counts["labels"] += len(labels)
            for label in labels:
                counts[label.status] += 1
                counts["too_long"] += not label.calls
                judge.add(label)
            if isinstance(made, Preference):
                yield to_row(made)

    if not write_rows(folder / PREFERENCES, rows()):
        (folder / PREFERENCES).unlink()
        raise RunError(_no_preferences(counts))
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
        f"the model gave the same answer twice for each of {fitting} prompts; raise "
        "label.temperature, or check that its answers are not empty"
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


def _no_preferences(outcomes: Mapping[str, int]) -> str:
    return (
        f"no comparison became a preference: {outcomes['unlabelled']} have only ties or unreadable "
        f"verdicts, {outcomes['undecided']} have principles that cancel out, {outcomes['unsure']} "
        "are below label.min_confidence; lower it or label.tie_margin, or use another judge"
    )
