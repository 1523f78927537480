"""`summary.json`: the headline numbers of a run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cai.evaluation.rates import summarise
from cai.journal import read_records
from cai.records import Score
from cai.store import RunFolder, write_text


def write(folder: RunFolder, stages: Sequence[str]) -> dict[str, Any]:
    """Gathers evaluation and stage figures into `summary.json` and returns them."""
    scores = read_records(folder.stage("evaluate") / "scores.jsonl", Score)
    gathered = {"evaluation": summarise(scores), "stages": {}}
    for name in stages:
        manifest = folder.manifest(name)
        if manifest is not None:
            gathered["stages"][name] = {
                "seconds": manifest.seconds,
                "calls": manifest.calls,
                "cached_calls": manifest.cached_calls,
                "rows": manifest.counts.get("rows"),
                "counts": manifest.counts,
            }
    write_text(
        folder.path / "summary.json", json.dumps(gathered, indent=2, ensure_ascii=False) + "\n"
    )
    return gathered
