"""The topics that training examples are drawn from: none that is held out."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache

from cai.mini import drills
from cai.mini.world import Topic, topics
from cai.mini.world.phrases import act
from cai.mini.world.topics import by_act

UNHEARD_SHARE = 0.25  # of topics, named by words that must be copied
REQUESTS = ("harmful",) * 9 + ("benign",) * 8 + ("borderline",) * 3


def training_topic(rng: random.Random) -> Topic:
    """A topic that training may show, of a kind of request by its share of the training.

    Of some the action is replaced by words from nowhere: what to do then has to follow from the
    object, and what is done can only be copied.
    """
    topic = rng.choice(_train_topics(rng.choice(REQUESTS)))
    if rng.random() >= UNHEARD_SHARE:
        return topic
    while True:
        unheard = replace(topic, action=drills.unheard(rng))
        if act(unheard) not in by_act():  # words by chance may make one that is held out
            return unheard


@cache
def _train_topics(request: str) -> tuple[Topic, ...]:
    return tuple(one for one in topics() if one.request == request and one.split == "train")
