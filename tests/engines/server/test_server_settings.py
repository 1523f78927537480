"""Servers in recipes: what is accepted, refused, and never repeated."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cai import preflight, recipe
from cai.errors import EngineError, RecipeError
from cai.run import Run
from cai.store import RunFolder

URL = "http://127.0.0.1:9/v1"


def load(folder: Path, server: dict[str, Any], **more: Any) -> recipe.Recipe:
    path = folder / "r.yaml"
    path.write_text(json.dumps({"judge": "big", "servers": {"big": server}, **more}, indent=1))
    return recipe.load(path)


def test_a_judge_may_be_behind_servers(tmp_path: Path) -> None:
    loaded = load(tmp_path, {"urls": [f"{URL}/"], "model": "m", "revision": "3"})
    assert loaded.servers["big"].urls == (URL,)
    run = Run(loaded, RunFolder(tmp_path / "run"))
    assert run.prepared("big").identity.name == "m"
    assert run.prepared("big") is run.prepared("big")
    assert run.pinned("big") == "big"
    assert run.digest_of("big") != run.digest_of("cai-mini")
    changed = Run(load(tmp_path, {"urls": [URL], "revision": "4"}), RunFolder(tmp_path / "run"))
    assert run.digest_of("big") != changed.digest_of("big")
    again = recipe.load(_written(tmp_path / "again.yaml", loaded.dump()))
    assert again.servers == loaded.servers


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


SECRET = "sk-proj-0123-should-not-be-repeated"


@pytest.mark.parametrize(
    ("server", "message"),
    [
        ({}, r"servers\.big\.urls: missing"),
        ({"urls": []}, r"servers\.big\.urls: empty"),
        ({"urls": ["localhost:8000"]}, r"'localhost:8000' is no address of the form"),
        ({"urls": [URL, f"{URL}/"]}, "one of them is there twice"),
        ({"urls": [f"http://user:{SECRET}@host/v1"]}, "an address with a user, password or query"),
        ({"urls": [f"http://host/v1?key={SECRET}"]}, "an address with a user, password or query"),
        ({"urls": [URL], "key_env": SECRET}, "give the name of an environment variable, never"),
        ({"urls": [URL], "key_env": "A", "key_file": "b"}, "give one of them"),
        ({"urls": [URL], "key": SECRET}, r"servers\.big\.key: unknown; did you mean 'key_"),
        ({"urls": [URL], "body": {"seed": 3}}, "seed is set by the stages"),
        ({"urls": [URL], "votes": 0}, "votes must be at least 1"),
        ({"urls": [URL], "concurrency": 2000}, "concurrency must be at most 1000"),
        ({"urls": [URL], "patience_minutes": 0}, "patience_minutes must be above 0"),
    ],
)
def test_what_cannot_work_is_refused_without_repeating_a_key(
    server: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match=message) as error:
        load(tmp_path, server)
    assert "r.yaml:" in str(error.value)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("setting", ["model", "reward.base"])
def test_what_is_trained_is_not_behind_servers(setting: str, tmp_path: Path) -> None:
    load(tmp_path, {"urls": [URL]})
    loaded = recipe.load(tmp_path / "r.yaml", [f"{setting}=big"])
    with pytest.raises(RecipeError, match=rf"{setting}: big is behind servers.*give a folder"):
        preflight.check_models(Run(loaded, RunFolder(tmp_path / "run")))


def test_servers_are_asked_before_a_stage_works(serve: Callable[..., Any], tmp_path: Path) -> None:
    def check(server: dict[str, Any], *names: str) -> None:
        run = Run(load(tmp_path, server), RunFolder(tmp_path / "run"))
        preflight.check_models(run)
        preflight.check_servers(run, names or None)

    url = serve().url
    check({"urls": [url], "model": "plants"})
    with pytest.raises(EngineError, match="has no model 'trees'"):
        check({"urls": [url], "model": "trees"})
    with pytest.raises(EngineError, match="no connection"):
        check({"urls": [URL]})
    check({"urls": [URL]}, "critique-revise", "sft")  # which do not ask the judge
