"""Two processes do what one does: the same numbers, rows and weights, up to rounding."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from safetensors.torch import load_file

from cai.alignment.ppo.alarms.independent import look
from cai.alignment.ppo.run import build_trainer
from cai.errors import RecipeError
from cai.journal import read_rows, write_rows
from cai.ranks import ALONE, World
from cai.records import said_by
from tests.alignment.ppo import two_processes
from tests.forked import two_ranks


@pytest.fixture(scope="module")
def models(folders: dict[str, Path]) -> Path:
    root = folders["llama"].parent
    write_rows(
        root / "demonstrations.jsonl",
        [
            {"prompt": said_by("user", text), "completion": said_by("assistant", text * 2)}
            for text in ("bake", "a good story", "why not")
        ],
    )
    return root


@pytest.fixture(scope="module")
def both(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes made."""
    folder = tmp_path_factory.mktemp("both")
    codes, said = two_ranks(
        lambda: two_processes.main(models, folder, 120), tmp_path_factory.mktemp("said")
    )
    assert codes == [0, 0], said
    return folder


def test_two_processes_are_one(models: Path, both: Path, tmp_path: Path) -> None:
    for name in two_processes.CASES:
        two_processes.train(name, models, tmp_path / "alone", ALONE)
        made, wanted = both / name, tmp_path / "alone" / name
        assert {str(path.relative_to(made)) for path in made.rglob("*")} == {
            str(path.relative_to(wanted)) for path in wanted.rglob("*")
        }
        rows, expected = (list(read_rows(one / "metrics.jsonl")) for one in (made, wanted))
        assert len(rows) == len(expected)
        for row, one in zip(rows, expected, strict=True):
            assert row == pytest.approx(one, rel=1e-5, abs=1e-6), name
        for row, one in zip(
            read_rows(made / "samples.jsonl"), read_rows(wanted / "samples.jsonl"), strict=True
        ):
            assert {k: row[k] for k in ("prompt_id", "text", "finished")} == {
                k: one[k] for k in ("prompt_id", "text", "finished")
            }
        weights, others = (load_file(one / "model" / "model.safetensors") for one in (made, wanted))
        start = load_file(models / "llama" / "model.safetensors")
        moved = max(float((others[key] - start[key]).abs().max()) for key in others)
        apart = max(float((weights[key] - others[key]).abs().max()) for key in others)
        assert moved > 1e-4
        assert apart < (1e-5 if name == "stopped" else 1e-6), (name, apart, moved)
    for file in ("metrics.jsonl", "samples.jsonl", "model/model.safetensors"):
        resumed = both / "killed" / "lora" / file
        assert resumed.read_bytes() == (both / "lora" / file).read_bytes(), file
    stopped = list(read_rows(both / "stopped" / "metrics.jsonl"))
    assert any(row["policy/stopped_early"] for row in stopped)

    first, other = (json.loads((both / f"said-{rank}.json").read_text()) for rank in (0, 1))
    assert sorted([first[0], other[0]]) == [False, True]  # one alone says why it fails
    assert first[1] == first[2] == other[1]
    assert "the weights of update 1: process 1 of 2 has others than process 0" in first[1]


@pytest.mark.parametrize("action", ["stop", "rollback"])
def test_an_alarm_ends_all_processes_as_it_ends_one(
    models: Path, both: Path, tmp_path: Path, action: str
) -> None:
    first, other = (json.loads((both / f"ended-{rank}.json").read_text()) for rank in (0, 1))
    told, alone = first[action], two_processes.ended(action, models, tmp_path, ALONE)
    assert told == other[action]  # the policy too: the trainers are put back, all of them
    made, wanted = both / action, tmp_path / action
    name = {"stop": "stopped_after", "rollback": "rolled_back_after"}[action]
    assert {key: told[key] for key in ("alarms", "model_update", name)} == {
        key: alone[key] for key in ("alarms", "model_update", name)
    }
    rows = list(read_rows(made / "metrics.jsonl"))
    assert told[name] == len(rows) < two_processes.ENDED[action].total_updates
    assert told["model_update"] == (len(rows) if action == "stop" else 1)
    (alarm,) = read_rows(made / "alarms.jsonl")
    assert (alarm["alarm"], alarm["step"]) == ("kl", len(rows))
    assert {str(path.relative_to(made)) for path in made.rglob("*")} == {
        str(path.relative_to(wanted)) for path in wanted.rglob("*")
    }
    weights, others = (load_file(one / "model" / "model.safetensors") for one in (made, wanted))
    apart = max(float((weights[key] - others[key]).abs().max()) for key in weights)
    assert apart <= (1e-3 if action == "stop" else 0)


def test_a_process_that_stands_still_ends_all(models: Path, tmp_path: Path) -> None:
    codes, said = two_ranks(lambda: two_processes.main(models, tmp_path, 5), tmp_path)
    assert codes == [1, -signal.SIGKILL], said
    assert "process 0 of 2 has lost another" in said[0]


def test_a_batch_smaller_than_the_processes_is_refused(models: Path) -> None:
    with pytest.raises(RecipeError, match="batch_size 5 gives 6 processes not even one episode"):
        two_processes.train("whole", models, Path("/nowhere"), World(rank=0, size=6))


def test_a_look_at_fewer_prompts_than_processes_is_refused(models: Path) -> None:
    trainer = build_trainer(
        prompts=two_processes.PROMPTS, policy=str(models / "llama"),
        reward=str(models / "llama-reward"), settings=two_processes.CASES["lora"], device="cpu",
        world=World(rank=1, size=5),
    )  # fmt: skip
    with pytest.raises(RecipeError, match="a look at 4 prompts gives 5 processes not even one"):
        look(trainer, two_processes.letters, count=4)
