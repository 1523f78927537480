"""What processes tell one another in the middle of a computation.

Every function is called by all processes in the same order. For a process that is alone it is the
identity; where another process is gone or does not come in time it raises RunError. Nothing is
pickled: what travels is tensors, and JSON as bytes. A sum is made once by the backend and copied,
so that all processes hold the same bits afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from cai.errors import RunError
from cai.ranks.world import World

# Gradients travel in pieces of at most so many numbers: 64 MB in float32.
_BUCKET = 1 << 24
_CHUNK = 1 << 22


def gather(values: Tensor, world: World) -> list[Tensor]:
    """The tensors of all processes, by rank: [n, …] each, where n may differ and be 0."""
    if world.alone:
        return [values]
    length = torch.tensor([len(values)], device=values.device)
    lengths = [torch.empty_like(length) for _ in range(world.size)]
    with _others(world):
        dist.all_gather(lengths, length)
    counts = [int(one) for one in lengths]
    # All in one width: backends gather tensors of equal shape only.
    padded = values.new_zeros((max(counts), *values.shape[1:]))
    padded[: len(values)] = values
    found = [torch.empty_like(padded) for _ in range(world.size)]
    if padded.numel():
        with _others(world):
            dist.all_gather(found, padded)
    return [one[:count] for one, count in zip(found, counts, strict=True)]


def gather_json(value: Any, world: World, *, device: torch.device) -> list[Any]:
    """The values of all processes, by rank; of what JSON can hold, and read back from it."""
    sent = torch.frombuffer(bytearray(json.dumps(value).encode()), dtype=torch.uint8)
    return [json.loads(bytes(one.tolist())) for one in gather(sent.to(device), world)]


def gather_rows(values: Tensor, rows: Sequence[int], world: World) -> Tensor:
    """The whole of a tensor of which this process has `rows`: [own, …] -> [all, …].

    Each row must be some process's.
    """
    if world.alone:
        return values
    places = torch.cat(
        gather(torch.tensor(list(rows), dtype=torch.long, device=values.device), world)
    )
    whole = torch.cat(gather(values, world))
    return whole[places.argsort()]


def total(values: Tensor, world: World) -> Tensor:
    """The sum over all processes, of the same shape."""
    if world.alone:
        return values
    summed = values.clone()
    with _others(world):
        dist.all_reduce(summed)
    return summed


def of_the_first(values: Tensor, world: World) -> Tensor:
    """What process 0 has, of the same shape."""
    if world.alone:
        return values
    told = values.clone()
    with _others(world):
        dist.broadcast(told, src=0)
    return told


def wait_for_all(world: World, *, device: torch.device) -> None:
    """Returns once every process has come here."""
    if not world.alone:
        total(torch.zeros(1, device=device), world).item()


def sum_gradients(parameters: Iterable[nn.Parameter], world: World) -> None:
    """Replaces every gradient by its sum over all processes.

    A parameter without a gradient counts as zero where another process has one for it, and stays
    without where none has (an optimiser does not touch those).
    """
    if world.alone:
        return
    trained = list(parameters)
    if not trained:
        return
    has = torch.tensor([one.grad is not None for one in trained], device=trained[0].device)
    somewhere = total(has.int(), world).tolist()
    moved = [one for one, count in zip(trained, somewhere, strict=True) if count]
    for bucket in _buckets(moved):
        flat = torch.cat([_gradient(one).reshape(-1) for one in bucket])
        with _others(world):
            dist.all_reduce(flat)
        parts = torch.split(flat, [one.numel() for one in bucket])
        for parameter, part in zip(bucket, parts, strict=True):
            if parameter.grad is None:
                parameter.grad = torch.empty_like(parameter)
            parameter.grad.copy_(part.view_as(parameter))


def check_same(tensors: Iterable[Tensor], world: World, *, what: str) -> None:
    """Compares the exact bits that all processes hold.

    Raises:
        RunError: on all processes alike, if one has others than process 0; `what` names them.
    """
    if world.alone:
        return
    held = list(tensors)
    device = held[0].device
    every = gather(torch.tensor([fingerprint(held)], device=device), world)
    other = [rank for rank, one in enumerate(every) if int(one) != int(every[0])]
    if other:
        raise RunError(
            f"{what}: process {other[0]} of {world.size} has others than process 0; give all "
            "machines the same files, packages and settings, and start again"
        )


@torch.no_grad()
def fingerprint(tensors: Iterable[Tensor]) -> int:
    """A checksum of the exact bits of tensors, in 64 bits and made where they lie.

    Σ (2i + 1) · bits_i modulo 2^64, i counting through all tensors: a sum of integers is the same
    in any order, and an odd factor hides no change of one number.
    """
    result, start = 0, 0
    for tensor in tensors:
        bits = tensor.detach().contiguous().reshape(-1).view(_WHOLE_NUMBERS[tensor.element_size()])
        for chunk in torch.split(bits, _CHUNK):
            places = torch.arange(start, start + len(chunk), device=chunk.device)
            result += int(((2 * places + 1) * chunk.long()).sum())
            start += len(chunk)
    return (result + (1 << 63)) % (1 << 64) - (1 << 63)


_WHOLE_NUMBERS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


@contextmanager
def _others(world: World) -> Iterator[None]:
    """Says in one line that another process is gone, or has not come in time."""
    try:
        yield
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[0][:200]
        raise RunError(
            f"process {world.rank} of {world.size} has lost another ({reason}); what that one said "
            "last is the cause; the same command goes on from the last checkpoint"
        ) from error


def _gradient(parameter: nn.Parameter) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


def _buckets(parameters: Sequence[nn.Parameter]) -> Iterator[list[nn.Parameter]]:
    """Neighbours of one type, together of at most `_BUCKET` numbers where there are several."""
    bucket: list[nn.Parameter] = []
    size = 0
    for one in parameters:
        if bucket and (size + one.numel() > _BUCKET or one.dtype != bucket[0].dtype):
            yield bucket
            bucket, size = [], 0
        bucket.append(one)
        size += one.numel()
    if bucket:
        yield bucket
