"""Pairs of distinct answers, each pair with draws of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cai.engines.base import Engine
from cai.feedback.sample.draws import ATTEMPTS, comparison, request, said
from cai.feedback.sample.settings import SampleSettings
from cai.likeness import differ
from cai.records import Comparison, Prompt, Said


@dataclass(frozen=True, slots=True)
class _Slot:
    """One pair that is wanted: the n-th of its prompt."""

    prompt: Prompt
    pair: int


def sample(prompts: Sequence[Prompt], policy: Engine, settings: SampleSettings) -> list[Comparison]:
    """Up to `pairs_per_prompt` comparisons of each prompt, in the order of `prompts`.

    Every draw has a seed of its own, derived from the prompt and the pair, so a comparison does
    not depend on which other prompts are asked. Where both answers are (nearly) the same text, or
    the pair repeats an earlier one of its prompt, the second answer is drawn again; a pair that
    stays alike is left out. Prompts must fit (see `fits`).
    """
    slots = [_Slot(prompt, pair) for prompt in prompts for pair in range(settings.pairs_per_prompt)]
    firsts = _drawn(slots, 0, 0, policy, settings)
    found: dict[int, Said] = {}
    taken: set[tuple[str, frozenset[str]]] = set()
    for attempt in range(ATTEMPTS):
        waiting = [index for index in range(len(slots)) if index not in found]
        seconds = _drawn([slots[index] for index in waiting], 1, attempt, policy, settings)
        for index, second in zip(waiting, seconds, strict=True):
            texts = frozenset((firsts[index].text.strip(), second.text.strip()))
            pair = (slots[index].prompt.id, texts)
            if not alike(firsts[index], second, settings.min_difference) and pair not in taken:
                taken.add(pair)
                found[index] = second
    return [
        comparison(slot.prompt, slot.pair, firsts[index], found[index], settings.seed)
        for index, slot in enumerate(slots)
        if index in found
    ]


def alike(one: Said, other: Said, min_difference: float) -> bool:
    """Whether two answers are too much the same text to be compared."""
    if one.text.strip() == other.text.strip():
        return True
    return not differ(one.text, other.text, min_difference)


def _drawn(
    slots: Sequence[_Slot], place: int, attempt: int, policy: Engine, settings: SampleSettings
) -> list[Said]:
    """The first (`place` 0) or second (1) answer of each slot."""
    numbers = [2 * slot.pair + place for slot in slots]
    completions = policy.generate(
        [
            request(slot.prompt, number, attempt, settings)
            for slot, number in zip(slots, numbers, strict=True)
        ]
    )
    return [
        said(completion, number, policy, settings)
        for completion, number in zip(completions, numbers, strict=True)
    ]
