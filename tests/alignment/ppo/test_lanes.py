"""Passes side by side: the same gradients and notes as one after the other, every time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from torch import Tensor, nn

from cai.alignment.ppo.gradients import Backward, Record
from cai.alignment.ppo.lanes import Task, add_gradients, cut

WORK = st.lists(st.floats(min_value=0.1, max_value=100), min_size=1, max_size=20)


@given(WORK, st.integers(min_value=1, max_value=4))
def test_every_item_is_in_one_stretch_and_no_stretch_is_long(work: list[float], parts: int) -> None:
    stretches = cut(work, parts)
    assert [index for each in stretches for index in range(len(work))[each]] == [*range(len(work))]
    assert len(stretches) <= parts
    for each in stretches:
        assert sum(work[each]) <= sum(work) / parts + max(work) + 1e-9


@pytest.fixture
def networks() -> dict[str, nn.Linear]:
    torch.manual_seed(0)
    return {name: nn.Linear(7, 3) for name in ("value", "policy")}


def tasks(networks: dict[str, nn.Linear], wait: Callable[[], float] = lambda: 0.0) -> list[Task]:
    """Five passes of each network, those of the second with twice the work."""

    def add(network: nn.Linear, given: Tensor, record: Record, backward: Backward) -> None:
        time.sleep(wait())
        out = network(given).square().sum()
        backward(out)
        record.log_ratios.append(out.detach())

    generator = torch.Generator().manual_seed(1)
    return [
        Task(
            network=name,
            parameters=list(network.parameters()),
            work=work,
            add=partial(add, network, torch.randn(4, 7, generator=generator)),
        )
        for (name, network), work in zip(networks.items(), (1.0, 2.0), strict=True)
        for _ in range(5)
    ]


def added(
    networks: dict[str, nn.Linear], workers: int, wait: Callable[[], float] = lambda: 0.0
) -> tuple[list[Tensor], list[Tensor]]:
    """Gradients, and notes."""
    parameters = [each for network in networks.values() for each in network.parameters()]
    for each in parameters:
        each.grad = None
    record = Record()
    add_gradients(tasks(networks, wait), record, workers=workers)
    return [each.grad.clone() for each in parameters if each.grad is not None], record.log_ratios


@pytest.mark.parametrize("workers", [2, 3])
def test_lanes_add_what_one_thread_adds(
    networks: dict[str, nn.Linear], two_threads: None, workers: int
) -> None:
    wanted, notes = added(networks, 1)
    found, others = added(networks, workers)
    assert len(found) == len(wanted) == 4
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-5)
    assert torch.equal(torch.stack(others), torch.stack(notes))


def test_no_clock_decides_what_is_added_to_what(
    networks: dict[str, nn.Linear], two_threads: None
) -> None:
    chance = random.Random(0)
    wanted, _ = added(networks, 2)
    for _ in range(5):
        found, _ = added(networks, 2, lambda: chance.random() / 100)
        assert all(torch.equal(one, other) for one, other in zip(found, wanted, strict=True))


def test_gradients_are_added_to_those_that_are_there(
    networks: dict[str, nn.Linear], two_threads: None
) -> None:
    once, _ = added(networks, 2)
    add_gradients(tasks(networks), Record(), workers=2)
    parameters = [each for network in networks.values() for each in network.parameters()]
    for parameter, one in zip(parameters, once, strict=True):
        torch.testing.assert_close(parameter.grad, 2 * one)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_no_pass_uses_stays_without_a_gradient(
    networks: dict[str, nn.Linear], two_threads: None, workers: int
) -> None:
    unused = nn.Parameter(torch.ones(3))  # as an expert that none of the tokens was sent to
    both = [replace(each, parameters=[*each.parameters, unused]) for each in tasks(networks)]
    add_gradients(both, Record(), workers=workers)
    assert unused.grad is None
    assert all(each.grad is not None for each in networks["policy"].parameters())
