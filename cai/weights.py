"""What a model name stands for, found out without loading the model.

A name is `cai-mini`, a folder, or a name on the Hugging Face hub, of which `NAME@REVISION` is a
branch, tag or commit. A folder may hold a LoRA adapter; a revision behind it is that of its base.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from cai.errors import EngineError
from cai.mini.model import resolve as resolve_mini

_READ = {".safetensors", ".json", ".jinja", ".model", ".txt"}
_ADAPTER, _ADAPTER_CONFIG = "adapter_model.safetensors", "adapter_config.json"
_TOKENIZER_CONFIG = "tokenizer_config.json"


class Source(NamedTuple):
    """What `from_pretrained` takes: a folder, or a hub name and one of its revisions."""

    path: str
    revision: str | None = None


def resolve(name: str) -> Source:
    """Where a model's own files lie: `cai-mini` becomes its folder, `~` is expanded.

    Raises:
        EngineError: if a revision is given of a folder that is no adapter.
    """
    bare, revision = _split(name)
    folder = _folder(bare)
    if folder is None:
        return Source(bare, revision)
    if revision is not None and not (folder / _ADAPTER_CONFIG).is_file():
        raise EngineError(f"model {name!r}: a folder has no revisions; leave out @{revision}")
    return Source(str(folder))


def is_folder(name: str) -> bool:
    """Whether the name is `cai-mini` or a folder, rather than a name on the hub."""
    return Path(resolve(name).path).is_dir()


def base_of(name: str) -> str | None:
    """The name of the model that a folder's LoRA adapter belongs to; None if it holds no adapter.

    Raises:
        EngineError: if the adapter names no base, or its weights are not safetensors.
    """
    folder = Path(resolve(name).path)
    config = folder / _ADAPTER_CONFIG
    if not config.is_file():
        return None
    try:
        fields = json.loads(config.read_text("utf-8"))
        base = str(fields["base_model_name_or_path"])
    except (ValueError, KeyError, TypeError) as error:
        raise EngineError(
            f"{config}: names no base model ({type(error).__name__}: {error}); "
            "set base_model_name_or_path"
        ) from None
    if not (folder / _ADAPTER).is_file():
        raise EngineError(f"{folder}: an adapter without {_ADAPTER}; save it as safetensors")
    if is_folder(base) and base_of(base) is None:
        return base
    revision = _split(name)[1] or fields.get("revision")
    return f"{base}@{revision}" if revision else base


def tokenizer_home(name: str) -> str:
    """The name whose files hold a model's tokenizer: its own, or those of an adapter's base.

    Raises:
        EngineError: if the adapter names no base, or its weights are not safetensors.
    """
    base = base_of(name)
    if base is None or (Path(resolve(name).path) / _TOKENIZER_CONFIG).is_file():
        return name
    return base


def absolute(name: str) -> str:
    """The name as a process must be given it that may have another working folder."""
    bare, revision = _split(name)
    folder = Path(bare).expanduser()
    if resolve_mini(bare) != bare or not folder.is_dir():
        return name
    return str(folder.resolve()) + (f"@{revision}" if revision else "")


def check_is_model(name: str) -> None:
    """Checks that a folder holds a model; what is on the hub was looked at when it was pinned.

    Raises:
        EngineError: if it does not.
    """
    folder = _folder(_split(name)[0])
    if folder is not None and base_of(name) is None and not (folder / "config.json").is_file():
        raise EngineError(f"model {name!r}: there is no config.json in that folder")


def pin(name: str) -> str:
    """The name with the commit that it stands for now, where weights come from the hub.

    By a pinned name the same weights are digested and loaded, whatever the hub is given meanwhile.
    The commit behind an adapter's folder is that of its base; other folders' names stay as they
    are.

    Raises:
        EngineError: if there is neither such a folder nor such a name on the hub.
    """
    base = base_of(name)
    if base is not None:
        commit = _split(pin(base))[1]
    else:
        commit = None if is_folder(name) else _hub_commit(name)
    return name if commit is None else f"{_split(name)[0]}@{commit}"


def weights_digest(name: str) -> str:
    """What names a model's weights: SHA-256 over a folder's files, or the hub's commit.

    An adapter's weights are its own and those of its base.

    Raises:
        EngineError: if there is neither such a folder nor such a name on the hub.
    """
    if not is_folder(name):
        return _hub_commit(name)
    total = hashlib.sha256()
    for file in sorted(Path(resolve(name).path).iterdir()):
        if file.suffix in _READ:
            total.update(file.name.encode())
            with file.open("rb") as opened:
                total.update(hashlib.file_digest(opened, "sha256").digest())
    base = base_of(name)
    if base is not None:
        total.update(weights_digest(base).encode())
    return total.hexdigest()


def hub_name(name: str) -> str:
    """The name without a revision."""
    return _split(name)[0]


def _split(name: str) -> tuple[str, str | None]:
    """A name and the revision behind its last `@`; a folder may have an `@` of its own."""
    bare, at, revision = name.rpartition("@")
    return (bare, revision) if at and _folder(name) is None else (name, None)


def _folder(name: str) -> Path | None:
    path = Path(resolve_mini(name)).expanduser()
    return path if path.is_dir() else None


def _hub_commit(name: str) -> str:
    from huggingface_hub import snapshot_download

    source = resolve(name)
    if Path(name).is_absolute() or name.startswith((".", "~")):
        raise EngineError(f"model {name!r}: there is no such folder; give one with config.json")
    try:
        # This asks the hub once and else takes what is here already; `from_pretrained` would ask
        # for half a minute whether a name that is nowhere has appeared.
        folder = Path(
            snapshot_download(
                source.path,
                revision=source.revision,
                allow_patterns=["config.json", _ADAPTER_CONFIG],
            )
        )
    except (OSError, ValueError) as error:
        raise EngineError(
            f"model {name!r} is neither a folder nor reachable on the hub "
            f"({type(error).__name__}); give cai-mini, a folder or a hub name"
        ) from error
    if (folder / _ADAPTER_CONFIG).exists():
        raise EngineError(f"model {name!r} is an adapter; download it and give its folder")
    if not (folder / "config.json").exists():
        raise EngineError(f"model {name!r}: the hub has no config.json in it; give another name")
    return folder.name
