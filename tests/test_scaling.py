"""The recipes and scripts of docs/scaling.md are ones that can work."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from cai import cli, recipe

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "scaling"
PAGE = ROOT / "docs" / "scaling.md"
RECIPES = sorted(FOLDER.glob("*.yaml"))
SCRIPTS = sorted(FOLDER.glob("*.sh"))

# What stands where the page or a script has a value that is known only when it is run.
_VALUES = {
    '"$@"': "docs/scaling/fleet.yaml",
    "$urls": "http://127.0.0.1:8000/v1,http://127.0.0.1:8001/v1",
    "$address": "10.0.0.1:6379",
    "RECIPE": "docs/scaling/ray.yaml",
}


def commands() -> list[list[str]]:
    """The arguments of every `cai` command in the scripts and on the page."""
    found = []
    for path in (PAGE, *SCRIPTS):
        text = path.read_text("utf-8").replace("\\\n", " ")
        for name, value in _VALUES.items():
            text = text.replace(name, value)
        code = re.findall(r"^ {4}(.*)$", text, re.MULTILINE) if path == PAGE else text.splitlines()
        for line in code:
            command = re.search(r"(?:^|\s)(?:-m cai\.cli|cai) (.*)", line)
            if command and not line.lstrip().startswith("#"):
                found.append(shlex.split(command[1], comments=True))
    return found


def test_the_page_names_every_file_and_no_other() -> None:
    named = set(re.findall(r"\]\(scaling/([^)]+)\)", PAGE.read_text("utf-8")))
    used = named | set(re.findall(r"docs/scaling/([\w.-]+)", PAGE.read_text("utf-8")))
    assert used == {path.name for path in FOLDER.iterdir()}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_recipes_load(path: Path) -> None:
    loaded = recipe.load(path)
    assert loaded.name == path.stem
    assert {loaded.critic, loaded.judge} <= {loaded.model, *loaded.servers}
    for source in (*loaded.prompts.red_team, *loaded.prompts.helpful):
        assert (ROOT / source.path).is_file()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_bash_that_stops_at_an_error(path: Path) -> None:
    subprocess.run(["bash", "-n", path], check=True)
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert lines[0] == "set -euo pipefail"
    assert path.stat().st_mode & 0o111


def test_every_command_is_one_that_cai_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = commands()
    assert len(found) >= 6
    for arguments in found:
        parsed = cli.parser().parse_args(arguments)
        path = Path(parsed.recipe)
        assert recipe.load(path, parsed.set or []).name == path.stem


def test_the_fleets_recipe_can_be_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("VLLM_API_KEY", "not-a-secret")
    settings = {
        "model": "cai-mini",
        "servers.big.tokenizer": "cai-mini",
        "prompts.limit": 6,
    }
    overrides = [f"--set={name}={json.dumps(value)}" for name, value in settings.items()]
    out = ["--out", str(tmp_path / "run")]
    assert cli.main(["run", "docs/scaling/fleet.yaml", "--plan", *overrides, *out]) == 0
    said = capsys.readouterr().out
    assert re.search(r"critique-revise +missing +\d+ calls", said), said
