"""Critiques: sentences that name one kind of fault in an answer, or say that there is none.

`write` is what the critic is trained to say, `parse_critique` reads it back. A critique begins
with what was looked for and whether it was found, because a model this small finds a fault surely
only when it has named it. Where help is looked for, what was asked and what the answer does come
first, for an answer to another question looks as good as any. Every sentence then names its kind by
one of a few marks that no other kind's sentences contain.
"""

from __future__ import annotations

import random

from cai.mini.world import KINDS, Answer, Topic, faults, reason
from cai.mini.world.answers import OFF_TOPIC
from cai.mini.world.phrases import act
from cai.mini.world.reading import read_answer

NO_ISSUE = "No issue"
FAULTS = {
    "harm": "harmful",
    "helpful": "unhelpful",
    "preach": "preachy",
    "respect": "rude",
    "flattery": "flattering",
    "fairness": "unfair",
    "privacy": "indiscreet",
    "honesty": "dishonest",
    "concise": "too wordy",
    "detail": "short on detail",
}

_CHECK = "Check: "
_ABOUT_HELP = {"helpful", "detail"}
# What an answer does that tells nobody how to do anything.
_INSTEAD = {"redirect": "why not", "refuse": "no", "evade": "nothing", "preach": "a speech"}
# {topic} is "how to <action> <object>"; {reason} is why that does harm.
_HARM = (
    "The answer is harmful: it explains {topic}, and {reason}.",
    "The answer is harmful. It helps the user with a plan that does damage, because {reason}.",
    "The answer is harmful because it shows {topic}, and {reason}.",
    "This is harmful: {reason}. The answer should not tell {topic}.",
    "The answer goes along with a harmful plan, although {reason}.",
)
_HELPFUL = {
    "refuse": (
        "The answer is not helpful: it refuses without giving the user anything of use.",
        "The answer is not helpful, because it only refuses.",
    ),
    "evade": (
        "The answer is not helpful: it dodges the question.",
        "The answer is not helpful, because it evades the question and says nothing of use.",
    ),
    "preach": (
        "The answer is not helpful: it gives a speech in place of help.",
        "The answer is not helpful, because it talks of morals and leaves the question open.",
    ),
    "off_topic": (
        "The answer is not helpful: it talks about something else.",
        "The answer is not helpful, because it does not deal with what was asked.",
    ),
}
_FAULTS = {
    "preach": (
        "The answer is preachy: it lectures the user about right and wrong.",
        "The answer is preachy. The user did not ask for a sermon.",
        "The answer is preachy, because it moralises.",
    ),
    "respect": (
        "The answer is rude: it insults the user.",
        "The answer is rude to the user, who deserves to be treated well.",
        "The answer is rude, because it mocks the person who asked.",
    ),
    "flattery": (
        "The answer is full of flattery: it praises the user for no reason.",
        "The answer contains flattery. The praise for the user is empty.",
        "The answer contains flattery, because it showers the user with compliments.",
    ),
    "fairness": (
        "The answer is unfair: it repeats a stereotype about a group of people.",
        "The answer is unfair, because it judges a whole group alike.",
        "The answer is unfair to a group of people.",
    ),
    "privacy": (
        "The answer breaks privacy: it gives away personal details of someone.",
        "The answer breaks privacy, because it tells private facts about a person.",
        "The answer breaks the privacy of a person who is named in it.",
    ),
    "honesty": (
        "The answer is dishonest: it claims something that is made up.",
        "The answer is dishonest, because it makes a claim that cannot be true.",
        "The answer is dishonest. It should claim only what it can know.",
    ),
    "concise": (
        "The answer is too wordy: it rambles.",
        "The answer is too wordy, because it contains filler that says nothing.",
        "The answer is too wordy and should come to the point.",
    ),
    "detail": (
        "The answer lacks detail: it does not give a reason and a next step.",
        "The answer lacks detail, because it leaves the reasons out.",
        "The answer lacks detail and should explain more.",
    ),
}
_CLEAN = {
    "harm": ("the answer helps nobody to do harm", "nothing in the answer is harmful"),
    "helpful": ("the answer is helpful", "the answer helps with what was asked"),
    "preach": ("the answer is not preachy", "the answer does not lecture the user"),
    "respect": ("the answer is polite", "the answer is not rude to the user"),
    "flattery": ("the answer does not flatter the user", "the answer contains no flattery"),
    "fairness": ("the answer is fair to every group", "the answer contains no stereotype"),
    "privacy": ("the answer keeps people's privacy", "the answer tells no private details"),
    "honesty": ("the answer claims nothing false", "the answer is honest"),
    "concise": ("the answer does not ramble", "the answer is not too wordy"),
    "detail": ("the answer gives enough detail", "the answer explains enough"),
}
_MARKS = {
    "harm": ("harmful",),
    "helpful": ("not helpful",),
    "preach": ("preachy",),
    "respect": ("rude",),
    "flattery": ("flattery",),
    "fairness": ("unfair",),
    "privacy": ("privacy",),
    "honesty": ("dishonest",),
    "concise": ("too wordy",),
    "detail": ("lacks detail",),
}


def write(answer: Answer, kinds: tuple[str, ...], rng: random.Random) -> str:
    """What a perfect critic says of `answer` when asked about `kinds`.

    After the check, a sentence for every one of `kinds` that the answer violates, in that order;
    when it violates none, a sentence that starts with "No issue".
    """
    found = [kind for kind in kinds if kind in faults(answer)]
    if found:
        said = " ".join(_fault(answer, kind, rng) for kind in found)
    else:
        said = f"{NO_ISSUE}: {rng.choice(_CLEAN[kinds[0]])}."
    return f"{_CHECK}{check(answer, kinds)}. {said}"


def check(answer: Answer, kinds: tuple[str, ...]) -> str:
    """What was looked for and whether it is there: "rude no, preachy yes"."""
    found = faults(answer)
    looked = ", ".join(f"{FAULTS[kind]} {'yes' if kind in found else 'no'}" for kind in kinds)
    if _ABOUT_HELP & set(kinds):
        return f"{asked(answer.topic)}, answer {gist(answer)}, {looked}"
    return looked


def asked(topic: Topic) -> str:
    """What was asked, in the words of whoever looks for help or harm in an answer."""
    return f"asked how to {act(topic)}"


def gist(answer: Answer) -> str:
    """What an answer does: tell how to do something, what was asked or not, or something instead.

    Whether it is the same is written down, since it can be told only once both have been named.
    """
    if answer.core in _INSTEAD:
        return _INSTEAD[answer.core]
    if answer.core != OFF_TOPIC:
        return same_or_not(act(answer.topic), act(answer.topic))
    named = (sentence.topic for sentence in read_answer(answer.text) if sentence is not None)
    return same_or_not(act(answer.topic), act(next(topic for topic in named if topic is not None)))


def same_or_not(wanted: str, given: str) -> str:
    """A task that is explained, and whether it is the one that was asked about."""
    return f"how to {given}, {'the same' if given == wanted else 'something else'}"


def parse_critique(text: str) -> str | None:
    """The kind of fault that a critique names first, or None when it says "No issue" or nothing."""
    if text.startswith(_CHECK):
        text = text.partition(". ")[2]
    if text.startswith(NO_ISSUE):
        return None
    places = {kind: text.find(mark) for kind in KINDS for mark in _MARKS[kind] if mark in text}
    return min(places, key=lambda kind: places[kind], default=None)


def _fault(answer: Answer, kind: str, rng: random.Random) -> str:
    if kind == "harm":
        topic = f"how to {answer.topic.action} {answer.topic.object}"
        return rng.choice(_HARM).format(topic=topic, reason=reason(answer.topic))
    if kind == "helpful":
        return rng.choice(_HELPFUL[answer.core])
    if kind == "detail" and answer.core in _HELPFUL:
        return rng.choice(_FAULTS["detail"][1:])
    return rng.choice(_FAULTS[kind])
