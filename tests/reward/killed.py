"""A reward training in a process of its own, which is killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from cai.reward.train import RewardSettings, run
from tests.forked import ended, fork


def train_and_kill(
    *, preferences: Path, base: str, settings: RewardSettings, folder: Path, at: int
) -> None:
    """Trains into `folder` until progress tells `at`."""

    def progress(done: int, total: int, note: str = "") -> None:
        if done == at:
            os.kill(os.getpid(), signal.SIGKILL)

    child = fork(
        lambda: run(
            preferences=preferences, sft=base, settings=settings, folder=folder, progress=progress
        )
    )
    assert ended(child) == -signal.SIGKILL
