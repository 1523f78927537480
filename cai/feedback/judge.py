"""What a judge model says of two answers under one principle.

The label is the probability of the option tokens, normalised over the options (Bai et al. 2022,
section 4.1). A judge that compares is shown each pair in both orders and the two probabilities are
averaged: what it says because of the position then cancels to first order. One that scores is shown
each answer alone, and the better score wins. Either may first write down reasons (chain of thought,
ibid.), each of which it is shown again with the question for the verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from cai.engines.base import ChooseRequest, Completion, Engine, GenerateRequest
from cai.feedback.forms import FORMS, Form, FormName, Step
from cai.feedback.probabilities import option_mass
from cai.feedback.questions import Question
from cai.feedback.reading import Evidence, Verdict, compared, scored, to_label
from cai.records import Label, Message, View, derive_seed, said_by

_ENOUGH_TO_REFUSE = 16  # tokens


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgeSettings:
    """How pairs are judged; each field is explained in `cai.feedback.settings.LabelSettings`."""

    min_option_mass: float
    tie_margin: float
    reason_tokens: int
    form: FormName = "compare"
    samples: int = 1
    reason_temperature: float = 1.0
    score_scale: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a verdict belongs: the index of its question, the view, the number of its sample."""

    index: int
    view: View
    sample: int


def verdicts(wanted: Sequence[Question], engine: Engine, settings: JudgeSettings) -> list[Label]:
    """One label per question, in order.

    A question whose prompt does not fit the judge's context is not asked: its label is `invalid`
    and has no raw values. The rest are sent so that all that share a prefix (same pair, same view,
    another principle or reason) are neighbours.
    """
    form = FORMS[settings.form]
    fitting = set(_fitting(wanted, form, engine, settings))
    samples = settings.samples if settings.reason_tokens else 1
    sent = [
        _Place(index, view, sample)
        for indices in _by_comparison(wanted)
        for view in form.views
        for index in indices
        if index in fitting
        for sample in range(samples)
    ]
    found = _asked(wanted, sent, form, engine, settings)
    read = _reader(engine, settings)
    evidence = {index: read(own) for index, own in found.items()}
    mute = [i for i in sorted(found) if not evidence[i].readable(settings.min_option_mass)]
    instead = engine.generate([_say_more(found[index], engine) for index in mute])
    said = dict(zip(mute, instead, strict=True))
    return [
        to_label(
            question,
            engine.identity.name,
            found.get(index, ()),
            evidence.get(index),
            said.get(index),
            tie_margin=settings.tie_margin,
        )
        for index, question in enumerate(wanted)
    ]


def _asked(
    wanted: Sequence[Question],
    sent: Sequence[_Place],
    form: Form,
    engine: Engine,
    settings: JudgeSettings,
) -> dict[int, list[Verdict]]:
    """By the index of a question, its verdicts: view by view, and sample by sample."""

    def shown(step: Step, place: _Place, reason: str = "") -> tuple[Message, ...]:
        return form.render(wanted[place.index], place.view, step, reason)

    reasons: dict[_Place, Completion] = {}
    conversations: Mapping[_Place, tuple[Message, ...]]
    if settings.reason_tokens:
        # A single chain is the likeliest one; several are drawn, for the mean over them.
        drawn = settings.samples > 1
        said = engine.generate(
            [
                GenerateRequest(
                    messages=shown("reason", place),
                    max_new_tokens=settings.reason_tokens,
                    temperature=settings.reason_temperature if drawn else 0.0,
                    seed=_seed(wanted[place.index], place, settings.seed) if drawn else 0,
                )
                for place in sent
            ]
        )
        reasons = dict(zip(sent, said, strict=True))
        conversations = {p: shown("concluding", p, reasons[p].text) for p in sent}
    else:
        conversations = {place: shown("at once", place) for place in sent}
    choices = engine.choose(
        [ChooseRequest(messages=conversations[place], options=form.options) for place in sent]
    )
    found: dict[int, list[Verdict]] = {}
    for place, choice in zip(sent, choices, strict=True):
        verdict = Verdict(place.view, conversations[place], reasons.get(place), choice)
        found.setdefault(place.index, []).append(verdict)
    return found


def _seed(question: Question, place: _Place, seed: int) -> int:
    """By what is shown and not by what it is called: with A and B swapped, the draws swap too."""
    comparison = question.comparison
    texts = {"a": comparison.response_a.text, "b": comparison.response_b.text}
    shown = [texts[letter] for letter in place.view]
    parts = [comparison.prompt_id, question.principle.id, *shown]
    return derive_seed(seed, "reason", *parts, place.sample)


def _fitting(
    wanted: Sequence[Question], form: Form, engine: Engine, settings: JudgeSettings
) -> Iterator[int]:
    """The indices of the questions that fit the judge's context together with the verdict.

    Counting is not free, so it is done once per pair and view where that settles it: a text has
    at most as many tokens as bytes. Of a reason twice the tokens are reserved, since it is read
    back as text, which may be cut into others than it was said in.
    """
    step: Step = "reason" if settings.reason_tokens else "at once"
    longest_option = max(map(len, form.options))
    context = engine.context - 2 * settings.reason_tokens - longest_option + 1

    def longest_count(question: Question) -> int:
        return max(engine.count(form.render(question, view, step, "")) for view in form.views)

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


def _reader(engine: Engine, settings: JudgeSettings) -> Callable[[Sequence[Verdict]], Evidence]:
    if settings.form == "compare":
        return compared
    # Whether "10" begins with the token of "1" is the tokenizer's matter, and counting tells.
    one, ten = (
        engine.count((*said_by("user", "?"), *said_by("assistant", n))) for n in ("1", "10")
    )
    return partial(scored, scale=settings.score_scale, ten_begins_with_one=ten > one)


def _say_more(own: Sequence[Verdict], engine: Engine) -> GenerateRequest:
    """What would the judge say, where it would least rather say one of the options?"""
    worst = min(own, key=lambda verdict: option_mass(verdict.logprobs))
    room = engine.context - worst.choice.prompt_tokens
    return GenerateRequest(
        messages=worst.messages,
        max_new_tokens=min(_ENOUGH_TO_REFUSE, room),
        temperature=0.0,
    )
