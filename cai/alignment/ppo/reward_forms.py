"""What may be given as a reward, and the reward function that it becomes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.rollout import RewardFunction
from cai.errors import RecipeError
from cai.reward.ensemble import EnsembleSettings
from cai.reward.score import Scorer
from cai.reward.sources.answered import Answered, ReadsAnswers
from cai.reward.sources.function import FunctionSource
from cai.reward.sources.load import Load, Reward, load_reward
from cai.reward.sources.scores import scores_of
from cai.reward.sources.settings import OWN_MODEL, RewardSource
from cai.reward.sources.source import Said, Source
from cai.reward.sources.weighted import RewardSum, Weighted

# A reward model by name or loaded, a function, a source as a recipe has it, or a list of these,
# each alone or with its weight.
RewardForm: TypeAlias = Any

_OF_TRL = {"prompts", "completions", "completion_ids"}
# Independent scores that a trainer alone cannot make.
_OF_RUNS = ("judge", "held-out")
_NO_ENSEMBLE = EnsembleSettings()


def reward_of(
    given: RewardForm,
    *,
    settings: PPOConfig,
    tokenizer: PreTrainedTokenizerBase,
    load: Load,
    folders: Sequence[Path] = (),
    ensemble: EnsembleSettings = _NO_ENSEMBLE,
) -> Reward:
    """The reward that `given` and `settings.rewards` say.

    A reward model's name or folder is the "own model" of `settings.rewards`, or the whole reward
    where these are empty. Everything else stands for itself, and `settings.rewards` must be empty.

    Args:
        load: loads a reward model by its name, its scores as it gives them.
        tokenizer: the policy's, in whose tokens rules count.
        folders: where functions that are named in the settings are looked for.

    Raises:
        RecipeError: if there is no reward, two, or one of a form that is not known.
        EngineError: if a reward model cannot be loaded, or lacks the statistics to normalise by.
    """
    if given is None or isinstance(given, str | Path):
        if given is None and (
            not settings.rewards or any(one.model == OWN_MODEL for one in settings.rewards)
        ):
            raise RecipeError(
                "PPOTrainer: no reward; give a reward model's name, a function, or a list of them"
            )
        return load_reward(
            settings.rewards, own=str(given), ensemble=ensemble, tokenizer=tokenizer, load=load,
            folders=folders, normalised=settings.reward_normalisation == "model",
        )  # fmt: skip
    if isinstance(given, RewardSum):  # made of the settings already, or by whoever knows how
        return Reward(function=given, scorers={}, unmeasured={})
    if settings.rewards:
        raise RecipeError("PPOTrainer: both `reward` and `settings.rewards`; give one of them")
    if isinstance(given, PreTrainedModel | Scorer):
        scorer = given if isinstance(given, Scorer) else _scorer(given, settings)
        return Reward(function=scorer.fitting, scorers={OWN_MODEL: [scorer]}, unmeasured={})
    if isinstance(given, list | tuple):
        return _sum([_with_weight(one) for one in given], tokenizer, load, folders, settings)
    if isinstance(given, RewardSource) or _speaks_trl(given):
        return _sum([(given, 1.0)], tokenizer, load, folders, settings)
    if not callable(given):
        raise RecipeError(
            f"PPOTrainer: reward is a {type(given).__name__}; give a reward model's name, a "
            "function, or a list of them"
        )
    return Reward(function=given, scorers={}, unmeasured={})


def independent_of(
    given: RewardForm,
    *,
    settings: PPOConfig,
    tokenizer: PreTrainedTokenizerBase,
    device: str | None = None,
) -> RewardFunction | None:
    """The independent score that `given`, or else `settings.independent.score`, says.

    Args:
        given: in any form of a reward; None is what the settings say.

    Returns:
        A function of conversations; None if there is nobody.

    Raises:
        RecipeError: if it is in a form that is not known, or one that only a run's stages have.
        EngineError: if a reward model cannot be loaded.
    """
    asked = settings.independent.score if given is None else given
    if asked is None:
        return None
    if asked in _OF_RUNS:
        raise RecipeError(
            f"PPOTrainer: independent.score is {asked!r}, which only a run of stages has; give "
            "train(independent=…) a reward model's name or a function"
        )
    if isinstance(asked, str) and ":" in asked and not Path(asked).exists():
        asked = RewardSource(function=asked)
    plain = replace(settings, rewards=(), reward_normalisation="none")
    found = reward_of(
        asked, settings=plain, tokenizer=tokenizer, load=partial(Scorer, device=device)
    )
    return found.function


def _with_weight(one: Any) -> tuple[Any, float]:
    if isinstance(one, list | tuple):
        if len(one) != 2 or not isinstance(one[1], int | float):
            raise RecipeError(
                f"PPOTrainer: reward: {one!r} is neither a reward nor a pair of one and its weight"
            )
        return one[0], float(one[1])
    return one, 1.0


def _sum(
    given: Sequence[tuple[Any, float]],
    tokenizer: PreTrainedTokenizerBase,
    load: Load,
    folders: Sequence[Path],
    settings: PPOConfig,
) -> Reward:
    """The weighted sum of all, each under a name of its own."""
    weighted: list[Weighted] = []
    scorers: dict[str, Sequence[Scorer]] = {}
    unmeasured: dict[str, str] = {}
    for index, (one, weight) in enumerate(given):
        where = f"reward[{index}]"
        if isinstance(one, str | Path):
            one = RewardSource(model=str(one))
        if isinstance(one, RewardSource):
            weighed = replace(one, weight=one.weight * weight)
            part = load_reward(
                [weighed], own="", ensemble=_NO_ENSEMBLE, tokenizer=tokenizer, load=load,
                folders=folders,
            )  # fmt: skip
            assert isinstance(part.function, RewardSum)
            weighted += part.function.sources
            scorers |= part.scorers
            unmeasured |= part.unmeasured
            continue
        if isinstance(one, PreTrainedModel | Scorer):
            scorer = one if isinstance(one, Scorer) else _scorer(one, settings)
            name = RewardSource(model=scorer.name).label
            scorers[name] = [scorer]
            source: Source = _of_conversations(scorer.fitting)
        elif callable(one):
            name = getattr(one, "__name__", type(one).__name__).strip("<>")
            trl = _speaks_trl(one)
            source = FunctionSource(one, where=where) if trl else _of_conversations(one)
        else:
            raise RecipeError(
                f"PPOTrainer: {where} is a {type(one).__name__}; give a reward model's name or a "
                "function"
            )
        weighted.append(Weighted(name=name, source=source, weight=weight))
    if not weighted:
        raise RecipeError("PPOTrainer: reward is an empty list; put a reward into it")
    names = [one.name for one in weighted]
    for name in names:
        if names.count(name) > 1:
            raise RecipeError(
                f"PPOTrainer: two rewards are called {name!r}; give one another name (a function's "
                "__name__, or RewardSource(name=…))"
            )
    return Reward(function=RewardSum(weighted), scorers=scorers, unmeasured=unmeasured)


def _speaks_trl(function: Any) -> bool:
    """Whether a function has the signature of TRL's reward functions, by its arguments' names."""
    if isinstance(function, ReadsAnswers) or not callable(function):
        return False
    parameters = inspect.signature(function).parameters.values()
    return any(one.kind is one.VAR_KEYWORD or one.name in _OF_TRL for one in parameters)


def _of_conversations(function: Callable[..., Any]) -> Source:
    def score(answered: Answered) -> Said:
        given = function(answered.conversations)
        found = scores_of(given, count=len(answered.texts), device=torch.device("cpu"))
        return Said(values=found.total, beside=found.parts)

    return score


def _scorer(model: PreTrainedModel, settings: PPOConfig) -> Scorer:
    """A loaded reward model; it reads conversations by the tokenizer that was saved with it."""
    name = model.name_or_path
    if not name:
        raise RecipeError(
            "PPOTrainer: a reward model without a name; give a folder that holds its tokenizer too"
        )
    return Scorer(name, model=model.eval(), normalised=settings.reward_normalisation == "model")
