"""Public data sets as they are: how many pairs and labels come of each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cai.feedback.given import Source

# A folder with public data sets, too large and too offensive to be part of the project.
PUBLIC = Path(os.environ.get("CAI_PUBLIC_DATA", "public-data"))


@pytest.mark.skipif(
    not PUBLIC.exists(), reason="set CAI_PUBLIC_DATA to a folder with the public data sets"
)
@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("hh-rlhf-harmless/harmless-base.test.dev.jsonl.gz",
         {"rows_read": 1534, "comparisons": 1534, "gold_labels": 1534}),
        ("llmbar-mtbench/mtbench_human.json",
         {"rows_read": 200, "comparisons": 195, "pairs_duplicate": 5, "gold_labels": 195}),
        ("pandalm/testset-v1.json",
         {"rows_read": 999, "comparisons": 863, "pairs_duplicate": 136, "gold_labels": 2591,
          "gold_ties": 248, "gold_conflicting": 139}),
        ("tulu-human-eval/tulu1_human_prefs.jsonl",
         {"rows_read": 1150, "comparisons": 955, "pairs_duplicate": 155, "pairs_identical": 40,
          "gold_labels": 1102, "gold_ties": 336, "gold_conflicting": 66}),
        ("oasst-en100/oasst_en100_ranked_pairs.jsonl",
         {"rows_read": 732, "comparisons": 732, "gold_labels": 732}),
    ],
)  # fmt: skip
def test_public_data(made: Any, file: str, counts: dict[str, int]) -> None:
    found = made(Source(path=str(PUBLIC / file)))
    assert {name: count for name, count in found.counts.items() if count} == counts
    assert len(found.comparisons) == counts["comparisons"]
    assert len(found.gold) == counts["gold_labels"]
    assert len({pair.id for pair in found.comparisons}) == len(found.comparisons)
    assert len({label.id for label in found.gold}) == len(found.gold)
    for pair in found.comparisons:
        turns = [message["role"] for message in pair.prompt]
        assert turns[-1] == "user"
        assert pair.response_a.text.strip() != pair.response_b.text.strip()
    firsts = [label.p_a for label in found.gold if label.p_a != 0.5]
    assert 0.45 < sum(firsts) / len(firsts) < 0.55
