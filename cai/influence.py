"""What the reward model would be without one principle: trained again on the other labels."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cai.errors import RunError
from cai.feedback.label import COMPARISONS, LABELS, PREFERENCES
from cai.feedback.merge import merge
from cai.feedback.questions import questions, weights_of
from cai.feedback.settings import LabelSettings
from cai.feedback.trust import card
from cai.feedback.trust.calibration import calibrated
from cai.intervals import Estimate
from cai.journal import read_records, write_rows
from cai.progress import Progress
from cai.records import Comparison, Label, Preference, to_row
from cai.reward import train
from cai.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class Influence:
    """Held-out accuracy of the reward model, with a principle and without it.

    Both are measured on the same pairs, labelled under all principles. `lost` training pairs have
    no label left, `turned` ones prefer the other answer.
    """

    principle: str
    accuracy: Estimate
    without: Estimate
    lost: int
    turned: int


def measure(run: Run, principle: str, *, progress: Progress) -> Influence:
    """Trains a reward model on all labels but the principle's, in a folder that is thrown away.

    Raises:
        RunError: if the run has no reward model yet, or no label of the principle.
    """
    label, reward = run.folder.stage("label"), run.folder.stage("reward")
    if run.folder.manifest("label") is None or run.folder.manifest("reward") is None:
        raise RunError(f"{run.folder.path}: needs labels and a reward model; run `cai reward`")
    comparisons = read_records(label / COMPARISONS, Comparison)
    labels = read_records(label / LABELS, Label)
    settings = run.recipe.settings("label", LabelSettings)
    left = [one for one in labels if one.principle != principle]
    if len(left) == len(labels):
        raise RunError(f"{label / LABELS}: no label under {principle!r}; `cai constitution report` "
                       "lists the principles that have some")  # fmt: skip
    full = read_records(label / PREFERENCES, Preference)
    reduced, _ = merge(
        comparisons,
        list(calibrated(left, _temperature(label, settings))),
        weights_of(
            questions(
                comparisons, run.constitution, principles=settings.principles, seed=settings.seed
            )
        ),
        settings.merging,
        overrides={one.id: one.overrides for one in run.constitution.principles},
    )
    training = [row for row in reduced if row.split == "train"]
    before = {row.comparison_id: row.chosen for row in full if row.split == "train"}
    after = {row.comparison_id: row.chosen for row in training}
    with tempfile.TemporaryDirectory(prefix="cai-influence-") as name:
        folder = Path(name)
        rows = [*training, *(row for row in full if row.split == "heldout")]
        write_rows(folder / PREFERENCES, map(to_row, rows))
        chosen = run.recipe.settings("reward", train.RewardSettings)
        if chosen.base != "sft":
            chosen = replace(chosen, base=run.pinned(chosen.base))
        train.run(
            preferences=folder / PREFERENCES,
            sft=run.model_folder("sft"),
            settings=chosen,
            device=run.recipe.engine.device,
            folder=folder,
            progress=progress,
        )
        without = _accuracy(folder)
    return Influence(
        principle=principle,
        accuracy=_accuracy(reward),
        without=without,
        lost=len(before.keys() - after.keys()),
        turned=sum(before[key] != after[key] for key in before.keys() & after.keys()),
    )


def _temperature(label: Path, settings: LabelSettings) -> float | None:
    """What the run's labels were merged at."""
    if settings.calibration == "none":
        return None
    judge: Mapping[str, Any] = json.loads((label / card.JUDGE).read_text("utf-8"))
    return card.temperature_for(judge, settings.calibration)


def as_text(found: Influence) -> str:
    """Both accuracies, and what became of the training pairs."""
    return (
        f"reward model, held-out accuracy: {_share(found.accuracy)}\n"
        f"without {found.principle}: {_share(found.without)}; of the training pairs {found.lost} "
        f"have no label then and {found.turned} prefer the other answer"
    )


def _accuracy(folder: Path) -> Estimate:
    card: Mapping[str, Estimate] = json.loads((folder / train.CARD).read_text("utf-8"))
    return card["accuracy"]


def _share(found: Estimate) -> str:
    if found["value"] is None or found["low"] is None or found["high"] is None:
        return "unknown"
    low, high = 100 * found["low"], 100 * found["high"]
    return f"{100 * found['value']:.1f} % ({low:.0f}-{high:.0f}, {found['n']} pairs)"
