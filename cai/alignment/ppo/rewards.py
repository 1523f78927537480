"""Where sources of a reward meet PPO's models: what they are measured on, and the value model that
begins as one of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.loading import value_from_scorer
from cai.alignment.ppo.networks import TokenPolicy, ValueModel, banned_tokens
from cai.alignment.ppo.passes import Computing
from cai.alignment.ppo.rollout import encode_prompts, pick, sample_answers
from cai.models import context_in, stop_ids
from cai.ranks import ALONE, World
from cai.ranks.collectives import gather_json
from cai.records import Prompt
from cai.reward.sources.answered import Answered
from cai.reward.sources.load import Reward
from cai.reward.sources.settings import Statistics
from cai.reward.sources.weighted import RewardSum, measured
from cai.store import write_text

MEASUREMENTS = "rewards.json"


def measured_at_start(
    reward: Reward,
    policy: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[Prompt],
    *,
    settings: PPOConfig,
    path: Path | None = None,
    world: World = ALONE,
) -> Reward:
    """The reward with its unmeasured sources measured, on the policy's answers before training.

    They are the answers of the first batch, so that there each of these sources has mean 0 and
    standard deviation 1. `path` keeps the numbers, for a training that goes on after a kill, and
    for the reader.

    Raises:
        RunError: if a source applies to none of the answers.
    """
    if not reward.unmeasured or not isinstance(reward.function, RewardSum):
        return reward
    if path is not None and path.exists():
        found = json.loads(path.read_text("utf-8"))
    else:
        answered = first_answers(policy, tokenizer, prompts, settings=settings)
        found = {
            one.name: measured(one.source, answered, where=reward.unmeasured[one.name])._asdict()
            for one in reward.function.sources
            if one.name in reward.unmeasured
        }
    found, *_ = gather_json(found, world, device=policy.device)  # the first process decides
    if path is not None and world.leads:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(found, indent=2) + "\n")
    return reward.with_statistics({name: Statistics(**one) for name, one in found.items()})


def first_answers(
    policy: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[Prompt],
    *,
    settings: PPOConfig,
) -> Answered:
    """What the policy says in the first batch."""
    stops = stop_ids(policy, tokenizer)
    banned = banned_tokens(policy, tokenizer, stops)
    encoded = encode_prompts(
        prompts, tokenizer, context=context_in(policy.config), settings=settings
    )
    asked = pick(encoded, name="prompts", seed=settings.seed, first=0, count=settings.batch_size)
    sampler = TokenPolicy(
        policy.eval(), temperature=settings.temperature, banned_ids=banned,
        computing=Computing.of(settings),
    )  # fmt: skip
    answers = sample_answers(sampler, tokenizer, asked, stop_ids=stops, settings=settings, update=0)
    return answers.as_read(0, settings.total_updates)


def value_from_reward(
    reward: Reward, tokenizer: PreTrainedTokenizerBase, settings: PPOConfig
) -> ValueModel | None:
    """A value model that starts from the first reward model that reads the policy's tokens from
    left to right, and says at first what it adds to the reward; None without one."""
    for name, (scorer, *_) in reward.scorers.items():
        head = getattr(scorer.model, "score", None)
        if isinstance(head, nn.Linear) and scorer.tokenizer.get_vocab() == tokenizer.get_vocab():
            (mean, std), weight = reward.scale(name)
            if settings.reward_normalisation == "running" and not settings.rewards:
                # Running statistics begin near the stored ones, where there are some.
                mean, std = scorer.statistics or (mean, std)
            return value_from_scorer(scorer.model, settings, mean=mean, std=std / weight)
    return None
