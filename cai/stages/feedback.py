"""The stages that make the reward: label and reward."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cai.constitution import dependencies
from cai.progress import Progress
from cai.prompts import template_digests
from cai.run import Run, prompts_digest
from cai.stages.gate import check_judge
from cai.stages.stage import Stage, from_stage, own

if TYPE_CHECKING:
    from cai.feedback.label import LabelSettings
    from cai.reward.train import RewardSettings


def _label_inputs(run: Run) -> dict[str, Any]:
    settings = dict(run.recipe.sections["label"])
    del settings["gate"]  # it says what to make of the labels, and not what they are
    return own(run, "label") | {
        "settings": settings,
        "policy": from_stage(run, "sft", "model"),
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


def _reward_inputs(run: Run) -> dict[str, Any]:
    base = run.recipe.sections["reward"]["base"]
    return own(run, "reward") | {
        "model": from_stage(run, "sft", "model") if base == "sft" else run.digest_of(base),
        "rows": from_stage(run, "label", "preferences.jsonl"),
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


LABEL = Stage(
    name="label",
    needs=lambda run: ["sft"],
    inputs=_label_inputs,
    check=_label_settings,
    run=_label,
)

REWARD = Stage(
    name="reward",
    needs=lambda run: ["sft", "label"],
    inputs=_reward_inputs,
    check=_reward_check,
    run=_reward,
    admit=check_judge,
)
