"""Numbers told to others are those of metrics.jsonl, and tables can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from transformers import PreTrainedModel

from cai.alignment.ppo import PPOConfig, PPOTrainer, SampleSettings, ValueSettings
from cai.alignment.ppo.reporting import check_reporters
from cai.alignment.ppo.samples import table
from cai.errors import RecipeError
from cai.journal import read_rows
from cai.progress import silent
from cai.records import Message, said_by

SETTINGS = PPOConfig(
    total_episodes=8, batch_size=4, minibatch_size=2, max_new_tokens=4,
    value=ValueSettings(warmup_updates=1),
    samples=SampleSettings(count=1, every=1, show=True),
)  # fmt: skip


def lengths(conversations: Sequence[Sequence[Message]]) -> list[float]:
    return [float(len(one[-1]["content"])) for one in conversations]


def trained(folders: dict[str, Path], folder: Path, settings: PPOConfig) -> None:
    trainer = PPOTrainer(
        policy=str(folders["llama"]), reward=lengths, prompts=["why", "how can I bake bread"],
        settings=settings, device="cpu",
    )  # fmt: skip
    assert isinstance(trainer.learner.policy.plain, PreTrainedModel)
    trainer.train(folder, progress=silent)


def test_tensorboard_reads_what_the_rows_say(folders: dict[str, Path], tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    trained(folders, tmp_path, replace(SETTINGS, report_to=("tensorboard",)))
    (events,) = tmp_path.glob("runs/*/events.*")
    read = EventAccumulator(str(events)).Reload()
    rows = list(read_rows(tmp_path / "metrics.jsonl"))
    assert len(rows) == 2
    for name in ("objective/kl", "objective/scores", "answers/words", "val/ratio"):
        found = {one.step: one.value for one in read.Scalars(f"train/{name}")}
        said = {row["step"]: row[name] for row in rows if name in row}
        assert found == pytest.approx(said, rel=1e-5, abs=1e-7)


def test_samples_are_shown_where_that_is_wanted(
    folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(folders, tmp_path / "shown", SETTINGS)
    said = capsys.readouterr().err
    for row in read_rows(tmp_path / "shown" / "samples.jsonl"):
        assert f"update {row['update']}  score {row['score']:.2f}" in said
    trained(folders, tmp_path / "not", replace(SETTINGS, samples=SampleSettings(count=1)))
    assert "update 1" not in capsys.readouterr().err


def test_a_table_cannot_take_over_a_terminal() -> None:
    row = {
        "update": 3, "prompt": said_by("user", "a\x1b[2Jb"), "text": "x\ny" + "z" * 900,
        "score": 1.234, "kl": 0.5, "finished": False,
    }  # fmt: skip
    first, asked, answer = table([row]).split("\n")
    assert first == "update 3  score 1.23  kl 0.50  (cut)"
    assert asked == "> a [2Jb"
    assert answer.startswith("  x yzzz")
    assert len(answer) == 402


def test_a_package_that_is_missing_is_named() -> None:
    with pytest.raises(RecipeError, match="trackio is not installed; pip install trackio"):
        check_reporters(["trackio"])
    with pytest.raises(ValueError, match="report_to has 'clippy'"):
        PPOConfig(report_to=("clippy",))  # type: ignore[arg-type]
