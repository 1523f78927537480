"""What a recipe may say of workers, and what is said where that cannot work."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from cai import cli, recipe
from cai.engines.ray.settings import RaySettings
from cai.errors import RecipeError
from cai.weights import absolute


@pytest.mark.parametrize("address", ["auto", "local", "10.0.0.1:6379", "head:6379", "[::1]:6379"])
def test_addresses_of_a_cluster(address: str) -> None:
    assert RaySettings(address=address).address == address


@pytest.mark.parametrize("address", ["", "head", ":6379", "head:", "ray://head:10001", "h:99999"])
def test_what_is_no_address_is_refused_by_its_place_in_the_file(
    address: str, tmp_path: Path
) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(f"engine:\n  ray:\n    address: {json.dumps(address)}\n")
    with pytest.raises(RecipeError, match=r"r\.yaml:\d.*engine\.ray\.address: .*HOST:PORT"):
        recipe.load(path)


@pytest.mark.parametrize(
    ("setting", "said"),
    [("workers=0", "at least 1"), ("cpus=-1", "below 0"), ("gpus=1.5", "a part of one")],
)
def test_numbers_that_mean_nothing_are_refused(setting: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("{}\n")
    with pytest.raises(RecipeError, match=said):
        recipe.load(path, [f"engine.ray.{setting}"])


def test_without_ray_a_run_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if importlib.util.find_spec("ray"):
        pytest.skip("ray is installed")
    arguments = ["run", "--set", "engine.ray.address=auto", "--out", str(tmp_path / "run")]
    assert cli.main(arguments) == 2
    assert "pip install 'cai[ray]'" in capsys.readouterr().err


def test_a_folder_has_one_name_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    assert absolute("model") == absolute("./model") == str(tmp_path / "model")
    assert absolute("model@main") == f"{tmp_path / 'model'}@main"
    assert absolute("cai-mini") == "cai-mini"
    assert absolute("name/on-the-hub@abc") == "name/on-the-hub@abc"
