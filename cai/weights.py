"""What a model name stands for, found out without loading the model."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from cai.errors import EngineError
from cai.mini.model import resolve as resolve_mini

_READ = {".safetensors", ".json", ".jinja", ".model", ".txt"}
_ADAPTER = "adapter_model.safetensors"


def resolve(name: str) -> str:
    """A name as `from_pretrained` takes it: `cai-mini` becomes its folder, `~` is expanded."""
    resolved = resolve_mini(name)
    path = Path(resolved).expanduser()
    return str(path) if path.exists() else resolved


def is_folder(name: str) -> bool:
    """Whether the name is `cai-mini` or a folder, rather than a name on the hub."""
    return Path(resolve(name)).is_dir()


def adapter_base(folder: Path) -> str | None:
    """The name of the model that a folder's LoRA adapter belongs to; None if it holds no adapter.

    Raises:
        EngineError: if the adapter names no base, or its weights are not safetensors.
    """
    config = folder / "adapter_config.json"
    if not config.is_file():
        return None
    try:
        base = json.loads(config.read_text("utf-8"))["base_model_name_or_path"]
    except (ValueError, KeyError, TypeError) as error:
        raise EngineError(
            f"{config}: names no base model ({type(error).__name__}: {error}); "
            "set base_model_name_or_path"
        ) from None
    if not (folder / _ADAPTER).is_file():
        raise EngineError(f"{folder}: an adapter without {_ADAPTER}; save it as safetensors")
    return str(base)


def weights_digest(name: str) -> str:
    """What names a model's weights: SHA-256 over a folder's files, or the hub's commit.

    An adapter's weights are its own and those of its base.

    Raises:
        EngineError: if there is neither such a folder nor such a name on the hub.
    """
    path = Path(resolve(name))
    if path.is_dir():
        total = hashlib.sha256()
        for file in sorted(path.iterdir()):
            if file.suffix in _READ:
                total.update(file.name.encode())
                with file.open("rb") as opened:
                    total.update(hashlib.file_digest(opened, "sha256").digest())
        base = adapter_base(path)
        if base is not None:
            total.update(weights_digest(base).encode())
        return total.hexdigest()
    if path.is_absolute() or name.startswith((".", "~")):
        raise EngineError(f"model {name!r}: there is no such folder; give one with config.json")
    return _hub_commit(name)


def _hub_commit(name: str) -> str:
    from huggingface_hub import snapshot_download

    try:
        # This asks the hub once and else takes what is here already; `from_pretrained` would ask
        # for half a minute whether a name that is nowhere has appeared.
        folder = Path(snapshot_download(name, allow_patterns=["config.json"]))
    except (OSError, ValueError) as error:
        raise EngineError(
            f"model {name!r} is neither a folder nor reachable on the hub "
            f"({type(error).__name__}); give cai-mini, a folder or a hub name"
        ) from error
    if not (folder / "config.json").exists():
        raise EngineError(f"model {name!r}: the hub has no config.json in it; give another name")
    return folder.name
