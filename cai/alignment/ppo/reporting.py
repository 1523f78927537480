"""Metrics to TensorBoard, W&B, trackio or MLflow, by the callbacks that transformers has for them.

Names are those of metrics.jsonl, behind `train/` as transformers' trainers write them. Nothing is
imported unless it is asked for.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.samples import table
from cai.console import say
from cai.errors import RecipeError
from cai.records import Row


def check_reporters(names: Sequence[str]) -> None:
    """Checks that the packages are installed.

    Raises:
        RecipeError: naming the first that is not.
    """
    for name in names:
        if importlib.util.find_spec(name) is None:
            raise RecipeError(
                f"align-ppo.report_to: {name} is not installed; pip install {name}, or leave it out"
            )


class Reports:
    """Where numbers and samples of a training go beside its files.

    Args:
        folder: the training's; TensorBoard writes to runs/ below it, and its name is the run's.
        model: whose configuration is told once.
        done: updates that were finished before.
        silent: whether another process of several tells everything.

    Raises:
        RecipeError: if a package is missing.
    """

    def __init__(
        self,
        settings: PPOConfig,
        *,
        folder: Path,
        model: PreTrainedModel,
        done: int = 0,
        silent: bool = False,
    ) -> None:
        check_reporters(settings.report_to)
        self._show = settings.samples.show and not silent
        self._callbacks: list[Any] = []
        if silent or not settings.report_to:
            return
        from transformers import TrainerControl, TrainerState, TrainingArguments
        from transformers.integrations import get_reporting_integration_callbacks

        self._args = TrainingArguments(
            output_dir=str(folder), run_name=folder.resolve().name, report_to=[]
        )
        self._state = TrainerState(
            global_step=done, max_steps=settings.total_updates, is_world_process_zero=True,
            is_local_process_zero=True,
        )  # fmt: skip
        self._control = TrainerControl()
        kinds = get_reporting_integration_callbacks(list(settings.report_to))
        self._callbacks = [kind() for kind in kinds]
        self._tell("on_train_begin", model=model)
        if "wandb" in settings.report_to:
            import wandb

            wandb.config.update({"ppo": asdict(settings)}, allow_val_change=True)
        self._tables = "wandb" in settings.report_to

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """The numbers of an update."""
        if self._callbacks:
            self._state.global_step = step
            self._tell("on_log", logs=dict(metrics))

    def samples(self, rows: Sequence[Row]) -> None:
        """Answers for reading: on the terminal if `samples.show`, and as a table of W&B."""
        if rows and self._show:
            say(table(rows))
        if rows and self._callbacks and self._tables:
            import wandb

            names = ("update", "prompt", "text", "score", "kl", "finished")
            cells = [[_cell(row[name]) for name in names] for row in rows]
            wandb.log({"completions": wandb.Table(columns=list(names), data=cells)})

    def close(self) -> None:
        """Writes what is left."""
        if self._callbacks:
            self._tell("on_train_end")

    def _tell(self, event: str, **given: Any) -> None:
        for callback in self._callbacks:
            getattr(callback, event)(self._args, self._state, self._control, **given)


def _cell(value: Any) -> Any:
    return value[-1]["content"] if isinstance(value, list) else value
