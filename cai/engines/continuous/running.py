"""Sequences continued to their ends, in the fastest way that a model allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cai.batching import by_length, chunks
from cai.engines.continuous.flow import Flow, Manner, Wanted
from cai.engines.decoding import Sampled, sample, uniforms
from cai.engines.memory import TokenBudget, fits
from cai.engines.prefix.forward import Way
from cai.heads import Head

# Handed over together where sequences wait for one another: enough to fill batches of one length.
_TOGETHER = 256


def continued(
    wanted: Sequence[Wanted],
    manner: Manner,
    *,
    head: Head,
    way: Way | None,
    budget: TokenBudget,
    pad_id: int,
) -> Iterator[list[tuple[int, Sampled]]]:
    """The sequences by their places in `wanted`, as they end.

    Where memory runs out the budget is lowered, and what was under way begins again: nobody has
    seen any of it, and it comes out the same.

    Args:
        way: None where a model's sequences cannot join and leave a running batch. They are then
            padded to batches of similar length, which wait for their last.

    Raises:
        EngineError: if one sequence alone does not fit.
    """
    if way is None:
        for first, part in chunks(wanted, _TOGETHER):
            samples = _in_batches(part, manner, head=head, budget=budget, pad_id=pad_id)
            yield list(enumerate(samples, start=first))
        return
    flow = Flow(wanted, manner, head=head, way=way)
    while flow.unfinished:
        ended: list[tuple[int, Sampled]] = []

        def advance(ended: list[tuple[int, Sampled]] = ended) -> None:
            ended += flow.advance(budget.tokens)

        if fits(advance):
            yield ended
        else:
            under_way = flow.under_way()
            flow.start_over()
            budget.lower(*under_way)


def _in_batches(
    wanted: Sequence[Wanted], manner: Manner, *, head: Head, budget: TokenBudget, pad_id: int
) -> list[Sampled]:
    done: dict[int, Sampled] = {}
    sizes = [len(one.prompt) + one.length for one in wanted]

    def run(batch: Sequence[int]) -> None:
        length = wanted[batch[0]].length
        seeds = [wanted[index].seed for index in batch]
        samples = sample(
            head.model,
            [wanted[index].prompt for index in batch],
            uniforms=uniforms(seeds, length) if manner.temperature > 0 else None,
            max_new_tokens=length,
            stop_ids=manner.stop_ids,
            pad_id=pad_id,
            temperature=manner.temperature,
            top_p=manner.top_p,
            banned_ids=manner.banned_ids,
            stopped=manner.stopped,
        )
        done.update(zip(batch, samples, strict=True))

    def cut(left: Sequence[int], tokens: int) -> Iterator[Sequence[int]]:
        lengths = [wanted[index].length for index in left]
        for batch in by_length([sizes[index] for index in left], tokens, kinds=lengths):
            yield [left[place] for place in batch]

    budget.spend(range(len(wanted)), cut=cut, run=run)
    return [done[index] for index in range(len(wanted))]
