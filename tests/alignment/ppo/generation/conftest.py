"""Generators with weights of their own: real transformers models beside the trainer's."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial

import pytest
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.alignment.ppo import PPOConfig, PPOTrainer, ValueSettings
from cai.alignment.ppo.batches import TokenSequence, collate
from cai.alignment.ppo.generation.generator import Drawn, Sampling
from cai.alignment.ppo.generation.local import LocalGenerator
from cai.alignment.ppo.networks import TokenPolicy
from cai.records import Message, Prompt


class CopyGenerator:
    """A copy of the policy in a precision and at a temperature of its own.

    Args:
        synced: whether `sync` renews the copy; False is an engine that no update reaches.
        lost: the number of one parameter that a sync forgets, if any.
    """

    holds_copy = True

    def __init__(
        self,
        sampling: Sampling,
        *,
        dtype: torch.dtype = torch.float32,
        temperature: float = 1.0,
        synced: bool = True,
        lost: str | None = None,
    ) -> None:
        self.trained = sampling.policy.plain
        self.model = copy.deepcopy(self.trained).to(dtype)
        self.policy = TokenPolicy(
            self.model, temperature=temperature, banned_ids=sampling.policy.banned_ids
        )
        self.sampler = LocalGenerator(
            Sampling(
                policy=self.policy,
                tokenizer=sampling.tokenizer,
                stop_ids=sampling.stop_ids,
                max_new_tokens=sampling.max_new_tokens,
                longest=sampling.longest,
            )
        )
        self.synced, self.lost = synced, lost
        self.syncs = 0

    @torch.no_grad()
    def sync(self) -> None:
        self.syncs += 1
        if not self.synced:
            return
        own = dict(self.model.named_parameters())
        for name, parameter in self.trained.named_parameters():
            if name != self.lost:
                own[name].copy_(parameter)

    @torch.no_grad()
    def generate(self, prompts: Sequence[Sequence[int]], seeds: Sequence[int]) -> list[Drawn]:
        drawn = self.sampler.generate(prompts, seeds)
        sequences = [
            TokenSequence(tuple(prompt), one.tokens)
            for prompt, one in zip(prompts, drawn, strict=True)
        ]
        logprobs = self.policy(collate(sequences, torch.device("cpu"))).logprobs.tolist()
        found = []
        for one in drawn:
            own, logprobs = logprobs[: len(one.tokens)], logprobs[len(one.tokens) :]
            found.append(Drawn(tokens=one.tokens, finished=one.finished, logprobs=tuple(own)))
        return found


SETTINGS = PPOConfig(
    total_episodes=24, batch_size=8, minibatch_size=4, max_new_tokens=6,
    lr_warmup_updates=0, learning_rate=3e-3,
    value=ValueSettings(learning_rate=1e-3, warmup_updates=0),
)  # fmt: skip


def lengths(conversations: Sequence[Sequence[Message]]) -> list[float]:
    return [float(len(one[-1]["content"]) % 3) for one in conversations]


@pytest.fixture
def make_trainer(
    make_policy: Callable[..., PreTrainedModel],
    tokenizer: PreTrainedTokenizerBase,
    prompts: list[Prompt],
) -> Callable[..., PPOTrainer]:
    """Makes a trainer whose answers are drawn by a `CopyGenerator`, or by itself."""

    def make(
        policy: PreTrainedModel | None = None, *, alone: bool = False, **changes: object
    ) -> PPOTrainer:
        return PPOTrainer(
            policy=policy or make_policy(), tokenizer=tokenizer, prompts=prompts,
            settings=SETTINGS, reward=lengths,
            generator=None if alone else partial(CopyGenerator, **changes),
        )  # fmt: skip

    return make
