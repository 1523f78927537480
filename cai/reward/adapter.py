"""A reward model's LoRA adapter: what it lies over, and how to have it over weights already loaded.

`adapter/` beside a reward model's `model/` has the same model as a difference from its base: the
low-rank matrices, the score head, and the model's config with its statistics. Whoever has the base
in memory (PPO's policy starts from the same model) needs no second copy of it.
"""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path

import torch
from torch import nn
from transformers import AutoModelForSequenceClassification, PreTrainedModel

from cai.adapters import twin, with_adapter
from cai.models import own_fields
from cai.store import write_text
from cai.training import ADAPTER
from cai.weights import base_of, resolve, weights_digest

# In the adapter's config.json: the digest of the weights that it lies over. In the model's: that of
# the adapter which was merged into it.
_BASE, _MERGED = "cai_base_digest", "cai_adapter_digest"
_WEIGHTS = "adapter_model.safetensors"


def describe(model: Path, adapter: Path, *, base: str) -> None:
    """Notes in both folders what belongs together, and gives the adapter the model's config.

    Args:
        model: the merged model's folder, whose config.json is complete.
        base: the name of the model that the adapter lies over.
    """
    config = json.loads((model / "config.json").read_text("utf-8"))
    config.pop(_MERGED, None)
    _write(model / "config.json", config | {_MERGED: _digest(adapter)})
    _write(adapter / "config.json", config | {_BASE: weights_digest(base)})


def adapter_over(base: str, reward: str) -> Path | None:
    """The folder of the adapter that makes `base` the reward model; None if there is none.

    Told by digests of weights: a folder may have been trained again under its old name.

    Args:
        base: the folder or name of a causal language model.
        reward: that of a reward model, or of its adapter.
    """
    given = Path(resolve(reward).path)
    folder = given if (given / _WEIGHTS).is_file() else given.parent / ADAPTER
    if not (folder / _WEIGHTS).is_file():
        return None
    if folder != given and own_fields(given / "config.json").get(_MERGED) != _digest(folder):
        return None
    over = own_fields(folder / "config.json").get(_BASE) or _named(folder)
    return folder if over == weights_digest(base) else None


def scorer_over(base: PreTrainedModel, folder: Path) -> PreTrainedModel:
    """The reward model over the memory of a causal language model, frozen, in evaluation mode.

    Its adapter and score head are its own. `base` has no adapters, and is left as it is.
    """
    config = copy.deepcopy(base.config)
    config.num_labels = 1
    for field, value in own_fields(folder / "config.json").items():
        setattr(config, field, value)
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        scorer: PreTrainedModel = AutoModelForSequenceClassification.from_config(config)
    setattr(scorer, scorer.base_model_prefix, twin(base.base_model))
    head: nn.Module = scorer.score.to_empty(device=base.device)
    head.to(base.dtype)
    return with_adapter(scorer, folder)


def _named(adapter: Path) -> str | None:
    """The digest of what an adapter made elsewhere says that it lies over."""
    base = base_of(str(adapter))
    return None if base is None else weights_digest(base)


def _digest(adapter: Path) -> str:
    with (adapter / _WEIGHTS).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, fields: dict[str, object]) -> None:
    write_text(path, json.dumps(fields, indent=2, ensure_ascii=False) + "\n")
