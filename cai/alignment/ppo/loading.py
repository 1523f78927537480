"""PPO's models with as few sets of weights in memory as can be.

With full weights the policy, the reference (its frozen copy), the reward and the value model have
weights of their own. With adapters the reference is the policy without them, and the value model
lies over the reward model. A reward model that is itself an adapter over the policy's base lies
over that too: then one set of frozen weights serves all four.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.adapters import bytes_of, has_adapter, sets_of_weights, twin, with_lora
from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.networks import ValueModel
from cai.models import load_tokenizer
from cai.records import derive_seed
from cai.reward.adapter import adapter_over, scorer_over
from cai.reward.score import Scorer


def scorer_loader(
    policy: str,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    settings: PPOConfig,
    *,
    device: str | None = None,
) -> Callable[..., Scorer]:
    """What loads reward models, as `Scorer(name, normalised=…)` does.

    With `lora_rank` above 0 one that was trained with LoRA from the policy's very weights, and
    reads the same tokens, is put over the policy's memory.

    Args:
        policy: the name that `model` was loaded by; the model has no adapters yet.
    """

    def load(reward: str, *, normalised: bool = False) -> Scorer:
        adapter = adapter_over(policy, reward) if settings.lora_rank else None
        if adapter is not None:
            own = load_tokenizer(str(adapter))
            if own.get_vocab() == tokenizer.get_vocab():
                own_model = scorer_over(model, adapter)
                return Scorer(str(adapter), normalised=normalised, model=own_model)
        return Scorer(reward, normalised=normalised, device=device)

    return load


def adapted_policy(model: PreTrainedModel, settings: PPOConfig) -> PreTrainedModel:
    """The model with fresh adapters if `lora_rank` is above 0, else as it is."""
    if not settings.lora_rank:
        return model
    return with_lora(model, rank=settings.lora_rank, seed=_adapter_seed(settings))


def value_from_scorer(
    scorer: PreTrainedModel, settings: PPOConfig, *, mean: float, std: float
) -> ValueModel:
    """A value model that begins as a reward model, less `mean` and divided by `std`.

    With adapters it lies over the reward model's weights, with a copy of the adapter that this has,
    whatever its rank, or a fresh one; with full weights it is a copy.
    """
    if not settings.lora_rank:
        return ValueModel.from_scorer(copy.deepcopy(scorer), mean=mean, std=std)
    if has_adapter(scorer):
        return ValueModel.from_scorer(twin(scorer, own_adapter=True), mean=mean, std=std)
    value = ValueModel.from_scorer(twin(scorer), mean=mean, std=std)
    return _with_fresh_adapter(value, settings)


def value_from_policy(model: PreTrainedModel, settings: PPOConfig) -> ValueModel:
    """A value model that begins as the policy's body, with a head that says 0.

    With adapters it lies over the policy's weights, else it is a copy.
    """
    if not settings.lora_rank:
        return ValueModel.from_policy(model)
    return _with_fresh_adapter(ValueModel.from_policy(model, shared=True), settings)


def weights_line(models: Mapping[str, nn.Module]) -> str:
    """Which of the named models share weights, and how much memory all of them take, in a line."""
    groups = sets_of_weights(models)
    sets = "one set" if len(groups) == 1 else f"{len(groups)} sets"
    names = " | ".join(" + ".join(group) for group in groups)
    return f"{sets} of weights, {bytes_of(models.values()) / 1e6:.0f} MB: {names}"


def _with_fresh_adapter(value: ValueModel, settings: PPOConfig) -> ValueModel:
    body = with_lora(value.body, rank=settings.lora_rank, seed=_adapter_seed(settings))
    return ValueModel(body, value.head)


def _adapter_seed(settings: PPOConfig) -> int:
    return derive_seed(settings.seed, "lora")
