"""What PPO's reward is made of, as data of a run: what it depends on, and whether it can be had."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cai.errors import RecipeError
from cai.reward.sources import module
from cai.reward.sources.settings import OWN_MODEL, RewardSource
from cai.run import Run, columns_digest
from cai.stages.stage import from_stage

if TYPE_CHECKING:
    from cai.alignment.ppo import PPOConfig
    from cai.reward.ensemble import EnsembleSettings

# What an ensemble's members are used for, and not what they are.
USE_OF_ENSEMBLE = ("combine", "std_weight", "held_out")


def sources(run: Run) -> list[RewardSource]:
    """The recipe's sources; none stands for the run's own model.

    Raises:
        RecipeError: naming one that contradicts itself, and its place.
    """
    found = []
    for index, one in enumerate(run.recipe.sections["align-ppo"]["rewards"]):
        try:
            found.append(RewardSource(**one))
        except ValueError as error:
            where = f"align-ppo.rewards[{index}]"
            raise RecipeError(run.recipe.origins.located(f"{where}: {error}")) from error
    return found


def uses_own_model(run: Run) -> bool:
    """Whether the run's own reward model is part of the reward."""
    given = sources(run)
    return not given or any(one.model == OWN_MODEL for one in given)


def inputs(run: Run) -> dict[str, Any]:
    """What the reward depends on: models, members, code, and the columns that functions read."""
    found: dict[str, Any] = {}
    given = sources(run)
    if uses_own_model(run):
        found["reward"] = from_stage(run, "reward", "model")
        settings = run.recipe.sections["reward"]["ensemble"]
        if settings["size"] > 1:
            found["ensemble"] = settings | {"members": from_stage(run, "reward", "members")}
    if given:
        found["rewards"] = [_input(run, index, one) for index, one in enumerate(given)]
    if any(one.function for one in given):
        found["columns"] = columns_digest(run.training.prompts)
    return found


def check(run: Run) -> None:
    """Checks the sources before anything is made: functions are imported, expressions tried.

    Raises:
        EngineError: if there is no such reward model.
        RecipeError: if a function or an expression cannot be used.
    """
    from cai.reward.sources.load import check_sources
    from cai.weights import check_is_model

    given = sources(run)
    check_sources(given, folders=function_folders(run))
    for one in given:
        if one.model not in (None, OWN_MODEL):
            check_is_model(run.pinned(str(one.model)))


def pinned(run: Run, settings: PPOConfig) -> PPOConfig:
    """The settings with the names that models are loaded by."""
    loaded = tuple(
        replace(one, name=one.label, model=run.pinned(one.model))
        if one.model not in (None, OWN_MODEL)
        else one
        for one in settings.rewards
    )
    return replace(settings, rewards=loaded)


def ensemble(run: Run) -> EnsembleSettings:
    """How the members of the run's own ensemble become one score."""
    from cai.reward.ensemble import EnsembleSettings

    return EnsembleSettings(**run.recipe.sections["reward"]["ensemble"])


def function_folders(run: Run) -> list[Path]:
    """Where reward functions are looked for: beside the recipe, then in the current folder."""
    return [run.recipe.origins.path.parent, Path()]


def _input(run: Run, index: int, one: RewardSource) -> dict[str, Any]:
    plain = {field.name: field.default for field in fields(RewardSource)}
    given = {name: value for name, value in asdict(one).items() if value != plain[name]}
    if one.model is not None and one.model != OWN_MODEL:
        return given | {"name": one.label, "model": run.digest_of(one.model)}
    if one.function is not None:
        where = f"align-ppo.rewards[{index}].function"
        found = module.locate(one.function, function_folders(run), where=where)
        return given | {"name": one.label, "function": module.source_digest(found)}
    return given
