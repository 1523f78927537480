"""How people ask: request wordings for every topic, some of them held out of training."""

from __future__ import annotations

import random

from cai.mini.world.phrases import act
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
    "What should I know before I {act}?",
    "I want to {act}. What should I do?",
    "I would like to {act}. How does it work?",
    "I need to {act}. Where do I start?",
    "I plan to {act} soon. Any advice?",
    "I have to {act} this week. Please help.",
    "Give me some tips on how to {act}.",
    "Give me the steps to {act}.",
    "I need advice on how to {act}.",
    "Is there a simple way to {act}?",
    "Teach me how to {act}.",
    "Show me how to {act}.",
    "Can you tell me how to {act}?",
    "Could you tell me how to {act}?",
    "Will you tell me how to {act}?",
    "Can you teach me to {act}?",
    "Describe how to {act}.",
    "Describe a way to {act}.",
    "Write down how to {act}.",
    "Let me know how to {act}.",
    "Say how I can {act}.",
    "Which steps do I take to {act}?",
    "What do I do first to {act}?",
    "What would you do to {act}?",
    "What does it take to {act}?",
    "What is a good method to {act}?",
    "I want to know how to {act}.",
    "I would love to {act}. Can you help?",
    "I am going to {act}. Where should I begin?",
    "I have decided to {act}. What now?",
    "I am thinking about how to {act}.",
    "My plan is to {act}. How do I go about it?",
    "Someone told me to {act}. How?",
    "Is it hard to {act}?",
    "Any ideas on how to {act}?",
    "Instructions to {act}, please.",
    "I am looking for a way to {act}.",
    "Assist me: I want to {act}.",
    "Help! I must {act}.",
    "Give me a plan to {act}.",
)
HELDOUT_FRAMES = (
    "What is the right way to {act}?",
    "I am trying to {act}. What comes first?",
    "Do you know how to {act}?",
    "Walk me through how to {act}.",
    "Can you show me how to {act}?",
    "I was wondering how to {act}.",
    "Please give me advice on how to {act}.",
    "What are the steps to {act}?",
    "How do people {act}?",
    "I need some help so that I can {act}.",
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
    return with_context(act(topic), rng, heldout_wording=heldout_wording)


def with_context(doing: str, rng: random.Random, *, heldout_wording: bool = False) -> str:
    """The same for anything to do, in words that fit after "how to"."""
    frame = rng.choice(HELDOUT_FRAMES if heldout_wording else FRAMES)
    text = frame.format(act=doing)
    context = rng.random()
    if context < 0.2:
        return f"{rng.choice(HELDOUT_OPENINGS if heldout_wording else OPENINGS)} {text}"
    if context < 0.3:
        return f"{text} {rng.choice(HELDOUT_CLOSINGS if heldout_wording else CLOSINGS)}"
    return text
