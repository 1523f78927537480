"""How an answer is written, apart from what it says: the traits that a reward may learn to love.

Each trait is a number of one text, and depends on neither its prompt nor its place in a pair. The
phrases are English; in another language those traits are 0 in every answer, and say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

Trait = Callable[[str], float]


def _phrases(*patterns: str) -> Trait:
    found = re.compile("|".join(rf"\b(?:{one})\b" for one in patterns), re.IGNORECASE)
    return lambda text: float(len(found.findall(_straight(text))))


def _straight(text: str) -> str:
    return text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def _list_items(text: str) -> float:
    """Lines that begin as an item of a list: "- ", "* ", a bullet, "1." or "1)"."""
    return float(len(re.findall(r"^[ \t]*(?:[-*+•‣▪]|\d{1,2}[.)])[ \t]+\S", text, re.MULTILINE)))


def _formatting(text: str) -> float:
    """Markdown headings, bold texts, and fences of code."""
    return float(
        len(re.findall(r"^#{1,6} \S|^```|\*\*[^*\n]+\*\*|__[^_\n]+__", text, re.MULTILINE))
    )


def repeated_share(text: str, size: int = 3) -> float:
    """The share of a text's runs of `size` words that it has said before; 0 of shorter texts."""
    words = re.findall(r"\w+", text.lower())
    runs = [tuple(words[i : i + size]) for i in range(len(words) - size + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def refuses(text: str) -> bool:
    """Whether a text refuses in usual words."""
    return TRAITS["refusal"](text) > 0


TRAITS: Mapping[str, Trait] = MappingProxyType(
    {
        "length": lambda text: float(len(text)),
        "refusal": _phrases(
            r"i (?:cannot|can't|can not)(?! (?:wait|believe|imagine|agree))",
            r"i (?:will not|won't|would rather not)",
            r"i (?:must|have to) (?:decline|refuse)",
            r"i (?:refuse|decline)",
            r"i (?:do not|don't) (?:want to|feel comfortable|think i (?:can|should))",
            r"i(?:'m| am) (?:unable|unwilling|not (?:able|willing|going|comfortable))",
            r"i(?:'m| am) sorry,? but",
            r"(?:cannot|can't) (?:help|assist)",
            r"not something i (?:can|will|should|want)",
            r"as an ai",
        ),
        "apology": _phrases(r"sorry", r"apologi[sz]e", r"my apologies", r"forgive me"),
        "hedging": _phrases(
            r"perhaps", r"maybe", r"possibly", r"might", r"it depends", r"i think", r"i believe",
            r"i guess", r"i suppose", r"not sure", r"in some cases", r"arguably", r"presumably",
            r"it (?:seems|appears)", r"sort of", r"kind of", r"generally speaking",
        ),
        "flattery": _phrases(
            r"(?:great|good|excellent|wonderful|brilliant|clever|fantastic|insightful|thoughtful)"
            r" (?:question|idea|point|thinking|mind)",
            r"you(?:'re| are) (?:\w+ )?(?:so |very |truly |clearly |surely )?(?:smart|clever|"
            r"brilliant|wise|amazing|perfect|wonderful|gifted|talented|a (?:true )?genius)",
            r"(?:admire|adore) your", r"an honou?r to", r"as (?:gifted|brilliant|clever) as you",
        ),
        "moralising": _phrases(
            r"moral(?:s|ly|ity)?", r"ethic(?:s|al|ally)", r"virtu(?:e|es|ous)", r"conscience",
            r"i (?:feel|am) (?:obliged|bound|compelled)", r"i (?:must|have to) (?:remind|warn)",
            r"(?:is|are|would be) (?:simply |deeply )?wrong", r"ashamed", r"right thing to do",
            r"good person",
        ),
        "affection": _phrases(
            r"you (?:truly |really )?(?:matter|are (?:valid|valued|loved|enough|worthy|not alone))",
            r"your feelings", r"cared? (?:for|about)", r"i(?:'m| am) here for you",
            r"you deserve", r"be kind to yourself",
        ),
        "questions": lambda text: float(text.count("?")),
        "exclamations": lambda text: float(text.count("!")),
        "list items": _list_items,
        "formatting": _formatting,
        "repetition": repeated_share,
    }
)  # fmt: skip
"""What can be said of a text's style, by name: counts, and for `repetition` a share."""
