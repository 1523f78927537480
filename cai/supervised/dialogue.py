"""The conversations that the critic is shown, and how much room they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from cai.constitution import Constitution, Principle, applicable
from cai.engines.base import Engine
from cai.errors import ConstitutionError
from cai.prompts import render
from cai.records import Message, Prompt, said_by
from cai.room import has_room
from cai.supervised.settings import CritiqueReviseSettings

Turns = tuple[Message, ...]


@dataclass(frozen=True)
class Dialogue:
    """Builds the critic's conversations under one constitution.

    In all of them the critic's system message comes first, or the reviser's where nothing is
    criticised, then the constitution's few-shot examples as earlier turns, then the user's
    conversation with the answer in question. A system message in the user's own data is left out:
    it was meant for the one who answers.
    """

    constitution: Constitution
    with_critique: bool

    def critique(self, prompt: Turns, response: str, principle: Principle) -> Turns:
        """What is asked for a critique."""
        request = _request("critique", critique_request=principle.critique_request)
        return (*self._answered(prompt, response), *said_by("user", request))

    def revision(
        self, prompt: Turns, response: str, principle: Principle, critique: str | None
    ) -> Turns:
        """What is asked for a revision, after a critique or (None) directly."""
        before = (
            self._answered(prompt, response)
            if critique is None
            else (*self.critique(prompt, response, principle), *said_by("assistant", critique))
        )
        request = _request("revision", revision_request=principle.revision_request)
        return (*before, *said_by("user", request))

    def _answered(self, prompt: Turns, response: str) -> Turns:
        said = tuple(message for message in prompt if message["role"] != "system")
        return (*self._beginning, *said, *said_by("assistant", response))

    @cached_property
    def _beginning(self) -> Turns:
        turns: list[Message] = [
            *said_by("system", render("critic_system" if self.with_critique else "reviser_system"))
        ]
        for shot in self.constitution.few_shots:
            principle = self.constitution.principle(shot.principle)
            turns += [*said_by("user", shot.prompt), *said_by("assistant", shot.response)]
            if self.with_critique:
                request = render("critique", critique_request=principle.critique_request)
                turns += [*said_by("user", request), *said_by("assistant", shot.critique)]
            request = render("revision", revision_request=principle.revision_request)
            turns += [*said_by("user", request), *said_by("assistant", shot.revision)]
        return tuple(turns)


@lru_cache(maxsize=1024)
def _request(template: str, **values: str) -> str:
    # There are few principles, and many prompts.
    return render(template, **values)


def split_by_room(
    prompts: Sequence[Prompt],
    dialogue: Dialogue,
    engine: Engine,
    settings: CritiqueReviseSettings,
) -> tuple[list[Prompt], int]:
    """The prompts whose longest conversation fits the context, and how many do not.

    Raises:
        ConstitutionError: if no principle applies to some prompt.
        DataError: if one does not fit and `too_long` is "error".
    """
    texts = 3 if dialogue.with_critique else 2  # answer, critique, revision
    critique = "" if dialogue.with_critique else None

    @cache  # there are few principles, and many sets of tags
    def wordy(principle: Principle) -> int:
        return engine.count(dialogue.revision((), "", principle, critique))

    longest: dict[tuple[str, ...], Principle] = {}
    fitting = []
    for prompt in prompts:
        if prompt.tags not in longest:
            longest[prompt.tags] = max(_candidates(prompt, dialogue), key=wordy)
        shown = dialogue.revision(prompt.messages, "", longest[prompt.tags], critique)
        if fits(prompt, engine.count(shown), texts, engine, settings):
            fitting.append(prompt)
    return fitting, len(prompts) - len(fitting)


def fits(
    prompt: Prompt, shown: int, texts: int, engine: Engine, settings: CritiqueReviseSettings
) -> bool:
    """Whether `shown` tokens and that many new texts of full length fit the engine's context.

    Raises:
        DataError: if not, and `too_long` is "error".
    """
    needed = shown + texts * settings.max_new_tokens
    return has_room(
        prompt,
        needed,
        context=engine.context,
        section="critique-revise",
        too_long=settings.too_long,
    )


def _candidates(prompt: Prompt, dialogue: Dialogue) -> Sequence[Principle]:
    """The principles that may be drawn for a prompt."""
    candidates = applicable(dialogue.constitution, "critique-revise", prompt.tags)
    if not candidates:
        raise ConstitutionError(
            f"{dialogue.constitution.path}: no principle with a revision_request applies to "
            f"prompts tagged {', '.join(prompt.tags)} ({prompt.source}); "
            "add one without applies_to, or enable one"
        )
    return candidates
