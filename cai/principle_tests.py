"""Unit tests of principles: do the judge and the critic read them as their author means them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal
from xml.etree import ElementTree

from cai.constitution import Constitution, Principle, applicable
from cai.constitution.principles import PrincipleTest
from cai.engines.base import Engine, GenerateRequest
from cai.feedback.judge import JudgeSettings, verdicts
from cai.feedback.probabilities import first_share
from cai.feedback.questions import Question
from cai.feedback.shots import ShotBook
from cai.records import Comparison, Said, content_id, said_by
from cai.supervised.dialogue import Dialogue
from cai.supervised.problems import finds_nothing
from cai.visible import visible


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How one test of a principle came out.

    `number` counts a principle's tests from 1. Of a comparison, `p_better` is the probability of
    the better answer; None where the verdict could not be read. It is averaged over `p_first` (it
    is shown as A) and `p_second` (as B), or follows from `score_better` and `score_worse` of a
    judge that scores. `disagreeing` names the other principles that prefer the worse
    answer. Of a critique, `said` is its text.
    """

    principle: str
    number: int
    kind: Literal["comparison", "critique"]
    prompt: str
    passed: bool
    p_better: float | None = None
    p_first: float | None = None
    p_second: float | None = None
    score_better: float | None = None
    score_worse: float | None = None
    disagreeing: tuple[str, ...] = ()
    said: str = ""

    @property
    def name(self) -> str:
        """`principle[number]`."""
        return f"{self.principle}[{self.number}]"


FIRM = 0.6
"""Above 0.5, which is what a judge gives who follows the order of the answers alone."""

_Case = tuple[Principle, int, PrincipleTest]


def run(
    constitution: Constitution,
    *,
    judge: Engine,
    critic: Engine,
    settings: JudgeSettings,
    book: ShotBook | None = None,
    min_probability: float = FIRM,
    max_new_tokens: int = 96,
) -> list[Outcome]:
    """The outcome of every test of the principles that are on, in the order of the file.

    A comparison passes if `p_better` is above `min_probability`, a critique if it finds a fault
    just where there is one. `book` has the worked comparisons that the judge is shown first.
    """
    cases = [
        (principle, number, test)
        for principle in constitution.principles
        if principle.enabled
        for number, test in enumerate(principle.tests, start=1)
    ]
    asked = _questions(constitution, _of(cases, "better"), book or ShotBook())
    judged = _compare(asked, judge, settings, min_probability)
    criticised = _criticise(constitution, _of(cases, "response"), critic, max_new_tokens)
    found = {(one.principle, one.number): one for one in (*judged, *criticised)}
    return [found[principle.id, number] for principle, number, _ in cases]


def junit(outcomes: Sequence[Outcome], *, suite: str) -> str:
    """The outcomes as JUnit XML, which CI systems show test by test."""
    failed = sum(not one.passed for one in outcomes)
    root = ElementTree.Element(
        "testsuite", name=suite, tests=str(len(outcomes)), failures=str(failed)
    )
    for one in outcomes:
        case = ElementTree.SubElement(root, "testcase", classname=one.principle, name=one.name)
        if not one.passed:
            failure = ElementTree.SubElement(case, "failure", message=explain(one))
            failure.text = visible(one.prompt)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def explain(outcome: Outcome) -> str:
    """What was decided, in a line."""
    if outcome.kind == "critique":
        found = "no fault" if finds_nothing(outcome.said) else "a fault"
        return f"the critic finds {found}: {visible(' '.join(outcome.said.split()))}"
    if outcome.p_better is None:
        return "the judge's verdict cannot be read"
    if outcome.score_better is not None:
        why = f"score {outcome.score_better:.1f} against {outcome.score_worse:.1f}"
    else:
        why = f"{outcome.p_first:.2f} shown first, {outcome.p_second:.2f} shown second"
    text = f"p(better) {outcome.p_better:.2f} ({why})"
    others = ", ".join(outcome.disagreeing)
    return f"{text}; against it: {others}" if others else text


def _of(cases: Sequence[_Case], field: str) -> list[_Case]:
    return [case for case in cases if getattr(case[2], field)]


def _questions(
    constitution: Constitution, cases: Sequence[_Case], book: ShotBook
) -> list[tuple[_Case, list[Question]]]:
    """Every pair is judged under its own principle, and under those it meets on its prompts."""
    beside = {
        own.id: [one for one in _beside(constitution, own) if one.id != own.id]
        for own, _, _ in cases
    }
    asked = []
    for own, number, test in cases:
        pair = _comparison(test)
        shots = book.beside(pair)
        questions = [Question(pair, one, 1.0, shots) for one in (own, *beside[own.id])]
        asked.append(((own, number, test), questions))
    return asked


def _compare(
    asked: Sequence[tuple[_Case, Sequence[Question]]],
    judge: Engine,
    settings: JudgeSettings,
    min_probability: float,
) -> list[Outcome]:
    labels = iter(verdicts([one for _, own in asked for one in own], judge, settings))
    outcomes = []
    for (principle, number, test), questions in asked:
        label, *others = islice(labels, len(questions))
        compared = label.p_a is not None and not label.scores
        better, worse = (one.expected for one in label.scores) if label.scores else (None, None)
        outcomes.append(
            Outcome(
                principle=principle.id,
                number=number,
                kind="comparison",
                prompt=test.prompt,
                passed=label.p_a is not None and label.p_a > min_probability,
                p_better=label.p_a,
                disagreeing=tuple(
                    one.principle for one in others if one.p_a is not None and one.p_a < 0.5
                ),
                p_first=first_share(label.logprobs_ab) if compared else None,
                p_second=1 - first_share(label.logprobs_ba) if compared else None,
                score_better=better,
                score_worse=worse,
            )
        )
    return outcomes


def _beside(constitution: Constitution, own: Principle) -> list[Principle]:
    """The principles that judge some prompt that this one judges too."""
    if not own.applies_to:
        return list(applicable(constitution, "label"))
    found = {
        one.id: one for tag in own.applies_to for one in applicable(constitution, "label", [tag])
    }
    return list(found.values())


def _comparison(test: PrincipleTest) -> Comparison:
    prompt = said_by("user", test.prompt)
    return Comparison(
        id=content_id(prompt, test.better, test.worse),
        prompt_id=content_id(prompt),
        prompt=prompt,
        tags=(),
        response_a=Said(text=test.better, call=""),
        response_b=Said(text=test.worse, call=""),
    )


def _criticise(
    constitution: Constitution, cases: Sequence[_Case], critic: Engine, max_new_tokens: int
) -> list[Outcome]:
    dialogue = Dialogue(constitution=constitution, with_critique=True)
    said = critic.generate(
        [
            GenerateRequest(
                messages=dialogue.critique(said_by("user", test.prompt), test.response, principle),
                max_new_tokens=max_new_tokens,
                temperature=0.0,
            )
            for principle, _, test in cases
        ]
    )
    return [
        Outcome(
            principle=principle.id,
            number=number,
            kind="critique",
            prompt=test.prompt,
            passed=finds_nothing(completion.text) != test.fault,
            said=completion.text,
        )
        for (principle, number, test), completion in zip(cases, said, strict=True)
    ]
