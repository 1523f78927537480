"""The stages that make the SFT model: critique-revise and sft."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cai.constitution import dependencies
from cai.progress import Progress
from cai.prompts import template_digests
from cai.run import Run, prompts_digest
from cai.stages.stage import Stage, from_stage, own

if TYPE_CHECKING:
    from cai.supervised.critique_revise import CritiqueReviseSettings
    from cai.supervised.sft import SftSettings


def _critique_revise_inputs(run: Run) -> dict[str, Any]:
    return own(run, "critique-revise") | {
        "model": run.digest_of(run.recipe.critic),
        "engine": run.recipe.engine.inputs("critic"),
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
        engine=run.engine(run.recipe.critic, "critic"),
        settings=_critique_revise_settings(run),
        folder=folder,
        progress=progress,
    )


def _sft_inputs(run: Run) -> dict[str, Any]:
    return own(run, "sft") | {
        "model": run.digest_of(run.recipe.model),
        "rows": from_stage(run, "critique-revise", "sft.jsonl"),
        "templates": template_digests("transcript"),
    }


def _sft_settings(run: Run) -> SftSettings:
    from cai.supervised.sft import SftSettings

    return run.recipe.settings("sft", SftSettings)


def _sft_check(run: Run) -> object:
    from cai.supervised.sft import trainer_config

    return trainer_config(
        _sft_settings(run), run.folder.path, device=run.recipe.engine.device, world=run.world
    )


def _sft(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.supervised import sft

    return sft.run(
        rows_path=run.folder.stage("critique-revise") / "sft.jsonl",
        model=run.pinned(run.recipe.model),
        settings=_sft_settings(run),
        device=run.recipe.engine.device,
        world=run.world,
        folder=folder,
        progress=progress,
    )


CRITIQUE_REVISE = Stage(
    name="critique-revise",
    needs=lambda run: [],
    inputs=_critique_revise_inputs,
    check=_critique_revise_settings,
    run=_critique_revise,
)

SFT = Stage(
    name="sft",
    needs=lambda run: ["critique-revise"],
    inputs=_sft_inputs,
    check=_sft_check,
    run=_sft,
    trains=True,
)
