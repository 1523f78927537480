"""Chains of critique and revision: all prompts go through each step together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from cai.constitution import Principle, pick
from cai.engines.base import Engine, GenerateRequest
from cai.records import Prompt, Revision, RevisionStep, Said, content_id, derive_seed
from cai.supervised.dialogue import Dialogue, Turns
from cai.supervised.problems import finds_nothing, problems
from cai.supervised.settings import CritiqueReviseSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Author:
    """Whoever answers, criticises and revises, and how."""

    engine: Engine
    dialogue: Dialogue
    settings: CritiqueReviseSettings

    def say(self, asked: Sequence[tuple[Prompt, Turns]], *name: str | int) -> list[Said]:
        """One text for each conversation; `name` and the prompt decide the seed."""
        requests = [
            GenerateRequest(
                messages=messages,
                max_new_tokens=self.settings.max_new_tokens,
                temperature=self.settings.temperature,
                seed=derive_seed(self.settings.seed, "critique-revise", prompt.id, *name),
            )
            for prompt, messages in asked
        ]
        return [
            Said(text=said.text, call=said.call, finish=said.finish)
            for said in self.engine.generate(requests)
        ]


@dataclass(frozen=True, slots=True)
class _Chain:
    prompt: Prompt
    initial: Said
    response: str
    steps: tuple[RevisionStep, ...] = ()


def revise(
    prompts: Sequence[Prompt], author: Author, tick: Callable[[int, str], None]
) -> list[Revision]:
    """The whole chain of each prompt: initial answer, then `rounds` steps.

    `tick` is told after every batch how many texts it stood for.
    """
    answers = author.say([(prompt, prompt.messages) for prompt in prompts], "initial")
    tick(len(prompts), "answers")
    chains = [
        _Chain(prompt, said, said.text.strip())
        for prompt, said in zip(prompts, answers, strict=True)
    ]
    for number in range(1, author.settings.rounds + 1):
        chains = _advance(chains, number, author, tick)
    return [
        Revision(
            id=content_id(chain.prompt.id, chain.initial.call, [s.response for s in chain.steps]),
            prompt_id=chain.prompt.id,
            prompt=chain.prompt.messages,
            tags=chain.prompt.tags,
            initial=chain.initial,
            steps=chain.steps,
        )
        for chain in chains
    ]


def walk(revision: Revision) -> Iterator[tuple[str, RevisionStep]]:
    """Each step of a chain, after the answer that it began with."""
    before = revision.initial.text.strip()
    for step in revision.steps:
        yield before, step
        before = step.response


def taken(step: RevisionStep, before: str, settings: CritiqueReviseSettings) -> bool:
    """Whether a step's revision became the answer, rather than being dropped for its problems."""
    if step.revision is None:
        return False
    return settings.on_problem == "keep" or not _faults(step.revision, before, settings)


def _advance(
    chains: Sequence[_Chain], number: int, author: Author, tick: Callable[[int, str], None]
) -> list[_Chain]:
    settings, dialogue = author.settings, author.dialogue
    principles = [
        pick(
            dialogue.constitution,
            seed=settings.seed,
            prompt_id=chain.prompt.id,
            step=number,
            use="critique-revise",
            tags=chain.prompt.tags,
        )
        for chain in chains
    ]
    critiques: list[Said | None] = [None] * len(chains)
    if settings.mode == "critique":
        asked = [
            (chain.prompt, dialogue.critique(chain.prompt.messages, chain.response, principle))
            for chain, principle in zip(chains, principles, strict=True)
        ]
        critiques = list(author.say(asked, "critique", number))
        tick(len(chains), f"round {number}, critiques")
    steps = [
        RevisionStep(
            round=number,
            principle=principle.id,
            critique=critique,
            revision=None,
            response=chain.response,
        )
        for chain, principle, critique in zip(chains, principles, critiques, strict=True)
    ]
    faulty = [
        index
        for index, critique in enumerate(critiques)
        if critique is None or not finds_nothing(critique.text)
    ]
    _revise_steps(chains, principles, steps, faulty, author)
    tick(len(chains), f"round {number}, revisions")
    return [
        replace(chain, response=step.response, steps=(*chain.steps, step))
        for chain, step in zip(chains, steps, strict=True)
    ]


def _revise_steps(
    chains: Sequence[_Chain],
    principles: Sequence[Principle],
    steps: list[RevisionStep],
    waiting: list[int],
    author: Author,
) -> None:
    """Fills in the revisions of the steps at the places `waiting`, again where they must be."""
    settings = author.settings
    attempts = 1 + (settings.retries if settings.on_problem == "retry" else 0)
    for attempt in range(attempts):
        asked = []
        for index in waiting:
            chain, critique = chains[index], steps[index].critique
            text = None if critique is None else critique.text.strip()
            messages = author.dialogue.revision(
                chain.prompt.messages, chain.response, principles[index], text
            )
            asked.append((chain.prompt, messages))
        again = []
        revisions = author.say(asked, "revision", steps[0].round, attempt) if asked else []
        for index, revision in zip(waiting, revisions, strict=True):
            before = chains[index].response
            seen = set(steps[index].problems) | set(problems(revision, before))
            step = replace(steps[index], revision=revision, problems=tuple(sorted(seen)))
            if taken(step, before, settings):
                step = replace(step, response=revision.text.strip())
            else:
                again.append(index)
            steps[index] = step
        waiting = again


def _faults(revision: Said, before: str, settings: CritiqueReviseSettings) -> tuple[str, ...]:
    found = problems(revision, before)
    # Asked directly, a reviser has no other way to say that nothing is wrong.
    if settings.mode == "direct":
        found = tuple(name for name in found if name != "identical")
    return found
