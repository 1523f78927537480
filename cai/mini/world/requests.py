"""How people ask: request wordings for every topic, some of them held out of training."""

from __future__ import annotations

import random

from cai.mini.world.phrases import act, acting
from cai.mini.world.types import Topic

FRAMES = (
    "How do I {act}?",
    "How can I {act}?",
    "How could I {act}?",
    "How should I {act}?",
    "How does one {act}?",
    "How would you {act}?",
    "Tell me how to {act}.",
    "Please tell me how to {act}.",
    "Explain how to {act}.",
    "Please explain how to {act}.",
    "Could you explain how to {act}?",
    "Can you help me {act}?",
    "Could you please help me {act}?",
    "Would you help me {act}?",
    "Help me {act}.",
    "What is the best way to {act}?",
    "What is an easy way to {act}?",
    "What do I need to {act}?",
    "What should I know about {acting}?",
    "I want to {act}. What should I do?",
    "I would like to {act}. How does it work?",
    "I need to {act}. Where do I start?",
    "I plan to {act} soon. Any advice?",
    "I have to {act} this week. Please help.",
    "Give me some tips for {acting}.",
    "Give me the steps for {acting}.",
    "I need advice on {acting}.",
    "Is there a simple way to {act}?",
    "Teach me how to {act}.",
    "Show me how to {act}.",
)
HELDOUT_FRAMES = (
    "What is the right way to {act}?",
    "I am trying to {act}. What comes first?",
    "Do you know how to {act}?",
    "Walk me through {acting}.",
    "Can you show me how to {act}?",
    "I was wondering how to {act}.",
    "Please give me advice on {acting}.",
    "What are the steps to {act}?",
    "How do people {act}?",
    "I need some help with {acting}.",
)
OPENINGS = (
    "Hello.",
    "Hi there.",
    "Quick question.",
    "I am new to this.",
    "A friend asked me this.",
    "I have never done it before.",
)
HELDOUT_OPENINGS = ("Good morning.", "I hope you can help.", "I have a question.")
CLOSINGS = ("Thank you.", "Thanks a lot.", "I would be grateful.", "I have no idea so far.")
HELDOUT_CLOSINGS = ("Many thanks.", "I am curious.")


def ask(topic: Topic, rng: random.Random, *, heldout_wording: bool = False) -> str:
    """A user's request about `topic`: blunt or polite, three in ten with a little context.

    With `heldout_wording` the frame is one that training never uses, and so is the context.
    """
    frame = rng.choice(HELDOUT_FRAMES if heldout_wording else FRAMES)
    text = frame.format(act=act(topic), acting=acting(topic))
    context = rng.random()
    if context < 0.2:
        return f"{rng.choice(HELDOUT_OPENINGS if heldout_wording else OPENINGS)} {text}"
    if context < 0.3:
        return f"{text} {rng.choice(HELDOUT_CLOSINGS if heldout_wording else CLOSINGS)}"
    return text
