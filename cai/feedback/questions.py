"""What the judge is asked: which principles for which pair, and in which words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from cai import prompts
from cai.constitution import Constitution, Principle, applicable, pick
from cai.fence import as_part, fence
from cai.records import Comparison, Message, content_id


@dataclass(frozen=True, slots=True)
class Question:
    """One label that is wanted; `weight` is what it weighs among those of its comparison."""

    comparison: Comparison
    principle: Principle
    weight: float

    def label_id(self, annotator: str) -> str:
        return content_id(self.comparison.id, self.principle.id, annotator)


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
    """
    comparison = question.comparison
    shown = (comparison.response_a.text, comparison.response_b.text)
    answer_a, answer_b = (as_part(text) for text in (reversed(shown) if swapped else shown))
    conversation = [
        Message(role=message["role"], content=as_part(message["content"]))
        for message in comparison.prompt
    ]
    asked = question.principle.comparison
    if template is not None:
        asked = prompts.render(template, comparison=asked, reason=as_part(reason))
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
    """The principles that judge one comparison, by id (the order of the file means nothing).

    With each comes the weight of its label. A principle's own weight counts once: those that are
    drawn by it weigh the same, and it weighs the labels where there is nothing to draw.

    Several are drawn by weight without replacement: each time the first of those that are left.
    What the answers are moves no draw: a policy that has changed is judged as it was before.
    """
    candidates = sorted(applicable(constitution, "label", comparison.tags), key=lambda p: p.id)
    wanted = {"one": 1, "all": len(candidates)}.get(str(principles), principles)
    if int(wanted) >= len(candidates):
        return [(principle, principle.weight) for principle in candidates]
    drawn: list[Principle] = []
    while len(drawn) < int(wanted):
        left = tuple(principle for principle in candidates if principle not in drawn)
        first = pick(
            replace(constitution, principles=left),
            seed=seed,
            prompt_id=comparison.prompt_id,
            step=f"label {comparison.pair}",
            use="label",
            tags=comparison.tags,
        )
        drawn.append(first)
    return [(principle, 1.0) for principle in sorted(drawn, key=lambda p: p.id)]
