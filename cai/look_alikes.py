"""Characters that a reader takes for an ASCII one, or does not see at all.

A short table for the words and marks that `cai.fence` looks for, after the idea of confusable
skeletons in Unicode Technical Standard 39; not the whole of it.
"""

from __future__ import annotations

import string
import unicodedata

UNSEEN = "\u200b"
"""What an invisible character is folded to: one for one, so that places in the text stay."""

# Blocks with styled, wide, accented or enclosed forms of Latin letters and of punctuation.
_STYLED = (
    (0x00A0, 0x0250),
    (0x1E00, 0x1F00),
    (0x2070, 0x20A0),
    (0x2100, 0x2190),
    (0x2460, 0x2500),
    (0xFE10, 0xFE70),
    (0xFF01, 0xFFEF),
    (0x1D400, 0x1D800),
    (0x1F100, 0x1F150),
)
# Unseen by Unicode's own property (Default_Ignorable_Code_Point), and marks above a letter.
_INVISIBLE = (
    (0x00AD, 0x00AE),
    (0x0300, 0x0370),
    (0x061C, 0x061D),
    (0x180B, 0x1810),
    (0x200B, 0x2010),
    (0x202A, 0x202F),
    (0x2060, 0x2070),
    (0xFE00, 0xFE10),
    (0xFEFF, 0xFF00),
    (0xE0000, 0xE1000),
)
# Letters of other alphabets, small capitals and marks that look alike.
_ALIKE = {
    "a": "\u0391\u03b1\u0410\u0430\u1d00\u0251",
    "b": "\u0392\u03b2\u0412\u0432\u0299\u13f4",
    "e": "\u0395\u03b5\u0415\u0435\u1d07",
    "h": "\u0397\u041d\u043d\u029c\u04bb",
    "i": "\u0399\u03b9\u0406\u0456\u026a\u0131",
    "m": "\u039c\u041c\u043c\u1d0d",
    "n": "\u039d\u03b7\u043f\u0274\u0578",
    "r": "\u0433\u0280\u1d26",
    "s": "\u0405\u0455\ua731",
    "t": "\u03a4\u03c4\u0422\u0442\u1d1b",
    "u": "\u03c5\u1d1c\u057d",
    "w": "\u03c9\u051d\u0461\u1d21",
    "y": "\u03a5\u0443\u0423\u04af\u028f",
    ":": "\u02d0\u02d1\u0589\u05c3\u2236\ua789\ufe30",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
    "<": "\u2039\u276e\u3008",
    ">": "\u203a\u276f\u3009",
    "|": "\u01c0\u2223\u2502",
}


def folded(text: str) -> str:
    """`text` in lower case, each such character replaced by the one that it looks like.

    The result has the same length: a match in it is at the same place in `text`.
    """
    return text.lower() if text.isascii() else text.translate(_TABLE)


def _base(character: str) -> str | None:
    """The one ASCII character that is left of another without its style and accents."""
    left = [
        one
        for one in unicodedata.normalize("NFKD", character)
        if one.isascii() and (one.isalnum() or not character.isalnum())
    ]
    if len(left) == 3 and left[0] == "(" and left[2] == ")":
        return left[1].lower()  # a letter in brackets, as one character
    return left[0].lower() if len(left) == 1 and not left[0].isspace() else None


def _table() -> dict[int, str]:
    styled = {code: _base(chr(code)) for first, end in _STYLED for code in range(first, end)}
    table = {code: base for code, base in styled.items() if base is not None}
    table |= {ord(capital): capital.lower() for capital in string.ascii_uppercase}
    table |= {ord(one): base for base, alike in _ALIKE.items() for one in alike}
    return table | {code: UNSEEN for first, end in _INVISIBLE for code in range(first, end)}


_TABLE = _table()
