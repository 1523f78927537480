"""Passes side by side: one alone does not keep all cores busy where a model is small."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

T = TypeVar("T")
R = TypeVar("R")


def workers_on(device: torch.device) -> int:
    """How many passes to make at once: two, each by half of torch's threads, where they halve.

    What a pass does one after the other does not get faster by more threads.
    """
    return 2 if device.type == "cpu" and torch.get_num_threads() % 2 == 0 else 1


def in_order(
    run: Callable[[T], R], items: Sequence[T], *, workers: int
) -> Generator[R, None, None]:
    """`run` of each item, `workers` at a time; torch's threads are dealt out among them.

    An error surfaces where its item's result would, and ends the rest. Close the iterator if you
    leave it early: it waits for what is running.
    """
    workers = min(workers, len(items))
    if workers < 2:
        yield from map(run, items)
        return
    threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(
        workers, "batch", torch.set_num_threads, (max(1, threads // workers),)
    )
    try:
        yield from pool.map(run, items)
    finally:
        pool.shutdown(cancel_futures=True)
        # What a worker sets counts for itself, and for every thread that begins later.
        torch.set_num_threads(threads)
