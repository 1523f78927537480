"""Finds the name a person probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_SHOWN = 20


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None where nothing is close."""
    lower = {item.lower(): item for item in known}
    found = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.6)
    return lower[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """How to mend an unknown name: the nearest one, or else the first there are, as one phrase."""
    names = sorted(known)
    close = nearest(name, names)
    if close:
        return f"did you mean {close!r}?"
    more = [f"and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return f"known: {', '.join(names[:_SHOWN] + more) or 'none'}"
