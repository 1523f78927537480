"""A trainer's state on disk: written whole or not at all, read back bit for bit.

A checkpoint is a folder `update-000012`, made under another name and then renamed, so that a kill
at any moment leaves either the older one or the newer one. Only tensors that are trained are kept.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from cai.alignment.ppo.trainer import PPOTrainer
from cai.errors import RunError

# What the readers of the three kinds of file raise on a file that is not as it was written.
_DAMAGE = (
    OSError, EOFError, ValueError, KeyError, RuntimeError, SafetensorError, pickle.UnpicklingError,
)  # fmt: skip


def save_checkpoint(trainer: PPOTrainer, folder: Path) -> None:
    """Writes the trainer's state below `folder`; older checkpoints are deleted afterwards."""
    final = folder / f"update-{trainer.updates_done:06d}"
    partial = folder / "partial"
    _delete(partial)
    partial.mkdir(parents=True)
    for name, (module, optimizer) in _parts(trainer).items():
        save_file(_trained(module), partial / f"{name}.safetensors")
        torch.save(optimizer.state_dict(), partial / f"{name}_optimizer.pt")
    (partial / "state.json").write_text(json.dumps(trainer.state.to_json()), "utf-8")
    for path in (*partial.iterdir(), partial):
        sync(path)
    _delete(final)
    partial.rename(final)
    sync(folder)
    for other in checkpoints(folder)[:-1]:
        _delete(other)


def load_checkpoint(trainer: PPOTrainer, folder: Path) -> bool:
    """Puts the newest checkpoint below `folder` into a fresh trainer; False if there is none.

    Raises:
        RunError: if the checkpoint is damaged or of another model.
    """
    found = checkpoints(folder)
    if not found:
        return False
    newest = found[-1]
    try:
        for name, (module, optimizer) in _parts(trainer).items():
            _restore(module, load_file(newest / f"{name}.safetensors"))
            optimizer.load_state_dict(
                torch.load(newest / f"{name}_optimizer.pt", weights_only=True)
            )
        saved = json.loads((newest / "state.json").read_text("utf-8"))
        trainer.state = trainer.state.updated(saved)
    except _DAMAGE as error:
        raise RunError(
            f"{newest}: the checkpoint cannot be read ({type(error).__name__}: {error}); "
            "delete that folder to start this stage again"
        ) from error
    return True


def checkpoints(folder: Path) -> list[Path]:
    """Whole checkpoints below `folder`, oldest first."""
    return sorted(folder.glob("update-*")) if folder.is_dir() else []


def sync(path: Path) -> None:
    """Waits until a file, or a folder's list of names, is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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


def _delete(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
