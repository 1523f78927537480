"""The label stage's file of labels: how far it is, completing it, and reading it with the pairs.

The labels stand in the order of their comparisons, and of one comparison in the order of its
questions. So everything before a place in one file belongs to everything before a place in the
other, and neither has to be in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby, islice
from operator import attrgetter, itemgetter
from pathlib import Path

from cai.batching import filled
from cai.engines.base import Engine, at_once
from cai.errors import RunError
from cai.feedback.judge import JudgeSettings, verdicts
from cai.feedback.questions import Panel, Question
from cai.feedback.unreadable import require_readable
from cai.journal import append_rows, each_record, read_columns, sort_rows
from cai.progress import Progress
from cai.records import Comparison, Label, Row, to_row

LABELS = "labels.jsonl"

Tags = tuple[str, ...]

# Questions between two writes: enough to fill an engine's batches, little enough to lose in a
# kill, and enough verdicts to tell an unreadable judge from an accident of the first prompts.
_LEAST = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """What is asked of whom.

    Attributes:
        panel: who may judge a comparison with such tags, which may name one principle alone.
        questions: those that a comparison gets.
        max_unreadable: share of refused and invalid verdicts above which judging stops.
    """

    engine: Engine
    panel: Callable[[Tags, str], Panel]
    questions: Callable[[Comparison], Sequence[Question]]
    judging: JudgeSettings
    max_unreadable: float

    def count(self, tags: Tags, principle: str) -> int:
        """How many questions such a comparison gets."""
        return self.panel(tags, principle).size

    def weights(self, comparison: Comparison) -> Mapping[str, float]:
        """What the labels of a comparison weigh, by principle id."""
        return self.panel(comparison.tags, comparison.principle).weights


@dataclass(slots=True)
class _Standing:
    """How far a file of labels is.

    Attributes:
        comparisons: whose labels are all there, from the first to the end of a chunk.
        labels: how many labels those have.
        left: ids of the rows behind them, in the order of the file.
        questions: how many labels there will be.
        heard: how many labels that were asked for there are, by principle and status.
        heard_first: those of the first chunk, if it is whole.
    """

    comparisons: int = 0
    labels: int = 0
    left: list[str] = field(default_factory=list)
    questions: int = 0
    heard: Counter[tuple[str, str]] = field(default_factory=Counter)
    heard_first: Counter[tuple[str, str]] = field(default_factory=Counter)


def judged(comparisons: Path, labels: Path, asking: Asking, progress: Progress) -> int:
    """Completes the file of labels for a file of comparisons; returns how many it has.

    Whole chunks of questions are taken to be answered if each of their comparisons has as many
    labels of this judge as it gets questions. The first chunk that is not is asked again as a
    whole, so that its batches stay the same: what was answered comes from the store of calls.

    Raises:
        RunError: if too many verdicts cannot be read, in the first chunk or at the end.
    """
    found = _standing(comparisons, labels, asking)
    # What stopped a run stops it again at once, and what did not does not after a kill.
    require_readable(found.heard_first, asking.max_unreadable, labels)
    known, done, in_order = set(found.left), found.labels, not found.left
    rest = each_record(comparisons, Comparison, skip=found.comparisons)
    least = at_once(asking.engine, _LEAST)
    chunks = filled(rest, lambda one: asking.count(one.tags, one.principle), least)
    for number, chunk in enumerate(chunks):
        wanted = list(chain.from_iterable(map(asking.questions, chunk)))
        ids = [question.label_id(asking.engine.identity.name) for question in wanted]
        if not known.issuperset(ids):
            made = verdicts(wanted, asking.engine, asking.judging)
            new = [label for label in made if label.id not in known]
            append_rows(labels, map(to_row, new))
            found.heard.update((label.principle, label.status) for label in new if label.calls)
        done += len(ids)
        progress(done, found.questions, "verdicts")
        if number == 0:
            # A kill leaves the beginning of a chunk, a person who deletes a line leaves anything.
            in_order = found.left == ids[: len(found.left)]
            if not found.comparisons:
                require_readable(found.heard, asking.max_unreadable, labels)
    require_readable(found.heard, asking.max_unreadable, labels)
    if not in_order:
        _put_in_order(comparisons, labels, asking.engine.identity.name)
    return found.questions


def labelled(comparisons: Path, labels: Path) -> Iterator[tuple[Comparison, list[Label]]]:
    """Every comparison with its labels, of which there may be none.

    Raises:
        RunError: if the labels are not in the order of the comparisons.
    """
    groups = groupby(each_record(labels, Label), key=attrgetter("comparison_id"))
    waiting = next(groups, None)
    for comparison in each_record(comparisons, Comparison):
        own: list[Label] = []
        if waiting is not None and waiting[0] == comparison.id:
            own = list(waiting[1])
            waiting = next(groups, None)
        yield comparison, own
    if waiting is not None:
        raise RunError(
            f"{labels}: the labels of comparison {waiting[0]} are not at its place in "
            f"{comparisons.name}; delete the stage's folder and run the stage again"
        )


def _standing(comparisons: Path, labels: Path, asking: Asking) -> _Standing:
    rows = read_columns(
        labels, Label, "id", "comparison_id", "annotator", "principle", "status", "calls"
    )
    pairs = (
        (id_, asking.count(tuple(tags), principle))
        for id_, tags, principle in read_columns(comparisons, Comparison, "id", "tags", "principle")
    )
    found, whole, name = _Standing(), True, asking.engine.identity.name
    for chunk in filled(pairs, itemgetter(1), at_once(asking.engine, _LEAST)):
        wanted = [(id_, name) for id_, count in chunk for _ in range(count)]
        found.questions += len(wanted)
        if whole:
            taken = list(islice(rows, len(wanted)))
            found.heard.update(
                (principle, status) for *_, principle, status, calls in taken if calls
            )
            ids = [id_ for id_, *_ in taken]
            whole = [row[1:3] for row in taken] == wanted and len(set(ids)) == len(ids)
            if whole:
                if not found.comparisons:
                    found.heard_first = found.heard.copy()
                found.comparisons += len(chunk)
                found.labels += len(wanted)
            else:
                found.left += ids
    for id_, _, _, principle, status, calls in rows:
        found.left.append(id_)
        found.heard.update([(principle, status)] if calls else ())
    return found


def _put_in_order(comparisons: Path, labels: Path, annotator: str) -> None:
    pairs = read_columns(comparisons, Comparison, "id", "prompt_id")
    ranks = {id_: rank for rank, (id_, _) in enumerate(pairs)}

    def place(row: Row) -> tuple[int, str] | None:
        rank = ranks.get(row["comparison_id"])
        if rank is None or row["annotator"] != annotator:
            return None
        return rank, row["principle"]

    sort_rows(labels, place)
