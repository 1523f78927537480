"""What one row of a file of comparisons holds, whatever its form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cai.records import Said
from cai.turns import Turns

RankingPairs = Literal["all", "adjacent"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What one annotator of the file says of a pair.

    `p_first` is the probability that the first answer is better: 1, 0, or 0.5 for a tie, unless the
    file itself gives a probability. `words` are the file's own, where a number does not hold all.
    """

    p_first: float
    annotator: str = "gold"
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two answers to a prompt that ends with the user's turn.

    `sided` says that the file itself calls the first answer A. Elsewhere the order means something
    (the chosen one first), and says nothing about where it is to be shown. `number` is the pair's
    among those of its prompt, where the file has one.
    """

    prompt: Turns
    first: Said
    second: Said
    verdicts: tuple[Verdict, ...] = ()
    sided: bool = False
    number: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The pairs of a row, and what in it could not be one.

    `cut_early` counts conversations that part before the last answer (what was preferred is then
    more than an answer), `unscored` answers of a ranking without a rank or score.
    """

    pairs: tuple[Pair, ...] = ()
    cut_early: int = 0
    unscored: int = 0
