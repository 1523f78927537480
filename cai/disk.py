"""Files that cannot be written: what each library says of it, and how to mend it."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cai.errors import RunError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EROFS, errno.EACCES}

# Safetensors and tokenizers are written in Rust, whose errors are no OSErrors but end like this.
_IN_RUST = re.compile(r"\(os error (\d+)\)")
# torch.save has a writer in C++ that does not say why, only that less was written than should be.
_IN_TORCH = re.compile(
    r"PytorchStreamWriter failed|inline_container\.cc.* unexpected pos|iostream error", re.DOTALL
)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Puts the file's name into an error of writing it, which Python leaves out."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def refusal(error: BaseException, folder: Path | None = None) -> str | None:
    """Which file could not be written, why, and what to do; None if that is not what happened.

    Args:
        folder: where the writing was to be, for writers that do not name their file.
    """
    found = _number(error)
    if found is None:
        return None
    number, reason = found
    name = getattr(error, "filename", None) or (f"a file in {folder}" if folder else "a file")
    if number in _CLOSED:
        cannot, mend = "open", "see to its permissions, or choose another --out,"
    else:
        cannot, mend = "write", "free some space"
    return (
        f"cannot {cannot} {name} ({reason}); {mend} and run the same command again: "
        "what is finished is kept"
    )


def _number(error: BaseException) -> tuple[int, str] | None:
    text = str(error)
    if isinstance(error, RuntimeError) and _IN_TORCH.search(text):
        return errno.ENOSPC, "the disk took only a part of it"
    if isinstance(error, OSError):
        number = error.errno
    else:
        match = _IN_RUST.search(text)
        number = int(match[1]) if match else None
    return (number, os.strerror(number)) if number in _FULL | _CLOSED else None


def require_room(folder: Path, needed: int, *, what: str) -> None:
    """Checks that a folder that is to be filled has room, beside what it holds already.

    Raises:
        RunError: if there is less than `needed` bytes in all.
    """
    held = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if held + free < needed:
        raise RunError(
            f"{folder}: {what} need about {_size(needed)}, and the disk has {_size(held + free)} "
            "left for them; free some space and run the same command again"
        )


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"
