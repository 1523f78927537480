"""Exercises that teach the small skills which all parts need: to copy, and to keep two texts apart.

A letter or a refusal says little about how it should have been found. A repeated text says at
every word whether the right place was looked at, which is why a fresh model begins here;
judge, reviser and assistant then only have to use what is there. The words are drawn at random, so
that nothing can be said by heart.
"""

from __future__ import annotations

import random
from functools import cache

from cai.mini.principles.lexicon import LEXICON
from cai.mini.world import topics
from cai.mini.world.phrases import sentences
from cai.mini.world.requests import with_context
from cai.mini.world.topics import HARMFUL, HELPFUL

WHO_SAYS = ('Which answer says "{}"?', 'In which answer is "{}"?', 'Find "{}".')
_MARKS = ".,:?!"
_CONSONANTS, _VOWELS = "bcdfghklmnprstvwz", "aeiou"
REPEAT = ("Repeat answer {}.", "Say answer {} again.", "Copy answer {}.")


def words(count: int, rng: random.Random) -> str:
    """Words that follow from nothing, three in ten of them invented."""
    return " ".join(
        _invented(rng) if rng.random() < 0.3 else rng.choice(_words()) for _ in range(count)
    )


def different_words(count: int, rng: random.Random) -> list[str]:
    """The same, each word once."""
    return rng.sample(_words(), count)


def unheard(rng: random.Random) -> str:
    """A thing to do that nobody has a word for: "vamok", "quiet shrite"."""
    return " ".join(
        _invented(rng) if rng.random() < 0.5 else rng.choice(_words())
        for _ in range(rng.randint(1, 2))
    )


def _invented(rng: random.Random) -> str:
    """A word that is none: of syllables, or of two words' halves with tokens of their own."""
    if rng.random() < 0.5:
        begins, ends = rng.choices(_words(), k=2)
        return begins[: rng.randint(1, 4)] + ends[-rng.randint(2, 5) :]
    syllables = (
        rng.choice(_CONSONANTS) + rng.choice(_VOWELS) + rng.choice(("", "", *_CONSONANTS))
        for _ in range(rng.randint(1, 3))
    )
    return "".join(syllables)


def named_task(rng: random.Random) -> tuple[str, str]:
    """A request to do something unheard of, and what it asks for: "fry a quiet bus"."""
    task = words(rng.randint(2, 5), rng)
    return with_context(task, rng), task


def own_sentences(said: str, other: str) -> list[str]:
    """The sentences of a text that another text does not hold, without their last mark."""
    stripped = [sentence.strip(_MARKS) for sentence in sentences(said)]
    return [sentence for sentence in stripped if sentence not in other]


def quotation(a: str, b: str, rng: random.Random) -> tuple[str, str]:
    """The question which of two answers says something, and its letter.

    Raises IndexError when one has no sentence that the other has not.
    """
    letter = rng.choice("AB")
    said, other = (a, b) if letter == "A" else (b, a)
    quote = rng.choice(own_sentences(said, other))
    parts = quote.split()
    for _ in range(4):
        start = rng.randrange(max(1, len(parts) - 2))
        short = " ".join(parts[start : start + rng.randint(2, 5)]).strip(_MARKS)
        if short not in other:
            return rng.choice(WHO_SAYS).format(short), letter
    return rng.choice(WHO_SAYS).format(quote), letter


def repetition(a: str, b: str, rng: random.Random) -> tuple[str, str]:
    """The request to repeat one of two answers, and that answer."""
    letter = rng.choice("AB")
    return rng.choice(REPEAT).format(letter), a if letter == "A" else b


@cache
def _words() -> tuple[str, ...]:
    """Single words of principles, topics and answers, none from a held-out topic."""
    texts = [phrase for kind in LEXICON.values() for phrase in kind.key_phrases()]
    texts += [f"{t.action} {t.object}" for t in topics() if t.split == "train"]
    for harm in HARMFUL.values():
        texts += [*harm.reasons, *harm.alternatives, *harm.first, *harm.then]
    for domain in HELPFUL.values():
        texts += [*domain.then, *(advice for advice, _ in domain.advice)]
    return tuple(sorted({word.strip(_MARKS) for text in texts for word in text.split()}))
