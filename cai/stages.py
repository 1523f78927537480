"""The stages of a run as data: what each needs, depends on, checks beforehand, and does.

`inputs` names everything that decides a stage's result; when their digest changes, the stage is
stale. Heavy packages are imported only when a stage really runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cai.constitution import dependencies
from cai.errors import RunError
from cai.progress import Progress
from cai.prompts import template_digests
from cai.run import Run, prompts_digest

if TYPE_CHECKING:
    from cai.alignment.ppo import PPOConfig
    from cai.alignment.preference import PreferenceSettings
    from cai.evaluation.run import EvaluationSettings
    from cai.feedback.label import LabelSettings
    from cai.reward.train import RewardSettings
    from cai.supervised.critique_revise import CritiqueReviseSettings
    from cai.supervised.sft import SftSettings

# Raised when a stage's own code changes what it writes for the same inputs.
_VERSION = {
    "critique-revise": 2,
    "sft": 1,
    "label": 3,
    "reward": 1,
    "align-ppo": 2,
    "align-dpo": 1,
    "evaluate": 3,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One step of a run.

    `needs` names the stages whose files it reads. `check` raises RecipeError where its settings
    cannot work, and needs nothing of what other stages make.
    """

    name: str
    needs: Callable[[Run], list[str]]
    inputs: Callable[[Run], dict[str, Any]]
    check: Callable[[Run], object]
    run: Callable[[Run, Path, Progress], dict[str, Any]]


def _own(run: Run, name: str) -> dict[str, Any]:
    return {
        "version": _VERSION[name],
        "seed": run.recipe.seed,
        "settings": run.recipe.sections[name],
    }


def _from_stage(run: Run, stage: str, file: str) -> str:
    found = run.output_digest(stage, file)
    if found is None:
        raise RunError(f"{stage} has made no {file} yet; run `cai run`, or that stage first")
    return found


# --- critique-revise ---------------------------------------------------------------------------


def _critique_revise_inputs(run: Run) -> dict[str, Any]:
    return _own(run, "critique-revise") | {
        "model": run.digest_of(run.recipe.critic),
        "engine": run.recipe.engine.dtype,
        "constitution": dependencies(run.constitution, "critique-revise"),
        "prompts": {
            "red_team": prompts_digest(run.red_team.prompts),
            "helpful": prompts_digest(run.helpful.prompts),
        },
        "templates": template_digests(
            "transcript", "critic_system", "reviser_system", "critique", "revision"
        ),
    }


def _critique_revise_settings(run: Run) -> CritiqueReviseSettings:
    from cai.supervised.critique_revise import CritiqueReviseSettings

    return run.recipe.settings("critique-revise", CritiqueReviseSettings)


def _critique_revise(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.supervised import critique_revise

    return run.training.counts | critique_revise.run(
        prompts=run.red_team.prompts,
        helpful_prompts=run.helpful.prompts,
        constitution=run.constitution,
        engine=run.engine(run.recipe.critic),
        settings=_critique_revise_settings(run),
        folder=folder,
        progress=progress,
    )


# --- sft ---------------------------------------------------------------------------------------


def _sft_inputs(run: Run) -> dict[str, Any]:
    return _own(run, "sft") | {
        "model": run.digest_of(run.recipe.model),
        "rows": _from_stage(run, "critique-revise", "sft.jsonl"),
        "templates": template_digests("transcript"),
    }


def _sft_settings(run: Run) -> SftSettings:
    from cai.supervised.sft import SftSettings

    return run.recipe.settings("sft", SftSettings)


def _sft_check(run: Run) -> object:
    from cai.supervised.sft import trainer_config

    return trainer_config(_sft_settings(run), run.folder.path, device=run.recipe.engine.device)


def _sft(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.supervised import sft

    return sft.run(
        rows_path=run.folder.stage("critique-revise") / "sft.jsonl",
        model=run.pinned(run.recipe.model),
        settings=_sft_settings(run),
        device=run.recipe.engine.device,
        folder=folder,
        progress=progress,
    )


# --- label -------------------------------------------------------------------------------------


def _label_inputs(run: Run) -> dict[str, Any]:
    return _own(run, "label") | {
        "policy": _from_stage(run, "sft", "model"),
        "judge": run.digest_of(run.recipe.judge),
        "engine": run.recipe.engine.dtype,
        "constitution": dependencies(run.constitution, "label"),
        "prompts": prompts_digest(run.training.prompts),
        "templates": template_digests(
            "transcript", "judge_system", "judge", "judge_reason", "judge_concluding"
        ),
    }


def _label_settings(run: Run) -> LabelSettings:
    from cai.feedback.label import LabelSettings

    return run.recipe.settings("label", LabelSettings)


def _label(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.feedback import label

    return run.training.counts | label.run(
        prompts=run.training.prompts,
        constitution=run.constitution,
        policy=partial(run.engine, run.model_folder("sft")),
        judge=run.engine(run.recipe.judge),
        settings=_label_settings(run),
        folder=folder,
        progress=progress,
    )


# --- reward ------------------------------------------------------------------------------------


def _reward_inputs(run: Run) -> dict[str, Any]:
    base = run.recipe.sections["reward"]["base"]
    return _own(run, "reward") | {
        "model": _from_stage(run, "sft", "model") if base == "sft" else run.digest_of(base),
        "rows": _from_stage(run, "label", "preferences.jsonl"),
        # What earlier stages made has its template with it.
        "templates": {} if base == "sft" else template_digests("transcript"),
    }


def _reward_settings(run: Run) -> RewardSettings:
    from cai.reward.train import RewardSettings

    return run.recipe.settings("reward", RewardSettings)


def _reward_check(run: Run) -> object:
    from cai.reward.train import trainer_config

    return trainer_config(_reward_settings(run), run.folder.path, device=run.recipe.engine.device)


def _reward(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.reward import train

    settings = _reward_settings(run)
    if settings.base != "sft":
        settings = replace(settings, base=run.pinned(settings.base))
    return train.run(
        preferences=run.folder.stage("label") / "preferences.jsonl",
        sft=run.model_folder("sft"),
        settings=settings,
        device=run.recipe.engine.device,
        folder=folder,
        progress=progress,
    )


# --- align -------------------------------------------------------------------------------------


def _ppo_inputs(run: Run) -> dict[str, Any]:
    inputs = _own(run, "align-ppo") | {
        "policy": _from_stage(run, "sft", "model"),
        "reward": _from_stage(run, "reward", "model"),
        "prompts": prompts_digest(run.training.prompts),
    }
    if _holds_on_to_demonstrations(run):
        inputs["demonstrations"] = _from_stage(run, "critique-revise", "sft.jsonl")
    return inputs


def _ppo_needs(run: Run) -> list[str]:
    demonstrations = ["critique-revise"] if _holds_on_to_demonstrations(run) else []
    return [*demonstrations, "sft", "reward"]


def _holds_on_to_demonstrations(run: Run) -> bool:
    # Read off the recipe: PPO's own settings come with torch, which a status does not need.
    return bool(run.recipe.sections["align-ppo"]["ptx_coefficient"])


def _ppo_settings(run: Run) -> PPOConfig:
    from cai.alignment.ppo import PPOConfig

    return run.recipe.settings("align-ppo", PPOConfig)


def _ppo(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.alignment import ppo

    return run.training.counts | ppo.run(
        prompts=run.training.prompts,
        policy=run.model_folder("sft"),
        reward=run.model_folder("reward"),
        demonstrations=run.folder.stage("critique-revise") / "sft.jsonl",
        settings=_ppo_settings(run),
        device=run.recipe.engine.device,
        folder=folder,
        progress=progress,
    )


def _dpo_inputs(run: Run) -> dict[str, Any]:
    return _own(run, "align-dpo") | {
        "model": _from_stage(run, "sft", "model"),
        "rows": _from_stage(run, "label", "preferences.jsonl"),
    }


def _dpo_settings(run: Run) -> PreferenceSettings:
    from cai.alignment.preference import PreferenceSettings

    return run.recipe.settings("align-dpo", PreferenceSettings)


def _dpo_check(run: Run) -> object:
    from cai.alignment.preference import trainer_config

    return trainer_config(_dpo_settings(run), run.folder.path, device=run.recipe.engine.device)


def _dpo(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.alignment import preference

    return preference.run(
        preferences=run.folder.stage("label") / "preferences.jsonl",
        model=run.model_folder("sft"),
        settings=_dpo_settings(run),
        device=run.recipe.engine.device,
        engine=run.engine,
        folder=folder,
        progress=progress,
    )


# --- evaluate ----------------------------------------------------------------------------------


def _evaluated(run: Run) -> dict[str, str]:
    """The models to compare, by the name they have in the report."""
    aligned = {method: run.model_folder(f"align-{method}") for method in run.recipe.methods}
    return {"initial": run.pinned(run.recipe.model), "sft": run.model_folder("sft"), **aligned}


def _evaluate_inputs(run: Run) -> dict[str, Any]:
    stages = ["sft", *(f"align-{method}" for method in run.recipe.methods)]
    return _own(run, "evaluate") | {
        "models": {
            "initial": run.digest_of(run.recipe.model),
            **{stage: _from_stage(run, stage, "model") for stage in stages},
        },
        "reward": _from_stage(run, "reward", "model"),
        "judge": run.digest_of(run.recipe.judge),
        "engine": run.recipe.engine.dtype,
        "prompts": prompts_digest(run.heldout.prompts),
        "templates": template_digests("transcript", "verdict_system", "verdict"),
    }


def _evaluate_settings(run: Run) -> EvaluationSettings:
    from cai.evaluation.run import EvaluationSettings

    return run.recipe.settings("evaluate", EvaluationSettings)


def _evaluate(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.evaluation import run as evaluation

    models = _evaluated(run)
    return run.heldout.counts | evaluation.run(
        prompts=run.heldout.prompts,
        engines={name: partial(run.engine, model) for name, model in models.items()},
        models=models,
        reference=models["sft"],
        reward=run.model_folder("reward"),
        judge=run.engine(run.recipe.judge),
        settings=_evaluate_settings(run),
        device=run.recipe.engine.device,
        folder=folder,
        progress=progress,
    )


def _evaluate_needs(run: Run) -> list[str]:
    return ["sft", "reward", *(f"align-{method}" for method in run.recipe.methods)]


STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            name="critique-revise",
            needs=lambda run: [],
            inputs=_critique_revise_inputs,
            check=_critique_revise_settings,
            run=_critique_revise,
        ),
        Stage(
            name="sft",
            needs=lambda run: ["critique-revise"],
            inputs=_sft_inputs,
            check=_sft_check,
            run=_sft,
        ),
        Stage(
            name="label",
            needs=lambda run: ["sft"],
            inputs=_label_inputs,
            check=_label_settings,
            run=_label,
        ),
        Stage(
            name="reward",
            needs=lambda run: ["sft", "label"],
            inputs=_reward_inputs,
            check=_reward_check,
            run=_reward,
        ),
        Stage(
            name="align-ppo",
            needs=_ppo_needs,
            inputs=_ppo_inputs,
            check=_ppo_settings,
            run=_ppo,
        ),
        Stage(
            name="align-dpo",
            needs=lambda run: ["sft", "label"],
            inputs=_dpo_inputs,
            check=_dpo_check,
            run=_dpo,
        ),
        Stage(
            name="evaluate",
            needs=_evaluate_needs,
            inputs=_evaluate_inputs,
            check=_evaluate_settings,
            run=_evaluate,
        ),
    )
}
