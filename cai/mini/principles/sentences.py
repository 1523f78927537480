"""Fill frames with a kind's words.

Every function takes its own random generator and is fast: frames are split once at import, and a
sentence costs a few dozen microseconds.
"""

from __future__ import annotations

import random
import re
from typing import Literal

from cai.mini.principles import frames
from cai.mini.principles.lexicon import LEXICON
from cai.mini.principles.words import Words, comparative, gerund, superlative, third_person

Use = Literal["comparison", "critique", "revision"]
Frame = tuple[str, ...]  # literal, slot, literal, slot, …, literal

NOUNS = ("answer", "answer", "answer", "response", "response", "reply")
COMMONNESS = 2.0
PLURALS = {"answer": "answers", "response": "responses", "reply": "replies"}
SUBJECTS = (
    "the {}", "the {}", "the {}", "your {}", "this {}", "the {} above",
    "the assistant's {}", "the assistant's last {}", "your last {}", "that {}",
)  # fmt: skip
CHOOSE = ("Choose", "Choose", "Choose", "Pick", "Select", "Take", "Prefer", "Please choose")
USERS = ("the user",) * 6 + ("the person",) * 3 + ("the human",) * 2 + ("the reader", "the asker")
OTHERS = (("my", "me"), ("people's", "people"), ("your", "you"), ("anyone's", "anyone"))
_USER_AS_SUBJECT = re.compile(
    r"the user (?:is|has|came|can|asked?|will|wants?|should|did|deserves|learns|needs|likes?)\b"
    r"|\bthey\b|\btheir\b|\bthemselves\b"
)
# "any a lecture" and the like
_ARTICLES = re.compile(r"\b((?:any|no|more|less|least|the|much) )(?:an?|the) ", re.IGNORECASE)
AMERICAN = (
    ("behaviour", "behavior"), ("honour", "honor"), ("favour", "favor"), ("candour", "candor"),
    ("moralis", "moraliz"), ("generalis", "generaliz"), ("patronis", "patroniz"),
    ("judgement", "judgment"), ("criticis", "criticiz"), ("sermonis", "sermoniz"),
    ("neighbour", "neighbor"), ("grovelling", "groveling"), ("idolis", "idoliz"),
    ("marginalis", "marginaliz"), ("victimis", "victimiz"), ("meagre", "meager"),
)  # fmt: skip


def sentence(
    use: Use, kind: str, rng: random.Random, *, heldout: bool = False, breadth: float = 1.0
) -> str:
    """One principle text of a kind, in a train frame or a held-out one.

    `breadth` in (0, 1] says how much of the vocabulary is drawn from: the less, the more often
    the commonest phrases come.
    """
    noun = rng.choice(NOUNS)
    frame = rng.choice((_HELDOUT if heldout else _TRAIN)[use])
    return finish(fill(frame, kind, noun, rng, breadth), rng)


def fill(frame: Frame, kind: str, noun: str, rng: random.Random, breadth: float = 1.0) -> str:
    """A frame with every slot filled; "the user" still stands for any word for that person."""
    parts = [
        part if at % 2 == 0 else _slot(part, kind, noun, rng, breadth)
        for at, part in enumerate(frame)
    ]
    return "".join(parts)


def finish(text: str, rng: random.Random) -> str:
    """Vary what no principle depends on: names for the user, contractions, punctuation."""
    text = _capital(text)
    if "the user" in text:
        text = _name_user(text, rng)
    if " a" in text or " the" in text:
        text = _ARTICLES.sub(r"\1", text)
    draw = rng.random()
    if draw < 0.15:
        text = text.replace(" does not ", " doesn't ").replace(" is not ", " isn't ")
    elif draw < 0.19:
        text = text.rstrip(".?")
    elif draw < 0.21:
        text = text.lower()
    return text


def _name_user(text: str, rng: random.Random) -> str:
    """Another word for the person who asked; "me" or "people" where the grammar allows it."""
    if rng.random() < 0.3 and not _USER_AS_SUBJECT.search(text):
        owner, name = rng.choice(OTHERS)
        return text.replace("the user's", owner).replace("the user", name)
    return text.replace("the user", rng.choice(USERS))


def good_predicate(
    kind: str, rng: random.Random, *, base: bool = False, breadth: float = 1.0
) -> str:
    """What the better answer does: "is polite", "does not sneer"; base form: "be polite"."""
    return _phrase(rng.choice(_GOOD_BASE if base else _GOOD), kind, rng, breadth)


def bad_predicate(
    kind: str, rng: random.Random, *, base: bool = False, breadth: float = 1.0
) -> str:
    """What the worse answer does: "is rude", "fails to be polite"."""
    return _phrase(rng.choice(_BAD_BASE if base else _BAD), kind, rng, breadth)


def phrase(kind: str, form: str, rng: random.Random, breadth: float = 1.0) -> str:
    """One of a kind's phrases in a form such as "ga" or "bvg", common ones more often."""
    return _common(_TABLES[kind][form], rng, breadth)


def _common(table: tuple[str, ...], rng: random.Random, breadth: float) -> str:
    """One of a table that is sorted roughly by use: its first tenth makes a third of all."""
    return table[int(len(table) * rng.random() ** (COMMONNESS / breadth))]


def split_frame(text: str) -> Frame:
    """Cut a frame at its slots."""
    return tuple(re.split(r"\{([A-Za-z0-9:]+)\}", text))


def _phrase(frame: Frame, kind: str, rng: random.Random, breadth: float) -> str:
    return "".join(
        part if at % 2 == 0 else _listed(part, kind, rng, breadth) for at, part in enumerate(frame)
    )


def _listed(form: str, kind: str, rng: random.Random, breadth: float) -> str:
    """A phrase, or for "ba3" three different ones: "rude, mean or cruel"."""
    forms = _TABLES[kind]
    if form in forms:
        return _common(forms[form], rng, breadth)
    table = forms[form[:-1]]
    some = [_common(table, rng, breadth)]
    while len(some) < min(int(form[-1]), len(table)):
        other = _common(table, rng, breadth) if rng.random() < 0.9 else rng.choice(table)
        if other not in some:
            some.append(other)
    joint = " and " if form[0] == "g" else " or "
    return ", ".join(some[:-1]) + joint + some[-1]


def _slot(slot: str, kind: str, noun: str, rng: random.Random, breadth: float) -> str:
    match slot:
        case "N":
            return noun
        case "N2":
            return "answer" if noun == "answer" else f"improved {noun}"
        case "Ns":
            return PLURALS[noun]
        case "T" | "Tt":
            subject = rng.choice(SUBJECTS).format(noun)
            return subject if slot == "T" else _capital(subject)
        case "C" | "c":
            choose = rng.choice(CHOOSE)
            return choose if slot == "C" else choose.lower()
        case "P" | "Pb":
            return good_predicate(kind, rng, base=slot == "Pb", breadth=breadth)
        case "F" | "Fb":
            return bad_predicate(kind, rng, base=slot == "Fb", breadth=breadth)
        case "Gv":
            return _capital(phrase(kind, "gv", rng, breadth))
        case "why":
            return rng.choice(LEXICON[kind].reasons)
        case "aside":
            return _aside(kind, rng)
    return _listed(slot, kind, rng, breadth)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _aside(kind: str, rng: random.Random) -> str:
    """A remark about another kind, which must not decide: "however long it is"."""
    other = rng.choice(_ASIDE_KINDS)
    while other == kind or {other, kind} == {"concise", "detail"}:
        other = rng.choice(_ASIDE_KINDS)
    return rng.choice(LEXICON[other].asides)


_GOOD = tuple(map(split_frame, (
    "is {ga}", "is {ga}", "is {ga2}", "{gv3}", "{gv3}", "{gv3}", "does not {bv}", "does not {bv}",
    "does not {bv}", "is not {ba}", "contains no {bn}", "avoids {bvg}", "avoids {bn}",
    "is free of {bn}", "is {ga} and not {ba}", "never {bv3}", "has no {bn}", "is without {bn}",
    "{gv3} and does not {bv}", "is {ga} and does not {bv}",
)))  # fmt: skip
_GOOD_BASE = tuple(map(split_frame, (
    "be {ga}", "be {ga2}", "{gv}", "{gv}", "{gv}", "not {bv}", "not {bv}", "not be {ba}",
    "contain no {bn}", "avoid {bvg}", "avoid {bn}", "be free of {bn}", "be {ga} and not {ba}",
    "never {bv}", "be {ga} and not {bv}",
)))  # fmt: skip
_BAD = tuple(map(split_frame, (
    "is {ba}", "is {ba}", "is {ba2}", "{bv3}", "{bv3}", "{bv3}", "contains {bn}", "is not {ga}",
    "does not {gv}", "fails to {gv}", "fails to be {ga}",
)))  # fmt: skip
_BAD_BASE = tuple(map(split_frame, (
    "{bv}", "{bv}", "{bv}", "{bv}", "contain {bn}", "contain any {bn}", "fail to {gv}",
    "fail to be {ga}", "seem {ba}", "sound {ba}",
)))  # fmt: skip


def _table(words: Words) -> dict[str, tuple[str, ...]]:
    """One kind's phrases in every form that a slot may ask for."""
    good, bad = _spellings(words.good_adjectives), _spellings(words.bad_adjectives)
    return {
        "ga": good,
        "gac": tuple(map(comparative, good)),
        "gas": tuple(map(superlative, good)),
        "ga1": _single(good),
        "gac1": tuple(map(comparative, _single(good))),
        "gas1": tuple(map(superlative, _single(good))),
        "gv": _spellings(words.good_verbs),
        "gv3": _spellings(tuple(map(third_person, words.good_verbs))),
        "gvg": _spellings(tuple(map(gerund, words.good_verbs))),
        "gn": _spellings(words.good_nouns),
        "ba": bad,
        "ba1": _single(bad),
        "bv": _spellings(words.bad_verbs),
        "bv3": _spellings(tuple(map(third_person, words.bad_verbs))),
        "bvg": _spellings(tuple(map(gerund, words.bad_verbs))),
        "bn": _spellings(words.bad_nouns),
    }


def _spellings(table: tuple[str, ...]) -> tuple[str, ...]:
    """The phrases and, where it differs, their American spelling."""
    return tuple(dict.fromkeys(table + tuple(map(_american, table))))


def _single(adjectives: tuple[str, ...]) -> tuple[str, ...]:
    """Those that may stand before a noun: "the polite answer"."""
    return tuple(adjective for adjective in adjectives if " " not in adjective)


def _american(text: str) -> str:
    for british, american in AMERICAN:
        text = text.replace(british, american)
    return text


_TABLES = {kind: _table(words) for kind, words in LEXICON.items()}
_ASIDE_KINDS = tuple(kind for kind, words in LEXICON.items() if words.asides)
_TRAIN: dict[Use, tuple[Frame, ...]] = {
    "comparison": tuple(map(split_frame, frames.COMPARISON)),
    "critique": tuple(map(split_frame, frames.CRITIQUE)),
    "revision": tuple(map(split_frame, frames.REVISION)),
}
_HELDOUT: dict[Use, tuple[Frame, ...]] = {
    "comparison": tuple(map(split_frame, frames.COMPARISON_HELDOUT)),
    "critique": tuple(map(split_frame, frames.CRITIQUE_HELDOUT)),
    "revision": tuple(map(split_frame, frames.REVISION_HELDOUT)),
}
