"""What a judge model says of two answers under one principle, asked in both orders.

The label is the probability of the option tokens, normalised over the options (Bai et al. 2022,
section 4.1). Each pair is shown in both orders and the two probabilities are averaged: what a
judge says because of the position then cancels to first order.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from cai.engines.base import Choice, ChooseRequest, Engine, GenerateRequest
from cai.feedback.questions import Question, messages
from cai.records import Label, LabelStatus

OPTIONS = ("A", "B")
Orders = tuple[Choice, Choice]

# exp() of it is 0; JSON, unlike Python, has no way to write minus infinity.
_IMPOSSIBLE = -1000.0
# How a model says that it will not judge, as opposed to saying something unreadable.
_REFUSAL = re.compile(
    r"\b(?:sorry|apologi[sz]e|can(?:no|['\u2019])t|won['\u2019]t|will not|unable|refuse|decline)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgeSettings:
    """How pairs are judged; each field is explained in `cai.feedback.label.LabelSettings`."""

    min_option_mass: float
    tie_margin: float


def verdicts(wanted: Sequence[Question], engine: Engine, settings: JudgeSettings) -> list[Label]:
    """One label per question, in order.

    A question whose prompt does not fit the judge's context is not asked: its label is `invalid`
    and has no raw values. The rest are sent so that all that share a prefix (same pair, same
    order, another principle) are neighbours.
    """
    asked = set(_fitting(wanted, engine))
    sent = [
        (index, swapped)
        for indices in _by_comparison(wanted)
        for swapped in (False, True)
        for index in indices
        if index in asked
    ]
    choices = engine.choose(
        [
            ChooseRequest(messages=messages(wanted[index], swapped=swapped), options=OPTIONS)
            for index, swapped in sent
        ]
    )
    answers = dict(zip(sent, choices, strict=True))
    return [
        _label(
            question,
            (answers[index, False], answers[index, True]) if index in asked else None,
            engine,
            settings,
        )
        for index, question in enumerate(wanted)
    ]


def first_share(logprobs: Sequence[float]) -> float:
    """Probability of the first of two options, normalised over both; in [0, 1]."""
    difference = logprobs[1] - logprobs[0]
    return 0.0 if difference > 700 else 1 / (1 + math.exp(difference))


def option_mass(logprobs: Sequence[float]) -> float:
    """Probability that any of the options is said at all."""
    return sum(math.exp(logprob) for logprob in logprobs)


def statistics(labels: Sequence[Label]) -> dict[str, float]:
    """What the labels tell about the judge itself.

    `position_flip_rate`: share of readable labels whose two orders prefer the same position, so
    different answers. `first_position_share`: mean probability of the option shown first, 0.5 for
    a judge without position bias. `option_mass_mean`, `option_mass_min`: over all asked orders.
    """
    readable = [label for label in labels if label.status in ("ok", "tie")]
    firsts = [
        (first_share(label.logprobs_ab), first_share(label.logprobs_ba)) for label in readable
    ]
    masses = [
        option_mass(logprobs)
        for label in labels
        for logprobs in (label.logprobs_ab, label.logprobs_ba)
        if logprobs
    ]
    numbers = {}
    if firsts:
        flips = sum((ab > 0.5) == (ba > 0.5) for ab, ba in firsts)
        numbers["position_flip_rate"] = flips / len(firsts)
        numbers["first_position_share"] = sum(ab + ba for ab, ba in firsts) / (2 * len(firsts))
    if masses:
        numbers["option_mass_mean"] = sum(masses) / len(masses)
        numbers["option_mass_min"] = min(masses)
    return numbers


def _fitting(wanted: Sequence[Question], engine: Engine) -> Iterator[int]:
    """The indices of the questions that fit the judge's context together with the letter said.

    Counting is not free, so it is done once per pair and order where that settles it: a text has
    at most as many tokens as bytes.
    """

    def longest_count(question: Question) -> int:
        return max(engine.count(messages(question, swapped=swapped)) for swapped in (False, True))

    for indices in _by_comparison(wanted):
        longest = max((wanted[index] for index in indices), key=_comparison_bytes)
        settled = longest_count(longest) + _comparison_bytes(longest) < engine.context
        for index in indices:
            if settled or longest_count(wanted[index]) < engine.context:
                yield index


def _by_comparison(wanted: Sequence[Question]) -> Iterator[list[int]]:
    for _, group in groupby(range(len(wanted)), key=lambda index: wanted[index].comparison.id):
        yield list(group)


def _comparison_bytes(question: Question) -> int:
    return len(question.principle.comparison.encode("utf-8", "replace"))


def _label(
    question: Question, orders: Orders | None, engine: Engine, settings: JudgeSettings
) -> Label:
    raw = [_writable(choice.logprobs) for choice in orders or ()]
    calls = [choice.call for choice in orders or ()]
    p_a: float | None = None
    status: LabelStatus = "invalid"
    if raw and min(option_mass(logprobs) for logprobs in raw) < settings.min_option_mass:
        status, call = _reason(question, raw, engine)
        calls.append(call)
    elif raw:
        p_a = (first_share(raw[0]) + 1 - first_share(raw[1])) / 2
        status = "tie" if abs(p_a - 0.5) <= settings.tie_margin else "ok"
    return Label(
        id=question.label_id(engine.identity.model),
        comparison_id=question.comparison.id,
        principle=question.principle.id,
        annotator=engine.identity.model,
        status=status,
        p_a=p_a,
        logprobs_ab=raw[0] if raw else (),
        logprobs_ba=raw[1] if raw else (),
        calls=tuple(calls),
    )


def _reason(
    question: Question, raw: Sequence[Sequence[float]], engine: Engine
) -> tuple[LabelStatus, str]:
    """Whether a judge that says neither letter refuses, by what it says instead."""
    swapped = option_mass(raw[1]) < option_mass(raw[0])
    (said,) = engine.generate(
        [
            GenerateRequest(
                messages=messages(question, swapped=swapped), max_new_tokens=16, temperature=0.0
            )
        ]
    )
    return ("refused" if _REFUSAL.search(said.text) else "invalid"), said.call


def _writable(logprobs: Sequence[float]) -> tuple[float, ...]:
    # NaN compares false with everything, so it becomes impossible too, never a preference.
    return tuple(value if value > _IMPOSSIBLE else _IMPOSSIBLE for value in logprobs)
