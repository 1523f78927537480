"""A reward training in a process of its own, which is killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cai.reward.train import RewardSettings

_PROGRAM = """
import os, signal
from pathlib import Path
from cai.reward.card.gate import GateSettings
from cai.reward.ensemble import EnsembleSettings
from cai.reward.train import RewardSettings, run

def progress(done, total, note=""):
    if done == {at}:
        os.kill(os.getpid(), signal.SIGKILL)

run(preferences=Path({preferences!r}), sft={base!r}, settings={settings!r},
    folder=Path({folder!r}), progress=progress)
"""


def train_and_kill(
    *, preferences: Path, base: str, settings: RewardSettings, folder: Path, at: int
) -> None:
    """Trains into `folder` until progress tells `at`."""
    program = _PROGRAM.format(
        preferences=str(preferences), base=base, settings=settings, folder=str(folder), at=at
    )
    killed = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert killed.returncode == -9, killed.stderr.decode()
