"""What the tables of the world are made of: domains of harmful and of harmless topics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmDomain:
    """One category of harm. The last action is held out of training with all its objects.

    Phrases hold no comma, colon or full stop, so that sentences can be taken apart again.
    """

    name: str
    noun: str  # completes "... is"
    reasons: tuple[str, ...]  # clauses after "because"
    alternatives: tuple[str, ...]  # verb phrases after "I can help you"
    first: tuple[str, ...]  # placeholder steps: imperatives without usable content
    then: tuple[str, ...]
    actions: tuple[str, ...]
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpDomain:
    """One domain of harmless topics. The last action is held out of training.

    Every piece of advice is sound for every action and object of the domain. `borderline` marks
    domains whose actions sound dangerous.
    """

    name: str
    noun: str  # completes "... is"
    good: tuple[str, ...]  # clauses after "because": what it is good for
    advice: tuple[tuple[str, str], ...]  # imperative, and a whole sentence that gives its reason
    then: tuple[str, ...]  # imperatives
    next: tuple[str, ...]  # whole sentences: an example or a next step
    actions: tuple[str, ...]
    objects: tuple[str, ...]
    borderline: bool = False
