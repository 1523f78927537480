"""What a schema cannot say of a constitution: contradictions in it, and what is doubtful."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from cai.constitution.drawing import applicable
from cai.constitution.frames import FRAMES
from cai.constitution.principles import USES, Constitution, Principle, Use
from cai.constitution.resolving import Entry, Resolved
from cai.likeness import alike
from cai.naming import did_you_mean
from cai.yaml_file import Problem

Met = Mapping[Use, Collection[tuple[str, ...]]]
"""The sets of tags that prompts have, by the stage that shows these prompts."""

TEXTS = ("critique_request", "revision_request", "comparison")

_HIDDEN = ("Cc", "Cf", "Cn", "Co", "Zl", "Zp")  # categories of characters that nobody sees
# Texts are shown as they are: whoever writes these expects something to be put in their place.
_VARIABLE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{[A-Za-z_]\w*\}|<\|.*?\|>|\$\{?[A-Za-z_]\w*\}?")
# Both answers of a pair are judged in both orders, so a letter means another answer each time.
_LETTER = re.compile(
    r"\b(?:[Aa]nswer|[Rr]esponse|[Oo]ption|[Cc]hoice|[Ss]ay|[Rr]eply)s?:? \(?[AB]\b\)?|\([AB]\)"
)


def contradictions(resolved: Resolved, constitution: Constitution) -> Iterator[Problem]:
    """What makes a constitution unusable."""
    for entry, principle in zip(resolved.principles, constitution.principles, strict=True):
        yield from _texts(entry, principle)
    ids = {principle.id for principle in constitution.principles}
    yield from _precedence(resolved, constitution, ids)
    known = {p.id for p in constitution.principles if p.critique_request}
    for entry, shot in zip(resolved.few_shots, constitution.few_shots, strict=True):
        if shot.principle not in known:
            hint = did_you_mean(shot.principle, known)
            yield entry.problem(
                f"no principle {shot.principle!r} with a critique_request; {hint}", "principle"
            )
    judged = {principle.id for principle in constitution.principles if principle.comparison}
    for entry, worked in zip(resolved.judge_few_shots, constitution.judge_few_shots, strict=True):
        if worked.principle not in judged:
            hint = did_you_mean(worked.principle, judged)
            text = f"no principle {worked.principle!r} with a comparison; {hint}"
            yield entry.problem(text, "principle")
        if worked.better == worked.worse:
            yield entry.problem("the same text as better; write a worse answer", "worse")
    if not any(p.enabled for p in constitution.principles):
        text = "every principle is off; take `enabled: false` from one"
        yield resolved.document.problem(("principles",), text)


def _texts(entry: Entry, principle: Principle) -> Iterator[Problem]:
    pair = {"critique_request": "say what the critic should look for in the answer",
            "revision_request": "say how the answer should be rewritten"}  # fmt: skip
    given = [name for name in pair if getattr(principle, name)]
    if len(given) == 1:
        (missing,) = set(pair) - set(given)
        yield entry.problem(f"missing; {pair[missing]}", missing)
    if not given and not principle.comparison:
        yield entry.problem(
            "has no texts; add critique_request and revision_request, or comparison"
        )
        return
    for number, test in enumerate(principle.tests):
        needed = "comparison" if test.better else "critique_request"
        if not getattr(principle, needed):
            yield entry.problem(f"nothing to test: there is no {needed}; add it", "tests", number)
    for use, text in zip(USES, (principle.revision_request, principle.comparison), strict=True):
        if use in entry.fields.get("stages", ()) and not text:
            needed = "comparison" if use == "label" else "critique_request and revision_request"
            yield entry.problem(f"{use!r} needs {needed}; add it, or leave the stage out", "stages")


def _precedence(
    resolved: Resolved, constitution: Constitution, ids: Collection[str]
) -> Iterator[Problem]:
    """`overrides` names principles there are, and no circle of them."""
    beats = {p.id: p.overrides for p in constitution.principles}
    entries = dict(zip(beats, resolved.principles, strict=True))
    for entry, principle in zip(resolved.principles, constitution.principles, strict=True):
        for number, other in enumerate(principle.overrides):
            if other not in ids:
                hint = did_you_mean(other, set(ids) - {principle.id})
                yield entry.problem(f"no principle {other!r}; {hint}", "overrides", number)
    circle = _circle(beats)
    if circle:
        shown = " beats ".join((*circle, circle[0]))
        text = f"{shown}: a circle decides nothing; take one of them out"
        yield entries[circle[0]].problem(text, "overrides")


def _circle(beats: dict[str, tuple[str, ...]]) -> list[str]:
    """Some ids each of which beats the next, and the last the first; [] if there are none."""
    done: set[str] = set()
    for start in beats:
        path: list[str] = []
        on_path: set[str] = set()
        waiting = [(start, iter(beats[start]))] if start not in done else []
        if waiting:
            path.append(start)
            on_path.add(start)
        while waiting:
            node, following = waiting[-1]
            other = next((one for one in following if one in beats and one not in done), None)
            if other is None:
                waiting.pop()
                path.pop()
                on_path.discard(node)
                done.add(node)
            elif other in on_path:
                return path[path.index(other) :]
            else:
                waiting.append((other, iter(beats[other])))
                path.append(other)
                on_path.add(other)
    return []


def doubts(resolved: Resolved, constitution: Constitution, met: Met | None) -> Iterator[Problem]:
    """What can be used but is hardly meant. `met`: the tags of prompts, where they are known."""
    for use in USES:
        if not applicable(constitution, use):
            text = f"none can be used by the stage {use!r}"
            yield resolved.document.problem(("principles",), text)
    for entry, principle in zip(resolved.principles, constitution.principles, strict=True):
        if not principle.enabled:
            continue
        for name in TEXTS:
            text = getattr(principle, name)
            if text:
                yield from _wording(entry, name, text)
        if "applies_to" in entry.fields and not principle.applies_to:
            yield entry.problem("empty, which means all prompts; leave it out", "applies_to")
        elif met is not None and not _meets(principle, constitution, met):
            known = {tag for sets in met.values() for tags in sets for tag in tags}
            hint = did_you_mean(next(iter(principle.applies_to), ""), known)
            yield entry.problem(f"no prompt of its stages has such tags; {hint}", "applies_to")
    for entry, worked in zip(resolved.judge_few_shots, constitution.judge_few_shots, strict=True):
        yield from _letters(entry, "reason", worked.reason)
    yield from _near_duplicates(resolved.principles, constitution.principles)


def _meets(principle: Principle, constitution: Constitution, met: Met) -> bool:
    """Whether some prompt of some stage that the principle serves is one it is for."""
    alone = replace(constitution, principles=(principle,))
    return any(
        principle.serves(use) and any(applicable(alone, use, tags) for tags in met[use])
        for use in USES
    )


def _wording(entry: Entry, name: str, text: str) -> Iterator[Problem]:
    variable = _VARIABLE.search(text)
    if variable:
        yield entry.problem(
            f"{variable[0]!r} is shown as it stands: texts have no variables; write it in words",
            name,
        )
    hidden = next((c for c in text if unicodedata.category(c) in _HIDDEN and c not in "\n\t"), None)
    if hidden:
        yield entry.problem(
            f"has the invisible character U+{ord(hidden):04X}, which the model reads; take it out",
            name,
        )
    if name == "comparison":
        yield from _letters(entry, name, text)
    from cai.mini.vocabulary import unknown_words  # heavy, and only a check needs it

    words = unknown_words(text)
    if words:
        shown = ", ".join(map(repr, words))
        yield entry.problem(f"cai-mini does not know {shown}; use plainer words for it", name)


def _letters(entry: Entry, name: str, text: str) -> Iterator[Problem]:
    letter = _LETTER.search(text)
    if letter:
        yield entry.problem(
            f"{letter[0]!r} names one of the two answers, which change places; say which is better",
            name,
        )


def _near_duplicates(
    entries: Sequence[Entry], principles: Sequence[Principle]
) -> Iterator[Problem]:
    """Texts that say the same: such a principle counts twice, and nobody sees it."""
    for name in TEXTS:
        kept = [n for n, p in enumerate(principles) if p.enabled and getattr(p, name)]
        # Imported rules stand in the same words, beside which a short rule would be few.
        said = [getattr(principles[n], name).removeprefix(FRAMES[name]) for n in kept]
        for first, second, same in alike(said):
            other = principles[kept[first]].id
            how = "the same text as" if same else "nearly the same text as"
            yield entries[kept[second]].problem(f"{how} in principle {other!r}; keep one", name)
