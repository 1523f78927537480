"""PPO's models from disk, with as few sets of weights in memory as can be."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path

from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.adapters import bytes_of, sets_of_weights, twin, with_lora
from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.networks import ValueModel
from cai.models import load_causal, load_tokenizer
from cai.records import derive_seed
from cai.reward.adapter import adapter_over, scorer_over
from cai.reward.score import Scorer


@dataclass(frozen=True, kw_only=True, slots=True)
class Models:
    """What a trainer is made of, all in float32 on one device.

    With full weights the policy, its frozen copy (the reference, which the trainer makes), the
    reward and the value model have weights of their own. With adapters the reference is the policy
    without them, and the value model lies over the reward model. Where the reward model is itself
    an adapter over the policy's base, all four lie over one set of frozen weights.
    """

    tokenizer: PreTrainedTokenizerBase
    policy: PreTrainedModel
    value: ValueModel
    scorer: Scorer

    def weights(self) -> str:
        """Which of them share weights, and how much memory all weights take, in a line."""
        models = {"policy": self.policy, "reward": self.scorer.model, "value": self.value}
        sets = " | ".join("+".join(names) for names in sets_of_weights(models))
        return f"weights: {sets}, {bytes_of(models.values()) / 1e6:.0f} MB"


def load_models(
    policy: str, reward: str, settings: PPOConfig, *, device: str | None = None
) -> Models:
    """Loads the SFT model and the reward model of these folders or names.

    The value model starts from the reward model where that reads the same tokens from left to
    right, else from the policy. It takes over the reward's adapter, whatever the rank, if it lies
    over the policy's weights.

    Raises:
        EngineError: if a model cannot be loaded, or the reward has no statistics to normalise by.
    """
    tokenizer = load_tokenizer(policy)
    model = load_causal(policy, tokenizer=tokenizer, device=device)
    adapter = adapter_over(policy, reward) if settings.lora_rank else None
    if adapter is not None and load_tokenizer(str(adapter)).get_vocab() == tokenizer.get_vocab():
        return _over_one_base(model, tokenizer, adapter, settings)
    scorer = Scorer(reward, normalised=settings.normalise_reward, device=device)
    value = _value(model, tokenizer, scorer, settings)
    if settings.lora_rank:
        value.body = _with_fresh_adapter(value.body, settings)
        model = _with_fresh_adapter(model, settings)
    return Models(tokenizer=tokenizer, policy=model, value=value, scorer=scorer)


def _over_one_base(
    base: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, adapter: Path, settings: PPOConfig
) -> Models:
    scorer = Scorer(
        str(adapter),
        normalised=settings.normalise_reward,
        model=scorer_over(base, adapter, trainable=False),
    )
    mean, std = _scale(scorer, settings)
    value = ValueModel.from_scorer(scorer_over(base, adapter, trainable=True), mean=mean, std=std)
    policy = _with_fresh_adapter(base, settings)
    return Models(tokenizer=tokenizer, policy=policy, value=value, scorer=scorer)


def _value(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    scorer: Scorer,
    settings: PPOConfig,
) -> ValueModel:
    shared = bool(settings.lora_rank)
    same_tokens = tokenizer.get_vocab() == scorer.tokenizer.get_vocab()
    if not same_tokens or not isinstance(getattr(scorer.model, "score", None), nn.Linear):
        return ValueModel.from_policy(model, shared=shared)
    mean, std = _scale(scorer, settings)
    start = twin(scorer.model) if shared else copy.deepcopy(scorer.model)
    return ValueModel.from_scorer(start, mean=mean, std=std)


def _scale(scorer: Scorer, settings: PPOConfig) -> tuple[float, float]:
    """Mean and deviation that the value model's first head takes out of the reward's."""
    return (scorer.statistics if settings.normalise_reward else None) or (0.0, 1.0)


def _with_fresh_adapter(model: PreTrainedModel, settings: PPOConfig) -> PreTrainedModel:
    seed = derive_seed(settings.seed, "lora")
    adapted: PreTrainedModel = with_lora(model, rank=settings.lora_rank, seed=seed)
    return adapted
