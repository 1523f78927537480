"""Runs to be examined, and the server process of the server engine's own tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cai import recipe
from cai.doctor.finding import Finding
from cai.run import Run
from cai.store import RunFolder
from tests.engines.server.conftest import serve

__all__ = ["serve"]


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Run]:
    """Makes runs of a recipe with a few prompts; `values` are more of it."""

    def make(*overrides: str, **values: object) -> Run:
        sources = {}
        for name in ("red_team", "helpful", "heldout_red_team", "heldout_helpful"):
            file = tmp_path / f"{name}.jsonl"
            rows = [{"prompt": f"Tell me about {name}, part {part}."} for part in range(4)]
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))
            sources[name] = [str(file)]
        path = tmp_path / "r.yaml"
        path.write_text(json.dumps({"model": "cai-mini", "prompts": sources, **values}))
        return Run(recipe.load(path, overrides), RunFolder(tmp_path / "run"))

    return make


@pytest.fixture
def by_name() -> Callable[..., dict[str, Finding]]:
    """Findings by their names, each of which is there once."""

    def sort(found: object) -> dict[str, Finding]:
        every = list(found)  # type: ignore[call-overload]
        assert len({(one.group, one.name) for one in every}) == len(every)
        return {one.name: one for one in every}

    return sort
