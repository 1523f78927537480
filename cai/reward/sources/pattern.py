"""Regular expressions that answers are tested by, safe against those that take for ever.

Some expressions take a time that grows exponentially with a text that nearly fits them, and a
policy in training writes texts of every kind. So each search has a time limit, and an expression
that stalls on simple texts is refused before anything is trained.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from cai.errors import RecipeError

# Seconds for one answer; most expressions take microseconds.
_PATIENCE = 1.0
_PROBE_LENGTH = 2000
_PLAIN = "a", "0", " ", "\n", "a ", "a, "


class Pattern:
    """A regular expression: `re`'s syntax, and the atomic groups of the `regex` package.

    Raises:
        RecipeError: if it is none, or stalls on simple texts; `where` is the recipe's key.
    """

    def __init__(self, pattern: str, *, where: str, patience: float = _PATIENCE) -> None:
        try:
            self._compiled = regex.compile(pattern)
        except regex.error as error:
            raise RecipeError(
                f"{where}: {pattern!r} is no regular expression ({error}); mend it"
            ) from None
        self._patience = patience
        for unit in _probed(pattern):
            if self.found_in(unit * (_PROBE_LENGTH // len(unit)) + "\0") is None:
                raise RecipeError(
                    f"{where}: {pattern!r} takes more than {patience:g} s on a text of "
                    f"{_PROBE_LENGTH} characters ({unit!r}, over and over); repeat nothing that "
                    "repeats itself, or put it into an atomic group (?>…)"
                )

    def found_in(self, text: str) -> bool | None:
        """Whether it is found anywhere in the text; None if that takes too long.

        Tried twice, so that a machine that was held up once does not change a score.
        """
        for _ in range(2):
            try:
                return self._compiled.search(text, timeout=self._patience) is not None
            except TimeoutError:
                continue
        return None


def _probed(pattern: str) -> Iterator[str]:
    """What to repeat in texts that should be decided at once."""
    yield from _PLAIN
    letters = "".join(dict.fromkeys(one for one in pattern if one.isalnum() or one in ",;:-_<>/"))
    yield from (f"a{one}" for one in letters[:8] if not one.isalnum())
    if letters:
        yield letters
