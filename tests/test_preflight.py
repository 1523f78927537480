"""Models and prompts that a late stage could not use are named before any stage works."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cai import preflight, recipe
from cai.errors import DataError, EngineError
from cai.run import Run
from cai.store import RunFolder

LONG = "very " * 600 + "long"


@pytest.fixture
def check(tiny_model: Path, tmp_path: Path) -> Callable[..., None]:
    """Checks the prompts of a run whose model has a context of 512 tokens; `prompts` by set."""

    def call(*overrides: str, **prompts: list[str]) -> None:
        sources = {}
        for name in ("red_team", "helpful", "heldout_red_team", "heldout_helpful"):
            file = tmp_path / f"{name}.jsonl"
            texts = prompts.get(name, [f"one of {name}"])
            file.write_text("".join(json.dumps({"prompt": text}) + "\n" for text in texts))
            sources[name] = [str(file)]
        path = tmp_path / "r.yaml"
        path.write_text(json.dumps({"model": str(tiny_model), "prompts": sources}))
        preflight.check_prompts(Run(recipe.load(path, overrides), RunFolder(tmp_path / "run")))

    return call


def test_a_heldout_prompt_without_room_is_named_or_may_be_dropped(
    check: Callable[..., None],
) -> None:
    with pytest.raises(DataError, match=r"heldout_helpful\.jsonl:2: .* evaluate\.too_long to drop"):
        check(heldout_helpful=["short", LONG])
    check("evaluate.too_long=drop", heldout_helpful=["short", LONG])


def test_so_is_a_training_prompt_for_every_stage_that_asks_it(check: Callable[..., None]) -> None:
    with pytest.raises(DataError, match=r"/helpful\.jsonl:2: .* label\.too_long to drop"):
        check(helpful=["short", LONG])
    with pytest.raises(DataError, match=r"/helpful\.jsonl:2: .* align-ppo\.too_long to drop"):
        check("label.too_long=drop", helpful=["short", LONG])
    check("label.too_long=drop", "methods=[dpo]", helpful=["short", LONG])


def test_answers_need_room_too(check: Callable[..., None]) -> None:
    check("align-ppo.max_new_tokens=400")
    with pytest.raises(DataError, match=r"lower align-ppo\.max_new_tokens"):
        check("align-ppo.max_new_tokens=512")


def test_a_stage_that_would_be_left_with_none_is_named(check: Callable[..., None]) -> None:
    sets = {"heldout_red_team": [LONG], "heldout_helpful": [f"{LONG}er"]}
    with pytest.raises(DataError, match="evaluate has 2 prompts, none of which leaves room"):
        check("evaluate.too_long=drop", **sets)


@pytest.mark.parametrize("setting", ["model", "critic", "judge", "reward.base"])
def test_a_model_that_is_not_there_is_named_with_its_setting(setting: str, tmp_path: Path) -> None:
    def check(name: str) -> None:
        path = tmp_path / "r.yaml"
        path.write_text("model: cai-mini\nreward:\n  base: sft\n")
        run = Run(recipe.load(path, [f"{setting}={name}"]), RunFolder(tmp_path / "run"))
        preflight.check_models(run)

    check("cai-mini")
    with pytest.raises(EngineError, match=rf"--set {setting}: model './typo': there is no such f"):
        check("./typo")
    (tmp_path / "empty").mkdir()
    with pytest.raises(EngineError, match=rf"--set {setting}: .*empty': there is no config\.json"):
        check(str(tmp_path / "empty"))
