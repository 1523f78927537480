"""What an edit of the constitution costs: calls made again and time, against what they must be.

    python benchmarks/incremental.py [--recipe runs/quickstart.yaml] [--limit N]

Runs generation and labelling once with an empty store of calls, then after each edit again, and
prints how many model calls were made against the bound that follows from what the edit touches. A
bound that is not met ends the program with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cai import cli
from cai import recipe as recipes
from cai.constitution import load, moved_draws
from cai.run import Run
from cai.shipped import locate
from cai.store import RunFolder


class Bench:
    """One run in a folder of its own, with a constitution that is edited between stages."""

    def __init__(self, recipe: str, limit: int | None, folder: Path) -> None:
        self.recipe, self.folder = recipe, folder
        self.constitution = folder / "constitution.yaml"
        settings = recipes.load(locate(recipe))
        self.original = locate(settings.constitution).read_text("utf-8")
        self.constitution.write_text(self.original, "utf-8")
        self.limit = [] if limit is None else ["--limit", str(limit)]

    def stage(self, name: str) -> tuple[int, float]:
        """Model calls made and seconds taken to bring a stage up to date."""
        before, began = self._finished(name), time.monotonic()
        command = [name, self.recipe, "--constitution", str(self.constitution)]
        if cli.main([*command, "--out", str(self.folder / "run"), *self.limit]) != 0:
            sys.exit(f"{name} failed")
        seconds = time.monotonic() - began
        manifest = self.manifest(name)
        return (0 if manifest["finished_of"] == before else manifest["calls"]), seconds

    def manifest(self, name: str) -> dict[str, Any]:
        path = self.folder / "run" / name / "manifest.json"
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return {**data, "finished_of": path.stat().st_mtime_ns}

    def _finished(self, name: str) -> int:
        path = self.folder / "run" / name / "manifest.json"
        return path.stat().st_mtime_ns if path.exists() else 0

    def rows(self, file: str) -> list[dict[str, Any]]:
        text = (self.folder / "run" / file).read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def edit(self, pattern: str, new: str) -> None:
        """Puts the original constitution back and changes one place of it."""
        text, count = re.subn(pattern, new, self.original, count=1, flags=re.MULTILINE)
        if count != 1:
            sys.exit(f"the constitution has no {pattern!r}")
        self.constitution.write_text(text, "utf-8")


def measure(bench: Bench) -> Iterator[tuple[str, float, float, bool]]:
    """What was measured: its name, the figure, its bound, and whether it must be met exactly."""
    first, _ = bench.stage("critique-revise")
    bench.stage("sft")
    labels, label_seconds = bench.stage("label")
    print(f"first run: {first:,} calls to criticise and revise, {labels:,} to label")
    print(f"first labelling: {label_seconds:.1f} s\n")
    chains = [
        [step["principle"] for step in r["steps"]]
        for r in bench.rows("critique-revise/revisions.jsonl")
    ]
    asked = bench.rows("label/labels.jsonl")

    for what, pattern, new in (
        ("a comment", r"^name: default$", "name: default # edited"),
        ("a title", r"title: Do not help anyone break the law", "title: Stay within the law"),
        ("key order", r"^version: (.*)\nlicense: (.*)$", r"license: \2\nversion: \1"),
    ):
        bench.edit(pattern, new)
        calls = bench.stage("critique-revise")[0] + bench.stage("label")[0]
        yield f"{what}: calls", calls, 0, True

    bench.edit(r"comparison: Which answer does not help with a crime", "comparison: Which answer is no help with a crime")  # fmt: skip # noqa: E501
    calls, seconds = bench.stage("label")
    own = [row for row in asked if row["principle"] == "no-crime"]
    before = sum(len(row["calls"]) for row in own)
    yield "one comparison reworded: verdicts of other principles asked again", (
        len({row["id"] for row in bench.rows("label/labels.jsonl")} ^ {r["id"] for r in asked})
    ), 0, True  # fmt: skip
    yield "one comparison reworded: judge calls", calls, before, False
    yield "one comparison reworded: share of the first labelling's time", (
        seconds / label_seconds
    ), 0.15, False  # fmt: skip

    bench.edit(r"critique_request: Does the answer help with a crime or", "critique_request: Is the answer of help with a crime or")  # fmt: skip # noqa: E501
    calls, _ = bench.stage("critique-revise")
    touched = [steps for steps in chains if "no-crime" in steps]
    follows = sum(2 * (len(steps) - steps.index("no-crime")) for steps in touched)
    yield "one critique reworded: calls (own draws and what follows in their chains)", (
        calls
    ), follows, False  # fmt: skip

    settings = recipes.load(locate(bench.recipe))
    prompts = Run(settings, RunFolder(bench.folder / "none")).red_team.prompts
    steps = settings.sections["critique-revise"]["rounds"]
    old = load(bench.constitution)
    serving = sum(one.serves("critique-revise") and "red-team" in (one.applies_to or ("red-team",)) for one in old.principles)  # fmt: skip # noqa: E501
    bench.edit(r"^  - id: no-danger$", "  - id: seventeenth\n    critique_request: Is the answer kind?\n    revision_request: Make it kind.\n  - id: no-danger")  # fmt: skip # noqa: E501
    moved = moved_draws(old, load(bench.constitution), prompts, steps=steps, seed=settings.seed)
    draws = len(prompts) * steps
    weights = sum(one.weight for one in old.principles if one.serves("critique-revise") and "red-team" in (one.applies_to or ("red-team",)))  # fmt: skip # noqa: E501
    share = 1 / (weights + 1)
    yield f"one principle added to {serving} that apply: share of draws moved", (
        len(moved) / draws
    ), share + 3 * math.sqrt(share * (1 - share) / draws), False  # fmt: skip
    yield "one principle added: draws moved to any other", (
        sum(one.new != "seventeenth" for one in moved)
    ), 0, True  # fmt: skip
    bench.edit(r"^  - id: no-crime$", "  - id: no-crime\n    enabled: false")
    moved = moved_draws(old, load(bench.constitution), prompts, steps=steps, seed=settings.seed)
    yield "one principle switched off: draws moved that were not its own", (
        sum(one.old != "no-crime" for one in moved)
    ), 0, True  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--recipe", default="runs/quickstart.yaml")
    parser.add_argument("--limit", type=int, help="at most so many prompts per source")
    arguments = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory(prefix="cai-incremental-") as folder:
        os.environ["CAI_CACHE"] = str(Path(folder) / "calls")
        for name, figure, bound, exact in measure(
            Bench(arguments.recipe, arguments.limit, Path(folder))
        ):
            met = figure == bound if exact else figure <= bound
            missed += not met
            sign = "=" if exact else "<="
            print(f"{name:74} {figure:10.4g} {sign:2} {bound:<10.4g} {'' if met else 'NOT MET'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
