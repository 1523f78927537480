"""The settings of critique-revise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cai.room import TooLong


@dataclass(frozen=True, kw_only=True, slots=True)
class CritiqueReviseSettings:
    """How answers are criticised and revised, and which of them are learned from.

    Attributes:
        mode: "critique" asks for a critique before each revision; "direct" asks for the revision
            at once, one model call per round instead of two; enough for large models.
        rounds: critique-revision steps per prompt, each under a principle of its own.
        temperature: of answers, critiques and revisions. The paper has 1; a small model garbles
            less below it.
        max_new_tokens: longest answer, critique or revision.
        sft_rounds: whose answers become training rows: "last", "all" as in the paper, or a list of
            rounds. Early rounds may still hold the harm that a later one takes out.
        helpful_share: share of training rows that are plain answers to helpful prompts, so that
            the model does not forget to help.
        on_problem: what to do with a revision that is empty, cut short, no different, or begins
            with talk about itself: "retry" draws it again and then drops it, "drop" goes on
            with the answer as it was, "keep" takes it as it is.
        retries: how often "retry" draws again.
        too_long: what to do with a prompt whose conversation could outgrow the model's context:
            "error" stops before any work, "drop" leaves it out and counts it.
        seed: of principles and texts.
    """

    mode: Literal["critique", "direct"] = "critique"
    rounds: int = 2
    temperature: float = 0.7
    max_new_tokens: int = 96
    sft_rounds: Literal["all", "last"] | tuple[int, ...] = "last"
    helpful_share: float = 0.5
    on_problem: Literal["keep", "retry", "drop"] = "retry"
    retries: int = 2
    too_long: TooLong = "error"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("rounds", "max_new_tokens"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        if self.temperature < 0:
            raise ValueError("temperature must be 0 or more")
        if not 0 <= self.helpful_share < 1:
            raise ValueError("helpful_share must be at least 0 and below 1")
        if self.retries < 0:
            raise ValueError("retries must be 0 or more")
        if not self.chosen_rounds <= set(range(1, self.rounds + 1)) or not self.chosen_rounds:
            raise ValueError(f'sft_rounds must be "all", "last", or rounds from 1 to {self.rounds}')

    @property
    def chosen_rounds(self) -> frozenset[int]:
        """The rounds whose answers become training rows."""
        if self.sft_rounds == "all":
            return frozenset(range(1, self.rounds + 1))
        if self.sft_rounds == "last":
            return frozenset({self.rounds})
        return frozenset(self.sft_rounds)
