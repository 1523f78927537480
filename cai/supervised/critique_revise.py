"""The critique-revise stage (Bai et al. 2022, section 3): a model corrects its own answers.

For every red-team prompt: an answer, then `rounds` times a critique of it and a revision, each
time under a principle drawn from the constitution. The revisions, mixed with plain answers to
helpful prompts, are what the SFT stage trains on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from cai.constitution import Constitution
from cai.engines.base import Engine
from cai.errors import RunError
from cai.journal import append_rows, each_record, sort_rows, write_rows
from cai.progress import Progress
from cai.records import Prompt, Revision, SftRow, to_row
from cai.supervised.chains import Author, revise, taken, walk
from cai.supervised.dialogue import Dialogue, fits, split_by_room
from cai.supervised.mixing import helpful_count, helpful_rows, mixed_place, revision_rows
from cai.supervised.problems import PROBLEMS, finds_nothing
from cai.supervised.settings import CritiqueReviseSettings

__all__ = ["REVISIONS", "SFT_ROWS", "CritiqueReviseSettings", "run"]

REVISIONS = "revisions.jsonl"
SFT_ROWS = "sft.jsonl"

# Prompts between two writes: enough to fill an engine's batches, little enough to lose in a kill.
_CHUNK = 512

_COUNTED = ("steps", "no_issue", *PROBLEMS, "dropped", "initial_truncated")


class _Counter:
    """Adds up finished texts for the progress line."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def __call__(self, texts: int, note: str) -> None:
        self.done += texts
        self.progress(min(self.done, self.total), self.total, note)


def run(
    *,
    prompts: Sequence[Prompt],
    helpful_prompts: Sequence[Prompt],
    constitution: Constitution,
    engine: Engine,
    settings: CritiqueReviseSettings,
    folder: Path,
    progress: Progress,
) -> dict[str, int | float]:
    """Writes `revisions.jsonl` and `sft.jsonl` into `folder`.

    Chains that are in the folder already are kept; the files come out as in an unbroken run.

    Returns:
        Counts: `prompts`, `prompts_too_long`, `steps`, `no_issue` and `dropped` steps, steps whose
        revision at some attempt was `empty`, `truncated`, `identical` or had a `preamble`,
        `initial_truncated`, and the training rows: `rows`, `revision_rows`, `helpful_rows`,
        `revision_rows_omitted`, `helpful_rows_omitted` (answers that cannot be learned from) and
        `helpful_rows_missing` (fewer than `helpful_share` asks for).

    Raises:
        ConstitutionError: if no principle applies to a prompt.
        DataError: if a prompt does not fit the model's context and `too_long` is "error".
        RunError: if there is nothing to learn from at the end.
    """
    if not prompts:
        raise RunError("there are no red-team prompts to answer; name some under prompts.red_team")
    dialogue = Dialogue(constitution, settings.mode == "critique")
    author = Author(engine=engine, dialogue=dialogue, settings=settings)
    fitting, too_long = split_by_room(prompts, dialogue, engine, settings)
    if not fitting:
        raise RunError(
            f"none of the {len(prompts)} red-team prompts fits the model's context of "
            f"{engine.context} tokens; use shorter ones or lower critique-revise.max_new_tokens"
        )
    helpful = _helpful(helpful_prompts, engine, settings)
    per_prompt = 1 + settings.rounds * (2 if dialogue.with_critique else 1)
    expected = helpful_count(len(fitting) * len(settings.chosen_rounds), settings.helpful_share)
    tick = _Counter(progress, len(fitting) * per_prompt + expected)

    # Row by row, here and below: a large run's do not fit the memory.
    counted: Counter[str] = Counter()
    known = each_record(folder / REVISIONS, Revision)
    learned = write_rows(folder / SFT_ROWS, map(to_row, _learned(known, settings, counted)))
    done = counted["prompts"]
    tick(done * per_prompt, "resumed" if done else "")
    for first in range(done, len(fitting), _CHUNK):
        new = revise(fitting[first : first + _CHUNK], author, tick)
        append_rows(folder / REVISIONS, map(to_row, new))
        rows = list(_learned(new, settings, counted))
        append_rows(folder / SFT_ROWS, map(to_row, rows))
        learned += len(rows)

    if not learned:
        raise RunError(
            "no revision can be learned from: all were dropped as empty, cut short or not "
            "different; raise critique-revise.max_new_tokens, or set on_problem to keep"
        )
    wanted = helpful_count(learned, settings.helpful_share)
    tick.total = tick.done + wanted
    answered = 0
    for rows, omitted in helpful_rows(helpful, wanted, author):
        append_rows(folder / SFT_ROWS, map(to_row, rows))
        answered += len(rows)
        counted["helpful_rows_omitted"] += omitted
        tick(len(rows), "helpful answers")
    sort_rows(folder / SFT_ROWS, partial(mixed_place, seed=settings.seed))
    return {
        "prompts": len(fitting),
        "prompts_too_long": too_long + len(helpful_prompts) - len(helpful),
        **{name: counted[name] for name in _COUNTED},
        "rows": learned + answered,
        "revision_rows": learned,
        "revision_rows_omitted": counted["revision_rows_omitted"],
        "helpful_rows": answered,
        "helpful_rows_omitted": counted["helpful_rows_omitted"],
        "helpful_rows_missing": wanted - answered,
    }


def _learned(
    revisions: Iterable[Revision], settings: CritiqueReviseSettings, counted: Counter[str]
) -> Iterator[SftRow]:
    """The training rows of revisions, which are counted on the way."""
    for revision in revisions:
        rows, omitted = revision_rows(revision, settings)
        counted["revision_rows_omitted"] += omitted
        counted.update(_counts(revision, settings))
        yield from rows


def _helpful(
    prompts: Sequence[Prompt], engine: Engine, settings: CritiqueReviseSettings
) -> list[Prompt]:
    if settings.helpful_share == 0:
        return list(prompts)
    fitting = [p for p in prompts if fits(p, engine.count(p.messages), 1, engine, settings)]
    if not fitting:
        raise RunError(
            "critique-revise.helpful_share asks for answers to helpful prompts, but there are "
            "none; name some under prompts.helpful, or set helpful_share to 0"
        )
    return fitting


def _counts(revision: Revision, settings: CritiqueReviseSettings) -> Counter[str]:
    found: Counter[str] = Counter(prompts=1)
    for before, step in walk(revision):
        found["steps"] += 1
        found["no_issue"] += step.critique is not None and finds_nothing(step.critique.text)
        found["dropped"] += step.revision is not None and not taken(step, before, settings)
        found.update(step.problems)
    found["initial_truncated"] += revision.initial.finish == "length"
    return found
