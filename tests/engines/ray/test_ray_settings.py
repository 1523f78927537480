"""What a recipe may say of workers, and what is said where that cannot work."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from cai import cli, preflight, recipe
from cai.engines.ray.settings import RaySettings
from cai.errors import EngineError, RecipeError
from cai.run import Run
from cai.store import RunFolder
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


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            ["kind=vllm", "ray.gpus=2", "vllm.tensor_parallel_size=4"],
            r"engine\.ray\.gpus: a worker has 2, and engine\.vllm\.tensor_parallel_size .*over 4",
        ),
        (
            ["judge={kind: vllm, vllm: {gpu_memory_utilization: 0.9}}", "ray.gpus=0.5"],
            r"a worker has 0\.5 of one, and engine\.judge\.vllm\.gpu_memory_utilization .*to 0\.5",
        ),
    ],
)
def test_a_worker_that_cannot_hold_its_model_is_refused(
    settings: list[str], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("engine:\n  ray:\n    address: auto\n")
    given = [f"engine.{one}" for one in settings]
    with pytest.raises(RecipeError, match=said):
        recipe.load(path, given)
    assert recipe.load(path, [*given, "engine.ray.address=null"])


def test_a_worker_has_as_many_gpus_as_its_models_are_spread_over(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("engine: {kind: vllm, judge: {vllm: {tensor_parallel_size: 4}}}\n")
    assert recipe.load(path).engine.gpus_per_model == 4
    assert recipe.load(path, ["engine.judge.kind=transformers"]).engine.gpus_per_model == 1


def test_without_ray_a_run_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if importlib.util.find_spec("ray"):
        pytest.skip("ray is installed")
    arguments = ["run", "--set", "engine.ray.address=auto", "--out", str(tmp_path / "run")]
    assert cli.main(arguments) == 2
    assert "pip install 'ray>=2.50'" in capsys.readouterr().err


def test_a_cluster_is_looked_for_though_servers_are_asked_too(tmp_path: Path) -> None:
    if importlib.util.find_spec("ray"):
        pytest.skip("ray is installed")
    path = tmp_path / "r.yaml"
    path.write_text(
        "critic: big\njudge: big\nengine: {ray: {address: auto}}\n"
        "servers: {big: {urls: ['http://127.0.0.1:9/v1']}}\n"
    )
    run = Run(recipe.load(path), RunFolder(tmp_path / "run"))
    with pytest.raises(EngineError, match=r"pip install 'ray>="):
        preflight.check_servers(run, ["evaluate"])


def test_a_folder_has_one_name_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    assert absolute("model") == absolute("./model") == str(tmp_path / "model")
    assert absolute("model@main") == f"{tmp_path / 'model'}@main"
    assert absolute("cai-mini") == "cai-mini"
    assert absolute("name/on-the-hub@abc") == "name/on-the-hub@abc"
