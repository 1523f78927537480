"""The kind of engine that a recipe names is the one that is asked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cai import recipe
from cai.engines.kinds import KINDS, prepare
from cai.engines.transformers import TransformersEngine, identity_of
from cai.errors import EngineError
from cai.run import Run
from cai.store import RunFolder


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_that_a_recipe_may_name_is_there(kind: str) -> None:
    engine = prepare(kind, "cai-mini", dtype="bfloat16")
    loaded = engine.load()
    assert engine.identity == loaded.identity == identity_of("cai-mini", dtype="bfloat16")
    assert isinstance(loaded, TransformersEngine) is (kind == "transformers")


def test_the_recipes_kind_decides(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(json.dumps({"engine": {"kind": "transformers"}}))
    loaded = recipe.load(path)
    other = replace(loaded, engine=replace(loaded.engine, kind="vllm"))
    folder = RunFolder(tmp_path / "run")
    assert Run(loaded, folder).engine("cai-mini").identity == identity_of("cai-mini")
    with pytest.raises(EngineError, match=r"engine\.kind: 'vllm' is unknown; use transformers$"):
        Run(other, folder).engine("cai-mini")
