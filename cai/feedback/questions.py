"""What the judge is asked: which principles for which pair, and in which words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from cai import prompts
from cai.constitution import Constitution, Principle, applicable, drawn_in_turn
from cai.feedback.shots import Shot, ShotBook
from cai.fence import as_part, fence
from cai.records import Comparison, Message, content_id, said_by

REASON, CONCLUDING = "judge_reason", "judge_concluding"


@dataclass(frozen=True, slots=True)
class Question:
    """One label that is wanted; `weight` is what it weighs among those of its comparison.

    `shots` are worked comparisons that are shown first.
    """

    comparison: Comparison
    principle: Principle
    weight: float
    shots: tuple[Shot, ...] = ()

    def label_id(self, annotator: str) -> str:
        return content_id(self.comparison.id, self.principle.id, annotator)


@dataclass(frozen=True, slots=True)
class Panel:
    """The principles that may judge a comparison, by id, and how many of them do.

    It follows from the comparison's tags alone, unless its row names a principle.
    """

    candidates: tuple[Principle, ...]
    size: int

    @property
    def weights(self) -> dict[str, float]:
        """What the label of each would weigh, by principle id.

        A principle's own weight counts once: those that are drawn by it weigh the same, and it
        weighs the labels where there is nothing to draw.
        """
        drawn = self.size < len(self.candidates)
        return {one.id: 1.0 if drawn else one.weight for one in self.candidates}


def panel(
    constitution: Constitution,
    tags: Collection[str],
    principles: int | Literal["one", "all"],
    *,
    only: str = "",
) -> Panel:
    """Who may judge a comparison with these tags. The order of the constitution means nothing.

    A row that names a principle, `only`, asks for that one, whatever its tags are.
    """
    if only:
        named = tuple(one for one in constitution.principles if one.id == only)
        return Panel(named, len(named))
    candidates = sorted(applicable(constitution, "label", tags), key=lambda p: p.id)
    wanted = {"one": 1, "all": len(candidates)}.get(str(principles), principles)
    return Panel(tuple(candidates), min(int(wanted), len(candidates)))


def questions(
    comparisons: Iterable[Comparison],
    constitution: Constitution,
    *,
    principles: int | Literal["one", "all"],
    seed: int,
    book: ShotBook | None = None,
) -> list[Question]:
    """What is asked about each comparison, comparison by comparison.

    `principles` is how many of those that apply to a comparison's tags judge it; `book` has the
    worked comparisons that are shown first.
    """
    return [
        Question(comparison, principle, weight, shots)
        for comparison in comparisons
        for shots in ((book or ShotBook()).beside(comparison),)
        for principle, weight in _asked(comparison, constitution, principles, seed)
    ]


def weights_of(asked: Iterable[Question]) -> dict[str, dict[str, float]]:
    """What each label weighs, by comparison id and then by principle id."""
    weights: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for question in asked:
        weights[question.comparison.id][question.principle.id] = question.weight
    return dict(weights)


def fenced_answers(comparison: Comparison) -> int:
    """How many of the two answers carry a heading or token that the judge is not shown as such."""
    texts = (comparison.response_a.text, comparison.response_b.text)
    return sum(fence(text) != text for text in texts)


def messages(
    question: Question, *, swapped: bool, template: str | None = None, reason: str = ""
) -> tuple[Message, ...]:
    """The judge's conversation; `swapped` shows response_b as answer A.

    `template` turns the principle's comparison text into what is asked: "judge_reason" asks for
    a reason, "judge_concluding" shows the `reason` again. Without it the text stands alone.

    Worked comparisons are earlier turns in the same form, so that all conversations begin alike.
    """
    comparison = question.comparison
    answers = (comparison.response_a.text, comparison.response_b.text)
    asked = asking(question.principle.comparison, template, reason)
    return (
        Message(role="system", content=prompts.render("judge_system")),
        *_worked(question.shots, template),
        Message(
            role="user",
            content=_side_by_side(
                comparison.prompt, answers[::-1] if swapped else answers, asked=asked
            ),
        ),
    )


def asking(comparison: str, template: str | None, reason: str = "") -> str:
    """A principle's comparison text as a template puts it; without one, as it stands."""
    if template is None:
        return comparison
    return prompts.render(template, comparison=comparison, reason=as_part(reason))


def fenced(conversation: Sequence[Message]) -> list[Message]:
    """A conversation whose turns cannot begin other ones."""
    return [
        Message(role=message["role"], content=as_part(message["content"]))
        for message in conversation
    ]


def _side_by_side(conversation: Sequence[Message], answers: Sequence[str], *, asked: str) -> str:
    answer_a, answer_b = map(as_part, answers)
    return prompts.render(
        "judge",
        conversation=fenced(conversation),
        answer_a=answer_a,
        answer_b=answer_b,
        comparison=asked,
    )


@lru_cache(maxsize=64)
def _worked(shots: tuple[Shot, ...], template: str | None) -> tuple[Message, ...]:
    """The shots as turns; they are the same for nearly all questions, hence the cache."""
    turns: list[Message] = []
    for shot in shots:
        answers = (shot.better, shot.worse) if shot.better_first else (shot.worse, shot.better)
        asked = asking(shot.comparison, template, shot.reason)
        shown = _side_by_side(said_by("user", shot.prompt), answers, asked=asked)
        letter = "A" if shot.better_first else "B"
        turns += said_by("user", shown)
        turns += said_by("assistant", fence(shot.reason) if template == REASON else letter)
    return tuple(turns)


def _asked(
    comparison: Comparison,
    constitution: Constitution,
    principles: int | Literal["one", "all"],
    seed: int,
) -> list[tuple[Principle, float]]:
    """The principles that judge one comparison, by id, each with the weight of its label.

    Several are drawn by weight without replacement: each time the first of those that are left.
    What the answers are moves no draw: a policy that has changed is judged as it was before.
    """
    chosen = panel(constitution, comparison.tags, principles, only=comparison.principle)
    weights = chosen.weights
    if chosen.size == len(chosen.candidates):
        return [(principle, weights[principle.id]) for principle in chosen.candidates]
    drawn = drawn_in_turn(
        chosen.candidates,
        seed=seed,
        prompt_id=comparison.prompt_id,
        step=f"label {comparison.pair}",
    )[: chosen.size]
    return [(one, weights[one.id]) for one in sorted(drawn, key=lambda p: p.id)]
