"""The updates of a run, one after the other, with the files that they leave and what ends them.

Rows come before the checkpoint of the same update. Rows beyond the newest checkpoint are cut on the
next start and made again, the same; rows missing below it would be lost.
"""

from __future__ import annotations

from pathlib import Path

from cai import disk
from cai.alignment.ppo.alarms.independent import Look, look
from cai.alignment.ppo.alarms.readings import Seen
from cai.alignment.ppo.alarms.texts import text_numbers
from cai.alignment.ppo.alarms.watch import Watch, watch_row
from cai.alignment.ppo.best import Ending, best_update, ending
from cai.alignment.ppo.checkpoint import checkpoints, save_checkpoint, size
from cai.alignment.ppo.reporting import Reports
from cai.alignment.ppo.rollout import RewardFunction
from cai.alignment.ppo.trainer import PPOTrainer, UpdateReport
from cai.console import say
from cai.journal import append_rows, read_rows, write_rows
from cai.progress import Progress
from cai.ranks.collectives import wait_for_all

CHECKPOINTS = "checkpoints"
METRICS, SAMPLES, WATCH, ALARMS = "metrics.jsonl", "samples.jsonl", "watch.jsonl", "alarms.jsonl"


def train(
    trainer: PPOTrainer,
    *,
    folder: Path,
    progress: Progress,
    independent: RewardFunction | None = None,
) -> Ending:
    """Runs what is left of the updates, with their rows and checkpoints below `folder`.

    The checkpoint of the ending's update is among them.

    Args:
        independent: the independent score, if there is one.

    Raises:
        RunError: if the disk has no room for the checkpoints, a number is not finite, or several
            processes do not hold the same weights (looked at first and before every checkpoint).
    """
    settings, store, leads = trainer.settings, folder / CHECKPOINTS, trainer.world.leads
    trainer.check_processes()
    if leads:
        room = (settings.checkpoints.keep + 2) * size(trainer)
        disk.require_room(store, room, what="checkpoints")
        _cut(folder, trainer.updates_done, started=bool(checkpoints(store)))
    wait_for_all(trainer.world, device=trainer.learner.policy.model.device)
    watch = watch_of(folder)
    if independent is not None and not watch.looks:
        watch.looks.append(look(trainer, independent, count=settings.independent.prompts))
        if leads:
            first = watch_row(0, phrases={}, look=watch.looks[0], found={})
            append_rows(folder / WATCH, [first])
        _save(trainer, store, watch)
    reports = Reports(
        settings, folder=folder, model=trainer.learner.policy.plain,
        done=trainer.updates_done, silent=not leads,
    )  # fmt: skip
    while (found := ending(watch, settings, done=trainer.done)) is None:
        report = trainer.update()
        metrics = _observe(trainer, report, watch, folder=folder, independent=independent)
        reports.log(trainer.updates_done, metrics)
        reports.samples(report.samples)
        number, ended = trainer.updates_done, trainer.state.ended_by
        over = ending(watch, settings, done=trainer.done) is not None
        due = number % settings.checkpoints.every == 0 or best_update(watch, settings) == number
        if due or over:
            _save(trainer, store, watch)
        progress(
            number * settings.batch_size,
            (number if over else settings.total_updates) * settings.batch_size,
            f"score {report.metrics['objective/scores']:.3f} "
            f"kl {report.metrics['objective/kl']:.2f}" + (f"; ended: {ended}" if ended else ""),
        )
    reports.close()
    return found


def watch_of(folder: Path) -> Watch:
    """What the rows below `folder` show."""
    return Watch.remembered(*(read_rows(folder / name) for name in (METRICS, WATCH, ALARMS)))


def _observe(
    trainer: PPOTrainer,
    report: UpdateReport,
    watch: Watch,
    *,
    folder: Path,
    independent: RewardFunction | None,
) -> dict[str, float]:
    """Writes the rows of one update, says which alarms it raises, and returns its metrics."""
    settings, number = trainer.settings, trainer.updates_done
    texts = text_numbers(report.answers.texts)
    metrics = report.metrics | texts.metrics
    metrics["answers/finished"] = float(report.answers.finished.float().mean())
    new: Look | None = None
    if independent is not None and (number % settings.independent.every == 0 or trainer.done):
        new = look(trainer, independent, count=settings.independent.prompts)
        watch.looks.append(new)
        metrics |= new.metrics
    watch.seen.append(Seen(step=number, metrics=metrics, phrases=texts.phrases))
    found = watch.readings(settings)
    alarms = watch.new_alarms(found, settings)
    watch.raised[number] = frozenset(name for name, each in found.items() if each.raised)
    watch.alarms.extend(alarm.to_row() for alarm in alarms)
    if not trainer.world.leads:
        return metrics
    append_rows(folder / METRICS, [{"step": number, **metrics}])
    append_rows(folder / WATCH, [watch_row(number, phrases=texts.phrases, look=new, found=found)])
    append_rows(folder / SAMPLES, report.samples)
    append_rows(folder / ALARMS, [alarm.to_row() for alarm in alarms])
    for alarm in alarms:
        say(f"align-ppo: {alarm.line}")
    return metrics


def _save(trainer: PPOTrainer, store: Path, watch: Watch) -> None:
    trainer.check_processes()
    if not trainer.world.leads:
        return
    update = best_update(watch, trainer.settings)
    kept = () if update is None else (update,)
    save_checkpoint(trainer, store, last=trainer.settings.checkpoints.keep, also=kept)


def _cut(folder: Path, update: int, *, started: bool) -> None:
    """Cuts rows of updates after the checkpoint: they will be made again."""
    names = {METRICS: "step", SAMPLES: "update", WATCH: "step", ALARMS: "step"}
    for file, name in names.items():
        path = folder / file
        write_rows(path, [row for row in read_rows(path) if started and row[name] <= update])
