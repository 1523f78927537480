"""How well each form of judging decides pairs whose truth is known.

    python benchmarks/judging_forms.py [--model NAME] [--pairs N] [--only WORD]

Pairs come from the embedded model's world, on topics that its training never saw: half of them with
a fault in one answer, half such that another principle would decide the other way round. Printed
are, per form: the share decided rightly with its 95 % interval, over all pairs and over those of
conflict; the share that decides for the same position in both orders; how sure verdicts are; the
Brier score; the mean probability that any of the options is said; and model calls and seconds.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from cai.constitution import Principle
from cai.engines.transformers import TransformersEngine
from cai.feedback.judge import JudgeSettings, verdicts
from cai.feedback.questions import Question
from cai.feedback.shots import Shot, ShotBook
from cai.feedback.statistics import Statistics
from cai.feedback.trust.behaviour import deciding, flips
from cai.intervals import wilson
from cai.mini import trials
from cai.records import Comparison, Label, Said, content_id, said_by

AT_ONCE = JudgeSettings(min_option_mass=0.1, tie_margin=0.0, reason_tokens=0)
REASONED = replace(AT_ONCE, reason_tokens=60)
SCORED = replace(AT_ONCE, form="score", min_option_mass=0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A form of judging, with so many worked comparisons first."""

    name: str
    settings: JudgeSettings
    shots: int = 0


WAYS = (
    Way(name="compare, at once", settings=AT_ONCE),
    Way(name="compare, at once, 2 shots", settings=AT_ONCE, shots=2),
    Way(name="compare, at once, 4 shots", settings=AT_ONCE, shots=4),
    Way(name="compare, 1 reason", settings=REASONED),
    *(
        Way(
            name=f"compare, {samples} reasons at {temperature:g}",
            settings=replace(REASONED, samples=samples, reason_temperature=temperature),
        )
        for temperature in (1.0, 0.5)
        for samples in (3, 5)
    ),
    # A judge that was never taught to score hardly says a number: what do those tell that it does?
    Way(name="score, at once, any mass", settings=SCORED),
    Way(name="score, 1 reason, any mass", settings=replace(SCORED, reason_tokens=60)),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="cai-mini")
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--only", default="", help="ways with this word in their name")
    given = parser.parse_args()
    ordinary = _pairs(given.pairs // 2, conflict=False)
    conflict = _pairs(given.pairs - len(ordinary), conflict=True)
    ranked = tuple(_shot(one) for one in _trials(8, conflict=False, seed="shots"))
    engine = TransformersEngine(given.model, device="cpu")
    engine.load()
    print(f"{given.model}, {given.pairs} pairs")
    print(f"{'':28}  right                of conflict  flips  sure  Brier    mass  calls    s")
    for way in WAYS:
        if given.only in way.name:
            began = time.monotonic()
            book = ShotBook(ranked, way.shots)
            asked = [
                Question(pair, principle, 1.0, book.beside(pair))
                for pair, principle in (*ordinary, *conflict)
            ]
            labels = verdicts(asked, engine, way.settings)
            print(_line(way.name, labels, len(ordinary), time.monotonic() - began), flush=True)
    return 0


def _line(name: str, labels: Sequence[Label], ordinary: int, seconds: float) -> str:
    """A row of the table; answer A is always the better one, and both orders are asked."""
    every, conflict = ([one.p_a for one in part] for part in (labels, labels[ordinary:]))
    right = sum(p is not None and p > 0.5 for p in every)
    bounds = wilson(right, len(every))
    read = [p for p in every if p is not None]
    sums = Statistics()
    for label in labels:
        sums.add(label)
    told = sums.numbers()
    flipped = [flips(one, deciding(0.0)) for one in labels if one.logprobs_ab]
    cells = (
        f"{name:28}",
        f"{right / len(every):5.1%} [{bounds['low']:.1%}, {bounds['high']:.1%}]",
        f"{sum(p is not None and p > 0.5 for p in conflict) / len(conflict):11.1%}",
        f"{fmean(flipped):5.1%}" if flipped else "    -",
        f"{fmean(max(p, 1 - p) for p in read):.2f}" if read else "   -",
        f"{fmean((1 - p) ** 2 for p in read):5.3f}" if read else "    -",
        f"{told['option_mass_mean']:6.2g}",
        f"{sum(len(one.calls) for one in labels):5}",
        f"{seconds:4.0f}",
    )
    return "  ".join(cells)


def _pairs(count: int, *, conflict: bool) -> list[tuple[Comparison, Principle]]:
    return [_judged(one) for one in _trials(count, conflict=conflict, seed="pairs")]


def _trials(count: int, *, conflict: bool, seed: str) -> list[trials.Comparison]:
    rng = random.Random(f"{seed}/{conflict}")
    make = trials.disagreement if conflict else trials.ordinary
    return [make(rng.choice(trials.SPLITS), rng) for _ in range(count)]


def _judged(one: trials.Comparison) -> tuple[Comparison, Principle]:
    prompt = said_by("user", one.request)
    pair = Comparison(
        id=content_id(prompt, one.better, one.worse),
        prompt_id=content_id(prompt),
        prompt=prompt,
        tags=(),
        response_a=Said(text=one.better, call=""),
        response_b=Said(text=one.worse, call=""),
    )
    return pair, Principle(id=content_id(one.text), comparison=one.text)


def _shot(one: trials.Comparison) -> Shot:
    return Shot(one.request, one.better, one.worse, one.text, "", better_first=True)


if __name__ == "__main__":
    sys.exit(main())
