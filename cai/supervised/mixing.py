"""Training rows: answers of the chosen rounds, and plain answers to helpful prompts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from cai.records import Prompt, Revision, Row, Said, SftRow, content_id, derive_seed, said_by
from cai.supervised.chains import Author, taken, walk
from cai.supervised.settings import CritiqueReviseSettings

# Helpful answers between two writes, and reports of progress.
_CHUNK = 512
# A helpful prompt that was tried in vain this often in a row has no more answers to give.
_TRIES = 3


def revision_rows(revision: Revision, settings: CritiqueReviseSettings) -> tuple[list[SftRow], int]:
    """The rows of a chain's chosen rounds, and how many rounds gave none.

    A round gives no row if its revision was dropped, if its answer is empty or cut short (unless
    problems are kept), or if it repeats the row of an earlier chosen round.
    """
    rows: list[SftRow] = []
    given: set[str] = set()
    omitted = 0
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
    prompts: Sequence[Prompt], count: int, author: Author
) -> Iterator[tuple[list[SftRow], int]]:
    """`count` answers to helpful prompts in parts, each with how many others were omitted.

    Prompts are taken in a drawn order, over and over until the answers are enough; each time the
    answer is another draw. An answer that is empty, cut short (unless problems are kept) or given
    before is omitted. There are fewer than `count` rows if all prompts are used up: a prompt is,
    after `_TRIES` such answers in a row.
    """
    order = sorted(prompts, key=lambda p: derive_seed(author.settings.seed, "helpful", p.id))
    known: set[str] = set()
    failed: Counter[str] = Counter()  # tries in a row, by prompt
    turn = 0
    while order and len(known) < count:
        turn += 1
        asked = 0
        while asked < len(order) and len(known) < count:
            chunk = order[asked : asked + min(count - len(known), _CHUNK)]
            asked += len(chunk)
            answers = author.say([(prompt, prompt.messages) for prompt in chunk], "helpful", turn)
            rows = []
            for prompt, said in zip(chunk, answers, strict=True):
                row = _helpful_row(prompt, said)
                if row.id not in known and _is_whole(said, author.settings):
                    known.add(row.id)
                    rows.append(row)
                    failed.pop(prompt.id, None)
                else:
                    failed[prompt.id] += 1
            yield rows, len(chunk) - len(rows)
        order = [prompt for prompt in order if failed[prompt.id] < _TRIES]


def helpful_count(revision_rows: int, share: float) -> int:
    """How many helpful rows make up `share` of all rows."""
    return round(revision_rows * share / (1 - share))


def mixed_place(row: Row, *, seed: int) -> int:
    """Where a row stands among the others: an order that is random but always the same."""
    return derive_seed(seed, "order", row["id"])


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


def _is_whole(answer: Said, settings: CritiqueReviseSettings) -> bool:
    """Whether a plain answer can be learned from.

    How it begins does not matter: "Certainly! Here are three tips:" would be talk about itself in a
    revision, and is how many models begin any other answer.
    """
    cut_short = answer.finish == "length" and settings.on_problem != "keep"
    return bool(answer.text.strip()) and not cut_short


def _helpful_row(prompt: Prompt, said: Said) -> SftRow:
    text = said.text.strip()
    return SftRow(
        id=content_id("helpful", prompt.id, text),
        prompt=prompt.messages,
        completion=said_by("assistant", text),
        prompt_id=prompt.id,
        source="helpful",
        round=0,
        principles=(),
        call=said.call,
    )
