"""Files of comparisons, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from cai.feedback.given import RankingPairs, Source, write
from cai.journal import read_records
from cai.records import Comparison, Label


@dataclass(frozen=True)
class Made:
    """What sources became: comparisons and gold in their order, and the counts."""

    comparisons: list[Comparison]
    gold: list[Label]
    counts: dict[str, int]

    def worth(self, text: str) -> list[float]:
        """How likely an answer is the better one, by each gold label of a pair with it."""
        by_id = {one.id: one for one in self.comparisons}
        found = []
        for label in self.gold:
            pair = by_id[label.comparison_id]
            assert label.p_a is not None
            if pair.response_a.text == text:
                found.append(label.p_a)
            elif pair.response_b.text == text:
                found.append(1 - label.p_a)
        return found


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Made]:
    """Reads sources as the stage does, into a folder of their own."""

    def of(
        *sources: Source,
        ranking_pairs: RankingPairs = "all",
        principles: tuple[str, ...] = ("kind",),
    ) -> Made:
        folder = tmp_path_factory.mktemp("made")
        counts = write(
            sources,
            comparisons=folder / "comparisons.jsonl",
            gold=folder / "gold.jsonl",
            principles=principles,
            ranking_pairs=ranking_pairs,
        )
        return Made(
            comparisons=read_records(folder / "comparisons.jsonl", Comparison),
            gold=read_records(folder / "gold.jsonl", Label),
            counts=counts,
        )

    return of


@pytest.fixture(scope="session")
def rows(
    made: Callable[..., Made], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Made]:
    """Writes rows into a file `given.jsonl`, and reads what they become."""

    def of(*given: Any, ranking_pairs: RankingPairs = "all", **source: Any) -> Made:
        path = tmp_path_factory.mktemp("given") / "given.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in given), "utf-8")
        return made(Source(path=str(path), **source), ranking_pairs=ranking_pairs)

    return of
