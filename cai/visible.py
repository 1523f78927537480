"""Text of models made safe to print: nothing moves a terminal's cursor or breaks a file."""

from __future__ import annotations


def visible(text: str) -> str:
    """The text with control characters shown as escapes; line breaks stay."""
    return "".join(c if c == "\n" or c.isprintable() else repr(c)[1:-1] for c in text)
