"""What a judge model says of two answers under one principle, asked in both orders.

The label is the probability of the option tokens, normalised over the options (Bai et al. 2022,
section 4.1). Each pair is shown in both orders and the two probabilities are averaged: what a
judge says because of the position then cancels to first order. A judge may first write down a
reason (chain of thought, ibid.), which it is shown again with the question for the letter.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from cai.engines.base import Choice, ChooseRequest, Completion, Engine, GenerateRequest
from cai.feedback.questions import Question, messages
from cai.records import Label, LabelStatus, Message

OPTIONS = ("A", "B")
REASON, CONCLUDING = "judge_reason", "judge_concluding"
Orders = tuple[Choice, Choice]
Order = tuple[int, bool]
"""Index of a question, and whether its answers are swapped."""

# exp() of it is 0; JSON, unlike Python, has no way to write minus infinity.
_IMPOSSIBLE = -1000.0
_ENOUGH_TO_REFUSE = 16  # tokens
# Nearer to 0.5 an order of the answers has decided nothing, so there is nothing to flip.
_DECIDES = 0.1
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
    reason_tokens: int


def verdicts(wanted: Sequence[Question], engine: Engine, settings: JudgeSettings) -> list[Label]:
    """One label per question, in order.

    A question whose prompt does not fit the judge's context is not asked: its label is `invalid`
    and has no raw values. The rest are sent so that all that share a prefix (same pair, same
    order, another principle) are neighbours.
    """
    asked = set(_fitting(wanted, engine, settings))
    sent = [
        (index, swapped)
        for indices in _by_comparison(wanted)
        for swapped in (False, True)
        for index in indices
        if index in asked
    ]
    reasons = _reasons(wanted, sent, engine, settings)
    shown = {
        order: messages(wanted[order[0]], swapped=order[1], template=CONCLUDING, reason=said.text)
        for order, said in reasons.items()
    } or {order: messages(wanted[order[0]], swapped=order[1]) for order in sent}
    choices = engine.choose(
        [ChooseRequest(messages=shown[order], options=OPTIONS) for order in sent]
    )
    answers = dict(zip(sent, choices, strict=True))
    orders = {index: (answers[index, False], answers[index, True]) for index in asked}
    mute = [index for index in sorted(asked) if not _readable(orders[index], settings)]
    instead = engine.generate([_say_more(shown, index, orders[index], engine) for index in mute])
    said = dict(zip(mute, instead, strict=True))
    return [
        _label(
            question,
            engine.identity.name,
            orders.get(index),
            said.get(index),
            [reasons[order] for order in ((index, False), (index, True)) if order in reasons],
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


def statistics(labels: Iterable[Label]) -> dict[str, float]:
    """What the labels tell about the judge itself.

    `position_flip_rate`: share of readable labels whose two orders both decide, by at least 0.6,
    for the same position, so for different answers. `first_position_share`: mean probability of
    the option shown first, 0.5 for a judge without position bias. `option_mass_mean`,
    `option_mass_min`: over all asked orders.
    """
    sums = Statistics()
    for label in labels:
        sums.add(label)
    return sums.numbers()


@dataclass(slots=True)
class Statistics:
    """The sums behind `statistics`, for labels that come one at a time."""

    readable: int = 0
    flips: int = 0
    firsts: float = 0.0
    orders: int = 0
    mass: float = 0.0
    least_mass: float = math.inf

    def add(self, label: Label) -> None:
        if label.status in ("ok", "tie"):
            ab, ba = first_share(label.logprobs_ab), first_share(label.logprobs_ba)
            self.readable += 1
            self.firsts += ab + ba
            decided = min(abs(ab - 0.5), abs(ba - 0.5)) >= _DECIDES
            self.flips += decided and (ab > 0.5) == (ba > 0.5)
        for logprobs in (label.logprobs_ab, label.logprobs_ba):
            if logprobs:
                mass = option_mass(logprobs)
                self.orders += 1
                self.mass += mass
                self.least_mass = min(self.least_mass, mass)

    def numbers(self) -> dict[str, float]:
        """The statistics by name, those of which there is something to count."""
        numbers = {}
        if self.readable:
            numbers["position_flip_rate"] = self.flips / self.readable
            numbers["first_position_share"] = self.firsts / (2 * self.readable)
        if self.orders:
            numbers["option_mass_mean"] = self.mass / self.orders
            numbers["option_mass_min"] = self.least_mass
        return numbers


def _reasons(
    wanted: Sequence[Question],
    sent: Sequence[Order],
    engine: Engine,
    settings: JudgeSettings,
) -> dict[Order, Completion]:
    """What the judge says before its verdict in each of the orders; nothing if it is not asked."""
    if not settings.reason_tokens:
        return {}
    said = engine.generate(
        [
            GenerateRequest(
                messages=messages(wanted[index], swapped=swapped, template=REASON),
                max_new_tokens=settings.reason_tokens,
                temperature=0.0,
            )
            for index, swapped in sent
        ]
    )
    return dict(zip(sent, said, strict=True))


def _fitting(wanted: Sequence[Question], engine: Engine, settings: JudgeSettings) -> Iterator[int]:
    """The indices of the questions that fit the judge's context together with the letter said.

    Counting is not free, so it is done once per pair and order where that settles it: a text has
    at most as many tokens as bytes. Of a reason twice the tokens are reserved, since it is read
    back as text, which may be cut into others than it was said in.
    """
    template = REASON if settings.reason_tokens else None
    context = engine.context - 2 * settings.reason_tokens

    def longest_count(question: Question) -> int:
        return max(
            engine.count(messages(question, swapped=swapped, template=template))
            for swapped in (False, True)
        )

    for indices in _by_comparison(wanted):
        longest = max((wanted[index] for index in indices), key=_comparison_bytes)
        settled = longest_count(longest) + _comparison_bytes(longest) < context
        for index in indices:
            if settled or longest_count(wanted[index]) < context:
                yield index


def _by_comparison(wanted: Sequence[Question]) -> Iterator[list[int]]:
    for _, group in groupby(range(len(wanted)), key=lambda index: wanted[index].comparison.id):
        yield list(group)


def _comparison_bytes(question: Question) -> int:
    return len(question.principle.comparison.encode("utf-8", "replace"))


def _readable(orders: Orders, settings: JudgeSettings) -> bool:
    least = min(option_mass(_writable(choice.logprobs)) for choice in orders)
    return least > 0 and least >= settings.min_option_mass


def _say_more(
    shown: Mapping[Order, tuple[Message, ...]], index: int, orders: Orders, engine: Engine
) -> GenerateRequest:
    """What would the judge say, in the order in which it would rather not say a letter?"""
    ab, ba = (option_mass(_writable(choice.logprobs)) for choice in orders)
    swapped = ba < ab
    room = engine.context - orders[swapped].prompt_tokens
    return GenerateRequest(
        messages=shown[index, swapped],
        max_new_tokens=min(_ENOUGH_TO_REFUSE, room),
        temperature=0.0,
    )


def _label(
    question: Question,
    annotator: str,
    orders: Orders | None,
    said: Completion | None,
    reasons: Sequence[Completion],
    settings: JudgeSettings,
) -> Label:
    """The label of a question: `orders` None was not asked, `said` stands for an unreadable one."""
    raw = [_writable(choice.logprobs) for choice in orders or ()]
    calls = [made.call for made in (*reasons, *(orders or ()))]
    p_a: float | None = None
    status: LabelStatus = "invalid"
    if said is not None:
        calls.append(said.call)
        status = "refused" if _REFUSAL.search(said.text) else "invalid"
    elif raw:
        p_a = (first_share(raw[0]) + 1 - first_share(raw[1])) / 2
        status = "tie" if abs(p_a - 0.5) <= settings.tie_margin else "ok"
    return Label(
        id=question.label_id(annotator),
        comparison_id=question.comparison.id,
        principle=question.principle.id,
        annotator=annotator,
        status=status,
        p_a=p_a,
        logprobs_ab=raw[0] if raw else (),
        logprobs_ba=raw[1] if raw else (),
        calls=tuple(calls),
        reasons=tuple(reason.text for reason in reasons),
    )


def _writable(logprobs: Sequence[float]) -> tuple[float, ...]:
    """Log-probabilities that JSON can hold; with a NaN among them all are impossible."""
    if any(math.isnan(value) for value in logprobs):
        return (_IMPOSSIBLE,) * len(logprobs)
    return tuple(max(value, _IMPOSSIBLE) for value in logprobs)
