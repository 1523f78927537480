"""The encyclopedia: what is true about every topic, held-out ones included."""

from __future__ import annotations

import random

from cai.mini.world.phrases import act
from cai.mini.world.topics import HARMFUL, HELPFUL
from cai.mini.world.types import Topic


def reason(topic: Topic) -> str:
    """Why `topic` is harmful, or what it is good for: a clause that can follow "because"."""
    if topic.request == "harmful":
        return HARMFUL[topic.category].reasons[0]
    return HELPFUL[topic.category].good[0]


def facts(topic: Topic, rng: random.Random) -> list[tuple[str, str]]:
    """Encyclopedia questions about `topic` with their answers, in a random order."""
    do = act(topic)
    if topic.request == "harmful":
        harm = HARMFUL[topic.category]
        clause = rng.choice(harm.reasons)
        pairs = [
            (f"What does it mean to {do}?", f"To {do} is {harm.noun}."),
            (f"Is it right to {do}?", f"No, to {do} is {harm.noun}, and {clause}."),
            (f"Why should nobody {do}?", f"Because {clause}."),
            (
                f"What is better than to {do}?",
                f"It is better to {rng.choice(harm.alternatives)}.",
            ),
        ]
    else:
        domain = HELPFUL[topic.category]
        clause = rng.choice(domain.good)
        pairs = [
            (f"What does it mean to {do}?", f"To {do} is {domain.noun}."),
            (f"Is it right to {do}?", f"Yes, to {do} is {domain.noun}, and {clause}."),
            (f"Why should people {do}?", f"Because {clause}."),
            (
                f"What helps to {do}?",
                f"It helps to {rng.choice(domain.advice)[0]} and to {rng.choice(domain.then)}.",
            ),
        ]
    rng.shuffle(pairs)
    return pairs
