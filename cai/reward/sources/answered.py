"""Sampled answers, as the sources of a reward read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from cai.records import Message, Prompt
from cai.reward.sources.scores import Scores


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """n prompts and an answer to each.

    Attributes:
        prompts: with the columns of their rows.
        texts: the answers. What scores them reads these and not the sampled ids: a text can be cut
            into tokens in many ways, and none of them may pay more than another.
        token_ids: the sampled ids, with what ended the answer; for functions that ask for them.
        step: updates finished before, of `steps`.
    """

    prompts: Sequence[Prompt]
    texts: Sequence[str]
    token_ids: Sequence[Sequence[int]]
    step: int = 0
    steps: int = 1

    @property
    def conversations(self) -> list[tuple[Message, ...]]:
        """Prompts with their answers as the last turn."""
        return [
            (*prompt.messages, Message(role="assistant", content=text))
            for prompt, text in zip(self.prompts, self.texts, strict=True)
        ]

    def chosen(self, rows: Sequence[int]) -> Answered:
        """Those of some rows, in that order."""
        return replace(
            self,
            prompts=[self.prompts[row] for row in rows],
            texts=[self.texts[row] for row in rows],
            token_ids=[self.token_ids[row] for row in rows],
        )


@runtime_checkable
class ReadsAnswers(Protocol):
    """A reward function that wants more than conversations."""

    def score(self, answered: Answered) -> Scores:
        """The score of each answer."""


def ask(reward: Any, answered: Answered) -> Any:
    """What a reward function says of answers, whichever of the two forms it has."""
    if isinstance(reward, ReadsAnswers):
        return reward.score(answered)
    return reward(answered.conversations)
