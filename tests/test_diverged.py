"""A training that has diverged is an error, and leaves neither a model nor a checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import TrainerControl, TrainerState, TrainingArguments

from cai.errors import RunError
from cai.journal import read_rows, write_rows
from cai.progress import silent
from cai.records import SftRow, content_id, said_by, to_row
from cai.supervised import sft
from cai.supervised.sft import SftSettings
from cai.training import _Journal


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    made = [
        SftRow(
            id=content_id(number),
            prompt=said_by("user", f"May I take road {number}?"),
            completion=said_by("assistant", f"Yes, road {number} is open."),
            prompt_id=content_id(number),
            source="revision",
            round=1,
            principles=("p",),
        )
        for number in range(6)
    ]
    path = tmp_path / "rows.jsonl"
    write_rows(path, (to_row(row) for row in made))
    return path


def train(rows: Path, model: Path, folder: Path, learning_rate: float) -> None:
    folder.mkdir(exist_ok=True)
    settings = SftSettings(
        learning_rate=learning_rate,
        epochs=3,
        batch_size=3,
        # So that only checkpoints and the end would be logged.
        trl={"logging_steps": 100, "save_steps": 4, "warmup_steps": 0},
    )
    sft.run(rows_path=rows, model=str(model), settings=settings, folder=folder, progress=silent)


def test_a_diverged_training_stops_and_says_what_to_lower(
    tiny_model: Path, rows: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "sft"
    with pytest.raises(
        RunError, match=r"is (nan|inf) in step 4: .* lower the stage's learning_rat"
    ):
        train(rows, tiny_model, folder, 1e30)
    assert not (folder / "model").exists()
    assert not list((folder / "checkpoints").glob("*"))


def test_the_last_step_is_looked_at_too(tiny_model: Path, rows: Path, tmp_path: Path) -> None:
    train(rows, tiny_model, tmp_path / "sft", 1e-3)
    assert [row["step"] for row in read_rows(tmp_path / "sft" / "metrics.jsonl")] == [4, 6]


def test_a_gradient_may_overflow_where_losses_are_scaled(tmp_path: Path) -> None:
    journal = _Journal(tmp_path / "metrics.jsonl", silent)
    arguments = TrainingArguments(output_dir=str(tmp_path), use_cpu=True)
    logs = {"loss": 1.0, "grad_norm": float("inf")}
    with pytest.raises(RunError, match="grad_norm is inf"):
        journal.on_log(arguments, TrainerState(), TrainerControl(), logs=logs)
    arguments.fp16 = True
    journal.on_log(arguments, TrainerState(), TrainerControl(), logs=logs)
