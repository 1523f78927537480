"""The stages of a run as data: what each needs, depends on, and does.

`inputs` names everything that decides a stage's result; when their digest changes, the stage is
stale. Heavy packages are imported only when a stage really runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cai.constitution import dependencies
from cai.errors import RunError
from cai.progress import Progress
from cai.prompts import template_digests
from cai.run import Run, prompts_digest

# Raised when a stage's own code changes what it writes for the same inputs.
_VERSION = {
    "critique-revise": 1,
    "sft": 1,
    "label": 2,
    "reward": 1,
    "align-ppo": 1,
    "align-dpo": 1,
    "evaluate": 1,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One step of a run. `needs` names the stages whose files it reads."""

    name: str
    needs: Callable[[Run], list[str]]
    inputs: Callable[[Run], dict[str, Any]]
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
        "templates": template_digests("critic_system", "critique", "revision"),
    }


def _critique_revise(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.supervised import critique_revise

    return run.training.counts | critique_revise.run(
        prompts=run.red_team.prompts,
        helpful_prompts=run.helpful.prompts,
        constitution=run.constitution,
        engine=run.engine(run.recipe.critic),
        settings=run.recipe.settings("critique-revise", critique_revise.CritiqueReviseSettings),
        folder=folder,
        progress=progress,
    )


# --- sft ---------------------------------------------------------------------------------------


def _sft_inputs(run: Run) -> dict[str, Any]:
    return _own(run, "sft") | {
        "model": run.digest_of(run.recipe.model),
        "rows": _from_stage(run, "critique-revise", "sft.jsonl"),
    }


def _sft(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.supervised import sft

    return sft.run(
        rows_path=run.folder.stage("critique-revise") / "sft.jsonl",
        model=run.recipe.model,
        settings=run.recipe.settings("sft", sft.SftSettings),
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
        "templates": template_digests("judge_system", "judge"),
    }


def _label(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.feedback import label

    return run.training.counts | label.run(
        prompts=run.training.prompts,
        constitution=run.constitution,
        policy=partial(run.engine, run.model_folder("sft")),
        judge=run.engine(run.recipe.judge),
        settings=run.recipe.settings("label", label.LabelSettings),
        folder=folder,
        progress=progress,
    )


# --- reward ------------------------------------------------------------------------------------


def _reward_inputs(run: Run) -> dict[str, Any]:
    return _own(run, "reward") | {
        "model": _from_stage(run, "sft", "model"),
        "rows": _from_stage(run, "label", "preferences.jsonl"),
    }


def _reward(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.reward import train

    return train.run(
        preferences=run.folder.stage("label") / "preferences.jsonl",
        sft=run.model_folder("sft"),
        settings=run.recipe.settings("reward", train.RewardSettings),
        folder=folder,
        progress=progress,
    )


# --- align -------------------------------------------------------------------------------------


def _ppo_inputs(run: Run) -> dict[str, Any]:
    return _own(run, "align-ppo") | {
        "policy": _from_stage(run, "sft", "model"),
        "reward": _from_stage(run, "reward", "model"),
        "prompts": prompts_digest(run.training.prompts),
    }


def _ppo(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.alignment import ppo

    return run.training.counts | ppo.run(
        prompts=run.training.prompts,
        policy=run.model_folder("sft"),
        reward=run.model_folder("reward"),
        settings=run.recipe.settings("align-ppo", ppo.PPOConfig),
        folder=folder,
        progress=progress,
    )


def _dpo_inputs(run: Run) -> dict[str, Any]:
    return _own(run, "align-dpo") | {
        "model": _from_stage(run, "sft", "model"),
        "rows": _from_stage(run, "label", "preferences.jsonl"),
    }


def _dpo(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.alignment import preference

    return preference.run(
        preferences=run.folder.stage("label") / "preferences.jsonl",
        model=run.model_folder("sft"),
        settings=run.recipe.settings("align-dpo", preference.PreferenceSettings),
        folder=folder,
        progress=progress,
    )


# --- evaluate ----------------------------------------------------------------------------------


def _evaluated(run: Run) -> dict[str, str]:
    """The models to compare, by the name they have in the report."""
    aligned = {method: run.model_folder(f"align-{method}") for method in run.recipe.methods}
    return {"initial": run.recipe.model, "sft": run.model_folder("sft"), **aligned}


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
        "templates": template_digests("verdict_system", "verdict"),
    }


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
        settings=run.recipe.settings("evaluate", evaluation.EvaluationSettings),
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
            run=_critique_revise,
        ),
        Stage(
            name="sft",
            needs=lambda run: ["critique-revise"],
            inputs=_sft_inputs,
            run=_sft,
        ),
        Stage(name="label", needs=lambda run: ["sft"], inputs=_label_inputs, run=_label),
        Stage(
            name="reward",
            needs=lambda run: ["sft", "label"],
            inputs=_reward_inputs,
            run=_reward,
        ),
        Stage(
            name="align-ppo",
            needs=lambda run: ["sft", "reward"],
            inputs=_ppo_inputs,
            run=_ppo,
        ),
        Stage(
            name="align-dpo",
            needs=lambda run: ["sft", "label"],
            inputs=_dpo_inputs,
            run=_dpo,
        ),
        Stage(name="evaluate", needs=_evaluate_needs, inputs=_evaluate_inputs, run=_evaluate),
    )
}
