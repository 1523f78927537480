"""Tests with a real vLLM; `tests/vllm/run` starts them. Elsewhere they are not collected."""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cai.engines.base import GenerateRequest
from cai.engines.identity import identity_of
from cai.engines.kinds import prepare
from cai.engines.transformers import TransformersEngine
from cai.engines.vllm.engine import VllmEngine
from cai.engines.vllm.settings import VllmSettings
from cai.records import Message, said_by
from cai.weights import resolve

if importlib.util.find_spec("vllm") is None:
    collect_ignore_glob = ["test_*.py"]

_SMALL = VllmSettings(kv_cache_gib=0.25)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded model, written to a folder."""
    made = tmp_path_factory.mktemp("model") / "mini"
    shutil.copytree(resolve("cai-mini").path, made)
    return made


@pytest.fixture(scope="session")
def prompts() -> list[tuple[Message, ...]]:
    """256 prompts of the sets that come with the project, some with a system text."""
    files = ("red-team.train", "helpful.train", "borderline.train")
    texts = [
        row.get("prompt") or row["messages"][-1]["content"]
        for name in files
        for row in map(json.loads, Path(f"prompts/{name}.jsonl").read_text().splitlines())
    ]
    chosen = random.Random(0).sample(texts, 256)
    system = said_by("system", "Answer in one sentence.")
    return [
        (*(system if number % 4 == 0 else ()), *said_by("user", text))
        for number, text in enumerate(chosen)
    ]


@pytest.fixture(scope="session")
def own(folder: Path) -> TransformersEngine:
    """The engine that the others are compared with."""
    return TransformersEngine(str(folder), device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def load() -> Iterator[Callable[..., VllmEngine]]:
    """Makes vLLM engines, one in memory at a time, and closes the last."""
    made: list[VllmEngine] = []

    def make(model: Path | str, settings: VllmSettings = _SMALL) -> VllmEngine:
        if made:
            made.pop().close()
        engine = VllmEngine(
            str(model), identity=identity_of(str(model), kind="vllm"), settings=settings
        )
        made.append(engine)
        return engine

    yield make
    if made:
        made.pop().close()


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[VllmEngine]:
    """The engine as a recipe's `engine.kind` makes it."""
    found = prepare("vllm", str(folder), vllm=_SMALL).load()
    assert isinstance(found, VllmEngine)
    yield found
    found.close()


@pytest.fixture
def greedy(prompts: list[tuple[Message, ...]]) -> list[GenerateRequest]:
    return [GenerateRequest(messages=p, max_new_tokens=48, temperature=0.0) for p in prompts]
