"""Batches side by side: what a small model does not keep all cores busy with."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

T = TypeVar("T")
R = TypeVar("R")


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
