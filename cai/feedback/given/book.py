"""Keeps book of given pairs: places them, leaves out what is there already, and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from cai.feedback.given.pair import Pair, Verdict
from cai.feedback.given.reading import GivenRow
from cai.prompts import prompt_id
from cai.records import Comparison, Label, content_id, derive_seed

COUNTED = (
    "rows_read",
    "comparisons",
    "pairs_duplicate",
    "pairs_identical",
    "pairs_cut_early",
    "pairs_principle_unknown",
    "answers_unscored",
    "gold_labels",
    "gold_ties",
    "gold_conflicting",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a pair adds: a comparison, unless it is there already, and labels."""

    comparison: Comparison | None
    gold: tuple[Label, ...]


@dataclass(slots=True)
class Book:
    """What was there before, and counts of what became of rows and pairs.

    Texts are known by 64 bits of their hash, so that a million pairs stay small.

    `ids` has the comparison's id by pair, and whether the answer that is smaller as a text is its
    A; `numbers` counts the pairs of each prompt, `gold` holds the ids of labels, and `first_said`
    what the first label of each comparison says.
    """

    principles: Collection[str]
    counts: Counter[str] = field(default_factory=Counter)
    ids: dict[int, tuple[str, bool]] = field(default_factory=dict)
    numbers: Counter[int] = field(default_factory=Counter)
    gold: set[int] = field(default_factory=set)
    first_said: dict[int, float] = field(default_factory=dict)

    def entries(self, row: GivenRow, limit: int | None) -> Iterator[Entry]:
        """The entries of one row's pairs, up to the source's limit."""
        self.counts.update(
            rows_read=1, pairs_cut_early=row.found.cut_early, answers_unscored=row.found.unscored
        )
        for pair in row.found.pairs:
            if row.principle and row.principle not in self.principles:
                self.counts["pairs_principle_unknown"] += 1
            elif pair.first.text.strip() == pair.second.text.strip():
                self.counts["pairs_identical"] += 1
            elif self.counts["comparisons"] != limit:
                yield self._entry(pair, row)

    def _entry(self, pair: Pair, row: GivenRow) -> Entry:
        prompt = prompt_id(pair.prompt)
        texts = sorted((pair.first.text, pair.second.text))
        key = _bits(prompt, *texts, row.principle)
        known = self.ids.get(key)
        if known is not None:
            self.counts["pairs_duplicate"] += 1
            name, smaller_is_a = known
            first_is_a = (pair.first.text == texts[0]) == smaller_is_a
            return Entry(None, self._labels(name, pair.verdicts, row.principle, first_is_a))
        first_is_a = pair.sided or _first_is_a(prompt, pair, texts)
        a, b = (pair.first, pair.second) if first_is_a else (pair.second, pair.first)
        name = content_id(prompt, a.text, b.text, *([row.principle] if row.principle else []))
        self.ids[key] = name, a.text == texts[0]
        self.counts["comparisons"] += 1
        comparison = Comparison(
            id=name,
            prompt_id=prompt,
            pair=self._number(prompt, pair.number),
            prompt=pair.prompt,
            tags=row.tags,
            response_a=a,
            response_b=b,
            principle=row.principle,
            source=row.source,
        )
        return Entry(comparison, self._labels(name, pair.verdicts, row.principle, first_is_a))

    def _number(self, prompt: str, own: int | None) -> int:
        key = _bits(prompt)
        self.numbers[key] += 1
        return self.numbers[key] - 1 if own is None else own

    def _labels(
        self, comparison: str, verdicts: Sequence[Verdict], principle: str, first_is_a: bool
    ) -> tuple[Label, ...]:
        """Labels that are not there yet. One that contradicts another has an id of its own."""
        made = []
        for verdict in verdicts:
            # Rounded, so that one minus one minus p is p, and the same label has the same name.
            p_a = round(verdict.p_first if first_is_a else 1 - verdict.p_first, 12)
            name = content_id(comparison, principle, verdict.annotator, p_a)
            if (bits := int(name, 16)) in self.gold:
                continue
            self.gold.add(bits)
            before = self.first_said.setdefault(int(comparison, 16), p_a)
            self.counts.update(gold_labels=1, gold_ties=p_a == 0.5, gold_conflicting=before != p_a)
            made.append(
                Label(
                    id=name,
                    comparison_id=comparison,
                    principle=principle,
                    annotator=verdict.annotator,
                    status="tie" if p_a == 0.5 else "ok",
                    p_a=p_a,
                    logprobs_ab=(),
                    logprobs_ba=(),
                    calls=(),
                    words=verdict.words,
                )
            )
        return tuple(made)


def _first_is_a(prompt: str, pair: Pair, texts: Sequence[str]) -> bool:
    # By the texts alone: which of them was chosen must not decide where it is shown.
    smaller_is_a = bool(derive_seed(0, "position", prompt, *texts) & 1)
    return (pair.first.text == texts[0]) == smaller_is_a


def _bits(*parts: str) -> int:
    return int(content_id(*parts), 16)
