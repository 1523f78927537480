"""What names a model's weights, and names that stand for no model."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from cai.errors import EngineError
from cai.weights import weights_digest


def test_a_folder_is_named_by_its_content_and_not_by_its_place(tiny_gpt2, tmp_path):
    moved = shutil.copytree(tiny_gpt2, tmp_path / "moved")
    before = weights_digest(str(tiny_gpt2))
    assert weights_digest(str(moved)) == before
    (moved / "notes.md").write_text("read by nobody")
    assert weights_digest(str(moved)) == before
    (moved / "config.json").write_text("{}")
    assert weights_digest(str(moved)) != before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("./nowhere", "'./nowhere': there is no such folder"),
        ("nobody/nothing", "'nobody/nothing' is neither a folder nor reachable on the hub"),
        ("not a name!", "'not a name!' is neither a folder nor reachable on the hub"),
    ],
)
def test_a_name_without_a_model_is_an_error(name, message):
    with pytest.raises(EngineError, match=re.escape(message)):
        weights_digest(name)


def test_a_hub_that_does_not_answer_is_asked_once(tmp_path):
    code = "from cai.weights import weights_digest; weights_digest('nobody/nothing')"
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "0",
        "HF_ENDPOINT": "http://127.0.0.1:1",  # refuses at once
        "HF_HOME": str(tmp_path),
    }
    asked = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert "EngineError: model 'nobody/nothing' is neither" in asked.stderr
    assert "Retrying" not in asked.stderr
