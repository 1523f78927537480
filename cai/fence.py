"""Keeps a text in its place inside the judge's question.

An answer is untrusted: it may contain a chat turn's special tokens, or a heading such as
"Answer B:" that would start a second, made-up answer, also in letters that only look like these.
Ordinary text keeps its words, and in `fence` its layout too. docs/manipulation.md has what this
gains, measured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from cai.look_alikes import UNSEEN, folded

Edit = tuple[int, int, str]
"""Where it begins and ends, and what stands there instead."""


def _spelled(*words: str) -> str:
    """A pattern for any of the words, whatever invisible characters stand between the letters."""
    return "|".join(f"{UNSEEN}*".join(word) for word in words)


# Loops are possessive: no text, however it is made, takes more than linear time.
_BREAK = r"\n\r\v\f\x1c-\x1e\x85\u2028\u2029"  # as readers and tokenizers see them
_LINE_START = re.compile(rf"(?:\A|[{_BREAK}])(?:[^\w{_BREAK}]|_)*+")
_GAP = rf"[\s*_)\]>\"'`{UNSEEN}]*+"  # also what closes a mark-up around the name
_ANSWER = rf"(?<![^\W_]){_spelled('answer')}{_GAP}[(\[]?+{UNSEEN}*+[ab]"
# "Answer A:" is this question's own form and never innocent. "User:" is, in the middle of a line,
# and so is "Answer A" before any other mark.
_HEADING = re.compile(
    rf"(?P<answer>{_ANSWER}){_GAP}:"
    rf"|(?P<turn>{_spelled('user', 'human', 'assistant', 'system')}){_GAP}:"
    rf"|(?P<line>{_ANSWER})(?:[^\S{_BREAK}]|[*_{UNSEEN}])*+[-.=)\]>|{_BREAK}]"
)
# Spellings of chat models' special tokens. The tokenizer's own are also taken apart where chats
# become ids (cai.models); these cover engines whose tokenizer is out of reach.
_TOKEN = re.compile(
    rf"<{UNSEEN}*+\|[^<>|\s]{{1,40}}\|{UNSEEN}*+>"
    rf"|</?(?:{_spelled('s', 'pad', 'unk', 'bos', 'eos', 'think')})>"
    rf"|</?(?:{_spelled('start_of_turn', 'end_of_turn')})>"
    rf"|\[/?{_spelled('inst')}\]|<</?{_spelled('sys')}>>"
)
_OPENING = re.compile(rf"<(?={UNSEEN}*+\|)")
_BLANK_LINES = re.compile(rf"[{_BREAK}](?<!\r(?=\n))\s*[{_BREAK}]")
# Without any of these in it a text has no heading or token, which is quicker to see.
_HEADING_HINTS = ("answer", "user", "human", "assistant", "system")
_TOKEN_HINTS = ("<", "[inst]", "[/inst]")


def fence(text: str) -> str:
    """`text` with headings and special tokens made powerless; idempotent.

    A heading keeps its words, in small letters and with " -" for its colon; a special token, which
    says nothing to a reader, becomes a space. A text that had any of these comes out as a single
    line, since a line of its own is a part of that form.
    """
    bare = folded(text).replace(UNSEEN, "")
    marked = text
    if any(hint in bare for hint in _TOKEN_HINTS):
        marked = _edited(marked, _tokens)
    if any(hint in bare for hint in _HEADING_HINTS):
        marked = _edited(marked, _headings)
    if marked != text:
        text = " ".join(marked.split())
    return _edited(text, _openings) if "<|" in bare else text


def as_part(text: str) -> str:
    """The fenced text as one part of a question whose parts are separated by blank lines.

    Blank lines in it close up to a line break each; idempotent.
    """
    return _BLANK_LINES.sub("\n", fence(text))


def _tokens(seen: str) -> Iterator[Edit]:
    for match in _TOKEN.finditer(seen):
        yield *match.span(), "\n"  # what follows it begins anew


def _openings(seen: str) -> Iterator[Edit]:
    for match in _OPENING.finditer(seen):
        yield match.end(), match.end(), " "


def _headings(seen: str) -> Iterator[Edit]:
    first: set[int] | None = None
    for match in _HEADING.finditer(seen):
        if match.lastgroup != "answer":
            if first is None:
                first = {line.end() for line in _LINE_START.finditer(seen)}
            if match.start() not in first:
                continue
        name = match[str(match.lastgroup)].replace(UNSEEN, "")
        yield *match.span(), f"{name} -"


def _edited(text: str, edits: Callable[[str], Iterator[Edit]]) -> str:
    """`text` with the edits that are found in what it looks like."""
    pieces, at = [], 0
    for start, end, instead in edits(folded(text)):
        pieces += [text[at:start], instead]
        at = end
    return "".join([*pieces, text[at:]])
