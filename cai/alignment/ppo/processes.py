"""One batch of episodes on several processes.

Each process samples, scores and measures its share of the episodes, by tokens; then all are told
the whole, which is small beside the models: some numbers per token. So credit, whitening, the KL
controller, metrics and alarms are those of one process, in the same code, over all real tokens; and
what an episode is follows from (seed, update, episode) alone, whoever makes it.

Of a minibatch each process takes the gradient of its share, divided by the token count of the whole
minibatch, and the sum over processes is the gradient of one process, whatever the shares are. That
sum is a plain all-reduce in flat buckets rather than torch's DistributedDataParallel: DDP's hooks
sit in `forward`, while here bodies and heads are called apart; it averages over processes, so that
uneven shares would weigh wrong, and it waits for a process whose share is empty; it would reduce
after each of the several passes that one step has, of two networks. What DDP gains, sending while
the backward pass goes on, is little where one reduction serves a whole minibatch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import torch
from torch import Tensor, nn

from cai.alignment.ppo.batches import TokenSequence, response_mask
from cai.alignment.ppo.gradients import Record
from cai.alignment.ppo.metrics import Metrics
from cai.alignment.ppo.rollout import Answers, EncodedPrompt, TokenMatrix
from cai.alignment.ppo.state import TrainerState
from cai.ranks.collectives import check_same, gather, gather_json, gather_rows, of_the_first
from cai.ranks.world import World
from cai.reward.sources.scores import Scores


def check_alike(
    models: Sequence[nn.Module],
    prompts: Sequence[EncodedPrompt],
    state: TrainerState,
    world: World,
) -> None:
    """Checks that all processes hold the same weights, state and prompts, bit for bit.

    Raises:
        RunError: on all of them, if one does not.
    """
    if world.alone:
        return
    weights = [weight for model in models for weight in model.parameters()]
    ids = torch.tensor([token for prompt in prompts for token in prompt.ids])
    numbers = torch.tensor(list(json.dumps(state.to_json()).encode()))
    said = f"align-ppo: the {{}} of update {state.updates_done + 1}"
    for name, one in (("prompts", ids), ("state", numbers)):
        check_same([one.to(weights[0].device)], world, what=said.format(name))
    check_same(weights, world, what=said.format("weights"))


def whole_answers(
    own: Answers, rows: Sequence[int], prompts: Sequence[EncodedPrompt], world: World
) -> Answers:
    """The answers to all `prompts`, of which this process has sampled those of `rows`."""
    if world.alone:
        return own
    device = own.finished.device
    drawn = own.drawn_logprobs or [()] * len(rows)
    sent = [
        [row, list(one.response), text, finished, list(logprobs)]
        for row, one, text, finished, logprobs in zip(
            rows, own.sequences, own.texts, own.finished.tolist(), drawn, strict=True
        )
    ]
    told = sorted(one for share in gather_json(sent, world, device=device) for one in share)
    return Answers(
        prompts=[one.prompt for one in prompts],
        sequences=[
            TokenSequence(prompt.ids, tuple(response))
            for prompt, (_, response, *_) in zip(prompts, told, strict=True)
        ],
        texts=[text for _, _, text, *_ in told],
        finished=torch.tensor([finished for *_, finished, _ in told], device=device),
        drawn_logprobs=(
            None if own.drawn_logprobs is None else [tuple(logprobs) for *_, logprobs in told]
        ),
    )


def whole_scores(own: Scores, rows: Sequence[int], world: World) -> Scores:
    """The scores of all answers, of which this process has scored those of `rows`.

    Every process has the same parts, for it asked the same sources. What a source logs may differ:
    numbers become means over the answers, and an answer without a value in a column has None there.
    """
    if world.alone:
        return own
    sent = [list(rows), dict(own.logged), {name: list(one) for name, one in own.columns.items()}]
    shares = gather_json(sent, world, device=own.total.device)
    return Scores(
        gather_rows(own.total, rows, world),
        {name: gather_rows(part, rows, world) for name, part in own.parts.items()},
        _means([(len(places), logged) for places, logged, _ in shares]),
        _columns([(places, columns) for places, _, columns in shares]),
    )


def _means(shares: Sequence[tuple[int, Mapping[str, float]]]) -> dict[str, float]:
    """The mean of each number over processes, each counting as many times as it has answers."""
    names = dict.fromkeys(name for _, logged in shares for name in logged)
    told = {name: [(n, logged[name]) for n, logged in shares if name in logged] for name in names}
    return {
        name: sum(n * one for n, one in found) / max(1, sum(n for n, _ in found))
        for name, found in told.items()
    }


def _columns(
    shares: Sequence[tuple[Sequence[int], Mapping[str, Sequence[Any]]]],
) -> dict[str, list[Any]]:
    """The values of all rows, in order."""
    count = sum(len(places) for places, _ in shares)
    whole: dict[str, list[Any]] = {}
    for places, columns in shares:
        for name, values in columns.items():
            column = whole.setdefault(name, [None] * count)
            for place, value in zip(places, values, strict=True):
                column[place] = value
    return whole


def whole_tokens(
    own: TokenMatrix, rows: Sequence[int], sequences: Sequence[TokenSequence], world: World
) -> TokenMatrix:
    """The numbers of all `sequences`, of which this process has measured those of `rows`."""
    if world.alone:
        return own
    device = own.mask.device
    mask = response_mask(sequences, device)
    names = [field.name for field in fields(own) if field.name != "mask"]
    numbers = torch.stack([getattr(own, name)[own.mask] for name in names], dim=1)  # [tokens, k]
    owned = torch.zeros_like(mask)
    owned[list(rows)] = mask[list(rows)]
    places = owned.flatten().nonzero().squeeze(1).tolist()
    whole = torch.zeros((*mask.shape, len(names)), device=device)
    whole[mask] = gather_rows(numbers, places, world)
    return replace(own, mask=mask, **dict(zip(names, whole.unbind(-1), strict=True)))


def whole_record(record: Record, world: World, *, device: torch.device) -> Record:
    """The numbers of every token of an update, wherever its gradient was made.

    Lists of numbers per step (such as gradient norms) are the same everywhere and stay.
    """
    if world.alone:
        return record
    lists: dict[str, list[Tensor]] = {
        field.name: found
        for field in fields(record)
        if isinstance(found := getattr(record, field.name), list)
        and not (found and found[0].ndim == 0)
    }
    own = {name: torch.cat(found) for name, found in lists.items() if found}
    sizes = torch.tensor([len(own.get(name, ())) for name in lists], device=device)
    sent = torch.cat([one.double() for one in own.values()]) if own else torch.zeros(0).double()
    shares = [
        dict(zip(lists, torch.split(share, size.tolist()), strict=True))
        for share, size in zip(gather(sent.to(device), world), gather(sizes, world), strict=True)
    ]
    told = {name: torch.cat([share[name] for share in shares]).float() for name in lists}
    gathered: dict[str, Any] = {name: [one] if len(one) else [] for name, one in told.items()}
    return replace(record, **gathered)


def metrics_of_the_first(metrics: Metrics, world: World, *, device: torch.device) -> Metrics:
    """Process 0's metrics, so that what is decided by them is decided alike.

    All hold the same numbers up to how their machines round.
    """
    if world.alone:
        return metrics
    values = torch.tensor(list(metrics.values()), dtype=torch.float64, device=device)
    return dict(zip(metrics, of_the_first(values, world).tolist(), strict=True))
