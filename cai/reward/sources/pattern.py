"""Regular expressions that answers are tested by, safe against those that take for ever.

Some expressions take a time that grows exponentially with a text that nearly fits them, and a
policy in training writes texts of every kind. So each search has a time limit, and an expression
that stalls on simple texts is refused before anything is trained.

Others are too large before any text is seen: `((a{1000}){1000}){1000}` is written out a thousand
million times when it is compiled, and nothing bounds that from within. So each is compiled once in
a process of its own, with little memory and time, which takes a tenth of a second.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import regex

from cai.errors import RecipeError

# Seconds for one answer; most expressions take microseconds.
_PATIENCE = 1.0
_PROBE_LENGTH = 2000
# What compiling may take; ordinary expressions take a few MB and milliseconds.
_MEGABYTES, _CPU_SECONDS = 256, 10
_ERROR, _TOO_LARGE = 3, 4  # exit codes that Python has no meaning for
_TRIAL = f"""
import contextlib, json, resource, sys, regex
with contextlib.suppress(ValueError):  # where the system has no such limit, time has to do
    resource.setrlimit(resource.RLIMIT_AS, ({_MEGABYTES} << 20,) * 2)
sys.setrecursionlimit(500)  # with room to spare: where it is compiled again the stack is deeper
resource.setrlimit(resource.RLIMIT_CPU, ({_CPU_SECONDS},) * 2)
try:
    regex.compile(json.load(sys.stdin))
except regex.error as error:
    print(error)
    sys.exit({_ERROR})
except (MemoryError, RecursionError):
    sys.exit({_TOO_LARGE})
"""
_PLAIN = "a", "0", " ", "\n", "a ", "a, "


class Pattern:
    """A regular expression: `re`'s syntax, and the atomic groups of the `regex` package.

    Raises:
        RecipeError: if it is none, is too large, or stalls on simple texts; `where` is the recipe's
            key.
    """

    def __init__(self, pattern: str, *, where: str, patience: float = _PATIENCE) -> None:
        _check_compiles(pattern, where=where)
        self._compiled = regex.compile(pattern)
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


def _check_compiles(pattern: str, *, where: str) -> None:
    """Compiles it where it can do no harm."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", _TRIAL],
        input=json.dumps(pattern), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode == _ERROR:
        raise RecipeError(
            f"{where}: {pattern!r} is no regular expression ({done.stdout.strip()}); mend it"
        )
    if done.returncode == _TOO_LARGE or done.returncode < 0:  # below 0: the system ended it
        raise RecipeError(
            f"{where}: {pattern[:100]!r} takes more than {_MEGABYTES} MB or {_CPU_SECONDS} s to "
            "compile; lower its counts {…}, above all where what repeats is repeated, or nest less"
        )
    done.check_returncode()


def _probed(pattern: str) -> Iterator[str]:
    """What to repeat in texts that should be decided at once."""
    yield from _PLAIN
    letters = "".join(dict.fromkeys(one for one in pattern if one.isalnum() or one in ",;:-_<>/"))
    yield from (f"a{one}" for one in letters[:8] if not one.isalnum())
    if letters:
        yield letters
