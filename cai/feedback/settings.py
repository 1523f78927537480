"""The settings of the label stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from cai.constitution import Constitution
from cai.feedback.forms import FormName
from cai.feedback.given import RankingPairs
from cai.feedback.judge import JudgeSettings
from cai.feedback.merge import MergeSettings, Pool, Pooling
from cai.feedback.sample import ChoosePairs, SampleSettings
from cai.feedback.shots import ShotBook, shot_book
from cai.feedback.trust.gate import GateSettings
from cai.room import TooLong


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelSettings:
    """How answers are compared.

    Attributes:
        pairs_per_prompt: comparisons per prompt. More prompts teach a reward model more than more
            pairs of the same prompt.
        answers: drawn per prompt, of all models together; null: two for each pair, four where pairs
            are chosen by what the answers are.
        choose_pairs: which of a prompt's answers are compared. "random"; "max-difference": those
            whose texts are the farthest apart; "max-disagreement": those on which the principles
            disagree the most, in a quick look by the judge; "extremes": the best against the
            worst, by `reward_model` or else that look; "cross-model": answers of different models.
        authors: further models that answer, besides the one from SFT: `cai-mini`, folders, or hub
            names. The models take turns.
        reward_model: what scores answers for "extremes": a reward model's folder, such as that of
            an earlier run, or a hub name; null: the judge's quick look.
        off_topic_share: for this share of those pairs one more is judged, of one of its answers and
            an answer to another prompt: without such pairs nothing teaches a reward model to read
            the question. They cost verdicts and no answers.
        temperature: of the answers; above 0, or both would be the same. Of a list, the answers of
            each model take one after the other.
        min_difference: answers that differ by less are nearly the same: drawn again, and left out
            if they stay so. The share of their runs of five characters that not both have; 0 tells
            exact copies alone.
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
        calibration: "temperature" makes the judge's probabilities as sure as it is right, by the
            temperature that fits gold best, before they are merged; labels keep the raw ones.
        gate: what the judge must reach before anything is trained from these preferences.
        seed: of the draws of answers, positions, principles and reasons.
    """

    pairs_per_prompt: int = 1
    answers: int | None = None
    choose_pairs: ChoosePairs = "random"
    authors: tuple[str, ...] = ()
    reward_model: str | None = None
    off_topic_share: float = 0.0
    temperature: float | tuple[float, ...] = 1.0
    min_difference: float = 0.03
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
    calibration: Literal["none", "temperature"] = "none"
    gate: GateSettings = field(default_factory=GateSettings)
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
        if self.form == "score" and self.gate.metric == "consistency":
            raise ValueError("form is score, which has no orders: gate.metric is not consistency")
        if not 0.5 < self.clamp <= 1:
            raise ValueError("clamp must be above 0.5 and at most 1, which is none")
        if self._clamps and self.min_confidence > self.clamp:
            raise ValueError("min_confidence above clamp leaves out every pair; lower it")
        if isinstance(self.principles, int) and self.principles < 1:
            raise ValueError('principles must be "one", "all" or a number of at least 1')
        if self.choose_pairs == "max-disagreement" and self.principles in ("one", 1):
            raise ValueError(
                "principles must be at least 2 where choose_pairs is max-disagreement: one alone "
                "disagrees with nobody"
            )
        if self.reward_model is not None and self.choose_pairs != "extremes":
            raise ValueError(
                "reward_model is asked only where choose_pairs is extremes; set that, or leave it "
                "out"
            )
        if not 0.5 <= self.min_confidence <= 1:
            raise ValueError("min_confidence must be between 0.5 and 1")
        for name in ("min_option_mass", "tie_margin", "max_unreadable", "heldout_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1")
        _ = self.drawing  # which checks what it is made of

    @property
    def _clamps(self) -> bool:
        return self.form == "compare" and self.reason_tokens > 0

    @property
    def looks(self) -> bool:
        """Whether pairs are chosen by a quick look of the judge."""
        by_reward = self.choose_pairs == "extremes" and self.reward_model is not None
        return self.choose_pairs in ("max-disagreement", "extremes") and not by_reward

    @property
    def drawing(self) -> SampleSettings:
        """How answers are drawn."""
        return SampleSettings(
            pairs_per_prompt=self.pairs_per_prompt,
            answers=self.answers,
            choose_pairs=self.choose_pairs,
            models=1 + len(self.authors),
            temperature=self.temperature,
            min_difference=self.min_difference,
            off_topic_share=self.off_topic_share,
            heldout_share=self.heldout_share,
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
