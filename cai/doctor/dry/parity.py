"""Whether what samples PPO's answers and what trains on them agree on each token's probability.

It is the check that PPO makes of an engine with weights of its own, before and after one deliberate
weight update (`cai.alignment.ppo.generation.parity`), here for every engine: transformers samples
token by token from a cache, and the trainer reads whole answers, packed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from cai.alignment.ppo import PPOConfig
from cai.alignment.ppo.generation.choose import make_generator
from cai.alignment.ppo.generation.generator import Drawn, Generator, Sampling
from cai.alignment.ppo.generation.local import LocalGenerator
from cai.alignment.ppo.generation.parity import Parity, check_parity
from cai.alignment.ppo.loading import adapted_policy
from cai.alignment.ppo.networks import TokenPolicy, banned_tokens
from cai.alignment.ppo.passes import Computing
from cai.alignment.ppo.rollout import encode_prompts
from cai.engines.turns import next_turn_test
from cai.errors import EngineError
from cai.models import context_in, load_causal, load_tokenizer, stop_ids
from cai.records import derive_seed
from cai.run import Run

_ANSWERS = 8
_TOKENS = 32


class Heard:
    """A generator that samples by the policy itself, and tells what it drew each token by.

    The logits are those of the sampling passes, as the sampler itself was given them.
    """

    holds_copy = False

    def __init__(self, sampling: Sampling) -> None:
        # With nothing that ends an answer all of them stay in the batch, in their order.
        self._sampling = replace(sampling, stop_ids=frozenset())
        self._local = LocalGenerator(self._sampling)

    def sync(self) -> None:
        self._local.sync()

    def generate(self, prompts: Sequence[Sequence[int]], seeds: Sequence[int]) -> list[Drawn]:
        """Answers with their log-probabilities.

        Raises:
            EngineError: if the sampler did not make one pass over all answers for each token.
        """
        if next_turn_test(self._sampling.tokenizer) is None:
            return self._batch(prompts, seeds)
        # A transcript's next turn ends an answer, which then leaves the batch.
        alone = [self._batch([one], [seed]) for one, seed in zip(prompts, seeds, strict=True)]
        return [drawn for (drawn,) in alone]

    def _batch(self, prompts: Sequence[Sequence[int]], seeds: Sequence[int]) -> list[Drawn]:
        with _listening(self._sampling.policy) as steps:
            drawn = self._local.generate(prompts, seeds)
        most = max(len(one.tokens) for one in drawn)
        if len(steps) < most or any(len(step) != len(drawn) for step in steps[:most]):
            raise EngineError(
                f"{len(steps)} passes of sampling cannot be told apart: {most} tokens of "
                f"{len(drawn)} answers were drawn"
            )
        return [
            replace(
                one,
                logprobs=tuple(
                    float(steps[place][row][token]) for place, token in enumerate(one.tokens)
                ),
            )
            for row, one in enumerate(drawn)
        ]


def parity(run: Run) -> Parity:
    """The policy as PPO would load it, and its sampler, compared.

    Raises:
        EngineError: if they do not agree.
    """
    settings = run.recipe.settings("align-ppo", PPOConfig)
    name = run.pinned(run.recipe.model)
    tokenizer = load_tokenizer(name)
    model = load_causal(name, tokenizer=tokenizer, device=run.recipe.engine.device)
    ends = stop_ids(model, tokenizer)
    banned = banned_tokens(model, tokenizer, ends)
    model = adapted_policy(model, settings)
    policy = TokenPolicy(
        model.eval(), temperature=settings.temperature, banned_ids=banned,
        computing=Computing.of(settings),
    )  # fmt: skip
    short = replace(settings, max_new_tokens=min(_TOKENS, settings.max_new_tokens), too_long="drop")
    context = context_in(model.config)
    encoded = encode_prompts(run.training.prompts, tokenizer, context=context, settings=short)
    prompts = [one.ids for one in encoded[:_ANSWERS]]
    sampling = Sampling(
        policy=policy, tokenizer=tokenizer, stop_ids=ends, max_new_tokens=short.max_new_tokens,
        longest=max(map(len, prompts)),
    )  # fmt: skip
    seeds = [derive_seed(settings.seed, "parity", row) for row in range(len(prompts))]
    return check_parity(generator_of(sampling, settings), policy, prompts, seeds)


def generator_of(sampling: Sampling, settings: PPOConfig) -> Generator:
    """What the settings sample by, with log-probabilities."""
    found = make_generator(settings, sampling)
    return Heard(sampling) if isinstance(found, LocalGenerator) else found


@contextmanager
def _listening(policy: TokenPolicy) -> Iterator[list[Tensor]]:
    """Within this, the log-probabilities [answers, vocabulary] of each pass of the model."""
    steps: list[Tensor] = []
    banned = torch.tensor(policy.banned_ids, dtype=torch.long, device=policy.model.device)

    def hear(_module: torch.nn.Module, _arguments: Any, output: Any) -> None:
        logits = output.logits[:, -1].float() / policy.temperature
        logits[:, banned] = -torch.inf
        steps.append(torch.log_softmax(logits, -1).cpu())

    handle = policy.plain.register_forward_hook(hear)
    try:
        yield steps
    finally:
        handle.remove()
