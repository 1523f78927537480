"""What can be wrong with a revision as a text, whatever it says."""

from __future__ import annotations

import re

from cai.records import Said

PROBLEMS = ("empty", "truncated", "identical", "preamble")

_TEXT = r"(?:answer|response|reply|version|revision|rewrite|text|message)"
_CHANGED = r"(?:revised|rewritten|reworded|improved|updated|edited|corrected|modified|new|better)"

# A revision is to be the new answer alone. Small models announce it, talk about the change, or
# write down who is speaking; a model trained on that would do so in every answer.
_PREAMBLE = re.compile(
    rf"""^\W*(?:
        (?:sure|certainly|of\ course|absolutely|okay|ok|alright)\b[^.?\n:]{{0,100}}:
      | (?:(?:here|below|this|the\ following)\b[^.?\n:]{{0,40}}\b)?
        (?:{_CHANGED}\b[^.?\n:]{{0,30}}\b{_TEXT}|revision)\b[^.?\n:]{{0,60}}:
      | here(?:\ is|'s|\u2019s)\ (?:an?|the|my)\ {_CHANGED}\b[^.?\n:]{{0,30}}\b{_TEXT}\b
      | (?:my|the)\ (?:revised|rewritten|reworded|edited|corrected)\ {_TEXT}\b
      | i(?:\ have|'ve|\u2019ve)?\ (?:revised|rewritten|reworded|edited)\b
      | (?:assistant|answer|response|human|user)\W*:
    )""",
    re.IGNORECASE | re.VERBOSE,
)

# After nothing, a label ("Critique:"), or a label with one short sentence ("Check: rude no.").
_NO_ISSUE = re.compile(r"(?:\w+:\s*(?:[^.!?\n]{1,200}\.\s*)?)?no issue", re.IGNORECASE)


def problems(revision: Said, before: str) -> tuple[str, ...]:
    """The problems of a revision of the answer `before`, in the order of `PROBLEMS`."""
    text = revision.text.strip()
    found = {
        "empty": not text,
        "truncated": revision.finish == "length",
        "identical": bool(text) and _plain(text) == _plain(before),
        "preamble": _PREAMBLE.match(text) is not None,
    }
    return tuple(name for name in PROBLEMS if found[name])


def finds_nothing(critique: str) -> bool:
    """Whether a critique says that the answer has no fault under its principle.

    A label may come first, and in it what was looked for.
    """
    return _NO_ISSUE.match(critique.strip()) is not None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
