"""The pipeline's PPO stage: folders in, an aligned model's folder and its curves out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cai.adapters import merged
from cai.alignment.ppo.building import build
from cai.alignment.ppo.checkpoint import load_checkpoint, save_checkpoint, sync
from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.rewards import MEASUREMENTS
from cai.alignment.ppo.rollout import encode_prompts
from cai.alignment.ppo.trainer import PPOTrainer
from cai.journal import append_rows, read_rows, write_rows
from cai.models import context_of, load_tokenizer
from cai.progress import Progress
from cai.ranks import ALONE, World
from cai.ranks.collectives import wait_for_all
from cai.records import Prompt, Row
from cai.reward.ensemble import EnsembleSettings

_NO_ENSEMBLE = EnsembleSettings()
CHECKPOINTS = "checkpoints"


def run(
    *,
    prompts: Sequence[Prompt],
    policy: str,
    reward: str,
    settings: PPOConfig,
    folder: Path,
    progress: Progress,
    demonstrations: Path | None = None,
    device: str | None = None,
    ensemble: EnsembleSettings = _NO_ENSEMBLE,
    function_folders: Sequence[Path] = (),
    world: World = ALONE,
) -> dict[str, int | float]:
    """Aligns `policy` (the SFT model's folder) to `reward` (the reward model's folder).

    `demonstrations` are the rows that the policy learned from; they are read if `ptx_coefficient`
    is set. `ensemble` says what is beside the reward model's folder, and `function_folders` where
    to look for the functions of `settings.rewards`.

    Writes model/, metrics.jsonl and samples.jsonl below `folder`, and rewards.json where sources
    had to be measured. Killed at any moment and called again with the same arguments, it goes on
    and ends with the same files. In a `world` of several processes all call it, and the first one
    writes.

    Returns:
        Counts: `prompts_too_long` (left out), and those of `summarise`.

    Raises:
        EngineError: if a model cannot be loaded.
        DataError: if a prompt does not fit the context and `too_long` is "error", or if none does.
        RunError: if a checkpoint is damaged or a number is not finite.
    """
    store = folder / CHECKPOINTS
    if not (folder / "model").exists() or store.exists():
        trainer = build_trainer(
            prompts=prompts, policy=policy, reward=reward, settings=settings,
            demonstrations=demonstrations, device=device, world=world, ensemble=ensemble,
            function_folders=function_folders, measurements=folder / MEASUREMENTS,
            note=partial(progress, 0, settings.total_updates * settings.batch_size),
        )  # fmt: skip
        complete(trainer, folder=folder, progress=progress)
        if world.leads:
            shutil.rmtree(store, ignore_errors=True)
        wait_for_all(world, device=trainer.learner.policy.model.device)
    return {
        "prompts_too_long": prompts_too_long(prompts, folder / "model", settings),
        **summarise(list(read_rows(folder / "metrics.jsonl")), settings),
    }


def build_trainer(
    *,
    prompts: Sequence[Prompt],
    policy: str,
    reward: str,
    settings: PPOConfig,
    demonstrations: Path | None = None,
    device: str | None = None,
    ensemble: EnsembleSettings = _NO_ENSEMBLE,
    function_folders: Sequence[Path] = (),
    measurements: Path | None = None,
    world: World = ALONE,
    note: Callable[[str], object] | None = None,
) -> PPOTrainer:
    """A trainer for models on disk; see `build`."""
    parts = build(
        policy=policy, reward=reward, prompts=prompts, settings=settings, device=device,
        ensemble=ensemble, function_folders=function_folders, measurements=measurements,
        world=world, note=note,
    )  # fmt: skip
    rows = read_rows(demonstrations) if demonstrations and settings.ptx_coefficient else ()
    return PPOTrainer(
        policy=parts.policy, value=parts.value, tokenizer=parts.tokenizer, reward=parts.reward,
        prompts=parts.prompts, settings=settings,
        demonstrations=[(*row["prompt"], *row["completion"]) for row in rows], world=world,
    )  # fmt: skip


def complete(trainer: PPOTrainer, *, folder: Path, progress: Progress) -> Path:
    """Trains from the newest checkpoint below `folder` to the end; returns the model's folder.

    The last checkpoint stays: with it, a call after the end finds the trainer's state again.

    Raises:
        RunError: if a checkpoint is damaged or a number is not finite.
    """
    folder.mkdir(parents=True, exist_ok=True)
    load_checkpoint(trainer, folder / CHECKPOINTS)
    train(trainer, folder=folder, progress=progress)
    if trainer.world.leads:
        save_model(trainer, folder / "model")
    return folder / "model"


def train(trainer: PPOTrainer, *, folder: Path, progress: Progress) -> None:
    """Runs what is left of the updates, with their rows and checkpoints below `folder`.

    Raises:
        RunError: if several processes do not hold the same weights; looked at when training begins
            and before every checkpoint.
    """
    settings, leads = trainer.settings, trainer.world.leads
    trainer.check_processes()
    metrics, samples = folder / "metrics.jsonl", folder / "samples.jsonl"
    if leads:
        _keep_until(metrics, "step", trainer.updates_done)
        _keep_until(samples, "update", trainer.updates_done)
    while not trainer.done:
        report = trainer.update()
        number = trainer.updates_done
        if leads:
            append_rows(metrics, [{"step": number, **report.metrics}])
            append_rows(samples, report.samples)
        # Rows come before the checkpoint: rows beyond it are cut on the next start, whereas rows
        # missing below it would be lost.
        if number % settings.checkpoint_every == 0 or trainer.done:
            trainer.check_processes()
            if leads:
                save_checkpoint(trainer, folder / CHECKPOINTS)
        ended = trainer.state.ended_by
        progress(
            number * settings.batch_size,
            (number if ended else settings.total_updates) * settings.batch_size,
            f"score {report.metrics['objective/scores']:.3f} "
            f"kl {report.metrics['objective/kl']:.2f}" + (f"; ended: {ended}" if ended else ""),
        )


def save_model(trainer: PPOTrainer, folder: Path) -> None:
    """Writes the policy, adapters merged, and its tokenizer as a Hugging Face folder."""
    unfinished = folder.with_name(folder.name + ".partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    model: Any = trainer.learner.policy.model
    if trainer.learner.policy.has_adapter:
        model = merged(model)
    model.save_pretrained(unfinished)
    trainer.tokenizer.save_pretrained(unfinished)
    for path in (*unfinished.iterdir(), unfinished):
        sync(path)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    sync(folder.parent)


def prompts_too_long(prompts: Sequence[Prompt], model: Path, settings: PPOConfig) -> int:
    """How many prompts the policy left out, found out from the model that it became."""
    tokenizer, context = load_tokenizer(str(model)), context_of(str(model))
    fitting = encode_prompts(prompts, tokenizer, context=context, settings=settings)
    return len(prompts) - len(fitting)


def summarise(rows: Sequence[Row], settings: PPOConfig) -> dict[str, int | float]:
    """The run in a few numbers: mean score of the first and last tenth of updates, and the KL; the
    share of the policy's updates that `target_kl` cut short; episodes that `kl_budget` spared."""
    tenth = max(1, len(rows) // 10)

    def mean(part: Sequence[Row], name: str) -> float:
        return sum(float(row[name]) for row in part) / len(part)

    episodes = len(rows) * settings.batch_size
    learned = [row for row in rows if "policy/stopped_early" in row]
    budget = settings.kl_budget
    ended = budget is not None and float(rows[-1]["objective/kl"]) > budget
    spared = (settings.total_updates - len(rows)) * settings.batch_size if ended else 0
    return {
        "rows": episodes,
        "updates": len(rows),
        "episodes": episodes,
        "score_first": mean(rows[:tenth], "objective/scores"),
        "score_last": mean(rows[-tenth:], "objective/scores"),
        "kl_last": mean(rows[-tenth:], "objective/kl"),
        "early_stop_share": mean(learned, "policy/stopped_early") if learned else 0.0,
        "episodes_beyond_kl_budget": spared,
    }


def _keep_until(path: Path, name: str, update: int) -> None:
    """Cuts rows of updates after the checkpoint: they will be made again."""
    write_rows(path, [row for row in read_rows(path) if row[name] <= update])
