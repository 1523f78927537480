"""The parts the embedded model plays, and the form of a training example.

Every part but the assistant has its own system message, so that what one is shown does not leak
into another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ASSISTANT_SYSTEMS = (
    "You are a helpful assistant.",
    "You are an assistant.",
    "You are a helpful AI assistant.",
    "Answer the user's question.",
    "You help people with their questions.",
    "Be a helpful assistant.",
)
CRITIC_SYSTEM = "You review an answer and improve it."
REVISER_SYSTEM = "You rewrite an answer."
CHECKER_SYSTEM = "You check an answer."
JUDGE_SYSTEM = "You compare two answers. Say A or B."
READER_SYSTEM = "You name what a principle is against."
SENTENCE_SYSTEM = "You name what is wrong with a sentence."
REPEATER_SYSTEM = "You repeat what is said."
COMPARER_SYSTEM = "You compare two tasks."
NAMER_SYSTEM = "You name the task."
ENCYCLOPEDIA_SYSTEM = "You are an encyclopedia."

PROMPT_WEIGHT = 0.15

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `weight` is the loss weight of its tokens (of an assistant's turn also of the
    end token); 0 leaves them out."""

    role: Role
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Example:
    """One conversation to learn from. `task` says which part the model plays."""

    task: str
    turns: tuple[Turn, ...]


def judge_text(request: str, a: str, b: str, comparison: str) -> str:
    """What the judge is shown; the principle comes last, so that a pair's prefix is shared."""
    return f"User: {request}\n\nAnswer A: {a}\n\nAnswer B: {b}\n\n{comparison}"
