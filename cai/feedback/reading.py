"""From the log-probabilities of a judge's options to a label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cai.engines.base import Choice, Completion
from cai.feedback.probabilities import (
    expected_score,
    mixture,
    option_mass,
    preference_of,
    score_shares,
    writable,
)
from cai.feedback.questions import Question
from cai.feedback.votes import between_scores, both_orders, score_variance, share_of
from cai.records import AnswerScore, Chain, Label, LabelStatus, Message, View

# How a model says that it will not judge, as opposed to saying something unreadable.
_REFUSAL = re.compile(
    r"\b(?:sorry|apologi[sz]e|can(?:no|['\u2019])t|won['\u2019]t|will not|unable|refuse|decline)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verdict as it came back: what was asked in which view, after which reason."""

    view: View
    messages: tuple[Message, ...]
    reason: Completion | None
    choice: Choice

    @property
    def logprobs(self) -> tuple[float, ...]:
        """Of the options, in numbers that JSON can hold."""
        return writable(self.choice.logprobs)


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What the verdicts on a question say together.

    `masses` are the probabilities, view by view, that any of the options is said at all. `p_a` is
    of use only where they are large enough. The rest is as in a `Label`.
    """

    p_a: float
    masses: tuple[float, ...]
    logprobs_ab: tuple[float, ...] = ()
    logprobs_ba: tuple[float, ...] = ()
    scores: tuple[AnswerScore, ...] = ()
    votes: int = 0
    interval: tuple[float, ...] = ()

    def readable(self, min_option_mass: float) -> bool:
        """Whether an option was likely enough in every view."""
        least = min(self.masses)
        return least > 0 and least >= min_option_mass


def compared(verdicts: Sequence[Verdict]) -> Evidence:
    """Of verdicts on both answers, in the views "ab" and "ba"; what is for A is averaged."""
    ab, ba = (_of_view(verdicts, view) for view in ("ab", "ba"))
    votes = [_votes(verdicts, view) for view in ("ab", "ba")]
    p_a, interval = both_orders(share_of(ab, votes[0]), share_of(ba, votes[1]))
    return Evidence(
        p_a=p_a,
        masses=(option_mass(ab), option_mass(ba)),
        logprobs_ab=ab,
        logprobs_ba=ba,
        votes=sum(votes),
        interval=interval,
    )


def scored(verdicts: Sequence[Verdict], *, scale: float, ten_begins_with_one: bool) -> Evidence:
    """Of verdicts on one answer each, in the views "a" and "b"; see `probabilities`.

    Votes are for whole scores, of which none begins with another.
    """
    votes = [_votes(verdicts, view) for view in ("a", "b")]
    shares = [
        score_shares(logprobs, ten_begins_with_one=ten_begins_with_one and not cast)
        for logprobs, cast in zip(_both(verdicts), votes, strict=True)
    ]
    a, b = (
        AnswerScore(expected=expected_score(own), mass=sum(own), logprobs=logprobs)
        for own, logprobs in zip(shares, _both(verdicts), strict=True)
    )
    first, second = a.expected or 0.0, b.expected or 0.0
    known = a.expected is not None and b.expected is not None
    variance = sum(map(score_variance, shares, votes))
    return Evidence(
        p_a=preference_of(first, second, scale=scale) if known else 0.5,
        masses=(a.mass, b.mass),
        scores=(a, b),
        votes=sum(votes),
        interval=between_scores(first, second, variance, scale=scale) if known else (),
    )


def to_label(
    question: Question,
    annotator: str,
    verdicts: Sequence[Verdict],
    evidence: Evidence | None,
    said: Completion | None,
    *,
    tie_margin: float,
) -> Label:
    """The label of a question: `evidence` None was not asked, `said` stands for an unreadable one.

    A tie is told from the probability as the judge gave it.
    """
    reasons = [verdict.reason for verdict in verdicts if verdict.reason is not None]
    calls = [reason.call for reason in reasons] + [one.choice.call for one in verdicts]
    p_a: float | None = None
    status: LabelStatus = "invalid"
    if said is not None:
        calls.append(said.call)
        refused = said.finish == "refused" or _REFUSAL.search(said.text)
        status = "refused" if refused else "invalid"
    elif evidence is not None:
        p_a = evidence.p_a
        status = "tie" if abs(p_a - 0.5) <= tie_margin else "ok"
    return Label(
        id=question.label_id(annotator),
        comparison_id=question.comparison.id,
        principle=question.principle.id,
        annotator=annotator,
        status=status,
        p_a=p_a,
        logprobs_ab=evidence.logprobs_ab if evidence else (),
        logprobs_ba=evidence.logprobs_ba if evidence else (),
        calls=tuple(calls),
        chains=tuple(
            Chain(view=verdict.view, reason=verdict.reason.text, logprobs=verdict.logprobs)
            for verdict in verdicts
            if verdict.reason is not None
        ),
        scores=evidence.scores if evidence else (),
        votes=evidence.votes if evidence else 0,
        interval=evidence.interval if evidence and p_a is not None else (),
    )


def _of_view(verdicts: Sequence[Verdict], view: View) -> tuple[float, ...]:
    return mixture([verdict.logprobs for verdict in verdicts if verdict.view == view])


def _both(verdicts: Sequence[Verdict]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return _of_view(verdicts, "a"), _of_view(verdicts, "b")


def _votes(verdicts: Sequence[Verdict], view: View) -> int:
    return sum(verdict.choice.votes for verdict in verdicts if verdict.view == view)
