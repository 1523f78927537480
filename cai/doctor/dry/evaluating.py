"""A step of the evaluate stage: its own code on a few of the longest prompts."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from cai.doctor.dry.step import Trial
from cai.doctor.shapes import FLOAT32, shape_of
from cai.progress import silent
from cai.records import Prompt, content_id
from cai.run import Run

_PROMPTS = 16  # at once; the stage's engines take as many as the memory holds
_NEW = 32


def evaluating(run: Run) -> Trial:
    """A trial of the stage: answers, distances to the SFT model, rewards and the judge."""
    from cai.evaluation.run import EvaluationSettings
    from cai.evaluation.run import run as evaluate

    settings = run.recipe.settings("evaluate", EvaluationSettings)
    few = replace(settings, max_new_tokens=min(_NEW, settings.max_new_tokens), per_set=None)
    models = {"initial": run.pinned(run.recipe.model), "sft": run.model_folder("sft")}
    shape = shape_of(models["initial"])
    judge = run.recipe.judge
    here = judge not in run.recipe.servers  # a server's memory is its own
    spread = run.recipe.engine.ray.address is not None  # and so is that of a cluster's workers

    def step(count: int) -> int:
        with tempfile.TemporaryDirectory(dir=run.folder.path.parent) as folder:
            evaluate(
                prompts=_copies(run.heldout.prompts, count),
                models=models,
                engines={name: partial(run.uncached_engine, one) for name, one in models.items()},
                reference=models["sft"],
                reward=run.model_folder("reward"),
                judge=run.uncached_engine(judge, "judge") if here else None,
                settings=few,
                device=run.recipe.engine.device,
                folder=Path(folder),
                progress=silent,
            )
        # Two models whose answers are compared, the reward model, and who answers or judges.
        return (3 if spread else 4) * shape.parameters * FLOAT32

    return Trial(
        unit="prompts", configured=_PROMPTS, length=0, parameters=shape.parameters, step=step
    )


def _copies(prompts: tuple[Prompt, ...], count: int) -> list[Prompt]:
    """So many prompts, as long as the first ones, each an own one."""
    found = []
    for number in range(count):
        one = prompts[number % len(prompts)]
        found.append(replace(one, id=content_id(one.id, str(number))))
    return found
