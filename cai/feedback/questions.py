"""What the judge is asked: which principles for which pair, and in which words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from cai import prompts
from cai.constitution import Constitution, Principle, applicable, drawn_in_turn
from cai.fence import fence
from cai.records import Comparison, Message, content_id


@dataclass(frozen=True, slots=True)
class Question:
    """One label that is wanted; `weight` is what it weighs among those of its comparison."""

    comparison: Comparison
    principle: Principle
    weight: float

    def label_id(self, annotator: str) -> str:
        return content_id(self.comparison.id, self.principle.id, annotator)


@dataclass(frozen=True, slots=True)
class Panel:
    """The principles that may judge a comparison, by id, and how many of them do.

    It follows from the comparison's tags alone.
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
    constitution: Constitution, tags: Collection[str], principles: int | Literal["one", "all"]
) -> Panel:
    """Who may judge a comparison with these tags. The order of the constitution means nothing."""
    candidates = sorted(applicable(constitution, "label", tags), key=lambda p: p.id)
    wanted = {"one": 1, "all": len(candidates)}.get(str(principles), principles)
    return Panel(tuple(candidates), min(int(wanted), len(candidates)))


def questions(
    comparisons: Iterable[Comparison],
    constitution: Constitution,
    *,
    principles: int | Literal["one", "all"],
    seed: int,
) -> list[Question]:
    """What is asked about each comparison, comparison by comparison.

    `principles` is how many of those that apply to a comparison's tags judge it.
    """
    return [
        Question(comparison, principle, weight)
        for comparison in comparisons
        for principle, weight in _asked(comparison, constitution, principles, seed)
    ]


def weights_of(asked: Iterable[Question]) -> dict[str, dict[str, float]]:
    """What each label weighs, by comparison id and then by principle id."""
    weights: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for question in asked:
        weights[question.comparison.id][question.principle.id] = question.weight
    return dict(weights)


def messages(
    question: Question, *, swapped: bool, template: str | None = None, reason: str = ""
) -> tuple[Message, ...]:
    """The judge's conversation; `swapped` shows response_b as answer A.

    `template` turns the principle's comparison text into what is asked: "judge_reason" asks for
    a reason, "judge_concluding" shows the `reason` again. Without it the text stands alone.
    """
    comparison = question.comparison
    shown = (comparison.response_a.text, comparison.response_b.text)
    answer_a, answer_b = (fence(text) for text in (reversed(shown) if swapped else shown))
    conversation = [
        Message(role=message["role"], content=fence(message["content"]))
        for message in comparison.prompt
    ]
    asked = question.principle.comparison
    if template is not None:
        asked = prompts.render(template, comparison=asked, reason=fence(reason))
    text = prompts.render(
        "judge",
        conversation=conversation,
        answer_a=answer_a,
        answer_b=answer_b,
        comparison=asked,
    )
    return (
        Message(role="system", content=prompts.render("judge_system")),
        Message(role="user", content=text),
    )


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
    chosen = panel(constitution, comparison.tags, principles)
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
