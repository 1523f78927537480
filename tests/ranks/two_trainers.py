"""What test_trainers.py starts in two processes: Hugging Face's trainers, and a kill."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import torch

import cai.alignment.preference as dpo
import cai.reward.train as reward
import cai.supervised.sft as sft
from cai.progress import Progress, silent
from cai.ranks import World, world_of
from cai.ranks.crew import join, leave
from cai.reward.ensemble import EnsembleSettings

Train = Callable[[Path, Path, Progress, World], object]


class Killed(BaseException):
    """Raised where the processes would have been killed."""


def train_sft(inputs: Path, folder: Path, progress: Progress, world: World) -> object:
    settings = sft.SftSettings(
        epochs=2, batch_size=4, learning_rate=1e-3,
        trl={"save_steps": 3, "logging_steps": 1},
    )  # fmt: skip
    return sft.run(
        rows_path=inputs / "sft.jsonl", model=str(inputs / "model"), settings=settings,
        folder=folder, progress=progress, device="cpu", world=world,
    )  # fmt: skip


def train_sft_lora(inputs: Path, folder: Path, progress: Progress, world: World) -> object:
    settings = sft.SftSettings(epochs=1, batch_size=8, lora_rank=2, trl={"logging_steps": 1})
    return sft.run(
        rows_path=inputs / "sft.jsonl", model=str(inputs / "model"), settings=settings,
        folder=folder, progress=progress, device="cpu", world=world,
    )  # fmt: skip


def train_reward(inputs: Path, folder: Path, progress: Progress, world: World) -> object:
    settings = reward.RewardSettings(
        epochs=1, batch_size=4, ensemble=EnsembleSettings(size=2), trl={"logging_steps": 1}
    )
    return reward.run(
        preferences=inputs / "preferences.jsonl", sft=str(inputs / "model"), settings=settings,
        folder=folder, progress=progress, device="cpu", world=world,
    )  # fmt: skip


def train_dpo(inputs: Path, folder: Path, progress: Progress, world: World) -> object:
    settings = dpo.PreferenceSettings(
        epochs=1, batch_size=4, nll_weight=0.0, max_new_tokens=4, trl={"logging_steps": 1}
    )
    return dpo.run(
        preferences=inputs / "preferences.jsonl", model=str(inputs / "model"), settings=settings,
        folder=folder, progress=progress, device="cpu", world=world,
    )  # fmt: skip


CASES: dict[str, Train] = {
    "sft": train_sft,
    "sft-lora": train_sft_lora,
    "reward": train_reward,
    "dpo": train_dpo,
}


def killed_once(inputs: Path, folder: Path, world: World) -> None:
    """The SFT case, with an end between two checkpoints."""

    def die(done: int, total: int, note: str = "") -> None:
        if done == 5:
            raise Killed

    try:
        train_sft(inputs, folder, die, world)
    except Killed:
        torch.distributed.barrier()
    assert not (folder / "model").exists()
    train_sft(inputs, folder, silent, world)


def main(inputs: Path, folder: Path) -> None:
    world = world_of(os.environ)
    join(world, device=torch.device("cpu"))
    for name, train in CASES.items():
        (folder / name).mkdir(exist_ok=True)
        train(inputs, folder / name, silent, world)
    (folder / "killed").mkdir(exist_ok=True)
    killed_once(inputs, folder / "killed", world)
    leave()
