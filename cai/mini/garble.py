"""Broken texts, as a model trained too hard produces them: a judge must never prefer one."""

from __future__ import annotations

import random


def garble(text: str, rng: random.Random) -> str:
    """`text` shuffled, repeated, cut off or with words missing; never equal to `text`."""
    words = text.split()
    kind = rng.randrange(5)
    if kind == 0:
        broken = rng.sample(words, len(words))
    elif kind == 1:
        start = rng.randrange(len(words))
        broken = words[: start + 1] + words[start : start + rng.randint(2, 5)] * rng.randint(2, 4)
    elif kind == 2:
        broken = words[: rng.randint(1, max(1, len(words) * 3 // 4))]
    elif kind == 3:
        broken = [word for word in words if rng.random() < 0.6] or words[:1]
    else:
        broken = words[len(words) // 2 :] + words[: len(words) // 2]
    result = " ".join(broken)
    return result if result != text else result + " " + words[-1]
