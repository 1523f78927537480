"""Figures beside their bounds, as the benchmarks print them."""

from __future__ import annotations

Figure = tuple[str, float, str, float | None]
"""Name, figure, and the bound with its sign; no bound where the figure is for comparison."""


def told(name: str, figure: float, sign: str, bound: float | None) -> bool:
    """Prints a figure, its bound, and whether it is missed; returns whether it is met.

    `sign` is ">=" or "<="; a bound of None is none.
    """
    text = "" if bound is None else f"{sign} {bound:<6,.4g}"
    met = bound is None or (figure >= bound if sign == ">=" else figure <= bound)
    print(f"{name:58} {figure:12,.4g} {text} {'' if met else 'NOT MET'}".rstrip())
    return met
