"""The label stage: pairs of answers are sampled, judged under the constitution, and merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cai.batching import chunks
from cai.constitution import Constitution
from cai.engines.base import Engine
from cai.errors import RunError
from cai.feedback.judge import JudgeSettings, statistics, verdicts
from cai.feedback.merge import MergeSettings, merge
from cai.feedback.questions import Question, fenced_answers, questions, weights_of
from cai.feedback.sample import SampleSettings, fits, sample
from cai.journal import append_rows, read_records, write_rows
from cai.progress import Progress
from cai.records import Comparison, Label, Prompt, to_row
from cai.room import TooLong

COMPARISONS = "comparisons.jsonl"
LABELS = "labels.jsonl"
PREFERENCES = "preferences.jsonl"

# Work between two writes: enough to fill an engine's batches, little enough to lose in a kill.
_PROMPTS_PER_CHUNK = 64
_QUESTIONS_PER_CHUNK = 256
# With fewer verdicts than this an early stop would be an accident of the first prompts.
_VERDICTS_BEFORE_STOP = 256


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
        reason_tokens: how much the judge may write down before each verdict (chain of thought);
            0 asks for the letter at once. It costs a generation per verdict and helps a judge
            that cannot compare in one step.
        min_option_mass: a verdict whose letters together have less probability than this, in
            either order, is not read: the judge would rather say something else.
        tie_margin: probabilities this near to 0.5 are a tie, which prefers nothing.
        max_unreadable: share of refused and invalid verdicts above which the stage stops: the
            labels that remain would be a biased remnant.
        hard_labels: whether preferences forget how sure the judge was (probability 1).
        min_confidence: preferences less sure than this are left out; 0.5 keeps all.
        heldout_share: share of prompts whose preferences are kept for measuring the reward model.
        seed: of the draws of answers, positions and principles.
    """

    pairs_per_prompt: int = 1
    temperature: float = 1.0
    max_new_tokens: int = 96
    too_long: TooLong = "error"
    principles: int | Literal["one", "all"] = 4
    reason_tokens: int = 0
    min_option_mass: float = 0.1
    tie_margin: float = 0.01
    max_unreadable: float = 0.2
    hard_labels: bool = False
    min_confidence: float = 0.5
    heldout_share: float = 0.15
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("pairs_per_prompt", "max_new_tokens"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        if self.reason_tokens < 0:
            raise ValueError("reason_tokens must be at least 0")
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
        )

    @property
    def judging(self) -> JudgeSettings:
        """How pairs are judged."""
        return JudgeSettings(
            min_option_mass=self.min_option_mass,
            tie_margin=self.tie_margin,
            reason_tokens=self.reason_tokens,
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
) -> dict[str, int | float]:
    """Writes `comparisons.jsonl`, `labels.jsonl` and `preferences.jsonl` into `folder`.

    Rows that are in the folder already are kept; the files come out as in an unbroken run.

    Args:
        policy: makes the engine that answers, which is let go before the judge is asked.

    Returns:
        Counts: `rows` (preferences), `prompts_too_long`, `pairs_identical` (left out),
        `comparisons`, `answers_truncated` (at max_new_tokens), `answers_fenced` (those that hold a
        form of the judge's question, see `cai.fence`), `labels` and their `ok`, `tie`,
        `refused`, `invalid`, `too_long` (not asked; part of `invalid`), the judge's statistics
        (`cai.feedback.judge.statistics`) and the outcomes of `cai.feedback.merge`.

    Raises:
        DataError: if a prompt does not fit the policy's context and `too_long` is "error".
        RunError: if nothing can be compared, too many verdicts cannot be read, or none prefers
            an answer.
    """
    drawing = settings.drawing
    author = policy()
    fitting = [prompt for prompt in prompts if fits(prompt, author, drawing)]
    comparisons = _sampled(fitting, author, drawing, folder / COMPARISONS, progress)
    del author  # its weights go before the judge's come
    if not comparisons:
        raise RunError(_nothing(len(prompts), len(fitting)))
    wanted = questions(
        comparisons, constitution, principles=settings.principles, seed=settings.seed
    )
    if not wanted:
        raise RunError(
            "no principle of the constitution applies to these prompts' tags with a comparison "
            "text; add `comparison:` to a principle, or widen its applies_to"
        )
    labels = _judged(wanted, judge, settings, folder / LABELS, progress)
    preferences, outcomes = merge(
        comparisons,
        labels,
        weights_of(wanted),
        settings.merging,
        overrides={one.id: one.overrides for one in constitution.principles},
    )
    if not preferences:
        raise RunError(_no_preferences(outcomes))
    write_rows(folder / PREFERENCES, map(to_row, preferences))
    statuses = Counter(label.status for label in labels)
    return {
        "rows": len(preferences),
        "prompts_too_long": len(prompts) - len(fitting),
        "pairs_identical": len(fitting) * settings.pairs_per_prompt - len(comparisons),
        "comparisons": len(comparisons),
        "answers_truncated": sum(
            said.finish == "length" for c in comparisons for said in (c.response_a, c.response_b)
        ),
        "answers_fenced": sum(map(fenced_answers, comparisons)),
        "labels": len(labels),
        **{status: statuses[status] for status in ("ok", "tie", "refused", "invalid")},
        "too_long": sum(not label.calls for label in labels),
        **statistics(labels),
        **outcomes,
    }


def _sampled(
    prompts: Sequence[Prompt],
    policy: Engine,
    settings: SampleSettings,
    path: Path,
    progress: Progress,
) -> list[Comparison]:
    rows = read_records(path, Comparison)
    done = {row.id for row in rows}
    pairs = Counter(row.prompt_id for row in rows)
    for first, chunk in chunks(prompts, _PROMPTS_PER_CHUNK):
        if any(pairs[prompt.id] < settings.pairs_per_prompt for prompt in chunk):
            # What is there already comes again, from the store of model calls, and is not added.
            new = [row for row in sample(chunk, policy, settings) if row.id not in done]
            append_rows(path, map(to_row, new))
            rows += new
        progress(first + len(chunk), len(prompts), "answers sampled")
    return rows


def _judged(
    wanted: Sequence[Question],
    engine: Engine,
    settings: LabelSettings,
    path: Path,
    progress: Progress,
) -> list[Label]:
    labels = read_records(path, Label)
    done = {label.id for label in labels}
    for first, chunk in chunks(wanted, _QUESTIONS_PER_CHUNK):
        if any(question.label_id(engine.identity.name) not in done for question in chunk):
            # A chunk that was cut short is asked again as a whole: its batches stay the same.
            new = [
                label for label in verdicts(chunk, engine, settings.judging) if label.id not in done
            ]
            append_rows(path, map(to_row, new))
            labels += new
        progress(first + len(chunk), len(wanted), "verdicts")
        if first + len(chunk) in (len(wanted), _VERDICTS_BEFORE_STOP):
            _require_readable(labels, settings.max_unreadable, path)
    return labels


def _require_readable(labels: Sequence[Label], most: float, path: Path) -> None:
    asked = [label for label in labels if label.calls]
    refused = sum(label.status == "refused" for label in asked)
    invalid = sum(label.status == "invalid" for label in asked)
    if refused + invalid > most * len(asked):
        raise RunError(
            f"{path}: of {len(asked)} verdicts {refused} were refused and {invalid} name no "
            f"answer, more than `max_unreadable` allows ({most:g}). Use another judge, or raise "
            "label.max_unreadable; the judge may not follow prompts/templates/judge.jinja"
        )


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


def _no_preferences(outcomes: Mapping[str, int]) -> str:
    return (
        f"no comparison became a preference: {outcomes['unlabelled']} have only ties or unreadable "
        f"verdicts, {outcomes['undecided']} have principles that cancel out, {outcomes['unsure']} "
        "are below label.min_confidence; lower it or label.tie_margin, or use another judge"
    )
