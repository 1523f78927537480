"""Held-out material for the evaluation: requests, answers to review and pairs to judge.

Topics are of a held-out split; wordings are those of training unless said otherwise.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from cai.mini import drafts
from cai.mini.decoding import Conversation
from cai.mini.garble import garble
from cai.mini.judging import asking_reason, with_reason
from cai.mini.pairs import conflict, conflicts, help_or_refusal
from cai.mini.parts import CRITIC_SYSTEM, JUDGE_SYSTEM, REVISER_SYSTEM, judge_text
from cai.mini.principles import families, mixed, sentence
from cai.mini.training_topics import REQUESTS
from cai.mini.world import KINDS, Topic, answer, ask, topics
from cai.records import Message, Role

SPLITS = ("combo", "act")


@dataclass(frozen=True, slots=True)
class Review:
    """An answer to criticise and revise under one kind; `faulty` if it violates that kind."""

    kind: str
    faulty: bool
    request: str
    answer: str
    critique_request: str
    revision_request: str

    def asked_to_criticise(self) -> Conversation:
        """The conversation up to the critique."""
        return [*self._head(), _message("user", self.critique_request)]

    def asked_to_revise(self, critique: str) -> Conversation:
        """The conversation up to the revision that follows a critique."""
        return [
            *self.asked_to_criticise(),
            _message("assistant", critique),
            _message("user", self.revision_request),
        ]

    def asked_directly(self) -> Conversation:
        """The conversation up to a revision without a critique."""
        return [*self._head(REVISER_SYSTEM), _message("user", self.revision_request)]

    def _head(self, system: str = CRITIC_SYSTEM) -> Conversation:
        return [
            _message("system", system),
            _message("user", self.request),
            _message("assistant", self.answer),
        ]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two answers, of which one is better under a principle's comparison text."""

    request: str
    better: str
    worse: str
    text: str

    def asked(self, *, swapped: bool) -> Conversation:
        """The judge's conversation; the better answer is A, or B when `swapped`."""
        return self._asked(self.text, swapped=swapped)

    def asked_for_reason(self, *, swapped: bool) -> Conversation:
        """The conversation in which the judge gives a reason before its verdict."""
        return self._asked(asking_reason(self.text), swapped=swapped)

    def asked_with_reason(self, reason: str, *, swapped: bool) -> Conversation:
        """The judge's conversation once it has given a reason."""
        return self._asked(with_reason(self.text, reason), swapped=swapped)

    def _asked(self, text: str, *, swapped: bool) -> Conversation:
        a, b = (self.worse, self.better) if swapped else (self.better, self.worse)
        shown = judge_text(self.request, a, b, text)
        return [_message("system", JUDGE_SYSTEM), _message("user", shown)]


def requests(
    kind: str, split: str, count: int, rng: random.Random, *, heldout_wording: bool = False
) -> list[str]:
    """Requests of one kind on topics of a split."""
    pool = _topics(kind, split)
    return [ask(rng.choice(pool), rng, heldout_wording=heldout_wording) for _ in range(count)]


def review(
    kind: str, split: str, rng: random.Random, *, faulty: bool, heldout: bool = False
) -> Review:
    """An answer that violates `kind`, or one that does not; `heldout` asks in unseen frames."""
    choose = drafts.faulty if faulty else drafts.sound
    while not (pool := choose(request := rng.choice(REQUESTS), kind)).drafts:
        pass
    return _review(kind, _topic(request, split, rng), pool.draw(rng), rng, faulty, heldout)


def compliance(split: str, rng: random.Random, *, heldout: bool = False) -> Review:
    """A harmful answer of the kind the assistant gives, to be reviewed for harm."""
    while True:
        plan = drafts.assistant("harmful", rng)
        if plan.core == "comply":
            topic = _topic("harmful", split, rng)
            return _review("harm", topic, plan, rng, True, heldout)


def again(before: Review, revised: str, rng: random.Random) -> Review:
    """The next round: the revised answer, reviewed for the same kind in other words."""
    return replace(
        before,
        answer=revised,
        critique_request=sentence("critique", before.kind, rng),
        revision_request=sentence("revision", before.kind, rng),
    )


def ordinary(split: str, rng: random.Random, *, heldout: bool = False) -> Comparison:
    """An answer with a fault of some kind and one without it, other faults as they come."""
    while True:
        kind, request = rng.choice(KINDS), rng.choice(REQUESTS)
        if drafts.faulty(request, kind).drafts:
            break
    better, worse = (choose(request, kind).draw(rng) for choose in (drafts.sound, drafts.faulty))
    text = sentence("comparison", kind, rng, heldout=heldout)
    return _comparison(_topic(request, split, rng), better, worse, text, rng)


def disagreement(split: str, rng: random.Random, *, heldout: bool = False) -> Comparison:
    """A pair on which another kind of principle would decide the other way round."""
    request = rng.choice(REQUESTS)
    better, worse, kind, _ = conflict(request, rng)
    text = sentence("comparison", kind, rng, heldout=heldout)
    return _comparison(_topic(request, split, rng), better, worse, text, rng)


def worded(kind: str, text: str, split: str, rng: random.Random) -> Comparison:
    """A pair on which `kind` and some other kind disagree, under a comparison text as given."""
    while True:
        request = rng.choice(REQUESTS)
        kinds, table = conflicts(request)
        fitting = [pair for pair in kinds if pair[0] == kind]
        if fitting:
            break
    better, worse = rng.choice(table[rng.choice(fitting)])
    return _comparison(_topic(request, split, rng), better, worse, text, rng)


def harmless_help(split: str, rng: random.Random) -> Comparison:
    """Help and a refusal on a harmless request, under a principle against harm: help is better."""
    request = rng.choice(("benign", "borderline"))
    better, worse = help_or_refusal(request, rng)
    text = sentence("comparison", "harm", rng)
    return _comparison(_topic(request, split, rng), better, worse, text, rng)


def several_kinds(split: str, rng: random.Random) -> Comparison:
    """A principle of several kinds, of which the better answer violates none, the worse some."""
    while True:
        kinds, request = families(rng), rng.choice(REQUESTS)
        better, worse = drafts.every(request).draw(rng), drafts.every(request).draw(rng)
        if not any(map(better.violates, kinds)) and any(map(worse.violates, kinds)):
            text = mixed("comparison", kinds, rng)
            return _comparison(_topic(request, split, rng), better, worse, text, rng)


def broken(split: str, rng: random.Random) -> Comparison:
    """A whole answer and a broken one, under a kind that the whole one satisfies."""
    kind, request = rng.choice(KINDS), rng.choice(REQUESTS)
    pool = drafts.sound(request, kind)
    pair = _comparison(
        _topic(request, split, rng),
        pool.draw(rng),
        pool.draw(rng),
        sentence("comparison", kind, rng),
        rng,
    )
    return Comparison(pair.request, pair.better, garble(pair.worse, rng), pair.text)


def _review(
    kind: str, topic: Topic, plan: drafts.Draft, rng: random.Random, faulty: bool, heldout: bool
) -> Review:
    return Review(
        kind=kind,
        faulty=faulty,
        request=ask(topic, rng),
        answer=answer(topic, plan.core, plan.flaws, rng).text,
        critique_request=sentence("critique", kind, rng, heldout=heldout),
        revision_request=sentence("revision", kind, rng, heldout=heldout),
    )


def _comparison(
    topic: Topic, better: drafts.Draft, worse: drafts.Draft, text: str, rng: random.Random
) -> Comparison:
    first, second = (answer(topic, one.core, one.flaws, rng).text for one in (better, worse))
    return Comparison(ask(topic, rng), first, second, text)


def _topic(request: str, split: str, rng: random.Random) -> Topic:
    return rng.choice(_topics(request, split))


@cache
def _topics(request: str, split: str) -> Sequence[Topic]:
    return tuple(one for one in topics() if one.request == request and one.split == split)


def _message(role: Role, content: str) -> Message:
    return Message(role=role, content=content)
