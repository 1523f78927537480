"""Low-rank adapters (LoRA; Hu et al. 2021), and models that share one set of weights in memory.

Models share weights by being trees of modules of their own over the same memory. Each has its own
adapter, switched on for good, so no forward or backward pass can meet another's, be it computed
again under gradient checkpointing; and an optimiser, a saved state or a compiled graph of one knows
nothing of the rest.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from peft import LoraConfig, PeftConfig, PeftModel, get_peft_model
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from cai.quiet import quiet
from cai.weights import resolve

M = TypeVar("M", bound=nn.Module)

_PREFIX = "lora_"  # of the names of all parameters that peft adds


def lora(
    rank: int,
    model: nn.Module,
    *,
    task: str | None = "CAUSAL_LM",
    whole: Iterable[str] | None = None,
) -> LoraConfig:
    """Adapters of this rank on every linear layer of the model.

    Args:
        task: peft's name for what the model does; None is for any module.
        whole: names of modules that are trained and saved themselves.
    """
    return LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        target_modules="all-linear",
        task_type=task,
        modules_to_save=None if whole is None else list(whole),
        # GPT-2 keeps its matrices the other way round.
        fan_in_fan_out=any(isinstance(module, Conv1D) for module in model.modules()),
    )


def with_lora(
    model: nn.Module,
    *,
    rank: int,
    seed: int,
    task: str | None = None,
    whole: Iterable[str] | None = None,
) -> PeftModel:
    """The model with fresh adapters, which change nothing yet; the rest is frozen.

    Arguments as in `lora`; `seed` is that of the adapters' first weights.
    """
    config = lora(rank, model, task=task, whole=whole)
    with torch.random.fork_rng(devices=[]), quiet():
        torch.manual_seed(seed)  # peft draws from the global generator; it is put back afterwards
        adapted: PeftModel = get_peft_model(model, config)
    return adapted.eval()


def with_adapter(model: PreTrainedModel, folder: Path) -> PreTrainedModel:
    """The model, changed in place, with an adapter from disk, frozen; it keeps its own class.

    Modules that the adapter has whole, such as a score head, take the place of the model's.
    """
    config = PeftConfig.from_pretrained(str(folder))
    config.task_type = None  # would choose a wrapper with a signature of its own
    with quiet():
        adapted = PeftModel.from_pretrained(model, str(folder), config=config)
    found: PreTrainedModel = adapted.get_base_model()
    for name, module in list(found.named_modules()):
        kept = getattr(module, "modules_to_save", None)
        if kept is not None:
            parent = found.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2], kept["default"])
    return found.requires_grad_(False).eval()


def save_adapter(model: PeftModel, folder: Path, *, base: str) -> None:
    """Writes the adapter and the modules it has whole; `base` is the name of what it is for."""
    source = resolve(base)
    config = model.peft_config["default"]
    # Whole paths: peft looks for a relative one where the process runs.
    is_folder = Path(source.path).is_dir()
    config.base_model_name_or_path = str(Path(source.path).resolve()) if is_folder else source.path
    config.revision = source.revision
    if isinstance(config.target_modules, set):  # in another order in every process
        config.target_modules = sorted(config.target_modules)
    model.save_pretrained(str(folder), save_embedding_layers=False)
    (folder / "README.md").unlink()  # a form that nobody has filled in


def has_adapter(model: nn.Module) -> bool:
    """Whether any layer of the model has an adapter."""
    return any(isinstance(module, BaseTunerLayer) for module in model.modules())


def twin(model: M, *, own_adapter: bool = False) -> M:
    """Another tree of the same modules over the same memory, frozen.

    What is put into one of the two (an adapter, another module, other memory for a parameter) is
    not in the other; what is written into a weight in place is. With `own_adapter` it has a copy of
    the model's adapter, to be trained.
    """
    memo: dict[int, Any] = {
        id(parameter): nn.Parameter(parameter.detach(), requires_grad=False)
        for parameter in model.parameters()
    }
    if own_adapter:
        memo |= {
            id(parameter): nn.Parameter(parameter.detach().clone())
            for name, parameter in model.named_parameters()
            if _PREFIX in name
        }
    memo |= {id(buffer): buffer for buffer in model.buffers()}
    return copy.deepcopy(model, memo)


def merged(model: PeftModel) -> PreTrainedModel:
    """A plain model with the adapters added to the weights, for saving.

    The model itself keeps its weights and adapters; the two share what no adapter changes.

    Raises:
        ValueError: if a weight would not be finite.
    """
    # The safe way adds in new memory; the other would write into that of everyone who shares it.
    found: PreTrainedModel = twin(model).merge_and_unload(safe_merge=True)
    return found


def sets_of_weights(models: Mapping[str, nn.Module]) -> list[tuple[str, ...]]:
    """Which of the models share weights in memory: names, each in one group."""
    groups: list[tuple[tuple[str, ...], set[int]]] = []
    for name, model in models.items():
        places = set(_storages([model]))
        joined = [group for group in groups if group[1] & places]
        groups = [group for group in groups if group not in joined]
        names = (*(one for group in joined for one in group[0]), name)
        groups.append((names, places.union(*(group[1] for group in joined))))
    return [names for names, _ in groups]


def bytes_of(models: Iterable[nn.Module]) -> int:
    """Memory of the models' parameters, shared memory counted once."""
    return sum(_storages(models).values())


def _storages(models: Iterable[nn.Module]) -> dict[int, int]:
    """Where the parameters lie in memory, and how many bytes there are."""
    return {
        storage.data_ptr(): storage.nbytes()
        for model in models
        for parameter in model.parameters()
        for storage in [parameter.untyped_storage()]
    }
