"""What a gate between two stages says of the model that it looks at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether a model passed, None where that was not measured; `text` says why, in a paragraph.

    `stops` says whether what follows may not go on, `asked` whether the recipe asks for anything.
    """

    passed: bool | None
    text: str
    stops: bool
    asked: bool = True

    @property
    def word(self) -> str:
        """The verdict after the word "gate"."""
        if not self.asked:
            return "asks for nothing"
        return {True: "passed", False: "not passed", None: "not measured"}[self.passed]


def percent(share: float) -> str:
    """A share as people read it."""
    return f"{100 * share:.1f} %"
