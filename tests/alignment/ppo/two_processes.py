"""What test_processes.py starts in two processes: the same small trainings as in one."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from cai.alignment.ppo import (
    CheckpointSettings,
    ComputeSettings,
    PPOConfig,
    SampleSettings,
    ValueSettings,
    run,
)
from cai.alignment.ppo.alarms import AlarmSettings, IndependentSettings
from cai.alignment.ppo.rollout import Conversation
from cai.alignment.ppo.run import build_trainer, endings
from cai.errors import RunError
from cai.progress import Progress, silent
from cai.ranks import ALONE, World, collectives, world_of
from cai.ranks.crew import join, leave
from cai.ranks.limits import Launch, check_started
from cai.records import Prompt, content_id, said_by

# An odd batch, and minibatches of 2 with a last one of 1: some process has nothing to do then.
SIZES = {"total_episodes": 15, "batch_size": 5, "minibatch_size": 2, "max_new_tokens": 12,
         "compute": ComputeSettings(micro_batch_tokens=64), "learning_rate": 1e-4,
         "lr_warmup_updates": 0, "checkpoints": CheckpointSettings(every=2),
         "samples": SampleSettings(every=1, count=5)}  # fmt: skip
CASES = {
    "whole": PPOConfig(
        **SIZES, ptx_coefficient=0.5, value=ValueSettings(warmup_updates=1), kl_target=0.5,
        independent=IndependentSettings(score="letters", every=1, prompts=8),
    ),
    "lora": PPOConfig(
        **SIZES, lora_rank=2, value=ValueSettings(warmup_updates=0), temperature=0.7,
        kl_placement="loss", reward_normalisation="running", entropy_coefficient=0.01,
        dual_clip=3.0,
    ),
    "stopped": PPOConfig(
        **SIZES | {"learning_rate": 1e-2, "total_episodes": 10}, target_kl=3e-3,
        value=ValueSettings(learning_rate=1e-4, warmup_updates=0),
    ),
}  # fmt: skip
# Runs that an alarm ends. A window of the alarms has 256 answers, here four updates.
_ALARMED = PPOConfig(
    total_episodes=64 * 10, batch_size=64, minibatch_size=32, ppo_epochs=1, max_new_tokens=2,
    learning_rate=1e-2, lr_schedule="constant", lr_warmup_updates=0, kl_coefficient=0.0,
    kl_target=None, value=ValueSettings(warmup_updates=1),
    checkpoints=CheckpointSettings(every=4), samples=SampleSettings(every=4, count=2),
    independent=IndependentSettings(score="made", every=1, prompts=8),
    alarms=AlarmSettings(kl=1e-3, length=None, unfinished=None, phrase=None, ratio=None),
)  # fmt: skip
ENDED = {
    action: replace(_ALARMED, alarms=replace(_ALARMED.alarms, action=action))
    for action in ("stop", "rollback")
}
TEXTS = ("how can I bake bread", "tell me a story", "a", "good bread at home, please", "why")
PROMPTS = [Prompt(id=content_id(text), messages=said_by("user", text)) for text in TEXTS]


class Killed(BaseException):
    """Raised where the processes would have been killed."""


def letters(conversations: Sequence[Conversation]) -> list[float]:
    """An independent score."""
    return [float(len(each[-1]["content"])) for each in conversations]


class Declining:
    """An independent score that is best at the second look, and falls from there."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self, conversations: Sequence[Conversation]) -> list[float]:
        self.looks += 1
        return [-abs(self.looks - 2.0)] * len(conversations)


def ended(action: str, models: Path, folder: Path, world: World) -> dict[str, Any]:
    """What is told of a library's run that an alarm ends, and the digest of the policy that this
    process is left with; the files are in `folder`/`action`."""
    trainer = build_trainer(
        prompts=PROMPTS, policy=str(models / "llama"), reward=str(models / "llama-reward"),
        settings=ENDED[action], device="cpu", world=world,
    )  # fmt: skip
    for _ in range(2):  # called again after the end, it finds that
        trainer.train(folder / action, progress=silent, independent=Declining())
        trainer.check_processes()
    weights = trainer.learner.policy.model.parameters()
    policy = b"".join(one.detach().numpy().tobytes() for one in weights)
    return endings(folder / action, ENDED[action]) | {"policy": hashlib.sha256(policy).hexdigest()}


def train(name: str, models: Path, folder: Path, world: World, progress: Progress = silent) -> None:
    """One of the cases, with everything that the stage writes below `folder`/`name`."""
    run(
        prompts=PROMPTS, policy=str(models / "llama"), reward=str(models / "llama-reward"),
        settings=CASES[name], demonstrations=models / "demonstrations.jsonl",
        folder=folder / name, progress=progress, device="cpu", world=world,
        independent=(lambda: letters) if CASES[name].independent.score else None,
    )  # fmt: skip


def killed_once(models: Path, folder: Path, world: World) -> None:
    """The case "lora" with an end in its third update, after a checkpoint and a row too many."""

    def die(done: int, total: int, note: str = "") -> None:
        if done == 3 * SIZES["batch_size"]:
            raise Killed

    try:
        train("lora", models, folder, world, die)
    except Killed:
        torch.distributed.barrier()
    assert not (folder / "lora" / "model").exists()
    train("lora", models, folder, world)


def drifted(models: Path, world: World) -> str:
    """What is said where one process has changed a single weight by a hair."""
    trainer = build_trainer(
        prompts=PROMPTS, policy=str(models / "llama"), reward=str(models / "llama-reward"),
        settings=CASES["lora"], device="cpu", world=world,
    )  # fmt: skip
    trainer.check_processes()
    if world.rank == 1:
        weight = next(p for p in trainer.learner.value.parameters() if p.requires_grad)
        with torch.no_grad():
            weight.view(-1)[0] = torch.nextafter(weight.view(-1)[0], torch.tensor(9.0))
    try:
        trainer.check_processes()
    except RunError as error:
        return str(error)
    return ""


def exchanged(world: World) -> None:
    """The collective functions, against what they are said to do."""
    rank = world.rank
    own = torch.full((3 * rank, 2), float(rank))  # process 0 has none
    assert [len(one) for one in collectives.gather(own, world)] == [0, 3]
    assert torch.equal(torch.cat(collectives.gather(own, world)), torch.ones(3, 2))
    told = collectives.gather_json(
        ["ü\ud800", rank, None][rank:], world, device=torch.device("cpu")
    )
    assert told == [["ü\ud800", 0, None], [1, None]]
    rows = [[3, 0], [1, 2]][rank]
    whole = collectives.gather_rows(torch.tensor(rows) * 10, rows, world)
    assert whole.tolist() == [0, 10, 20, 30]
    assert collectives.of_the_first(torch.tensor([rank + 5]), world).item() == 5
    both, one, none = (torch.nn.Parameter(torch.zeros(2)) for _ in range(3))
    both.grad = torch.tensor([1.0, 2.0]) * (rank + 1)
    if rank == 1:
        one.grad = torch.tensor([7.0, 8.0])
    collectives.sum_gradients([both, one, none], world)
    assert both.grad.tolist() == [3.0, 6.0]
    assert one.grad is not None
    assert one.grad.tolist() == [7.0, 8.0]
    assert none.grad is None


def cut(world: World) -> None:
    """Weights that FSDP2 has cut are recognised; whole ones are not what was asked for."""
    mesh = init_device_mesh("cpu", (world.size,))
    for layer, is_cut in (
        (fully_shard(nn.Linear(4, 4), mesh=mesh), True),
        (nn.Linear(4, 4), False),
    ):
        trainer = SimpleNamespace(
            model_wrapped=layer, accelerator=SimpleNamespace(num_processes=world.size)
        )
        try:
            check_started(trainer, Launch(sharding="FSDP"), world)
        except RunError:
            assert not is_cut
        else:
            assert is_cut


def main(models: Path, folder: Path, patience: float) -> None:
    world = world_of(os.environ)
    assert world != ALONE
    crew = join(world, device=torch.device("cpu"), patience=timedelta(seconds=patience))
    assert (torch.distributed.get_world_size(), torch.distributed.get_backend()) == (2, "gloo")
    if patience < 10:  # the test of what happens where a process stands still
        if world.rank == 1:
            time.sleep(3600)  # it is ended
        collectives.wait_for_all(world, device=torch.device("cpu"))
    exchanged(world)
    cut(world)
    for name in CASES:
        train(name, models, folder, world)
    by_alarm = {action: ended(action, models, folder, world) for action in ENDED}
    (folder / f"ended-{world.rank}.json").write_text(json.dumps(by_alarm))
    killed_once(models, folder / "killed", world)
    said = drifted(models, world)
    crew_says = [
        crew.fails_first(),
        *collectives.gather_json(said, world, device=torch.device("cpu")),
    ]
    (folder / f"said-{world.rank}.json").write_text(json.dumps(crew_says))
    leave()
