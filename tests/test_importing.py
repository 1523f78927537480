"""What importing the library, and starting its commands, does to the rest of the process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_LOOK = """
import datasets, huggingface_hub.utils
from transformers.utils import logging

def shown():
    return (
        logging.is_progress_bar_enabled(),
        not huggingface_hub.utils.are_progress_bars_disabled(),
        not datasets.are_progress_bars_disabled(),
        logging.get_verbosity(),
    )
"""

_IMPORTED = (
    _LOOK
    + """
before = shown()
import sys
import cai.alignment.ppo.loop
assert not {"tensorboard", "wandb", "mlflow"} & set(sys.modules)  # unless a recipe asks for one
import cai.alignment.ppo, cai.alignment.preference, cai.engines.transformers, cai.evaluation.run
import cai.reward.train, cai.stages, cai.supervised.sft
assert before[:3] == (True, True, True)
assert shown() == before
"""
)

_COMMANDED = (
    """
import sys
from cai import cli
assert cli.main(["chat", sys.argv[1]]) == 2
"""
    + _LOOK
    + """
assert shown()[:2] == (False, False)
"""
)

_STATUS = """
import sys
from cai import cli
assert cli.main(["status", sys.argv[1], "--out", sys.argv[2], *sys.argv[3:]]) == 0
assert not {"torch", "transformers", "trl"} & set(sys.modules)
"""

_MISSPELT = """
import sys
from cai import cli
assert cli.main([*sys.argv[1].split(), "--set", "sft.epoch=2"]) == 2
assert not {"torch", "transformers", "trl"} & set(sys.modules)
"""


def _run(code: str, *arguments: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "HF_HUB_DISABLE_PROGRESS_BARS"}
    subprocess.run([sys.executable, "-c", code, *arguments], env=environment, check=True)


def test_importing_leaves_other_libraries_as_they_were():
    _run(_IMPORTED)


def test_commands_show_no_bars_but_their_own(tmp_path):
    _run(_COMMANDED, str(tmp_path))


def test_a_status_loads_nothing_heavy(tmp_path):
    for more in ([], ["--set", "align-ppo.ptx_coefficient=1"]):
        _run(_STATUS, "runs/quickstart.yaml", str(tmp_path / "run"), *more)


@pytest.mark.parametrize("command", ["run", "run --plan", "doctor", "label", "align"])
def test_who_misspells_a_setting_waits_for_nothing_heavy(command):
    _run(_MISSPELT, command)
