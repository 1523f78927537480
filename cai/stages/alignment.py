"""The stages that align the SFT model: by PPO, and on the labels themselves by DPO and its kin."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cai.progress import Progress
from cai.ranks.limits import check_ppo, launch_of
from cai.run import Run, prompts_digest
from cai.stages import independent, rewards
from cai.stages.gate import check_judge, check_reward
from cai.stages.stage import Stage, from_stage, own

if TYPE_CHECKING:
    from cai.alignment.ppo import PPOConfig
    from cai.alignment.preference import PreferenceSettings


def _ppo_inputs(run: Run) -> dict[str, Any]:
    inputs = own(run, "align-ppo") | {
        "policy": from_stage(run, "sft", "model"),
        "prompts": prompts_digest(run.training.prompts),
        **independent.inputs(run),
    }
    inputs |= rewards.inputs(run)
    # What a source is, and not where it lies, decides; `rewards` above says it.
    # And what is told to others changes nothing of what is made.
    kept = {k: v for k, v in inputs["settings"].items() if k not in ("rewards", "report_to")}
    inputs["settings"] = kept
    if _holds_on_to_demonstrations(run):
        inputs["demonstrations"] = from_stage(run, "critique-revise", "sft.jsonl")
    return inputs


def _ppo_needs(run: Run) -> list[str]:
    demonstrations = ["critique-revise"] if _holds_on_to_demonstrations(run) else []
    reward = rewards.uses_own_model(run) or independent.needs_reward(run)
    return [*demonstrations, "sft", *(["reward"] if reward else [])]


def _holds_on_to_demonstrations(run: Run) -> bool:
    # Read off the recipe: PPO's own settings come with torch, which a status does not need.
    return bool(run.recipe.sections["align-ppo"]["ptx_coefficient"])


def _ppo_settings(run: Run) -> PPOConfig:
    from cai.alignment.ppo import PPOConfig

    return run.recipe.settings("align-ppo", PPOConfig)


def _ppo_check(run: Run) -> object:
    from cai.alignment.ppo.alarms.settings import check_rollback

    check_ppo(launch_of(os.environ))
    settings = _ppo_settings(run)
    check_rollback(settings.alarms, independent=settings.independent.score is not None)
    rewards.check(run)
    independent.check(run)
    if settings.report_to:
        from cai.alignment.ppo.reporting import check_reporters

        check_reporters(settings.report_to)
    return settings


def _ppo(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.alignment import ppo

    return run.training.counts | ppo.run(
        prompts=run.training.prompts,
        policy=run.model_folder("sft"),
        reward=run.model_folder("reward"),
        ensemble=rewards.ensemble(run),
        function_folders=rewards.function_folders(run),
        demonstrations=run.folder.stage("critique-revise") / "sft.jsonl",
        independent=independent.function(run),
        settings=rewards.pinned(run, _ppo_settings(run)),
        device=run.recipe.engine.device,
        world=run.world,
        folder=folder,
        progress=progress,
    )


def _dpo_inputs(run: Run) -> dict[str, Any]:
    return own(run, "align-dpo") | {
        "model": from_stage(run, "sft", "model"),
        "rows": from_stage(run, "label", "preferences.jsonl"),
    }


def _dpo_settings(run: Run) -> PreferenceSettings:
    from cai.alignment.preference import PreferenceSettings

    return run.recipe.settings("align-dpo", PreferenceSettings)


def _dpo_check(run: Run) -> object:
    from cai.alignment.preference import trainer_config

    return trainer_config(
        _dpo_settings(run), run.folder.path, device=run.recipe.engine.device, world=run.world
    )


def _dpo(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.alignment import preference

    return preference.run(
        preferences=run.folder.stage("label") / "preferences.jsonl",
        model=run.model_folder("sft"),
        settings=_dpo_settings(run),
        device=run.recipe.engine.device,
        world=run.world,
        engine=run.engine,
        folder=folder,
        progress=progress,
    )


ALIGN_PPO = Stage(
    name="align-ppo",
    needs=_ppo_needs,
    inputs=_ppo_inputs,
    check=_ppo_check,
    run=_ppo,
    trains=True,
    admit=check_reward,
)

ALIGN_DPO = Stage(
    name="align-dpo",
    needs=lambda run: ["sft", "label"],
    inputs=_dpo_inputs,
    check=_dpo_check,
    run=_dpo,
    trains=True,
    admit=check_judge,
)
