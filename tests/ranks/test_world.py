"""What launchers say of a process, and what a process alone does without torch.distributed."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cai.errors import RunError
from cai.ranks import ALONE, World, collectives, world_of
from cai.ranks.collectives import fingerprint


def test_a_launcher_is_read() -> None:
    assert world_of({}) == ALONE
    assert world_of({"RANK": "5", "LOCAL_RANK": "1", "WORLD_SIZE": "8"}) == World(
        rank=5, size=8, local_rank=1
    )
    assert not World(rank=5, size=8).leads
    assert ALONE.alone
    assert ALONE.leads


@pytest.mark.parametrize(
    "environment",
    [
        {"RANK": "2", "WORLD_SIZE": "2"},
        {"RANK": "0", "WORLD_SIZE": "0"},
        {"RANK": "a", "WORLD_SIZE": "2"},
        {"RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "-1"},
    ],
)
def test_a_launcher_that_contradicts_itself_is_refused(environment: dict[str, str]) -> None:
    with pytest.raises(RunError, match=r"start the processes with torchrun"):
        world_of(environment)


def test_a_process_alone_talks_to_nobody() -> None:
    values = torch.arange(3.0)
    assert collectives.total(values, ALONE) is values
    assert collectives.gather(values, ALONE) == [values]
    assert collectives.gather_rows(values, [0, 1, 2], ALONE) is values
    assert collectives.of_the_first(values, ALONE) is values
    parameter = nn.Parameter(values)
    collectives.sum_gradients([parameter], ALONE)
    assert parameter.grad is None
    collectives.check_same([values], ALONE, what="numbers")


FLOATS = st.lists(st.floats(width=32), min_size=1, max_size=40)


@given(FLOATS, st.data())
def test_a_fingerprint_sees_every_bit(values: list[float], data: st.DataObject) -> None:
    before = torch.tensor(values)
    index = data.draw(st.integers(0, len(values) - 1))
    bit = data.draw(st.integers(0, 30))
    after = before.clone()
    after.view(torch.int32)[index] ^= 1 << bit
    assert fingerprint([before]) == fingerprint([before.clone()])
    assert fingerprint([before]) != fingerprint([after])


def test_a_fingerprint_sees_order_and_other_types() -> None:
    one, other = torch.tensor([1.0, 2.0]), torch.tensor([2.0, 1.0])
    assert fingerprint([one]) != fingerprint([other])
    assert fingerprint([one, other]) == fingerprint([torch.cat([one, other])])
    for dtype in (torch.bfloat16, torch.float64, torch.int64, torch.uint8):
        assert fingerprint([one.to(dtype)]) != fingerprint([other.to(dtype)])


def test_a_fingerprint_of_many_numbers_is_that_of_its_definition() -> None:
    values = torch.randn(5_000_000, generator=torch.Generator().manual_seed(0))
    bits = values.view(torch.int32).numpy().astype("int64")
    places = torch.arange(len(values)).numpy()
    assert fingerprint([values]) == int(((2 * places + 1) * bits).sum())
