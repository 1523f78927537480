"""The pipeline's PPO stage: folders in, an aligned model's folder and its curves out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cai.adapters import merged
from cai.alignment.ppo.alarms.settings import check_rollback
from cai.alignment.ppo.best import ending
from cai.alignment.ppo.building import build
from cai.alignment.ppo.checkpoint import (
    PARTIAL,
    discard,
    load_checkpoint,
    name_of,
    restore,
    sync,
)
from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.loop import CHECKPOINTS, METRICS, train, watch_of
from cai.alignment.ppo.rewards import MEASUREMENTS
from cai.alignment.ppo.rollout import RewardFunction, encode_prompts
from cai.alignment.ppo.trainer import PPOTrainer
from cai.journal import read_rows
from cai.models import context_of, load_tokenizer
from cai.progress import Progress
from cai.ranks import ALONE, World
from cai.ranks.collectives import wait_for_all
from cai.records import Prompt, Row
from cai.reward.ensemble import EnsembleSettings

_NO_ENSEMBLE = EnsembleSettings()


def run(
    *,
    prompts: Sequence[Prompt],
    policy: str,
    reward: str,
    settings: PPOConfig,
    folder: Path,
    progress: Progress,
    demonstrations: Path | None = None,
    independent: Callable[[], RewardFunction] | None = None,
    device: str | None = None,
    ensemble: EnsembleSettings = _NO_ENSEMBLE,
    function_folders: Sequence[Path] = (),
    world: World = ALONE,
) -> dict[str, int | float]:
    """Aligns `policy` (the SFT model's folder) to `reward` (the reward model's folder).

    `demonstrations` are the rows that the policy learned from; they are read if `ptx_coefficient`
    is set. `ensemble` says what is beside the reward model's folder, and `function_folders` where
    to look for the functions of `settings.rewards`.

    `independent` makes the reward function that alarms and the choice of the best checkpoint go by
    (`settings.independent` says how often); training never sees it.

    Writes model/, metrics.jsonl, samples.jsonl, watch.jsonl (what the alarms saw) and alarms.jsonl
    (those raised) below `folder`, and rewards.json where sources had to be measured. Killed at any
    moment and called again with the same arguments, it goes on and ends with the same files. In a
    `world` of several processes all call it, and the first one writes.

    Returns:
        Counts: `prompts_too_long` (left out), and those of `summarise` and `endings`.

    Raises:
        EngineError: if a model cannot be loaded.
        DataError: if a prompt does not fit the context and `too_long` is "error", or if none does.
        RunError: if all checkpoints are damaged, the disk has no room for them, or a number is not
            finite.
    """
    store = folder / CHECKPOINTS
    if not (folder / "model").exists() or store.exists():
        trainer = build_trainer(
            prompts=prompts, policy=policy, reward=reward, settings=settings,
            demonstrations=demonstrations, device=device, world=world, ensemble=ensemble,
            function_folders=function_folders, measurements=folder / MEASUREMENTS,
            note=partial(progress, 0, settings.total_updates * settings.batch_size),
        )  # fmt: skip
        align(
            trainer, folder=folder, progress=progress,
            independent=independent() if independent else None,
        )  # fmt: skip
    if world.leads:
        shutil.rmtree(folder / PARTIAL, ignore_errors=True)
    return {
        "prompts_too_long": prompts_too_long(prompts, folder / "model", settings),
        **summarise(list(read_rows(folder / METRICS)), settings),
        **endings(folder, settings),
    }


def align(
    trainer: PPOTrainer,
    *,
    folder: Path,
    progress: Progress,
    independent: RewardFunction | None = None,
    keep: bool = False,
) -> None:
    """Runs a fresh trainer to its end from where the files below `folder` are, as `run` does.

    The policy that the run ends with becomes model/: the last, or one that it rolls back to. With
    `keep` the checkpoints stay, so that a call after the end finds the trainer's state again.

    Raises:
        RecipeError: if an alarm rolls back, and there is no independent score.
    """
    check_rollback(trainer.settings.alarms, independent=independent is not None)
    store, world = folder / CHECKPOINTS, trainer.world
    device = trainer.learner.policy.model.device
    if world.leads:
        folder.mkdir(parents=True, exist_ok=True)
        load_checkpoint(trainer, store)  # and deletes damaged ones, before others look for theirs
    wait_for_all(world, device=device)
    if not world.leads:
        load_checkpoint(trainer, store)
    ended = train(trainer, folder=folder, progress=progress, independent=independent)
    if ended.update != trainer.updates_done:
        restore(trainer, store / name_of(ended.update))
    wait_for_all(world, device=device)  # all have read what is then deleted
    if world.leads:
        save_model(trainer, folder / "model")
        if not keep:
            discard(store)
    wait_for_all(world, device=device)


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
    share of the policy's updates that `target_kl` cut short; the updates that were planned; and
    `kl_budget_after`, the update whose answers were beyond `kl_budget`, if there was one."""
    tenth = max(1, len(rows) // 10)

    def mean(part: Sequence[Row], name: str) -> float:
        return sum(float(row[name]) for row in part) / len(part)

    episodes = len(rows) * settings.batch_size
    warmup = settings.value.warmup_updates
    learned = [row for row in rows[warmup:] if "policy/stopped_early" in row]
    budget = settings.kl_budget
    ended = budget is not None and float(rows[-1]["objective/kl"]) > budget
    counts: dict[str, int | float] = {
        "rows": episodes,
        "updates": len(rows),
        "updates_planned": settings.total_updates,
        "episodes": episodes,
        "score_first": mean(rows[:tenth], "objective/scores"),
        "score_last": mean(rows[-tenth:], "objective/scores"),
        "kl_last": mean(rows[-tenth:], "objective/kl"),
        "early_stop_share": mean(learned, "policy/stopped_early") if learned else 0.0,
    }
    return counts | ({"kl_budget_after": len(rows)} if ended else {})


def endings(folder: Path, settings: PPOConfig) -> dict[str, int | float]:
    """How a finished run ended: `alarms`, how many were raised; `model_update`, after how many
    updates the model was as it is; `stopped_after` or `rolled_back_after`, the update whose alarm
    ended the run, if one did."""
    watch = watch_of(folder)
    found = ending(watch, settings, done=True)
    assert found is not None  # since there is nothing more to do
    counts: dict[str, int | float] = {"alarms": len(watch.alarms), "model_update": found.update}
    name = {"stop": "stopped_after", "rollback": "rolled_back_after"}.get(found.by)
    return counts | ({name: watch.seen[-1].step} if name else {})
