"""The stage that compares the models."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cai.progress import Progress
from cai.prompts import template_digests
from cai.run import Run, prompts_digest
from cai.stages.stage import Stage, from_stage, own

if TYPE_CHECKING:
    from cai.evaluation.run import EvaluationSettings


def _evaluated(run: Run) -> dict[str, str]:
    """The models to compare, by the name they have in the report."""
    aligned = {method: run.model_folder(f"align-{method}") for method in run.recipe.methods}
    return {"initial": run.pinned(run.recipe.model), "sft": run.model_folder("sft"), **aligned}


def _evaluate_inputs(run: Run) -> dict[str, Any]:
    stages = ["sft", *(f"align-{method}" for method in run.recipe.methods)]
    return own(run, "evaluate") | {
        "models": {
            "initial": run.digest_of(run.recipe.model),
            **{stage: from_stage(run, stage, "model") for stage in stages},
        },
        "reward": from_stage(run, "reward", "model"),
        "judge": run.digest_of(run.recipe.judge),
        "engine": run.recipe.engine.inputs("policy", "judge"),
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
        judge=run.engine(run.recipe.judge, "judge"),
        settings=_evaluate_settings(run),
        device=run.recipe.engine.device,
        folder=folder,
        progress=progress,
    )


def _evaluate_needs(run: Run) -> list[str]:
    return ["sft", "reward", *(f"align-{method}" for method in run.recipe.methods)]


EVALUATE = Stage(
    name="evaluate",
    needs=_evaluate_needs,
    inputs=_evaluate_inputs,
    check=_evaluate_settings,
    run=_evaluate,
)
