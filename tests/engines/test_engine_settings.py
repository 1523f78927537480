"""Policy, critic and judge may each have an engine of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cai import recipe
from cai.engines.settings import EngineSettings
from cai.engines.vllm.settings import VllmSettings
from cai.errors import RecipeError


def _settings(tmp_path: Path, text: str, *overrides: str) -> EngineSettings:
    path = tmp_path / "r.yaml"
    path.write_text(text)
    return recipe.load(path, overrides).engine


def test_a_role_has_what_all_have_but_for_what_it_says_itself(tmp_path: Path) -> None:
    engine = _settings(
        tmp_path,
        "engine:\n"
        "  dtype: float32\n"
        "  vllm: {gpu_memory_utilization: 0.5, max_model_len: 512}\n"
        "  judge: {kind: vllm, vllm: {max_model_len: 256}}\n",
    )
    judge, critic = engine.of("judge"), engine.of("critic")
    assert (judge.kind, judge.dtype) == ("vllm", "float32")
    assert judge.vllm == VllmSettings(gpu_memory_utilization=0.5, max_model_len=256)
    assert critic == engine.of("policy")
    assert (critic.kind, critic.vllm.max_model_len) == ("transformers", 512)


def test_overrides_reach_a_role_that_the_file_leaves_open(tmp_path: Path) -> None:
    engine = _settings(tmp_path, "engine: {judge: null}\n", "engine.judge.kind=vllm")
    assert (engine.of("judge").kind, engine.of("policy").kind) == ("vllm", "transformers")


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("engine.judge.knd=vllm", r"engine\.judge\.knd: unknown; did you mean 'kind'"),
        ("engine.judge.device=cpu", r"engine\.judge\.device: unknown"),
        ("engine.judge.kind=vlm", r"engine\.judge\.kind: "),
        ("engine.vllm.gpu_memory_utilization=1.5", r"engine\.vllm\.gpu_memory_utilization: "),
        ("engine.judge.vllm.kv_cache_gib=0", r"engine\.judge\.vllm\.kv_cache_gib: "),
    ],
)
def test_what_no_engine_knows_is_refused(tmp_path: Path, override: str, told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        _settings(tmp_path, "name: r\n", override)


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("name: r\n", "auto"),
        ("engine: {vllm: {max_model_len: 99}, token_budget: 7}\n", "auto"),
        ("engine: {kind: vllm}\n", "vllm auto"),
        ("engine: {judge: {dtype: float32}}\n", {"policy": "auto", "judge": "float32"}),
        ("engine: {critic: {kind: vllm}}\n", "auto"),
    ],
)
def test_a_stage_depends_on_what_may_change_what_is_said(
    tmp_path: Path, text: str, inputs: Any
) -> None:
    assert _settings(tmp_path, text).inputs("policy", "judge") == inputs


def test_the_dump_loads_as_the_same_engines(tmp_path: Path) -> None:
    path, copy = tmp_path / "r.yaml", tmp_path / "copy.yaml"
    path.write_text("name: r\nengine: {judge: {kind: vllm, vllm: {kv_cache_gib: 2}}}\n")
    loaded = recipe.load(path)
    copy.write_text(loaded.dump())
    assert recipe.load(copy).engine == loaded.engine
