"""What sets the members of an ensemble apart: seeds, and prompts drawn with replacement."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import torch

from cai.progress import Progress
from cai.records import derive_seed
from cai.reward.ensemble import MEMBERS
from cai.training import ADAPTER, METRICS, MODEL

Item = TypeVar("Item")


def member_work(folder: Path, member: int) -> Path:
    """Where a member is trained: the first in the stage's own folder, the others below it."""
    return folder / MEMBERS / str(member) if member else folder


def member_seed(seed: int, member: int) -> int:
    """The seed of a member's score head and order; the first keeps the stage's own."""
    # numpy takes 32 bits.
    return derive_seed(seed, "member", member) % 2**31 if member else seed


def copy_members(finished: Path, work: Path, *, size: int) -> None:
    """Copies those of `size` members that are trained already, and not in `work`, from another
    folder of the stage; a kill leaves each of them whole or to be trained."""
    for member in range(size):
        source, target = member_work(finished, member), member_work(work, member)
        if not (source / MODEL).exists() or (target / MODEL).exists():
            continue
        target.mkdir(parents=True, exist_ok=True)
        for name in (METRICS, ADAPTER, MODEL):  # last: where it is, all is
            if (source / name).exists():
                _copy(source / name, target / name)


def _copy(source: Path, target: Path) -> None:
    partial = target.with_name(f"{target.name}.partial")
    for torn in (target, partial):
        if torn.is_dir():
            shutil.rmtree(torn)
    copy = shutil.copytree if source.is_dir() else shutil.copy2
    copy(source, partial)
    partial.replace(target)


def resampled(
    items: Sequence[Item], prompt_of: Callable[[Item], str], *, member: int, seed: int
) -> list[Item]:
    """The items that a member is trained on: the first takes each once, another a bootstrap sample.

    Prompts are drawn with replacement, as many as there are, and each brings all of its items:
    pairs of one prompt share what is hard about it, so that drawing pairs would leave every prompt
    in nearly every sample, and members would differ too little (Efron & Tibshirani 1993, chapter 8,
    on data that come in clusters). About 63 % of prompts are in a sample.
    """
    if member == 0:
        return list(items)
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(prompt_of(item), []).append(item)
    generator = torch.Generator().manual_seed(derive_seed(seed, "bootstrap", member))
    names = list(groups)
    drawn = torch.randint(len(names), (len(names),), generator=generator).tolist()
    return [item for index in drawn for item in groups[names[index]]]


def progress_of(progress: Progress, member: int, members: int) -> Progress:
    """A member's share of the progress of all."""
    if members == 1:
        return progress

    def told(done: int, total: int, note: str = "") -> None:
        said = f"member {member + 1} of {members}" + (f", {note}" if note else "")
        progress(member * total + done, members * total, said)

    return told
