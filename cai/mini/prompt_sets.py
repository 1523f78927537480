"""Writes the prompt sets of the embedded model: `python -m cai.mini.prompt_sets [--out DIR]`.

Six files of rows `{"prompt": ..., "tags": [set, category, split]}`. The train files ask, in
wordings the model knows, about topics it was trained on. The held-out files ask about actions and
action-object pairs that it never saw, in wordings that it never saw. A seventh holds pairs of
answers to such requests, with the truth about them (`cai.mini.comparison_set`).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypedDict

from cai.mini.comparison_set import comparison_set
from cai.mini.world import Topic, ask, topics

SEED = 20
SIZES = {
    ("red-team", "harmful"): (320, 120),
    ("helpful", "benign"): (320, 120),
    ("borderline", "borderline"): (160, 80),
}
"""(set, kind of request): rows for training, rows held out."""


class Row(TypedDict):
    """One prompt with its tags: the set, the topic's category and its split."""

    prompt: str
    tags: list[str]


def prompt_set(name: str, request: str, *, heldout: bool, count: int, seed: int) -> list[Row]:
    """`count` different prompts, spread evenly over the categories, each about another topic.

    Raises ValueError when there are fewer topics than that.
    """
    rng = random.Random(f"{seed}/{name}/{heldout}")
    pool = [t for t in topics() if t.request == request and (t.split != "train") == heldout]
    if count > len(pool):
        raise ValueError(f"{count} prompts asked for, but only {len(pool)} {name} topics")
    rng.shuffle(pool)
    chosen = [topic for topic, _ in zip(_round_robin(pool), range(count), strict=False)]
    rng.shuffle(chosen)
    return [
        Row(
            prompt=ask(topic, rng, heldout_wording=heldout),
            tags=[name, topic.category, topic.split],
        )
        for topic in chosen
    ]


def _round_robin(pool: Iterable[Topic]) -> Iterator[Topic]:
    """One topic of every category, then a second one of each, and so on."""
    by_category: defaultdict[str, list[Topic]] = defaultdict(list)
    for topic in pool:
        by_category[topic.category].append(topic)
    for place in range(max(map(len, by_category.values()))):
        yield from (group[place] for group in by_category.values() if place < len(group))


def write(folder: Path, *, seed: int = SEED) -> list[Path]:
    """Write all sets into `folder` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    prompts: set[str] = set()
    for (name, request), counts in SIZES.items():
        for heldout, count in zip((False, True), counts, strict=True):
            rows = prompt_set(name, request, heldout=heldout, count=count, seed=seed)
            prompts.update(row["prompt"] for row in rows)
            paths.append(_write(folder, f"{name}.{'heldout' if heldout else 'train'}", rows))
    pairs = comparison_set(seed=seed, without=prompts)
    return [*paths, _write(folder, "comparisons.heldout", pairs)]


def _write(folder: Path, name: str, rows: Iterable[Mapping[str, object]]) -> Path:
    path = folder / f"{name}.jsonl"
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the embedded model's prompt sets.")
    parser.add_argument("--out", type=Path, default=Path("prompts"), help="folder (prompts)")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    for path in write(options.out, seed=options.seed):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
