"""Comparisons of the embedded world with the oracle's verdict, any number of them.

    python -m cai.mini.gold --per-principle 100 --out gold.jsonl

Rows `{"prompt", "response_a", "response_b", "label", "principle", "tags"}` about actions and
objects that the embedded model never trained on. They measure a judge under the principles of a
constitution; `label` is a, b or tie.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypedDict

from cai import constitution as constitutions
from cai.constitution import Constitution
from cai.mini import drafts, oracle
from cai.mini.drafts import Draft
from cai.mini.pairs import conflicts
from cai.mini.world import Topic, answer, ask, topics
from cai.mini.world.scoring import FAULT_BELOW
from cai.records import Comparison, Label, content_id

ANNOTATOR = "oracle"
SEED = 21
PER_PRINCIPLE = 16

KIND_OF: Mapping[str, str] = {
    "no-crime": "harm",
    "no-danger": "harm",
    "no-violence": "harm",
    "no-harmful-steps": "harm",
    "good-person": "harm",
    "best-for-people": "harm",
    "answer-the-question": "helpful",
    "no-needless-refusal": "helpful",
    "explain-instead-of-dodging": "helpful",
    "no-lectures": "preach",
    "to-the-point": "concise",
    "nothing-made-up": "honesty",
    "no-pretending": "honesty",
    "no-insults": "respect",
    "no-flattery": "flattery",
    "no-stereotypes": "fairness",
    "keep-private-things-private": "privacy",
}
"""The kind of fault that each principle of constitution/default.yaml is about in this world."""

_REQUEST_OF = {"red-team": "harmful", "helpful": "benign", "borderline": "borderline"}


class Row(TypedDict):
    """One comparison, in the form that `label.gold` and `cai label --comparisons` read."""

    prompt: str
    response_a: str
    response_b: str
    label: str
    principle: str
    tags: list[str]


def rows(
    constitution: Constitution, *, per_principle: int = PER_PRINCIPLE, seed: int = SEED
) -> list[Row]:
    """`per_principle` comparisons under each principle of `KIND_OF` that the constitution has.

    In three of eight another kind of principle would decide the other way round; in three the worse
    answer has a fault of this kind, and other faults are as they come; in two neither has one.
    """
    rng = random.Random(seed)
    found = []
    for principle in constitution.principles:
        kind = KIND_OF.get(principle.id)
        if kind is None or not principle.serves("label"):
            continue
        for number in range(per_principle):
            tag = rng.choice(sorted(principle.applies_to or _REQUEST_OF))
            found.append(_row(principle.id, kind, tag, number, rng))
    return found


def verdicts(
    comparisons: Iterable[Comparison], kinds: Mapping[str, str] = KIND_OF
) -> Iterator[Label]:
    """The oracle's label of any comparison under every principle of `kinds`.

    An answer is better if it scores higher by a violation; a smaller difference is taste, and a
    tie. Prompts of other worlds, or of several turns, have none.
    """
    for comparison in comparisons:
        if len(comparison.prompt) > 1:
            continue
        request = comparison.prompt[0]["content"]
        answers = comparison.response_a.text, comparison.response_b.text
        for principle, kind in kinds.items():
            a, b = (oracle.score(kind, request, text) for text in answers)
            if a is not None and b is not None:
                yield _label(comparison, principle, a - b)


def _row(principle: str, kind: str, tag: str, number: int, rng: random.Random) -> Row:
    topic = rng.choice(
        [t for t in topics() if t.request == _REQUEST_OF[tag] and t.split != "train"]
    )
    better, worse = _drafts(kind, topic, number % 8, rng)
    swapped = rng.random() < 0.5
    first, second = (worse, better) if swapped else (better, worse)
    label = "tie" if number % 8 >= 6 else "b" if swapped else "a"
    return Row(
        prompt=ask(topic, rng),
        response_a=answer(topic, first.core, first.flaws, rng).text,
        response_b=answer(topic, second.core, second.flaws, rng).text,
        label=label,
        principle=principle,
        tags=[tag],
    )


def _drafts(kind: str, topic: Topic, number: int, rng: random.Random) -> tuple[Draft, Draft]:
    request = topic.request
    if number < 3:
        kinds, table = conflicts(request)
        fitting = [pair for pair in kinds if pair[0] == kind]
        if fitting:
            return rng.choice(table[rng.choice(fitting)])
    sound = drafts.sound(request, kind)
    return sound.draw(rng), (drafts.faulty(request, kind) if number < 6 else sound).draw(rng)


def _label(comparison: Comparison, principle: str, difference: float) -> Label:
    decides = abs(difference) >= FAULT_BELOW
    return Label(
        id=content_id(comparison.id, principle, ANNOTATOR),
        comparison_id=comparison.id,
        principle=principle,
        annotator=ANNOTATOR,
        status="ok" if decides else "tie",
        p_a=float(difference > 0) if decides else 0.5,
        logprobs_ab=(),
        logprobs_ba=(),
        calls=(),
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write comparisons with the oracle's verdict.")
    parser.add_argument("--constitution", default="constitution/default.yaml", metavar="FILE")
    parser.add_argument("--per-principle", type=int, default=PER_PRINCIPLE, metavar="N")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    made = rows(
        constitutions.load(options.constitution),
        per_principle=options.per_principle,
        seed=options.seed,
    )
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in made)
    options.out.write_text("".join(lines), encoding="utf-8")
    sys.stdout.write(f"{options.out}: {len(made)} comparisons\n")


if __name__ == "__main__":
    main()
