"""Finds the files that come with cai: constitutions, prompt sets, templates, recipes."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# An installed wheel carries the folders inside the package; a checkout has them beside it.
_ROOTS = (_PACKAGE / "_shipped", _PACKAGE.parent)


def find(relative: str) -> Path | None:
    """The shipped file or folder of that relative path, or None if there is none."""
    return next((root / relative for root in _ROOTS if (root / relative).exists()), None)


def locate(path: str) -> Path:
    """What the user's path means: the path itself if it exists, else the shipped file so named.

    The path is returned unchanged where neither exists, so that the reader's own error names it.
    """
    own = Path(path).expanduser()
    if own.exists() or own.is_absolute():
        return own
    return find(path) or own
