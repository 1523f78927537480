"""Memory that Python and torch have freed, given back to the operating system."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Has the C library return what is free in its heap, where it is glibc; else does nothing.

    Tensors of up to 32 MB come from that heap, and small ones that stay split the room of large
    ones that went: what one phase of a training has freed is then seldom of use to the next, and
    the process grows. Takes milliseconds, and later use of the pages as much again, so it is for
    the end of a phase and not for every step.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
