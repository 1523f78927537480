"""How good the embedded judge is on the pairs of a run, by its world's oracle.

    python benchmarks/judge_on_samples.py runs/quickstart

Pairs that were made to measure a judge differ; those sampled from one model mostly do not. So the
oracle says which answer is better under each principle that was asked, and the judge is measured as
`judge.json` does it.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import yaml

from cai.feedback.comparing import COMPARISONS
from cai.feedback.judging import LABELS
from cai.feedback.trust import card
from cai.journal import read_records, write_rows
from cai.mini import gold
from cai.records import Comparison, Label, to_row


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="the folder of a run on the embedded model")
    label = parser.parse_args().run / "label"
    tie_margin = yaml.safe_load((label / "recipe.yaml").read_text("utf-8"))["label"]["tie_margin"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name in (COMPARISONS, LABELS):
            shutil.copyfile(label / name, folder / name)
        labels = read_records(folder / LABELS, Label)
        asked = {(one.comparison_id, one.principle) for one in labels}
        known = gold.verdicts(read_records(folder / COMPARISONS, Comparison))
        write_rows(
            folder / "gold.jsonl",
            (to_row(one) for one in known if (one.comparison_id, one.principle) in asked),
        )
        told = card.measure(
            folder,
            annotator=labels[0].annotator,
            tie_margin=tie_margin,
            weights=lambda comparison: {},
            overrides={},
        )
    print(f"verdicts                          {len(asked):,}")
    print(f"{'decides':33} {100 * told['decides']:.1f}")
    for name in ("accuracy", "margin"):
        found = told[name]
        low, high = (100 * found[end] for end in ("low", "high"))
        share = f"{100 * found['value']:.1f} ({low:.1f} to {high:.1f})"
        print(f"{name:33} {share} of {found['n']}")
    print(f"best baseline                     {told['best_baseline']}")


if __name__ == "__main__":
    main()
