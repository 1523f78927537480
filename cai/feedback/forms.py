"""The two forms in which a judge is asked: to compare two answers, or to score each alone.

A form shows a pair in two views, one after the other. What may be said, and in which words it is
asked, is all that differs; the rest of judging (`cai.feedback.judge`) is the same for both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from cai import prompts
from cai.feedback.probabilities import SCORES
from cai.feedback.questions import CONCLUDING, REASON, Question, asking, fenced, messages
from cai.fence import as_part
from cai.records import Message, View

FormName = Literal["compare", "score"]
Step = Literal["at once", "reason", "concluding"]
"""Asked for the verdict at once, for a reason, or for the verdict after that reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """How a judge is asked.

    Attributes:
        views: the two ways in which a pair is shown.
        options: what a verdict may be.
        render: the conversation of a question in a view at a step, given the reason so far.
        templates: all that it shows.
    """

    views: tuple[View, View]
    options: tuple[str, ...]
    render: Callable[[Question, View, Step, str], tuple[Message, ...]]
    templates: tuple[str, ...]


def _comparing(question: Question, view: View, step: Step, reason: str) -> tuple[Message, ...]:
    template = {"at once": None, "reason": REASON, "concluding": CONCLUDING}[step]
    return messages(question, swapped=view == "ba", template=template, reason=reason)


def _scoring(question: Question, view: View, step: Step, reason: str) -> tuple[Message, ...]:
    comparison = question.comparison
    answer = comparison.response_a if view == "a" else comparison.response_b
    template = {"at once": "question", "reason": "reason", "concluding": "concluding"}[step]
    # The answer stands in the transcript as the assistant's turn, a heading that no text can forge.
    shown = prompts.render(
        "judge_score",
        conversation=fenced(comparison.prompt),
        answer=as_part(answer.text),
        question=asking(question.principle.comparison, f"judge_score_{template}", reason),
    )
    return (
        Message(role="system", content=prompts.render("judge_score_system")),
        Message(role="user", content=shown),
    )


FORMS: Mapping[FormName, Form] = {
    "compare": Form(
        views=("ab", "ba"),
        options=("A", "B"),
        render=_comparing,
        templates=("judge_system", "judge", REASON, CONCLUDING),
    ),
    "score": Form(
        views=("a", "b"),
        options=SCORES,
        render=_scoring,
        templates=(
            "judge_score_system",
            "judge_score",
            "judge_score_question",
            "judge_score_reason",
            "judge_score_concluding",
        ),
    ),
}
