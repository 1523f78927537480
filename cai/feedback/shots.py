"""Worked comparisons from the constitution that the judge is shown before the one it decides."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from cai.constitution import Constitution
from cai.errors import RecipeError
from cai.records import Comparison, digest


@dataclass(frozen=True, slots=True)
class Shot:
    """A comparison with its verdict: under `comparison`, `better` beats `worse`.

    `better_first` says whether the better answer is shown as A. `reason` may be empty.
    """

    prompt: str
    better: str
    worse: str
    comparison: str
    reason: str
    better_first: bool


@dataclass(frozen=True, slots=True)
class ShotBook:
    """The worked comparisons of a constitution, in the order in which they are taken."""

    ranked: tuple[Shot, ...] = ()
    count: int = 0

    def beside(self, comparison: Comparison) -> tuple[Shot, ...]:
        """Up to `count` shots, an even number, of which half have the better answer as A.

        All questions get the same ones, whatever the principle and the order of the answers: what
        the shots say for a letter then cancels over both orders, and what is shown first is the
        same for every question. A shot about the very prompt that is judged makes room for the
        next one, so that no verdict is ever given away.
        """
        if not self.count:
            return ()
        asked = {_plain(message["content"]) for message in comparison.prompt}
        others = [shot for shot in self.ranked if _plain(shot.prompt) not in asked]
        taken = others[: min(self.count, len(others) // 2 * 2)]
        placed = [
            Shot(s.prompt, s.better, s.worse, s.comparison, s.reason, better_first=rank % 2 == 0)
            for rank, s in enumerate(taken)
        ]
        # By another hash than the ranking, so that the letters come in no pattern to go on with.
        return tuple(sorted(placed, key=lambda shot: digest(["place", asdict(shot)])))


def shot_book(constitution: Constitution, *, count: int, reasoned: bool) -> ShotBook:
    """The shots of a constitution, ranked by a hash: the order of the file means nothing.

    Args:
        count: how many are shown, an even number.
        reasoned: whether only those with a reason will do.

    Raises:
        RecipeError: if there are fewer than `count`.
    """
    if not count:
        return ShotBook()
    found = {
        Shot(
            prompt=one.prompt,
            better=one.better,
            worse=one.worse,
            comparison=constitution.principle(one.principle).comparison,
            reason=one.reason,
            better_first=True,
        )
        for one in constitution.judge_few_shots
        if one.reason or not reasoned
    }
    if len(found) < count:
        kind = " with a reason, as label.reason_tokens needs" if reasoned else ""
        raise RecipeError(
            f"label.few_shots: asks for {count} worked comparisons, and `judge_few_shots` of "
            f"{constitution.path} has {len(found)}{kind}; add some there, or ask for fewer"
        )
    return ShotBook(tuple(sorted(found, key=lambda shot: digest(asdict(shot)))), count)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
