"""The passes of a minibatch side by side, with the same gradients every time.

Policy and value model have nothing to say to each other, and passes of one network only add to the
same gradients. So a minibatch's passes stand in one line, which is cut into as many lanes as there
are threads for, of about the same work. The cut is made before: it depends on no clock, and so
neither does the order in which numbers are added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from cai.alignment.ppo.gradients import Backward, Record
from cai.engines.workers import in_order


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One pass of one network.

    Attributes:
        network: its name.
        parameters: those of it that are trained.
        work: about how much there is to do, in a unit that all tasks share.
        add: computes the loss, hands it to the second argument, and notes numbers in the first.
    """

    network: str
    parameters: Sequence[Tensor]
    work: float
    add: Callable[[Record, Backward], None]


def add_gradients(tasks: Sequence[Task], record: Record, *, workers: int) -> None:
    """Adds the gradients of all tasks to their parameters', `workers` lanes at a time.

    `record` has the notes in the order of the tasks.
    """
    lanes = [tasks[part] for part in cut([task.work for task in tasks], workers)]
    owner: dict[str, int] = {}  # the lane that sums a network's gradients where they belong
    for number, lane in enumerate(lanes):
        for task in lane:
            owner.setdefault(task.network, number)

    def run(number: int) -> tuple[Record, list[_Aside]]:
        own, aside = Record(), dict[str, _Aside]()
        for task in lanes[number]:
            if owner[task.network] == number:
                task.add(own, torch.autograd.backward)
            else:
                kept = aside.setdefault(task.network, _Aside(task.parameters))
                task.add(own, kept.backward)
        return own, list(aside.values())

    for own, aside in in_order(run, range(len(lanes)), workers=workers):
        record.extend(own)
        for kept in aside:  # the lanes before have ended, so nobody else adds now
            kept.give()


def cut(work: Sequence[float], parts: int) -> list[slice]:
    """At most `parts` stretches of the items, one behind the other, each of about the same work."""
    total = sum(work)
    middles = (end - own / 2 for end, own in zip(accumulate(work), work, strict=True))
    places = [min(parts - 1, int(parts * middle / total)) for middle in middles]
    bounds = [index for index, place in enumerate(places) if index and place != places[index - 1]]
    return [slice(a, b) for a, b in zip([0, *bounds], [*bounds, len(work)], strict=True)]


class _Aside:
    """Gradients that a lane sums for itself, because another one owns the parameters' own."""

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        self._parameters = parameters
        # None for what no pass has used: an optimiser does not touch what has no gradient.
        self._sums: list[Tensor | None] = [None] * len(parameters)

    def backward(self, loss: Tensor) -> None:
        found = torch.autograd.grad(loss, self._parameters, allow_unused=True)
        for place, gradient in enumerate(found):
            if gradient is not None:
                own = self._sums[place]
                # Its own memory: autograd may hand out one tensor for two parameters.
                self._sums[place] = gradient.clone() if own is None else own.add_(gradient)

    def give(self) -> None:
        for parameter, own in zip(self._parameters, self._sums, strict=True):
            if own is not None:
                parameter.grad = own if parameter.grad is None else parameter.grad.add_(own)
