"""Pairs in which one answer is to another prompt.

Answers to one prompt are nearly all about what it asks. Preferences between them teach a reward
model what good answers look like, and nothing teaches it to read the question: a good answer to
another one gets as much. Liu et al. (2024, "RRM: Robust Reward Model Training Mitigates Reward
Hacking") therefore add pairs with answers to other prompts, and count the prompt's own answer as
the better one. Here the judge decides like over any other pair: a refusal that names nothing fits
many prompts, and an answer to another prompt may be better than a harmful one.

No answer is drawn for them. A pair takes its second answer from the next prompt in a ring, in which
prompts stand in an order drawn from their ids: so a prompt that comes or goes moves only what its
neighbour takes. Held-out prompts have a ring of their own, so that none of their answers is trained
on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from cai.feedback.merge import split_of
from cai.feedback.sample.draws import comparison
from cai.feedback.sample.pairs import alike
from cai.feedback.sample.settings import SampleSettings
from cai.journal import each_record, placed_rows, row_at
from cai.records import Comparison, Prompt, derive_seed, from_row


def with_off_topic(path: Path, settings: SampleSettings) -> Iterator[Comparison]:
    """The sampled pairs in `path`, and behind those of each prompt the off-topic ones.

    The one that follows from the n-th pair of a prompt has the number `pairs_per_prompt` + n. It is
    left out where it repeats a pair of its prompt, or its answers are (nearly) the same. Off-topic
    pairs that the file has already are made anew.

    Args:
        path: of comparisons, those of a prompt one after the other.
    """
    others = _others(path, settings)
    rows = (row for row in each_record(path, Comparison) if row.pair < settings.pairs_per_prompt)
    with path.open("rb") as file:
        for _, group in groupby(rows, key=attrgetter("prompt_id")):
            own = list(group)
            yield from own
            taken = {_texts(row) for row in own}
            for row in own:
                start = others.get((row.prompt_id, row.pair))
                if start is None or not _drawn(row, settings):
                    continue
                made = _off_topic(row, from_row(Comparison, row_at(file, start)), settings)
                said = made.response_a, made.response_b
                if _texts(made) not in taken and not alike(*said, settings.min_difference):
                    taken.add(_texts(made))
                    yield made


def _others(path: Path, settings: SampleSettings) -> dict[tuple[str, int], int]:
    """Where the pair begins that each pair, by prompt and number, takes an answer from."""
    rings: defaultdict[tuple[int, str], list[tuple[int, str, int]]] = defaultdict(list)
    for start, row in placed_rows(path):
        if row["pair"] < settings.pairs_per_prompt:
            prompt = row["prompt_id"]
            place = derive_seed(settings.seed, "off-topic", prompt)
            split = split_of(prompt, settings.heldout_share)
            rings[row["pair"], split].append((place, prompt, start))
    found = {}
    for (pair, _), ring in rings.items():
        ring.sort()
        for (_, prompt, _), (_, other, start) in zip(ring, ring[1:] + ring[:1], strict=True):
            if other != prompt:
                found[prompt, pair] = start
    return found


def _drawn(row: Comparison, settings: SampleSettings) -> bool:
    draw = derive_seed(settings.seed, "off-topic share", row.prompt_id, row.pair)
    return draw < settings.off_topic_share * 2**63


def _off_topic(row: Comparison, other: Comparison, settings: SampleSettings) -> Comparison:
    # Which of two answers stands first was drawn: A and B are any answer of each.
    prompt = Prompt(id=row.prompt_id, messages=row.prompt, tags=row.tags)
    number = settings.pairs_per_prompt + row.pair
    made = comparison(prompt, number, row.response_a, other.response_b, settings.seed)
    return replace(made, off_topic=other.prompt_id)


def _texts(row: Comparison) -> frozenset[str]:
    return frozenset((row.response_a.text.strip(), row.response_b.text.strip()))
