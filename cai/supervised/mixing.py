"""Training rows: answers of the chosen rounds, and plain answers to helpful prompts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from cai.records import Prompt, Revision, SftRow, content_id, derive_seed, said_by
from cai.supervised.chains import Author, taken, walk
from cai.supervised.problems import problems
from cai.supervised.settings import CritiqueReviseSettings

# Helpful answers between two reports of progress.
_CHUNK = 256


def revision_rows(
    revisions: Iterable[Revision], settings: CritiqueReviseSettings
) -> tuple[list[SftRow], int]:
    """The rows of the chosen rounds, and how many rounds gave none.

    A round gives no row if its revision was dropped, if its answer is empty or cut short (unless
    problems are kept), or if it repeats the row of an earlier chosen round.
    """
    rows: list[SftRow] = []
    omitted = 0
    for revision in revisions:
        given: set[str] = set()
        for number, response, call, sound, principles in _answers(revision, settings):
            if number not in settings.chosen_rounds:
                continue
            if not sound or response in given:
                omitted += 1
                continue
            given.add(response)
            rows.append(
                SftRow(
                    id=content_id("revision", revision.prompt_id, response),
                    prompt=revision.prompt,
                    completion=said_by("assistant", response),
                    prompt_id=revision.prompt_id,
                    source="revision",
                    round=number,
                    principles=principles,
                    call=call,
                )
            )
    return rows, omitted


def helpful_rows(
    prompts: Sequence[Prompt], count: int, author: Author, tick: Callable[[int, str], None]
) -> tuple[list[SftRow], int]:
    """Up to `count` answers to helpful prompts, and how many were dropped for their problems.

    Prompts are taken in a drawn order, over and over if there are fewer than `count`; each time
    the answer is another draw.
    """
    order = sorted(prompts, key=lambda p: derive_seed(author.settings.seed, "helpful", p.id))
    rows: dict[str, SftRow] = {}
    for turn, chunk in _turns(order, count):
        answers = author.say([(prompt, prompt.messages) for prompt in chunk], "helpful", turn)
        for prompt, said in zip(chunk, answers, strict=True):
            text = said.text.strip()
            if not text or (problems(said, "") and author.settings.on_problem != "keep"):
                continue
            row = SftRow(
                id=content_id("helpful", prompt.id, text),
                prompt=prompt.messages,
                completion=said_by("assistant", text),
                prompt_id=prompt.id,
                source="helpful",
                round=0,
                principles=(),
                call=said.call,
            )
            rows.setdefault(row.id, row)
        tick(len(chunk), "helpful answers")
    return list(rows.values()), count - len(rows)


def helpful_count(revision_rows: int, share: float) -> int:
    """How many helpful rows make up `share` of all rows."""
    return round(revision_rows * share / (1 - share))


def mixed(rows: Iterable[SftRow], seed: int) -> list[SftRow]:
    """The rows in an order that is random but always the same."""
    return sorted(rows, key=lambda row: derive_seed(seed, "order", row.id))


def _answers(
    revision: Revision, settings: CritiqueReviseSettings
) -> Iterator[tuple[int, str, str, bool, tuple[str, ...]]]:
    """Per round: its number, the answer after it, the call that wrote that, whether it may be
    learned from, and the principles so far."""
    keep = settings.on_problem == "keep"
    sound = keep or revision.initial.finish != "length"
    principles: tuple[str, ...] = ()
    call = revision.initial.call
    for before, step in walk(revision):
        principles = (*principles, step.principle)
        kept = step.revision is None
        if taken(step, before, settings):
            kept = sound = True
            call = step.revision.call if step.revision else call
        usable = kept and sound and bool(step.response)
        yield step.round, step.response, call, usable, principles


def _turns(order: Sequence[Prompt], count: int) -> Iterator[tuple[int, Sequence[Prompt]]]:
    turn = 0
    while count > 0:
        turn += 1
        wanted = order[: min(count, len(order))]
        count -= len(wanted)
        for first in range(0, len(wanted), _CHUNK):
            yield turn, wanted[first : first + _CHUNK]
