"""The contract between the trainer and whatever samples its answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from transformers import PreTrainedTokenizerBase

from cai.alignment.ppo.networks import TokenPolicy


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampling:
    """What is sampled from, and how; the same all along a training.

    Attributes:
        policy: its temperature and banned tokens are those of every answer.
        tokenizer: the policy's.
        stop_ids: tokens that end an answer.
        max_new_tokens: length at which an answer is cut.
        longest: tokens of the longest prompt.
        processes: how many share a batch; each samples its own part of it.
    """

    policy: TokenPolicy
    tokenizer: PreTrainedTokenizerBase
    stop_ids: frozenset[int]
    max_new_tokens: int
    longest: int
    processes: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """One answer as it was drawn.

    Attributes:
        tokens: with what ended it, if anything did.
        finished: whether it ended by itself.
        logprobs: log μ of each token under the distribution that it was drawn from, in nats; None
            where that is the trainer's own policy.
    """

    tokens: tuple[int, ...]
    finished: bool
    logprobs: tuple[float, ...] | None = None


class Generator(Protocol):
    """Samples answers of a policy at its temperature, whole: no top-p, no top-k, no penalties."""

    @property
    def holds_copy(self) -> bool:
        """Whether it has weights of its own, which `sync` renews, and so numbers of its own."""

    def sync(self) -> None:
        """Takes over the policy's weights as they are now."""

    def generate(self, prompts: Sequence[Sequence[int]], seeds: Sequence[int]) -> list[Drawn]:
        """One answer to each prompt, in their order.

        Args:
            prompts: token ids, without padding.
            seeds: one for each answer; an engine that cannot be told them draws by itself.
        """


MakeGenerator = Callable[[Sampling], Generator]
