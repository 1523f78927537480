"""Pairs of which somebody knows the better answer, to measure the reward by.

The judge is measured by the same ones. They may be about one principle only, where the reward has
learned all together; so the accuracy by principle says more here than the one over all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from cai.journal import read_records
from cai.records import Comparison, Label, Message, Preference, content_id, said_by


@dataclass(frozen=True, kw_only=True, slots=True)
class GoldPair:
    """A pair with a known label, as a preference, and whether training has met its prompt."""

    preference: Preference
    trained_on: bool


def read_gold(label_folder: Path, trained: Collection[str]) -> list[GoldPair]:
    """The gold pairs of a label stage that gold decides: its own, and those of its subfolder.

    Several gold labels of one pair under one principle are one, with their mean probability.

    Args:
        trained: the ids of prompts that the reward model was trained on.

    Raises:
        RunError: if the rows of a file are not those of the label stage.
    """
    found: dict[str, GoldPair] = {}
    for folder in (label_folder, label_folder / "gold"):
        for preference in _preferences(folder):
            known = preference.prompt_id in trained
            found.setdefault(preference.id, GoldPair(preference=preference, trained_on=known))
    return list(found.values())


def _preferences(folder: Path) -> Iterator[Preference]:
    said: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    if (folder / "gold.jsonl").exists():
        for label in read_records(folder / "gold.jsonl", Label):
            if label.p_a is not None:
                said[label.comparison_id][label.principle].append(label.p_a)
    if not said:
        return
    for comparison in read_records(folder / "comparisons.jsonl", Comparison):
        for principle, values in said.get(comparison.id, {}).items():
            p_a = sum(values) / len(values)
            if p_a != 0.5:
                yield _preference(comparison, principle, p_a)


def _preference(comparison: Comparison, principle: str, p_a: float) -> Preference:
    a, b = (_turn(one.text) for one in (comparison.response_a, comparison.response_b))
    chosen, rejected = (a, b) if p_a > 0.5 else (b, a)
    return Preference(
        id=content_id(comparison.id, principle),
        prompt=comparison.prompt,
        chosen=chosen,
        rejected=rejected,
        probability=max(p_a, 1 - p_a),
        comparison_id=comparison.id,
        prompt_id=comparison.prompt_id,
        principles=(principle,) if principle else (),
        tags=comparison.tags,
        split="heldout",
    )


def _turn(text: str) -> tuple[Message, ...]:
    return said_by("assistant", text)
