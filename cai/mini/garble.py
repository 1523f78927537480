"""Broken texts, as a model trained too hard produces them: a judge must never prefer one."""

from __future__ import annotations

import random

from cai.mini import drills
from cai.mini.world.phrases import sentences
from cai.mini.world.topics import HELPFUL


def garble(text: str, rng: random.Random) -> str:
    """`text` shuffled, repeated, cut off, with words missing or replaced, or with a sentence that
    belongs elsewhere; never equal to `text`."""
    words = text.split()
    kind = rng.randrange(12)
    if kind == 0:
        broken = rng.sample(words, len(words))
    elif kind == 1:
        start = rng.randrange(len(words))
        broken = words[: start + 1] + words[start : start + rng.randint(2, 5)] * rng.randint(2, 4)
    elif kind == 2:
        broken = words[: rng.randint(1, max(1, len(words) * 3 // 4))]
    elif kind == 3:
        broken = [word for word in words if rng.random() < 0.6] or words[:1]
    elif kind == 4:
        broken = words[len(words) // 2 :] + words[: len(words) // 2]
    elif kind == 5:
        broken = [drills.unheard(rng) if rng.random() < 0.25 else word for word in words]
    elif kind == 6:  # the place is lost in the middle of a sentence
        stop, start = rng.randint(1, len(words)), rng.randrange(len(words))
        broken = words[:stop] + words[start:]
    elif kind in (7, 8):  # a few words come out as others
        start = rng.randrange(len(words))
        said = drills.words(rng.randint(1, 6), rng).split()
        broken = words[:start] + said + words[start + rng.randint(1, 5) :]
    else:
        said = sentences(text)
        said.insert(rng.choice((len(said), rng.randint(1, len(said)))), _stray(rng))
        broken = said
    result = " ".join(broken)
    return result if result != text else result + " " + words[-1]


def _stray(rng: random.Random) -> str:
    """The reason or the next step of some advice that was never given."""
    domain = rng.choice(tuple(HELPFUL.values()))
    return rng.choice((rng.choice(domain.advice)[1], rng.choice(domain.next)))
