"""The kind of engine that a recipe names is the one that is asked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cai import recipe
from cai.engines.base import ChooseRequest, EngineIdentity, call_key
from cai.engines.identity import identity_of
from cai.engines.kinds import prepare
from cai.engines.transformers import TransformersEngine
from cai.errors import EngineError
from cai.records import said_by
from cai.run import Run
from cai.store import RunFolder


def test_the_default_kind_is_transformers() -> None:
    engine = prepare("transformers", "cai-mini", dtype="bfloat16")
    loaded = engine.load()
    assert engine.identity == loaded.identity == identity_of("cai-mini", dtype="bfloat16")
    assert isinstance(loaded, TransformersEngine)


def test_kinds_share_no_calls_and_earlier_calls_keep_their_keys() -> None:
    own = EngineIdentity(model="m", weights="w", dtype="float32", template="t")
    other = replace(own, kind="vllm")
    request = ChooseRequest(messages=said_by("user", "Hello"), options=("A", "B"))
    assert own.fields == {"model": "m", "weights": "w", "dtype": "float32", "template": "t"}
    assert other.fields == own.fields | {"kind": "vllm"}
    assert call_key(own, request) != call_key(other, request)


def test_the_recipes_kind_decides(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(json.dumps({"engine": {"kind": "transformers"}}))
    loaded = recipe.load(path)
    other = replace(loaded, engine=replace(loaded.engine, kind="vlm"))
    folder = RunFolder(tmp_path / "run")
    assert Run(loaded, folder).engine("cai-mini").identity == identity_of("cai-mini")
    with pytest.raises(
        EngineError, match=r"engine\.kind: 'vlm' is unknown; use transformers or vllm$"
    ):
        Run(other, folder).engine("cai-mini")
