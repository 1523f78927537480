"""The evaluate stage: the same held-out prompts to every model, and what their answers are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cai.batching import chunks
from cai.engines.base import Completion, Engine, GenerateRequest, at_once
from cai.errors import DataError
from cai.evaluation.divergence import Distance
from cai.evaluation.rates import set_of
from cai.evaluation.verdicts import Verdict, believed, from_judge, from_oracle
from cai.journal import append_rows, read_records
from cai.models import encode_full
from cai.progress import Progress
from cai.records import Message, Prompt, Said, Score, content_id, derive_seed, to_row
from cai.reward.score import MEAN, STD, Scorer
from cai.room import TooLong, has_room

SCORES = "scores.jsonl"

# Work between two writes.
_PROMPTS_PER_CHUNK = 128


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationSettings:
    """How models are compared.

    Attributes:
        per_set: at most so many red-team, borderline, helpful and other prompts each; null takes
            all. Which ones depends on nothing but their content and the seed.
        temperature: of the answers; above 0, for a distance to the SFT model is an average over
            what a model says, not a property of its likeliest answer.
        max_new_tokens: longest answer.
        too_long: what to do with a prompt that leaves no room for a whole answer in the context of
            one of the models: "error" stops before any work, "drop" leaves it out and counts it.
        seed: of the draws. A prompt's draw is the same for every model, which makes differences
            between models less noisy.
    """

    per_set: int | None = None
    temperature: float = 1.0
    max_new_tokens: int = 96
    too_long: TooLong = "error"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.per_set is not None and self.per_set < 1:
            raise ValueError("per_set must be at least 1")
        if self.temperature <= 0:
            raise ValueError("temperature must be above 0")
        if self.max_new_tokens < 1:
            raise ValueError("max_new_tokens must be at least 1")


def run(
    *,
    prompts: Sequence[Prompt],
    models: Mapping[str, str],
    engines: Mapping[str, Callable[[], Engine]],
    reference: str,
    reward: str,
    judge: Engine | None,
    settings: EvaluationSettings,
    folder: Path,
    progress: Progress,
    device: str | None = None,
) -> dict[str, int | float]:
    """Writes `scores.jsonl` into `folder`: one answer per model and prompt, model by model.

    Rows that are in the folder already are kept; the file comes out as in an unbroken run.

    Args:
        prompts: held-out; tags tell red-team, helpful and borderline ones apart.
        models: their folders or hub names, by the name they have in the report.
        engines: makes the engine to ask, for each of them. One after the other is let go when its
            answers are there, so that no more than one need be in memory.
        reference: the SFT model's folder.
        reward: the reward model's folder.
        judge: asked where the oracle cannot tell.
        device: of the reward model and of those that measure distances.

    Returns:
        Counts: `rows`, `prompts`, `prompts_too_long`, `decided_by_…`, and how many of the judge's
        questions passed their controls (`judge_questions_believed`).

    Raises:
        DataError: if a prompt does not fit the models' contexts and `too_long` is "error", or if
            none does.
    """
    chosen = select(prompts, settings)
    waiting = {name: engines[name]() for name in models}
    fitting = [prompt for prompt in chosen if _fits(prompt, waiting.values(), settings)]
    if not fitting:
        raise DataError(
            f"none of the {len(chosen)} held-out prompts can be evaluated: there are none, or none "
            "leaves room for an answer; check prompts.heldout_* or lower evaluate.max_new_tokens"
        )
    path = folder / SCORES
    rows = read_records(path, Score)
    opinion = _Opinion(judge)
    scorer = _Rewards(reward, device)
    total = len(models) * len(fitting)
    for number, (name, model) in enumerate(models.items()):
        engine = waiting.pop(name)
        before = number * len(fitting)
        if len(rows) >= before + len(fitting):
            continue
        distance = Distance(model, reference, device=device)
        for first, chunk in chunks(fitting, at_once(engine, _PROMPTS_PER_CHUNK)):
            kept = len(rows) - before - first
            if kept < len(chunk):
                # A chunk that was cut short is made again as a whole: its batches stay the same.
                new = _scores(name, engine, chunk, opinion, scorer, distance, settings)
                new = new[max(kept, 0) :]
                append_rows(path, map(to_row, new))
                rows += new
            progress(before + first + len(chunk), total, name)
        del engine, distance  # their weights go before the next ones come
    deciders = Counter(row.decided_by for row in rows)
    counts = {f"decided_by_{name}": deciders[name] for name in ("oracle", "judge", "nobody")}
    if len(rows) > deciders["oracle"] and judge is not None:
        counts["judge_questions_believed"] = len(opinion.questions)
    return {
        "rows": len(rows),
        "prompts": len(fitting),
        "prompts_too_long": len(chosen) - len(fitting),
        **counts,
    }


def select(prompts: Sequence[Prompt], settings: EvaluationSettings) -> list[Prompt]:
    """At most `per_set` prompts of each set, in the order given.

    Every prompt has a place in a fixed shuffle, so adding prompts to a set replaces few others.
    """
    if settings.per_set is None:
        return list(prompts)
    by_set: dict[str, list[Prompt]] = {}
    for prompt in prompts:
        by_set.setdefault(set_of(prompt.tags), []).append(prompt)
    kept = {
        prompt.id
        for own in by_set.values()
        for prompt in sorted(own, key=lambda p: derive_seed(settings.seed, "select", p.id))[
            : settings.per_set
        ]
    }
    return [prompt for prompt in prompts if prompt.id in kept]


class _Opinion:
    """The oracle, then the judge where it has earned belief; asked for controls only if needed."""

    def __init__(self, judge: Engine | None) -> None:
        self._judge = judge

    @cached_property
    def questions(self) -> tuple[str, ...]:
        return believed(self._judge) if self._judge is not None else ()

    def __call__(self, prompts: Sequence[Prompt], answers: Sequence[Said]) -> list[Verdict]:
        cases = [
            (prompt.messages, answer.text) for prompt, answer in zip(prompts, answers, strict=True)
        ]
        found = [from_oracle(*case) for case in cases]
        open_cases = [index for index, verdict in enumerate(found) if verdict is None]
        verdicts = [verdict or Verdict() for verdict in found]
        if open_cases and self._judge is not None and self.questions:
            judged = from_judge(self._judge, self.questions, [cases[i] for i in open_cases])
            for index, verdict in zip(open_cases, judged, strict=True):
                verdicts[index] = verdict
        return verdicts


class _Rewards:
    """Rewards as the reward model gives them, and normalised; None for a text it cannot hold."""

    def __init__(self, name: str, device: str | None) -> None:
        self._name = name
        self._device = device

    @cached_property
    def _scorer(self) -> Scorer:
        return Scorer(self._name, device=self._device)

    def __call__(
        self, conversations: Sequence[Sequence[Message]]
    ) -> list[tuple[float | None, float | None]]:
        config, context = self._scorer.model.config, self._scorer.context
        mean, std = getattr(config, MEAN, None), getattr(config, STD, None)
        ids = [encode_full(self._scorer.tokenizer, each) for each in conversations]
        held = [index for index, each in enumerate(ids) if len(each) <= context]
        raw = dict(zip(held, self._scorer.score_ids([ids[i] for i in held]).tolist(), strict=True))

        def normalised(value: float | None) -> float | None:
            known = value is not None and mean is not None and std is not None
            return (value - mean) / std if known else None  # type: ignore[operator]

        return [(raw.get(index), normalised(raw.get(index))) for index in range(len(ids))]


def _scores(
    name: str,
    engine: Engine,
    prompts: Sequence[Prompt],
    opinion: _Opinion,
    rewards: _Rewards,
    distance: Distance,
    settings: EvaluationSettings,
) -> list[Score]:
    answers = [_said(each) for each in engine.generate([request(p, settings) for p in prompts])]
    verdicts = opinion(prompts, answers)
    rewarded = rewards(
        [
            [*prompt.messages, Message(role="assistant", content=answer.text)]
            for prompt, answer in zip(prompts, answers, strict=True)
        ]
    )
    distances = distance([p.messages for p in prompts], answers, temperature=settings.temperature)
    return [
        Score(
            id=content_id(name, prompt.id),
            model=name,
            prompt_id=prompt.id,
            prompt=prompt.messages,
            tags=prompt.tags,
            response=answer,
            harmful=verdict.harmful,
            evasive=verdict.evasive,
            helpful=verdict.helpful,
            unparseable=verdict.unparseable,
            decided_by=verdict.decided_by,
            reward=raw,
            kl_to_sft=kl,
            details={**verdict.details, "normalised_reward": normalised},
        )
        for prompt, answer, verdict, (raw, normalised), kl in zip(
            prompts, answers, verdicts, rewarded, distances, strict=True
        )
    ]


def request(prompt: Prompt, settings: EvaluationSettings) -> GenerateRequest:
    """What every model is asked for a prompt."""
    return GenerateRequest(
        messages=prompt.messages,
        max_new_tokens=settings.max_new_tokens,
        temperature=settings.temperature,
        seed=derive_seed(settings.seed, "evaluate", prompt.id),
    )


def _said(completion: Completion) -> Said:
    return Said(text=completion.text, call=completion.call, finish=completion.finish)


def _fits(prompt: Prompt, engines: Iterable[Engine], settings: EvaluationSettings) -> bool:
    return all(
        has_room(
            prompt,
            engine.count(prompt.messages) + settings.max_new_tokens,
            context=engine.context,
            section="evaluate",
            too_long=settings.too_long,
        )
        for engine in engines
    )
