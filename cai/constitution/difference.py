"""What an edit of a constitution means: principle by principle, not line by line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeVar

from cai.constitution.principles import (
    USES,
    Constitution,
    FewShot,
    JudgeFewShot,
    Principle,
    Use,
)

Example = TypeVar("Example", FewShot, JudgeFewShot)

Kind = Literal[
    "added", "removed", "renamed", "reworded", "reweighted", "retargeted", "switched", "annotated"
]

_TEXTS: dict[str, Use] = {
    "critique_request": "critique-revise",
    "revision_request": "critique-revise",
    "comparison": "label",
}
# What each other field decides. Annotations are for people: no stage depends on them.
_FIELDS: dict[str, Kind] = {
    "weight": "reweighted",
    "applies_to": "retargeted",
    "exceptions": "retargeted",
    "overrides": "reweighted",
    "stages": "retargeted",
    "enabled": "switched",
    "title": "annotated",
    "tests": "annotated",
    "tags": "annotated",
    "rationale": "annotated",
    "source": "annotated",
}
_SETS = ("applies_to", "exceptions", "overrides", "stages", "tags")
_WORDS = re.compile(r"\s*\S+")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs between two constitutions.

    `principle` is the id in the new one, or in the old one where it was removed; it is empty for
    fields of the constitution as a whole. `uses` names the stages whose work the change touches.
    """

    kind: Kind
    principle: str = ""
    field: str = ""
    old: Any = None
    new: Any = None
    uses: tuple[Use, ...] = ()


def difference(old: Constitution, new: Constitution) -> list[Change]:
    """Everything that differs, in the order of the new constitution, removed principles last.

    The order of principles, comments and layout mean nothing. A principle with another id and the
    same texts is renamed; its draws then move, because draws follow from the id.
    """
    before = {principle.id: principle for principle in old.principles}
    after = {principle.id: principle for principle in new.principles}
    gone = {id_: one for id_, one in before.items() if id_ not in after}
    # In a worked example a principle is read even if it is off.
    shown: dict[Use, set[str]] = {
        "critique-revise": {shot.principle for shot in new.few_shots},
        "label": {shot.principle for shot in new.judge_few_shots},
    }
    changes: list[Change] = []
    for id_, principle in after.items():
        former = before.get(id_) or _former(principle, gone)
        if former is None:
            changes.append(Change("added", id_, new=principle, uses=_served(principle)))
            continue
        if former.id != id_:
            del gone[former.id]
            touched = _served(former, principle)
            changes.append(Change("renamed", id_, "id", former.id, id_, touched))
        changes += _edits(former, principle, shown)
    changes += [
        Change("removed", id_, old=principle, uses=_served(principle))
        for id_, principle in gone.items()
    ]
    changes += _examples("few_shots", old.few_shots, new.few_shots, "critique-revise")
    changes += _examples("judge_few_shots", old.judge_few_shots, new.judge_few_shots, "label")
    for name in ("name", "version", "license"):
        if getattr(old, name) != getattr(new, name):
            changes.append(Change("annotated", "", name, getattr(old, name), getattr(new, name)))
    return changes


def word_difference(old: str, new: str) -> str:
    """Both texts in one, word by word: `Which answer is [-rude-]{+unkind+}?`."""
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    parts = []
    for tag, i, j, k, n in difflib.SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append("".join(a[i:j]))
            continue
        taken, put = "".join(a[i:j]), "".join(b[k:n])
        space = " " if (taken or put).startswith(" ") else ""
        marked = f"[-{taken.strip()}-]" if taken else ""
        marked += f"{{+{put.strip()}+}}" if put else ""
        parts.append(space + marked)
    return "".join(parts).strip()


def _former(principle: Principle, gone: dict[str, Principle]) -> Principle | None:
    texts = [getattr(principle, name) for name in _TEXTS]
    return next(
        (one for one in gone.values() if [getattr(one, name) for name in _TEXTS] == texts), None
    )


def _edits(
    old: Principle, new: Principle, shown: Mapping[Use, Collection[str]]
) -> Iterator[Change]:
    for name in (*_TEXTS, *_FIELDS):
        before, after = getattr(old, name), getattr(new, name)
        if before == after or (name in _SETS and set(before) == set(after)):
            continue
        if name in _TEXTS:
            served = _served(old, new)
            touched = tuple(use for use in served if use == _TEXTS[name])
            if new.id in shown[_TEXTS[name]]:
                touched = (_TEXTS[name],)
            yield Change("reworded", new.id, name, before, after, touched)
        elif _FIELDS[name] == "annotated":
            yield Change("annotated", new.id, name, before, after)
        elif name in ("stages", "enabled"):
            uses = tuple(use for use in USES if old.serves(use) != new.serves(use))
            yield Change(_FIELDS[name], new.id, name, before, after, uses)
        else:
            uses = _served(old, new)
            if name == "overrides":  # which is about verdicts alone
                uses = tuple(use for use in uses if use == "label")
            yield Change(_FIELDS[name], new.id, name, before, after, uses)


def _examples(
    field: str, old: Sequence[Example], new: Sequence[Example], use: Use
) -> Iterator[Change]:
    """What differs between two lists of worked examples, text by text where their number is one."""
    if list(old) == list(new) or (use == "label" and set(old) == set(new)):
        return  # the judge takes them by a hash, whatever their order
    if len(old) != len(new) or set(old) == set(new):
        yield Change("reworded", "", field, _count(old), _count(new), (use,))
        return
    for index, (one, other) in enumerate(zip(old, new, strict=True)):
        for name in (part.name for part in fields(one)):
            before, after = getattr(one, name), getattr(other, name)
            if before != after:
                yield Change("reworded", "", f"{field}[{index}].{name}", before, after, (use,))


def _count(shots: Sequence[Example]) -> str:
    return f"{len(shots)}: {', '.join(shot.principle for shot in shots)}"


def _served(*principles: Principle) -> tuple[Use, ...]:
    return tuple(use for use in USES if any(one.serves(use) for one in principles))
