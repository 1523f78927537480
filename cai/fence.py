"""Keeps a text in its place inside the judge's question.

An answer is untrusted: it may contain a chat turn's special tokens, or a heading such as
"Answer B:" that would start a second, made-up answer. Ordinary text passes unchanged, so that the
judge reads exactly the words it was trained on.
"""

from __future__ import annotations

import re

# Line breaks as a reader (or a tokenizer's normaliser) sees them, which are more than "\n".
_LINE_START = r"(?:^|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])"
# "Answer A:" is this question's own form and never innocent; "User:" is, in the middle of a line.
_HEADING = re.compile(
    rf"(?P<name>\banswer[\s*_]*\(?[ab]\)?|{_LINE_START}[\W_]*(?:user|human|assistant|system))"
    r"(?P<gap>[\s*_]*)[:\uff1a]",
    re.IGNORECASE,
)
# Spellings of chat models' special tokens. The tokenizer's own are also taken apart where chats
# become ids (cai.models); these cover engines whose tokenizer is out of reach.
_SPECIAL = re.compile(
    r"<(?=[|\uff5c])|<(?=/?(?:s|pad|unk|bos|eos|start_of_turn|end_of_turn)>)"
    r"|\[(?=/?INST\])|<(?=</?SYS>>)"
)


def fence(text: str) -> str:
    """`text` with headings and special tokens made powerless; idempotent.

    The colon of a heading becomes " -" and a special token gets a space behind its first
    character: the words stay readable, the form is gone.
    """
    return _SPECIAL.sub(lambda match: match.group() + " ", _HEADING.sub(r"\g<name>\g<gap> -", text))
