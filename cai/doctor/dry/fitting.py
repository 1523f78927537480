"""From what a step took to what would fit.

    bytes(n) = fixed + n · each

through the two sizes that were measured, or through one of them and what it is known to hold.
For another model of the same kind, with s times the weights,

    bytes(s) = base + s · held + s^⅔ · (bytes(n) - base - held)

because what is kept of each token grows with layers times width, and weights with layers times
width squared: with both grown alike, the first is the ⅔ power of the second.
"""

from __future__ import annotations

from cai.doctor.dry.step import Measured

MARGIN = 0.9
"""Of the free memory: what a run has besides one step, and what no step has shown."""

_ALIKE = 2 / 3
_MOST = 1e6  # times as large: beyond this it says nothing


def line(found: Measured) -> tuple[float, float]:
    """`fixed` and `each`, in bytes."""
    (first, low), (last, high) = min(found.peaks.items()), max(found.peaks.items())
    if last > first and high > low:
        each = (high - low) / (last - first)
        return high - each * last, each
    # One size, or no difference: all that is above what it holds is laid to the size.
    each = max(0.0, high - found.base - found.held) / last
    return high - each * last, each


def predicted(found: Measured, size: int) -> float:
    """Bytes at a size, whichever of two guesses is higher where only one size was measured."""
    fixed, each = line(found)
    return fixed + each * size


def largest_size(found: Measured) -> int | None:
    """The largest size that fits; None where no bound is seen. 0: not even one."""
    fixed, each = line(found)
    left = MARGIN * found.free - fixed
    if each <= 0:
        return None if left > 0 else 0
    return max(0, int(left / each))


def largest_model(found: Measured) -> int:
    """The weights of the largest model of this shape that fits at the configured size."""
    peak = predicted(found, found.configured)
    held = max(1, found.held)
    rest = max(0.0, peak - found.base - held)

    def fits(times: float) -> bool:
        needed: float = found.base + times * held + times**_ALIKE * rest
        return needed <= MARGIN * found.free

    low, high = 0.0, _MOST
    for _ in range(60):  # by bisection, to a part in 10^12
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return int(low * found.parameters)
