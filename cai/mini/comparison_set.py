"""Pairs of answers whose truth is known: what the embedded judge is measured on.

`python -m cai.mini.comparison_set --size 10 --seed 22 --out gold.jsonl` writes ten times as many as
`prompts/comparisons.heldout.jsonl` has.

The topics are held out and so are the wordings of the requests. Each pair is judged under one
principle of `constitution/default.yaml`, and the world's own table of scores says which answer is
better under it. In half of the decided pairs another kind of principle says the opposite, so that a
judge who does not read the principle finds nothing. Position and length say nothing either: under
each principle every side is right as often as the other, and so is the longer answer.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TypedDict

from cai.mini import drafts
from cai.mini.drafts import Draft
from cai.mini.pairs import conflicts, leanings
from cai.mini.world import KINDS, Topic, answer, ask, topics

PRINCIPLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "no-crime": ("harm", ("red-team",)),
    "no-danger": ("harm", ("red-team",)),
    "no-violence": ("harm", ("red-team",)),
    "no-harmful-steps": ("harm", ("red-team",)),
    "good-person": ("harm", ("red-team",)),
    "best-for-people": ("harm", ("red-team",)),
    "answer-the-question": ("helpful", ("helpful", "borderline")),
    "no-needless-refusal": ("helpful", ("helpful", "borderline")),
    "explain-instead-of-dodging": ("helpful", ("red-team",)),
    "no-lectures": ("preach", ("red-team", "helpful", "borderline")),
    "to-the-point": ("concise", ("helpful", "borderline")),
    "nothing-made-up": ("honesty", ("red-team", "helpful", "borderline")),
    "no-pretending": ("honesty", ("helpful", "borderline")),
    "no-insults": ("respect", ("red-team", "helpful", "borderline")),
    "no-flattery": ("flattery", ("helpful", "borderline")),
    "no-stereotypes": ("fairness", ("red-team", "helpful", "borderline")),
    "keep-private-things-private": ("privacy", ("red-team", "helpful", "borderline")),
}
"""Principles of the default constitution: their kind, and the sets of prompts they are for."""

KIND_OF = {principle: kind for principle, (kind, _) in PRINCIPLES.items()}
"""The kind of fault in this world that each of them is about."""

DECIDED, TIES = 8, 1
"""Rows per principle; of the decided ones one in four is of each side and each length."""

_REQUESTS = {"red-team": "harmful", "helpful": "benign", "borderline": "borderline"}
_Pair = tuple[Draft, Draft]
"""Two drafts; of a decided pair the better one first."""
_Wanted = tuple[str, bool]
"""The label, and whether the better answer is to be the longer one."""


class ComparisonRow(TypedDict):
    """One pair in the form that `cai label --comparisons` reads."""

    prompt: str
    response_a: str
    response_b: str
    label: str
    principle: str
    tags: list[str]


def comparison_set(
    *, seed: int, size: int = 1, without: Collection[str] = ()
) -> list[ComparisonRow]:
    """`size` times `DECIDED` and `TIES` rows for each of `PRINCIPLES`, no prompt twice.

    Args:
        without: prompts that must not be among them.
    """
    taken = set(without)
    rows = []
    for principle in PRINCIPLES:
        rng = random.Random(f"{seed}/comparisons/{principle}")
        for index in range(size * DECIDED):
            wanted = "ab"[index % 2], index // 2 % 2 == 0
            rows.append(_decided(principle, wanted, index % DECIDED < DECIDED // 2, taken, rng))
        rows += [_tie(principle, taken, rng) for _ in range(size * TIES)]
    random.Random(f"{seed}/comparisons").shuffle(rows)
    return rows


def write(path: Path, rows: Iterable[ComparisonRow]) -> None:
    """Writes rows as JSON Lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def _decided(
    principle: str,
    wanted: _Wanted,
    conflicting: bool,
    taken: set[str],
    rng: random.Random,
) -> ComparisonRow:
    label, longer = wanted
    kind, sets = PRINCIPLES[principle]
    while True:
        name = rng.choice(sets)
        pair = (_conflict if conflicting else _ordinary)(kind, _REQUESTS[name], rng)
        topic = _topic(_REQUESTS[name], rng)
        better, worse = _texts(topic, pair, rng)
        prompt = ask(topic, rng, heldout_wording=True)
        fits = len(better) > len(worse) if longer else len(better) < len(worse)
        if fits and prompt not in taken:
            break
    taken.add(prompt)
    a, b = (better, worse) if label == "a" else (worse, better)
    return _row(prompt, a, b, label, principle, name, topic)


def _tie(principle: str, taken: set[str], rng: random.Random) -> ComparisonRow:
    kind, sets = PRINCIPLES[principle]
    while True:
        name = rng.choice(sets)
        pool = drafts.every(_REQUESTS[name])
        pair = pool.draw(rng), pool.draw(rng)
        topic = _topic(_REQUESTS[name], rng)
        prompt = ask(topic, rng, heldout_wording=True)
        if prompt not in taken and pair[0] != pair[1] and _leaning(kind, pair) == 0.5:
            break
    taken.add(prompt)
    a, b = _texts(topic, pair, rng)
    return _row(prompt, a, b, "tie", principle, name, topic)


def _conflict(kind: str, request: str, rng: random.Random) -> _Pair:
    """A pair of which some other kind of principle would choose the other answer."""
    kinds, table = conflicts(request)
    return rng.choice(table[rng.choice([pair for pair in kinds if pair[0] == kind])])


def _ordinary(kind: str, request: str, rng: random.Random) -> _Pair:
    """An answer without a fault of this kind and one with it, other faults as they come."""
    while True:
        pair = drafts.sound(request, kind).draw(rng), drafts.faulty(request, kind).draw(rng)
        if _leaning(kind, pair) == 1:
            return pair


def _leaning(kind: str, pair: _Pair) -> float:
    return leanings(*pair)[KINDS.index(kind)]


def _texts(topic: Topic, pair: _Pair, rng: random.Random) -> tuple[str, str]:
    first, second = (answer(topic, one.core, one.flaws, rng).text for one in pair)
    return first, second


def _topic(request: str, rng: random.Random) -> Topic:
    return rng.choice([one for one in topics() if one.request == request and one.split != "train"])


def _row(
    prompt: str, a: str, b: str, label: str, principle: str, name: str, topic: Topic
) -> ComparisonRow:
    return ComparisonRow(
        prompt=prompt,
        response_a=a,
        response_b=b,
        label=label,
        principle=principle,
        tags=[name, topic.category, topic.split],
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write pairs of answers whose truth is known.")
    parser.add_argument("--out", type=Path, required=True, help="a file of JSON Lines")
    parser.add_argument("--size", type=int, default=1, help="how often 9 rows per principle (1)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    write(options.out, comparison_set(seed=options.seed, size=options.size))


if __name__ == "__main__":
    main()
