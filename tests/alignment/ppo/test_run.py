"""The stage as a whole: files, resumption, model families."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    PreTrainedModel,
)

from cai.alignment.ppo import (
    CheckpointSettings,
    ComputeSettings,
    PPOConfig,
    SampleSettings,
    ValueSettings,
    run,
)
from cai.alignment.ppo.run import build_trainer
from cai.errors import DataError, EngineError, RunError
from cai.journal import read_rows, write_rows
from cai.models import load_tokenizer
from cai.progress import silent
from cai.records import Prompt, said_by
from cai.reward.score import Scorer

SETTINGS = PPOConfig(
    total_episodes=20,
    batch_size=4,
    minibatch_size=2,
    compute=ComputeSettings(micro_batch_tokens=64),
    ppo_epochs=2,
    max_new_tokens=8,
    value=ValueSettings(warmup_updates=1),
    checkpoints=CheckpointSettings(every=2),
    samples=SampleSettings(every=2, count=2),
)


def test_the_share_of_early_stops_is_of_the_updates_that_move_the_policy(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    found = run(
        prompts=prompts,
        policy=str(folders["llama"]),
        reward=str(folders["llama-reward"]),
        settings=replace(SETTINGS, target_kl=1e-12),
        folder=tmp_path,
        progress=silent,
    )
    stopped = [row["policy/stopped_early"] for row in read_rows(tmp_path / "metrics.jsonl")]
    assert stopped == [0, 1, 1, 1, 1]
    assert found["early_stop_share"] == 1


@pytest.mark.parametrize("family", ["llama", "qwen2", "gpt2"])
def test_run_writes_its_files(
    family: str, folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    found = run(
        prompts=prompts,
        policy=str(folders[family]),
        reward=str(folders[f"{family}-reward"]),
        settings=SETTINGS,
        folder=tmp_path,
        progress=silent,
    )
    assert found["episodes"] == 20
    rows = list(read_rows(tmp_path / "metrics.jsonl"))
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[0]["objective/kl"] == pytest.approx(0, abs=1e-4)
    assert rows[0]["lr"] == 0  # the value model learns alone
    assert rows[1]["objective/kl"] == pytest.approx(0, abs=1e-4)
    assert all(row["val/ratio_max"] < 10 for row in rows[1:])
    samples = list(read_rows(tmp_path / "samples.jsonl"))
    assert [row["update"] for row in samples] == [1, 1, 3, 3, 5, 5]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "alarms.jsonl",
        "metrics.jsonl",
        "model",
        "samples.jsonl",
        "watch.jsonl",
    ]
    assert {name: found[name] for name in ("alarms", "model_update")} == {
        "alarms": 0,
        "model_update": 5,
    }
    before = AutoModelForCausalLM.from_pretrained(folders[family]).state_dict()
    after = AutoModelForCausalLM.from_pretrained(tmp_path / "model").state_dict()
    assert before.keys() == after.keys()
    assert any(not torch.equal(before[name], after[name]) for name in before)


class Killed(BaseException):
    """Stands for the end of the process: no code of the stage may catch it."""


def start(
    folders: dict[str, Path], prompts: Sequence[Prompt], folder: Path, **changes: object
) -> dict[str, int | float]:
    return run(
        prompts=prompts,
        policy=str(folders["llama"]),
        reward=str(folders["llama-reward"]),
        demonstrations=folder.parent / "sft.jsonl",
        settings=replace(SETTINGS, **changes),
        folder=folder,
        progress=silent,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(("seed", "lora_rank", "ptx"), [(0, 0, 0.0), (1, 0, 0.5), (2, 2, 0.0)])
def test_a_run_killed_again_and_again_ends_with_the_same_files(
    seed: int,
    lora_rank: int,
    ptx: float,
    folders: dict[str, Path],
    prompts: list[Prompt],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [{"prompt": [*p.messages], "completion": [*said_by("assistant", "b")]} for p in prompts]
    write_rows(tmp_path / "sft.jsonl", rows)
    # One of them with what only the state remembers: running statistics, an adaptive coefficient.
    running = {"reward_normalisation": "running", "kl_placement": "loss", "kl_target": 0.1}
    given = {"lora_rank": lora_rank, "ptx_coefficient": ptx, **(running if seed == 1 else {})}
    expected = start(folders, prompts, tmp_path / "whole", **given)
    choose = random.Random(seed)
    real_fsync, left, kills = os.fsync, 0, 0

    def fsync(descriptor: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    while True:
        left = choose.randint(12, 26)  # every write to disk waits in fsync: each may be the last
        try:
            found = start(folders, prompts, tmp_path / "broken", **given)
            break
        except Killed:
            kills += 1
    assert kills >= 2
    assert found == expected
    assert contents(tmp_path / "broken") == contents(tmp_path / "whole")


def test_prompts_that_do_not_fit_are_counted(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    long = replace(prompts[0], messages=said_by("user", "0123456789" * 20))
    assert start(folders, prompts, tmp_path / "a", total_episodes=4)["prompts_too_long"] == 0
    given = {"total_episodes": 4, "too_long": "drop"}
    found = start(folders, [*prompts, long], tmp_path / "b", **given)
    assert found["prompts_too_long"] == 1


def test_a_kl_budget_ends_the_run_and_the_stage_is_whole(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    given = {"kl_coefficient": 0.0, "learning_rate": 3e-2, "lr_warmup_updates": 0,
             "total_episodes": 40}  # fmt: skip
    start(folders, prompts, tmp_path / "free", **given)
    rows = list(read_rows(tmp_path / "free" / "metrics.jsonl"))
    budget = max(0.01, rows[4]["objective/kl"] / 2)
    first = next(row["step"] for row in rows if row["objective/kl"] > budget)
    assert first < 10
    notes: list[tuple[int, int, str]] = []
    counts = run(
        prompts=prompts, policy=str(folders["llama"]), reward=str(folders["llama-reward"]),
        settings=replace(SETTINGS, kl_budget=budget, **given), folder=tmp_path / "bound",
        progress=lambda done, total, note="": notes.append((done, total, note)),
    )  # fmt: skip
    bound = list(read_rows(tmp_path / "bound" / "metrics.jsonl"))
    assert bound[:-1] == rows[: first - 1]
    assert len(bound) == counts["updates"] == first
    assert (counts["kl_budget_after"], counts["updates_planned"]) == (first, 10)
    assert "loss/policy_avg" not in bound[-1]  # nothing was learned from answers so far out
    assert notes[-1][0] == notes[-1][1] == 4 * first
    assert f"beyond kl_budget {budget:g}" in notes[-1][2]
    assert {path.name for path in (tmp_path / "bound").iterdir()} == {
        "alarms.jsonl", "metrics.jsonl", "model", "samples.jsonl", "watch.jsonl"
    }  # fmt: skip
    assert list(read_rows(tmp_path / "bound" / "samples.jsonl"))[-1]["update"] == first


def test_a_finished_stage_is_not_run_again(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    first = start(folders, prompts, tmp_path)
    before = contents(tmp_path)
    assert start({"llama": tmp_path / "gone", "llama-reward": tmp_path}, prompts, tmp_path) == first
    assert contents(tmp_path) == before


def test_a_damaged_checkpoint_is_named(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    class Stop(Exception):
        pass

    def progress(done: int, total: int, note: str = "") -> None:
        if done == 8:
            raise Stop

    with pytest.raises(Stop):
        run(
            prompts=prompts, policy=str(folders["llama"]), reward=str(folders["llama-reward"]),
            settings=SETTINGS, folder=tmp_path, progress=progress,
        )  # fmt: skip
    (checkpoint,) = (tmp_path / "checkpoints").iterdir()
    (checkpoint / "value.safetensors").write_bytes(b"torn")
    with pytest.raises(RunError, match="update-000002"):
        start(folders, prompts, tmp_path)


def test_seeds_differ(folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path) -> None:
    start(folders, prompts, tmp_path / "a", total_episodes=4)
    start(folders, prompts, tmp_path / "b", total_episodes=4, seed=1)
    texts = [[row["text"] for row in read_rows(tmp_path / name / "samples.jsonl")] for name in "ab"]
    assert texts[0] != texts[1]


def test_adapters_change_the_model_and_leave_a_plain_folder(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    start(folders, prompts, tmp_path, lora_rank=2, learning_rate=1e-2)
    before = load_file(folders["llama"] / "model.safetensors")
    after = load_file(tmp_path / "model" / "model.safetensors")
    assert before.keys() == after.keys()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {name for name in before if "_proj" in name}


def test_a_reward_model_with_another_tokenizer(
    folders: dict[str, Path],
    prompts: list[Prompt],
    tmp_path: Path,
    make_scorer: Callable[..., PreTrainedModel],
) -> None:
    """The value model then starts from the policy, and texts are encoded anew for scoring."""
    reward = tmp_path / "reward"
    tokenizer = load_tokenizer(str(folders["llama"]))
    tokenizer.add_tokens(["bread"])
    tokenizer.save_pretrained(reward)
    make_scorer("gpt2").save_pretrained(reward)
    trainer = build_trainer(
        prompts=prompts, policy=str(folders["llama"]), reward=str(reward), settings=SETTINGS
    )
    assert not trainer.learner.value.head.weight.any()
    conversation = (*prompts[0].messages, *said_by("assistant", "good bread"))
    direct = Scorer(str(reward), normalised=True)([conversation])
    assert torch.equal(trainer.reward([conversation]), direct)
    assert trainer.update().metrics["val/explained_variance"] <= 0


def test_the_score_is_that_of_the_text_as_training_saw_it(
    folders: dict[str, Path], prompts: list[Prompt]
) -> None:
    trainer = build_trainer(
        prompts=prompts,
        policy=str(folders["qwen2"]),
        reward=str(folders["qwen2-reward"]),
        settings=SETTINGS,
    )
    tokenizer = trainer.tokenizer
    conversation = (*prompts[0].messages, *said_by("assistant", "bread"))
    text = "<|user|>how can I bake bread<|end|>\n<|assistant|>bread<|end|>"
    ids = tokenizer(text, return_tensors="pt").input_ids
    model = AutoModelForSequenceClassification.from_pretrained(folders["qwen2-reward"]).eval()
    with torch.no_grad():
        raw = float(model(input_ids=ids).logits)
    (score,) = trainer.reward([conversation])
    assert float(score) == pytest.approx((raw - 0.05) / 0.02, abs=1e-3)
    # An answer far beyond the context is still scored, on what fits at its end.
    assert len(trainer.reward([(*prompts[0].messages, *said_by("assistant", "é" * 400))])) == 1


def test_user_errors(folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="nowhere"):
        start({**folders, "llama": tmp_path / "nowhere"}, prompts, tmp_path / "a")
    with pytest.raises(EngineError, match="cai_reward_mean"):
        start({**folders, "llama-reward": folders["llama"]}, prompts, tmp_path / "b")
    with pytest.raises(DataError, match="none of"):
        start(folders, prompts, tmp_path / "c", max_new_tokens=127, too_long="drop")
