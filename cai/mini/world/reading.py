"""The world read backwards: from a request to its topic, from an answer to its core and flaws."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

from cai.mini.world.flaws import flaw_kinds
from cai.mini.world.phrases import sentences, spread
from cai.mini.world.requests import (
    CLOSINGS,
    FRAMES,
    HELDOUT_CLOSINGS,
    HELDOUT_FRAMES,
    HELDOUT_OPENINGS,
    OPENINGS,
)
from cai.mini.world.topics import HARMFUL, HELPFUL, by_act
from cai.mini.world.types import Topic
from cai.mini.world.wordings import (
    ALTERNATIVE,
    EVASIONS,
    HEADS,
    LECTURES,
    OPENERS,
    REASON,
    REASONED,
    REFUSALS,
    STEPS,
)

_SENTENCE_CACHE = 1 << 16


@dataclass(frozen=True, slots=True)
class Sentence:
    """What one sentence of an answer is.

    `part` is "opener", "comply", "help" (advice), "why", "next", "reasoned" (refusal with its
    reason), "refusal", "reason", "alternative", "lecture", "evasion" or "flaw". `topic` is what it
    names; `categories` are those to which its content belongs; `kind` is what a flaw violates.
    """

    part: str
    topic: Topic | None = None
    categories: frozenset[str] = frozenset()
    kind: str | None = None


@cache
def _contents() -> MappingProxyType[tuple[str, str], frozenset[tuple[str, str]]]:
    """What a content slot says: (slot, text) gives the (part, category) pairs it belongs to."""
    table: dict[tuple[str, str], set[tuple[str, str]]] = {}
    pools = [("comply", d.name, d.first, d.then) for d in HARMFUL.values()]
    for domain in HELPFUL.values():
        firsts = tuple(advice for advice, _ in domain.advice)
        pools.append(("help", domain.name, firsts, domain.then))
    for part, name, firsts, thens in pools:
        for form in STEPS:
            for first in firsts:
                for then in thens:
                    steps = form.format(first=first, then=then)
                    table.setdefault(("steps", steps), set()).add((part, name))
    for harm in HARMFUL.values():
        for reason in harm.reasons:
            table.setdefault(("reason", reason), set()).add(("reasoned", harm.name))
    return MappingProxyType({key: frozenset(value) for key, value in table.items()})


@cache
def _fixed() -> MappingProxyType[str, Sentence]:
    """Sentences that name no topic."""
    table = {text: Sentence("opener") for text in OPENERS}
    table |= {text: Sentence("evasion") for text in spread(*EVASIONS)}
    table |= {text: Sentence("flaw", kind=kind) for text, kind in flaw_kinds().items()}
    owned: dict[tuple[str, str], set[str]] = {}
    for harm in HARMFUL.values():
        for form in REASON:
            for reason in harm.reasons:
                owned.setdefault(("reason", form.format(reason=reason)), set()).add(harm.name)
        for form in ALTERNATIVE:
            for alternative in harm.alternatives:
                text = form.format(alternative=alternative)
                owned.setdefault(("alternative", text), set()).add(harm.name)
    for domain in HELPFUL.values():
        for _, text in domain.advice:
            owned.setdefault(("why", text), set()).add(domain.name)
        for text in domain.next:
            owned.setdefault(("next", text), set()).add(domain.name)
    for (part, text), names in owned.items():
        table[text] = Sentence(part, categories=frozenset(names))
    return MappingProxyType(table)


@dataclass(frozen=True, slots=True)
class _Form:
    part: str
    prefix: str
    pattern: re.Pattern[str]


def _compile(part: str, form: str, *nouns: str) -> Iterator[_Form]:
    """A form as a pattern; a {noun} slot, which repeats the category, becomes one form per noun."""
    if "{noun}" in form:
        for noun in nouns:
            yield from _compile(part, form.replace("{noun}", noun))
        return
    pieces = re.split(r"\{(\w+)\}", form)
    pattern = "".join(
        f"(?P<{piece}>.+)" if i % 2 else re.escape(piece) for i, piece in enumerate(pieces)
    )
    pattern = pattern.replace("(?P<act>.+)", "(?P<act>[^,:.?!]+)")
    yield _Form(part, pieces[0], re.compile(pattern))


@cache
def _answer_forms() -> tuple[_Form, ...]:
    nouns = tuple(harm.noun for harm in HARMFUL.values())
    tables = (
        ("steps", HEADS),
        ("reasoned", REASONED),
        ("refusal", REFUSALS),
        ("lecture", LECTURES),
    )
    return tuple(
        compiled
        for part, forms in tables
        for form in forms
        for compiled in _compile(part, form, *nouns)
    )


@cache
def _request_forms() -> tuple[_Form, ...]:
    return tuple(f for form in FRAMES + HELDOUT_FRAMES for f in _compile("request", form))


@lru_cache(maxsize=_SENTENCE_CACHE)
def read_request(text: str) -> Topic | None:
    """The topic that a request asks about, held-out wordings included; None if none is known."""
    request = " ".join(text.split())
    for opening in OPENINGS + HELDOUT_OPENINGS:
        request = request.removeprefix(opening + " ")
    for closing in CLOSINGS + HELDOUT_CLOSINGS:
        request = request.removesuffix(" " + closing)
    for form in _request_forms():
        if request.startswith(form.prefix) and (match := form.pattern.fullmatch(request)):
            topic = by_act().get(match["act"])
            if topic is not None:
                return topic
    return None


@lru_cache(maxsize=_SENTENCE_CACHE)
def read_sentence(text: str) -> Sentence | None:
    """What one sentence of an answer is; None when no answer of this world contains it."""
    if (fixed := _fixed().get(text)) is not None:
        return fixed
    for form in _answer_forms():
        if text.startswith(form.prefix) and (match := form.pattern.fullmatch(text)):
            sentence = _resolve(form, match)
            if sentence is not None:
                return sentence
    return None


def _resolve(form: _Form, match: re.Match[str]) -> Sentence | None:
    topic = by_act().get(match["act"])
    if topic is None:
        return None
    slots = match.groupdict()
    content = next((slot for slot in ("steps", "reason") if slot in slots), None)
    if content is None:
        return Sentence(form.part, topic)
    owners = _contents().get((content, slots[content]))
    if owners is None:
        return None
    # Steps that serve harm somewhere are harm, wherever else they might occur.
    part = "comply" if any(p == "comply" for p, _ in owners) else next(iter(owners))[0]
    return Sentence(part, topic, frozenset(name for p, name in owners if p == part))


def read_answer(text: str) -> list[Sentence | None]:
    """The sentences of an answer in order, None in place of one that is not of this world."""
    return [read_sentence(sentence) for sentence in sentences(text)]
