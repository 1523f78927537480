"""Pairs of distinct answers to one prompt, in an order that says nothing about who is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cai.engines.base import Completion, Engine, GenerateRequest
from cai.records import Comparison, Prompt, Said, content_id, derive_seed
from cai.room import TooLong, has_room

# A model that says the same thing this often when asked again has no second answer to give.
ATTEMPTS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleSettings:
    """How answers are drawn; each field is explained in `cai.feedback.label.LabelSettings`."""

    pairs_per_prompt: int
    temperature: float
    max_new_tokens: int
    too_long: TooLong
    seed: int


@dataclass(frozen=True, slots=True)
class _Slot:
    """One pair that is wanted: the n-th of its prompt."""

    prompt: Prompt
    pair: int


def fits(prompt: Prompt, policy: Engine, settings: SampleSettings) -> bool:
    """Whether the policy's context has room for the prompt and a whole answer.

    Raises:
        DataError: if not, and `too_long` is "error".
    """
    needed = policy.count(prompt.messages) + settings.max_new_tokens
    return has_room(
        prompt, needed, context=policy.context, section="label", too_long=settings.too_long
    )


def sample(prompts: Sequence[Prompt], policy: Engine, settings: SampleSettings) -> list[Comparison]:
    """Up to `pairs_per_prompt` comparisons of each prompt, in the order of `prompts`.

    Every draw has a seed of its own, derived from the prompt and the pair, so a comparison does
    not depend on which other prompts are asked. Where both answers are the same text, or the pair
    repeats an earlier one of its prompt, the second answer is drawn again; a pair that stays
    identical is left out. Prompts must fit (see `fits`).
    """
    slots = [_Slot(prompt, pair) for prompt in prompts for pair in range(settings.pairs_per_prompt)]
    firsts = policy.generate([_request(slot, "first", settings) for slot in slots])
    found: dict[int, Completion] = {}
    taken: set[tuple[str, frozenset[str]]] = set()
    for attempt in range(ATTEMPTS):
        waiting = [index for index in range(len(slots)) if index not in found]
        seconds = policy.generate(
            [_request(slots[index], f"second-{attempt}", settings) for index in waiting]
        )
        for index, second in zip(waiting, seconds, strict=True):
            texts = frozenset((firsts[index].text.strip(), second.text.strip()))
            pair = (slots[index].prompt.id, texts)
            if len(texts) == 2 and pair not in taken:
                taken.add(pair)
                found[index] = second
    return [
        _comparison(slots[index], firsts[index], found[index], settings.seed)
        for index in sorted(found)
    ]


def _request(slot: _Slot, draw: str, settings: SampleSettings) -> GenerateRequest:
    return GenerateRequest(
        messages=slot.prompt.messages,
        max_new_tokens=settings.max_new_tokens,
        temperature=settings.temperature,
        seed=derive_seed(settings.seed, "sample", slot.prompt.id, slot.pair, draw),
    )


def _comparison(slot: _Slot, first: Completion, second: Completion, seed: int) -> Comparison:
    # The second answer may be a re-drawn one, so drawing order must not decide the position.
    swapped = derive_seed(seed, "position", slot.prompt.id, slot.pair) & 1
    a, b = (second, first) if swapped else (first, second)
    return Comparison(
        id=content_id(slot.prompt.id, a.text, b.text),
        prompt_id=slot.prompt.id,
        pair=slot.pair,
        prompt=slot.prompt.messages,
        tags=slot.prompt.tags,
        response_a=Said(text=a.text, call=a.call, finish=a.finish),
        response_b=Said(text=b.text, call=b.call, finish=b.finish),
    )
