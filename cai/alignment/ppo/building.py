"""From what a user has, names or loaded models, to the parts that a trainer trains.

Here ends all loading: `PPOTrainer` sees models, a reward function and prompts, wherever they came
from. Parts that are given as such pass through unchanged.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import torch
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.adapters import has_adapter
from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.learning import Learner
from cai.alignment.ppo.loading import (
    adapted_policy,
    scorer_loader,
    value_from_policy,
    value_from_scorer,
    weights_line,
)
from cai.alignment.ppo.networks import TokenPolicy, ValueModel
from cai.alignment.ppo.passes import Computing
from cai.alignment.ppo.prompt_forms import PromptForm, prompts_of
from cai.alignment.ppo.reward_forms import RewardForm, reward_of
from cai.alignment.ppo.rewards import measured_at_start, value_from_reward
from cai.alignment.ppo.rollout import RewardFunction
from cai.console import say
from cai.errors import RecipeError
from cai.models import fit_to_tokenizer, load_causal, load_tokenizer, with_pad_and_template
from cai.ranks import ALONE, World
from cai.records import Prompt
from cai.reward.ensemble import EnsembleSettings
from cai.reward.score import Scorer

PolicyForm: TypeAlias = str | Path | PreTrainedModel
ValueForm: TypeAlias = str | Path | PreTrainedModel | ValueModel | None

_NO_ENSEMBLE = EnsembleSettings()
# Above so many trained weights the default learning rate, which suits one million, is a mistake.
_LARGE, _HIGH_RATE = 50_000_000, 1e-4


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What PPO trains, and by what."""

    policy: PreTrainedModel
    value: ValueModel
    tokenizer: PreTrainedTokenizerBase
    reward: RewardFunction
    prompts: Sequence[Prompt]


def build(
    *,
    policy: PolicyForm,
    reward: RewardForm,
    prompts: Iterable[PromptForm],
    settings: PPOConfig,
    tokenizer: PreTrainedTokenizerBase | None = None,
    value: ValueForm = None,
    device: str | None = None,
    ensemble: EnsembleSettings = _NO_ENSEMBLE,
    function_folders: Sequence[Path] = (),
    measurements: Path | None = None,
    world: World = ALONE,
    note: Callable[[str], object] | None = None,
) -> Parts:
    """Loads what is named, in float32 on one device, and makes what is left out.

    Args:
        policy: a model, or its folder or hub name. With `lora_rank` above 0 it gets adapters, if
            it has none.
        reward, prompts: see `reward_of` and `prompts_of`.
        tokenizer: the policy's; without it, the one that lies beside the policy.
        value: a value model, or a model with one score that it begins as. Without it, it begins as
            the first reward model that reads the policy's tokens from left to right, else as the
            policy.
        ensemble, function_folders: of the run's own reward model, and of `settings.rewards`.
        measurements: keeps what sources of the reward are normalised by, where that is measured.
        note: is told which models share weights, where any was loaded or made here.

    Raises:
        EngineError: if a model cannot be loaded.
        RecipeError: if something is given in a form that is not known.
        DataError: if a prompt cannot be read.
    """
    loaded = not isinstance(policy, str | Path)
    name = str(getattr(policy, "name_or_path", "")) if loaded else str(policy)
    if tokenizer is None:
        if not name:
            raise RecipeError("PPOTrainer: the policy has no name; give its tokenizer too")
        tokenizer = load_tokenizer(name)
    tokenizer = with_pad_and_template(tokenizer)
    if isinstance(policy, str | Path):
        model = load_causal(name, tokenizer=tokenizer, device=device)
    else:
        model = fit_to_tokenizer(policy, tokenizer)
    asked = prompts_of(prompts)
    rewards = reward_of(
        reward, settings=settings, tokenizer=tokenizer, folders=function_folders,
        load=scorer_loader(name, model, tokenizer, settings, device=str(model.device)),
        ensemble=ensemble,
    )  # fmt: skip
    rewards = measured_at_start(
        rewards, model, tokenizer, asked, settings=settings, path=measurements, world=world
    )
    if isinstance(value, ValueModel):
        valued = value
    elif value is not None:
        valued = _value_of(value, settings, device=str(model.device))
    else:
        found = value_from_reward(rewards, tokenizer, settings)
        valued = value_from_policy(model, settings) if found is None else found
    if not has_adapter(model):
        model = adapted_policy(model, settings)
    if note is not None:
        note(weights_line({"policy": model, **rewards.models, "value": valued}))
    _check_rate(model, settings)
    return Parts(
        policy=model, value=valued, tokenizer=tokenizer, reward=rewards.function, prompts=asked
    )


def learner_of(
    parts: Parts, settings: PPOConfig, *, banned: Sequence[int], world: World
) -> tuple[Learner, TokenPolicy | None]:
    """What learns, and the reference where that is not the policy without its adapters.

    Args:
        banned: tokens that are never sampled.
    """
    model, computing = parts.policy, Computing.of(settings)
    policy = TokenPolicy(
        model.eval(), temperature=settings.temperature, banned_ids=banned,
        entropy_gradient=settings.entropy_coefficient > 0, computing=computing,
    )  # fmt: skip
    reference = None
    if not policy.has_adapter:
        frozen = copy.deepcopy(model).requires_grad_(False)
        reference = TokenPolicy(
            frozen, temperature=settings.temperature, banned_ids=banned, computing=computing
        )
    parts.value.computing = computing
    learner = Learner(
        policy=policy,
        value=parts.value.eval(),
        policy_optimizer=_adam(model, settings.learning_rate),
        value_optimizer=_adam(parts.value, settings.value_learning_rate),
        world=world,
    )
    return learner, reference


def _adam(module: nn.Module, rate: float) -> torch.optim.Adam:
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    return torch.optim.Adam(parameters, lr=rate, fused=True)


def _value_of(
    value: str | Path | PreTrainedModel, settings: PPOConfig, *, device: str
) -> ValueModel:
    """A value model that begins as a model with one score, on the scale of its normalised score."""
    if isinstance(value, PreTrainedModel):
        scorer = copy.copy(value)
        statistics = None
    else:
        loaded = Scorer(str(value), device=device)
        scorer, statistics = loaded.model, loaded.statistics
    if settings.reward_normalisation == "none" or statistics is None:
        statistics = (0.0, 1.0)
    return value_from_scorer(scorer, settings, mean=statistics[0], std=statistics[1])


def _check_rate(model: PreTrainedModel, settings: PPOConfig) -> None:
    trained = sum(one.numel() for one in model.parameters() if one.requires_grad)
    if trained > _LARGE and settings.learning_rate > _HIGH_RATE:
        say(
            f"align-ppo: learning_rate {settings.learning_rate:g} suits models of a million "
            f"weights, and {trained / 1e6:.0f} million are trained here; 1e-6 to 1e-5 is usual"
        )
