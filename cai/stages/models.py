"""The models that a recipe names, by the settings that name them."""

from __future__ import annotations

from cai.reward.sources.settings import OWN_MODEL
from cai.run import Run
from cai.stages import independent, rewards


def asked(run: Run) -> dict[str, str]:
    """Those that answer, criticise, revise or judge: the only ones that may be behind servers,
    but for `model` itself, which is trained."""
    values = run.recipe.values
    authors = enumerate(values["label"]["authors"])
    named = {name: values[name] for name in ("model", "critic", "judge")}
    named |= {f"label.authors[{index}]": author for index, author in authors}
    return {setting: model for setting, model in named.items() if model is not None}


def scoring(run: Run) -> dict[str, str]:
    """Those that score answers, or that the reward model begins as.

    Raises:
        RecipeError: if a source of PPO's reward contradicts itself.
    """
    values = run.recipe.values
    base = values["reward"]["base"]
    named = {
        "reward.base": None if base == "sft" else base,
        "label.reward_model": values["label"]["reward_model"],
        "align-ppo.independent.score": independent.model_of(run),
    }
    for index, source in enumerate(rewards.sources(run)):
        if source.model != OWN_MODEL:
            named[f"align-ppo.rewards[{index}].model"] = source.model
    return {setting: model for setting, model in named.items() if model is not None}
