"""A trainer's state on disk: written whole or not at all, read back bit for bit.

A checkpoint is a folder `update-000012`, made under another name and then renamed, so that a kill
at any moment leaves either the older ones or the newer one too. It holds the tensors that are
trained, both optimizers, state.json, and the digest of each of these files: a disk that loses or
changes some bytes is noticed, and the checkpoint before is used. Nothing random is saved, because
every random number is derived from the seed and the update.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Collection
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from cai.alignment.ppo.trainer import PPOTrainer
from cai.console import say
from cai.errors import RunError

_DIGESTS = "digests.json"
# What is being written, or deleted: no checkpoint, and cleared by the next one.
PARTIAL = "partial"

# What the readers of the three kinds of file raise on a file that is not for this trainer.
_UNFIT = (
    OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError,
    pickle.UnpicklingError,
)  # fmt: skip


def save_checkpoint(
    trainer: PPOTrainer, folder: Path, *, last: int = 1, also: Collection[int] = ()
) -> None:
    """Writes the trainer's state below `folder`, and then deletes what is not to be kept.

    Args:
        last: how many of the newest stay.
        also: updates whose checkpoints stay besides, such as the best one.

    Raises:
        OSError, RuntimeError or SafetensorError: if the disk is full, as its writers say it; what
            was written of this checkpoint is deleted, the older ones are untouched.
    """
    final = folder / name_of(trainer.updates_done)
    partial = folder / PARTIAL
    _delete(partial)
    partial.mkdir(parents=True)
    try:
        _write(trainer, partial)
    except Exception:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    if final.exists():
        discard(final)
    partial.rename(final)
    sync(folder)
    for other in checkpoints(folder)[:-last]:
        if update_of(other) not in also:
            discard(other)


def load_checkpoint(trainer: PPOTrainer, folder: Path) -> bool:
    """Puts the newest whole checkpoint below `folder` into a fresh trainer; False if there is none.

    Damaged ones are deleted, with a line that says so: what they held is made again.

    Raises:
        RunError: if all are damaged, or the newest whole one is of another model.
    """
    found = checkpoints(folder)
    damaged = []
    while found and (what := damage(found[-1])):
        damaged.append((found.pop(), what))
    if damaged and not found:
        path, what = damaged[0]
        raise RunError(
            f"{path}: the checkpoint is damaged ({what}), and there is no whole one; "
            f"delete {folder} to start this stage again"
        )
    for path, what in damaged:
        say(f"{path}: damaged ({what}); going on from {found[-1].name} instead")
        discard(path)
    if not found:
        return False
    _put(trainer, found[-1])
    return True


def restore(trainer: PPOTrainer, checkpoint: Path) -> None:
    """Puts one checkpoint into a trainer of the same models and settings.

    Raises:
        RunError: if it is damaged, or does not fit that trainer.
    """
    if what := damage(checkpoint):
        raise RunError(
            f"{checkpoint}: the checkpoint is damaged ({what}); "
            f"delete {checkpoint.parent} to start this stage again"
        )
    _put(trainer, checkpoint)


def damage(checkpoint: Path) -> str | None:
    """What is wrong with a checkpoint's files; None if each is as it was written."""
    try:
        digests = json.loads((checkpoint / _DIGESTS).read_text("utf-8"))
        for name, digest in digests.items():
            if _digest(checkpoint / name) != digest:
                return f"{name} has changed"
    except (OSError, ValueError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def checkpoints(folder: Path) -> list[Path]:
    """All checkpoints below `folder`, oldest first."""
    return sorted(folder.glob("update-*")) if folder.is_dir() else []


def name_of(update: int) -> str:
    """The folder of the checkpoint that was saved after so many updates."""
    return f"update-{update:06d}"


def update_of(checkpoint: Path) -> int:
    """After how many updates a checkpoint was saved."""
    return int(checkpoint.name.removeprefix("update-"))


def size(trainer: PPOTrainer) -> int:
    """About how many bytes a checkpoint takes: each trained number, and Adam's two beside it."""
    modules = [module for module, _ in _parts(trainer).values()]
    return sum(
        3 * one.numel() * one.element_size() for m in modules for one in _trained(m).values()
    )


def discard(checkpoint: Path) -> None:
    """Deletes a checkpoint so that a kill leaves either all of it or nothing under its name."""
    doomed = checkpoint.with_name(PARTIAL)
    _delete(doomed)
    checkpoint.rename(doomed)
    _delete(doomed)


def sync(path: Path) -> None:
    """Waits until a file, or a folder's list of names, is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(trainer: PPOTrainer, folder: Path) -> None:
    for name, (module, optimizer) in _parts(trainer).items():
        save_file(_trained(module), folder / f"{name}.safetensors")
        torch.save(optimizer.state_dict(), folder / f"{name}_optimizer.pt")
    (folder / "state.json").write_text(json.dumps(trainer.state.to_json()), "utf-8")
    digests = {path.name: _digest(path) for path in sorted(folder.iterdir())}
    (folder / _DIGESTS).write_text(json.dumps(digests, indent=2), "utf-8")
    for path in (*folder.iterdir(), folder):
        sync(path)


def _put(trainer: PPOTrainer, checkpoint: Path) -> None:
    try:
        for name, (module, optimizer) in _parts(trainer).items():
            _restore(module, load_file(checkpoint / f"{name}.safetensors"))
            optimizer.load_state_dict(
                torch.load(checkpoint / f"{name}_optimizer.pt", weights_only=True)
            )
        saved = json.loads((checkpoint / "state.json").read_text("utf-8"))
        trainer.state = trainer.state.updated(saved)
    except _UNFIT as error:
        raise RunError(
            f"{checkpoint}: the checkpoint is not of this training ({type(error).__name__}: "
            f"{error}); delete {checkpoint.parent} to start this stage again"
        ) from error


def _parts(trainer: PPOTrainer) -> dict[str, tuple[nn.Module, Optimizer]]:
    learner = trainer.learner
    return {
        "policy": (learner.policy.model, learner.policy_optimizer),
        "value": (learner.value, learner.value_optimizer),
    }


def _trained(module: nn.Module) -> dict[str, Tensor]:
    return {
        name: parameter.detach().contiguous()
        for name, parameter in module.named_parameters()
        if parameter.requires_grad
    }


@torch.no_grad()
def _restore(module: nn.Module, saved: dict[str, Tensor]) -> None:
    own = _trained(module)
    if own.keys() != saved.keys():
        raise KeyError(f"other weights: {sorted(own.keys() ^ saved.keys())[:2]}")
    for name, parameter in module.named_parameters():
        if name in saved:
            parameter.copy_(saved[name])


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _delete(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
