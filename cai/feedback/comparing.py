"""The label stage's file of comparisons: what is in it already, and making what is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from cai.batching import chunks
from cai.engines.base import Engine, at_once
from cai.feedback.sample import SampleSettings, fits, sample
from cai.feedback.sample.chooser import Draw, Look, Rewards, chooser
from cai.feedback.sample.off_topic import with_off_topic
from cai.feedback.sample.pool import Pools
from cai.journal import append_rows, each_record, read_columns, sort_rows, write_rows
from cai.progress import Progress
from cai.records import Comparison, Prompt, to_row

ANSWERS = "answers.jsonl"
COMPARISONS = "comparisons.jsonl"
UNPAIRED = "unpaired.jsonl"

# Work between two writes: enough to fill an engine's batches, little enough to lose in a kill.
_PROMPTS_PER_CHUNK = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Unpaired:
    """A prompt that gave fewer pairs than it was asked for: how many fewer, and why.

    It was "too_long" for an author's context, or its answers were (nearly) the "same" again and
    again.
    """

    prompt_id: str
    pairs: int
    why: Literal["too_long", "same"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Merits:
    """What pairs may be chosen by: the judge's first look, or rewards, made when needed."""

    look: Look
    rewards: Callable[[], Rewards] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampled:
    """What a folder holds.

    Attributes:
        ids: of the comparisons, off-topic ones apart.
        off_topic: ids of those.
        settled: pairs that are there, or known to be missing, by prompt id.
        unpaired: ids of the prompts of which pairs are known to be missing.
        too_long: ids of the prompts that were dropped for it.
        in_order: whether the comparisons are in the order of their prompts.
        answers: counts of the answers among which pairs were chosen, if they were.
    """

    ids: frozenset[str]
    off_topic: frozenset[str]
    settled: Counter[str]
    unpaired: frozenset[str]
    too_long: frozenset[str]
    in_order: bool
    answers: Mapping[str, int] = field(default_factory=dict)


def sampled(
    prompts: Sequence[Prompt],
    authors: Sequence[Callable[[], Engine]],
    merits: Merits,
    settings: SampleSettings,
    folder: Path,
    progress: Progress,
) -> Sampled:
    """Completes `comparisons.jsonl` in `folder`, whose rows end up in the order of the prompts.

    A prompt that the folder says enough about costs nothing, not even a count of its tokens. If
    there are no others, no author is made.

    Args:
        authors: make the engines that answer, as many as `settings.models`; each is let go before
            the next is asked.

    Raises:
        DataError: if a prompt does not fit the policy's context and `too_long` is "error".
    """
    ranks = {prompt.id: index for index, prompt in enumerate(prompts)}
    found = _found(folder, ranks, settings)
    if any(found.settled[prompt.id] < settings.pairs_per_prompt for prompt in prompts):
        engines = [make() for make in authors]  # weights come with the first answer
        _sample_rest(prompts, found, engines, merits, settings, folder, progress)
        found = _found(folder, ranks, settings)
    if settings.off_topic_share and found.ids:
        found = _with_off_topic(folder, found, ranks, settings)
    if not found.in_order:  # rows were made at the end, or put there by hand
        _sort(folder, ranks)
    if not settings.pooled:
        return found
    fitting = len(prompts) - len(found.too_long)
    return replace(found, answers=Pools(folder / ANSWERS).counts(fitting, settings))


def _sample_rest(
    prompts: Sequence[Prompt],
    found: Sampled,
    engines: list[Engine],
    merits: Merits,
    settings: SampleSettings,
    folder: Path,
    progress: Progress,
) -> None:
    wanted = settings.pairs_per_prompt
    long = [
        Unpaired(prompt_id=prompt.id, pairs=wanted, why="too_long")
        for prompt in prompts
        if not found.settled[prompt.id]
        and not all(fits(prompt, engine, settings) for engine in engines)
    ]
    append_rows(folder / UNPAIRED, map(to_row, long))
    dropped = found.too_long | {one.prompt_id for one in long}
    fitting = [prompt for prompt in prompts if prompt.id not in dropped]
    size = max(at_once(engine, _PROMPTS_PER_CHUNK) for engine in engines)
    draw = _draw(fitting, engines, merits, settings, folder, progress)
    for first, chunk in chunks(fitting, size):
        if any(found.settled[prompt.id] < wanted for prompt in chunk):
            # What is there already comes again, from the store of model calls, and is not added.
            rows = draw(chunk)
            append_rows(
                folder / COMPARISONS, (to_row(row) for row in rows if row.id not in found.ids)
            )
            append_rows(folder / UNPAIRED, map(to_row, _short(chunk, rows, found, wanted)))
        progress(first + len(chunk), len(fitting), "answers sampled")


def _draw(
    prompts: Sequence[Prompt],
    engines: list[Engine],
    merits: Merits,
    settings: SampleSettings,
    folder: Path,
    progress: Progress,
) -> Draw:
    """What makes the comparisons of prompts. It takes the engines out of the list."""
    handed_over = (engines.pop(0) for _ in range(len(engines)))
    if not settings.pooled:
        return partial(sample, policy=next(handed_over), settings=settings)
    pools = Pools(folder / ANSWERS)
    pools.gather(prompts, handed_over, settings, progress)
    return chooser(pools, settings, look=merits.look, rewards=merits.rewards)


def _short(
    chunk: Sequence[Prompt], rows: Sequence[Comparison], found: Sampled, wanted: int
) -> Iterator[Unpaired]:
    """The prompts of a chunk that gave too few pairs, which the folder does not know of yet."""
    made = Counter(row.prompt_id for row in rows)
    for prompt in chunk:
        if made[prompt.id] < wanted and prompt.id not in found.unpaired:
            yield Unpaired(prompt_id=prompt.id, pairs=wanted - made[prompt.id], why="same")


def _with_off_topic(
    folder: Path, found: Sampled, ranks: Mapping[str, int], settings: SampleSettings
) -> Sampled:
    """Puts off-topic pairs behind the others of their prompts, unless all are there."""
    path = folder / COMPARISONS
    if not found.in_order:
        _sort(folder, ranks)
    wanted = {row.id for row in with_off_topic(path, settings) if row.off_topic}
    if wanted != found.off_topic:
        write_rows(path, map(to_row, with_off_topic(path, settings)))
    return _found(folder, ranks, settings)


def _sort(folder: Path, ranks: Mapping[str, int]) -> None:
    sort_rows(folder / COMPARISONS, lambda row: _place(ranks, row["prompt_id"], row["pair"]))


def _found(folder: Path, ranks: Mapping[str, int], settings: SampleSettings) -> Sampled:
    ids: set[str] = set()
    off_topic: set[str] = set()
    settled: Counter[str] = Counter()
    in_order, last = True, (-1, -1, "")
    for id_, prompt_id, pair in read_columns(
        folder / COMPARISONS, Comparison, "id", "prompt_id", "pair"
    ):
        if pair < settings.pairs_per_prompt:
            ids.add(id_)
            settled[prompt_id] += 1
        else:
            off_topic.add(id_)
        place = _place(ranks, prompt_id, pair)
        in_order, last = in_order and last < place, place
    unpaired = list(each_record(folder / UNPAIRED, Unpaired))
    for one in unpaired:
        settled[one.prompt_id] += one.pairs
    return Sampled(
        ids=frozenset(ids),
        off_topic=frozenset(off_topic),
        settled=settled,
        unpaired=frozenset(one.prompt_id for one in unpaired),
        too_long=frozenset(one.prompt_id for one in unpaired if one.why == "too_long"),
        in_order=in_order,
    )


def _place(ranks: Mapping[str, int], prompt_id: str, pair: int) -> tuple[int, int, str]:
    # A prompt that is not asked about any more, whose row somebody brought here, comes last.
    return ranks.get(prompt_id, len(ranks)), pair, prompt_id
