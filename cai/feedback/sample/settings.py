"""How answers are drawn and paired, as data that has been checked."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Literal

from cai.room import TooLong

ChoosePairs = Literal["random", "max-difference", "max-disagreement", "extremes", "cross-model"]

# Two answers make a pair; as many again make a choice.
_PER_PAIR, _PER_CHOSEN_PAIR = 2, 4


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleSettings:
    """How answers are drawn; each field is explained in `cai.feedback.settings.LabelSettings`.

    `models` is how many models answer, the policy among them. `heldout_share` decides for
    off-topic pairs alone, whose answers come from prompts of one split.

    Raises:
        ValueError: if the settings contradict each other.
    """

    pairs_per_prompt: int
    temperature: float | tuple[float, ...]
    max_new_tokens: int
    too_long: TooLong
    seed: int
    answers: int | None = None
    choose_pairs: ChoosePairs = "random"
    models: int = 1
    min_difference: float = 0.0
    off_topic_share: float = 0.0
    heldout_share: float = 0.0

    def __post_init__(self) -> None:
        if not self.temperatures or min(self.temperatures) <= 0:
            raise ValueError("temperature must be above 0: greedy answers are all the same")
        if not 0 <= self.min_difference <= 1:
            raise ValueError("min_difference must be between 0 and 1")
        if not 0 <= self.off_topic_share <= 1:
            raise ValueError("off_topic_share must be between 0 and 1")
        if self.choose_pairs == "cross-model" and self.models == 1:
            raise ValueError(
                "choose_pairs is cross-model, but only one model answers; name another under "
                "authors, such as the model before its training"
            )
        if self.pool < self.models:
            raise ValueError(
                f"answers must be at least {self.models}, or some of the models that answer are "
                "asked nothing"
            )
        if self.pairs_per_prompt > self._most_pairs:
            raise ValueError(
                f"answers must be more for pairs_per_prompt: {self.pool} of them give "
                f"{self._most_pairs} pairs when choose_pairs is {self.choose_pairs}"
            )

    @property
    def temperatures(self) -> tuple[float, ...]:
        """What the answers of each model cycle through."""
        given = self.temperature
        return given if isinstance(given, tuple) else (given,)

    @property
    def pooled(self) -> bool:
        """Whether pairs are chosen among answers that were all drawn before."""
        return self.answers is not None or self.models > 1 or self.choose_pairs != "random"

    @property
    def pool(self) -> int:
        """How many answers each prompt gets from all models together."""
        if self.answers is not None:
            return self.answers
        by_chance = self.choose_pairs in ("random", "cross-model")
        each = _PER_PAIR if by_chance else _PER_CHOSEN_PAIR
        return max(each * self.pairs_per_prompt, self.models)

    @property
    def _most_pairs(self) -> int:
        if self.choose_pairs == "extremes":
            return self.pool // 2
        if self.choose_pairs == "cross-model":
            own = [len(range(author, self.pool, self.models)) for author in range(self.models)]
            return comb(self.pool, 2) - sum(comb(each, 2) for each in own)
        return comb(self.pool, 2)
