"""Who looks on while PPO trains: the recipe's independent score, as a reward function."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cai.constitution import dependencies
from cai.errors import RecipeError
from cai.prompts import template_digests
from cai.reward.sources import module
from cai.run import Run, columns_digest
from cai.stages import rewards
from cai.stages.stage import from_stage

if TYPE_CHECKING:
    from cai.alignment.ppo.rollout import RewardFunction

JUDGE, HELD_OUT = "judge", "held-out"
_WHERE = "align-ppo.independent.score"


def inputs(run: Run) -> dict[str, Any]:
    """What the independent score depends on; nothing without one."""
    named = _named(run)
    if named is None:
        return {}
    if named == JUDGE:
        return {"independent": _judge_inputs(run)}
    if named == HELD_OUT:
        return {"independent": from_stage(run, "reward", "members")}
    if _is_function(named):
        found = module.locate(named, rewards.function_folders(run), where=_WHERE)
        columns = columns_digest(run.training.prompts)
        return {"independent": [module.source_digest(found), columns]}
    return {"independent": run.digest_of(named)}


def needs_reward(run: Run) -> bool:
    """Whether it is made by the reward stage."""
    return _named(run) == HELD_OUT


def asks_judge(run: Run) -> bool:
    """Whether it is the judge's."""
    return _named(run) == JUDGE


def model_of(run: Run) -> str | None:
    """The reward model that the recipe names, if it names one."""
    named = _named(run)
    one = named is not None and named not in (JUDGE, HELD_OUT) and not _is_function(named)
    return named if one else None


def check(run: Run) -> None:
    """Checks the independent score before anything is made.

    Raises:
        RecipeError: if it is the reward that is trained on, or cannot be used.
    """
    named, own = _named(run), run.folder.stage("reward") / "model"
    if named == HELD_OUT and not run.recipe.sections["reward"]["ensemble"]["held_out"]:
        raise RecipeError(
            f"{_WHERE} is {HELD_OUT}, and no member of the ensemble is; set "
            "reward.ensemble.held_out, and reward.ensemble.size to 2 or more"
        )
    if named is not None and _is_function(named):
        found = module.locate(named, rewards.function_folders(run), where=_WHERE)
        module.load(found, where=_WHERE)
    if (model := model_of(run)) and Path(model).resolve() == own.resolve():
        raise RecipeError(
            f"{_WHERE} is {model}, the reward model that is trained on, which cannot fall while "
            f"the reward rises; name another one, {JUDGE}, or {HELD_OUT}"
        )


def function(run: Run) -> Callable[[], RewardFunction] | None:
    """Makes the independent score; None without one."""
    named = _named(run)
    if named is None:
        return None
    if named == JUDGE:
        return lambda: _judged(run)
    if _is_function(named):
        return lambda: _called(run, named)
    if named == HELD_OUT:
        return lambda: _held_out(run)
    return lambda: _scored(run, run.pinned(named))


def _named(run: Run) -> str | None:
    # Read off the recipe: PPO's own settings come with torch, which a status does not need.
    named: str | None = run.recipe.sections["align-ppo"]["independent"]["score"]
    return named


def _is_function(named: str) -> bool:
    return ":" in named and not Path(named).exists()


def _judge_inputs(run: Run) -> dict[str, Any]:
    from cai.feedback.forms import FORMS

    label = {name: value for name, value in run.recipe.sections["label"].items() if name != "gate"}
    few_shots = label["few_shots"] > 0
    return {
        "judge": run.digest_of(run.recipe.judge),
        "engine": run.recipe.engine.inputs("policy", "judge"),
        "label": label,
        "constitution": dependencies(run.constitution, "label", judge_few_shots=few_shots),
        "templates": template_digests("transcript", *FORMS[label["form"]].templates),
    }


def _judged(run: Run) -> RewardFunction:
    from cai.feedback.settings import LabelSettings
    from cai.feedback.versus import Versus

    return Versus(
        judge=run.engine(run.recipe.judge, "judge"),
        rival=run.engine(run.model_folder("sft")),
        constitution=run.constitution,
        settings=run.recipe.settings("label", LabelSettings),
        prompts=run.training.prompts,
    )


def _called(run: Run, named: str) -> RewardFunction:
    from cai.reward.sources.function import FunctionSource
    from cai.reward.sources.weighted import RewardSum, Weighted

    found = module.locate(named, rewards.function_folders(run), where=_WHERE)
    source = FunctionSource(module.load(found, where=_WHERE), where=_WHERE)
    return RewardSum([Weighted(name=found.function, source=source, weight=1.0)])


def _scored(run: Run, model: str) -> RewardFunction:
    from cai.reward.score import Scorer

    return Scorer(model, device=run.recipe.engine.device).fitting


def _held_out(run: Run) -> RewardFunction:
    from cai.reward.ensemble import held_out_member

    own, size = Path(run.model_folder("reward")), rewards.ensemble(run).size
    return held_out_member(own, size, device=run.recipe.engine.device).fitting
