"""The stage as a whole: files, resumption, model families."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from cai.alignment.ppo import PPOConfig, run
from cai.errors import DataError, EngineError
from cai.journal import read_rows
from cai.progress import silent
from cai.records import Prompt, said_by

SETTINGS = PPOConfig(
    total_episodes=20,
    batch_size=4,
    minibatch_size=2,
    micro_batch_tokens=64,
    ppo_epochs=2,
    max_new_tokens=8,
    value_warmup_updates=1,
    checkpoint_every=2,
    sample_every=2,
    sample_count=2,
)


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
    assert "loss/policy_avg" not in rows[0]
    assert rows[1]["objective/kl"] == pytest.approx(0, abs=1e-4)
    assert all(row["val/ratio_max"] < 10 for row in rows[1:])
    samples = list(read_rows(tmp_path / "samples.jsonl"))
    assert [row["update"] for row in samples] == [1, 1, 3, 3, 5, 5]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "metrics.jsonl",
        "model",
        "samples.jsonl",
    ]
    before = AutoModelForCausalLM.from_pretrained(folders[family]).state_dict()
    after = AutoModelForCausalLM.from_pretrained(tmp_path / "model").state_dict()
    assert before.keys() == after.keys()
    assert any(not torch.equal(before[name], after[name]) for name in before)
