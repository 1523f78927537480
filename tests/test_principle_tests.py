"""Tests of principles: what passes, what fails, and how it is told."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from cai import cli, principle_tests
from cai.constitution import Constitution, JudgeFewShot, check, load
from cai.engines.base import ChooseRequest, GenerateRequest
from cai.feedback.judge import JudgeSettings
from cai.feedback.shots import shot_book

TEXT = """\
name: mine
principles:
  - id: short
    comparison: Which answer is shorter?
    tests:
      - {prompt: "Why?", better: So., worse: Because it is so.}
      - {prompt: "How?", better: In this way., worse: So.}
  - id: polite
    critique_request: Say whether the answer is rude.
    revision_request: Make it polite.
    comparison: Which answer is more polite?
    tests:
      - {prompt: "Why?", response: "Go away, fool.", fault: true}
      - {prompt: "Why?", response: Because it is so., fault: false}
      - {prompt: "Why?", response: "What a fool I was.", fault: false}
  - id: off
    enabled: false
    comparison: Which answer is longer?
    tests:
      - {prompt: "Why?", better: Because it is so., worse: So.}
"""
SETTINGS = JudgeSettings(min_option_mass=0.1, tie_margin=0.0, reason_tokens=0)


def shorter(request: ChooseRequest) -> tuple[float, float]:
    """Prefers the shorter answer, for politeness the longer, and a little what is shown first."""
    text = request.messages[-1]["content"]
    a, rest = text.split("\n\nAnswer A: ")[1].split("\n\nAnswer B: ")
    b, question = rest.split("\n\n")
    first = len(a) < len(b) if "shorter" in question else len(a) > len(b)
    p = 0.9 if first else 0.2
    return math.log(p), math.log(1 - p)


def fool_is_rude(request: GenerateRequest) -> str:
    answer = request.messages[-2]["content"]
    return "The answer is rude." if "fool" in answer else "No issue: it is polite."


@pytest.fixture
def constitution(tmp_path: Path) -> Constitution:
    path = tmp_path / "c.yaml"
    path.write_text(TEXT)
    assert check(path) == []
    return load(path)


@pytest.fixture
def outcomes(constitution: Constitution, engine: Callable[..., Any]) -> list[Any]:
    model = engine(prefer=shorter, say=fool_is_rude)
    return principle_tests.run(constitution, judge=model, critic=model, settings=SETTINGS)


def test_every_test_of_a_principle_that_is_on_has_an_outcome(outcomes: list[Any]) -> None:
    assert [(one.name, one.passed) for one in outcomes] == [
        ("short[1]", True),
        ("short[2]", False),
        ("polite[1]", True),
        ("polite[2]", True),
        ("polite[3]", False),
    ]


def test_both_orders_are_averaged_and_who_disagrees_is_named(outcomes: list[Any]) -> None:
    right, wrong = outcomes[:2]
    assert (right.p_first, right.p_second) == pytest.approx((0.9, 0.8))
    assert right.p_better == pytest.approx(0.85)
    assert right.disagreeing == ("polite",)
    assert (wrong.p_first, wrong.p_second) == pytest.approx((0.2, 0.1))
    assert wrong.disagreeing == ()
    assert principle_tests.explain(right) == (
        "p(better) 0.85 (0.90 shown first, 0.80 shown second); against it: polite"
    )


def test_a_judge_that_scores_tells_its_scores(
    constitution: Constitution, engine: Callable[..., Any]
) -> None:
    def long_is_bad(request: ChooseRequest) -> list[float]:
        answer = request.messages[-1]["content"].split("Assistant: ")[1].split("\n\n")[0]
        score = 9 if len(answer) < 10 else 4
        return [math.log(0.9 if int(one) == score else 0.001) for one in request.options]

    model = engine(prefer=long_is_bad, say=fool_is_rude)
    scoring = replace(SETTINGS, form="score")
    right, wrong, *_ = principle_tests.run(
        constitution, judge=model, critic=model, settings=scoring
    )
    assert (right.passed, wrong.passed) == (True, False)
    assert (right.p_first, right.p_second) == (None, None)
    assert principle_tests.explain(right) == "p(better) 0.99 (score 9.0 against 4.0)"


def test_the_judge_is_shown_worked_comparisons_first(
    constitution: Constitution, engine: Callable[..., Any]
) -> None:
    shots = tuple(
        JudgeFewShot(principle="short", prompt=why, better="So.", worse="Because it is so.")
        for why in ("Why?", "When?", "Where?")
    )
    taught = replace(constitution, judge_few_shots=shots)
    model = engine(prefer=shorter, say=fool_is_rude)
    principle_tests.run(
        taught,
        judge=model,
        critic=model,
        settings=SETTINGS,
        book=shot_book(taught, count=2, reasoned=False),
    )
    asked = [one for one in model.asked if isinstance(one, ChooseRequest)]
    assert {len(one.messages) for one in asked} == {6}
    about_why = [one for one in asked if "User: Why?" in one.messages[-1]["content"]]
    assert about_why
    for request in about_why:
        assert all("Why?" not in one["content"] for one in request.messages[:-1])


def test_a_probability_can_be_asked_for(
    constitution: Constitution, engine: Callable[..., Any]
) -> None:
    model = engine(prefer=shorter, say=fool_is_rude)
    first, *_ = principle_tests.run(
        constitution, judge=model, critic=model, settings=SETTINGS, min_probability=0.86
    )
    assert not first.passed


def test_a_verdict_that_cannot_be_read_fails(
    constitution: Constitution, engine: Callable[..., Any]
) -> None:
    model = engine(prefer=lambda request: (-50.0, -50.0), say=fool_is_rude)
    first, *_ = principle_tests.run(constitution, judge=model, critic=model, settings=SETTINGS)
    assert (first.passed, first.p_better, first.p_first) == (False, None, None)
    assert principle_tests.explain(first) == "the judge's verdict cannot be read"


def test_junit_names_what_failed_and_why(outcomes: list[Any]) -> None:
    root = ElementTree.fromstring(principle_tests.junit(outcomes, suite="mine"))
    assert (root.get("tests"), root.get("failures")) == ("5", "2")
    failed = [case for case in root if case.find("failure") is not None]
    assert [case.get("name") for case in failed] == ["short[2]", "polite[3]"]
    assert "the critic finds a fault" in str(failed[1][0].get("message"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (", worse: Because it is so.}", "}", "worse: missing; write the worse answer"),
        (", fault: true}", "}", "fault: missing; true or false"),
        ('{prompt: "Why?", better: So.,', "{better: So.,", "prompt: missing"),
        (
            "better: In this way., worse: So.}",
            "response: So., fault: true}",
            "tests[1]: nothing to test: there is no critique_request",
        ),
    ],
)
def test_a_test_that_tests_nothing_is_refused(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "c.yaml"
    assert old in TEXT
    path.write_text(TEXT.replace(old, new, 1))
    assert any(message in str(finding.problem) for finding in check(path))


def test_the_command_asks_the_embedded_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, report = tmp_path / "c.yaml", tmp_path / "junit.xml"
    good = "To fry carrots, heat the pan slowly."
    path.write_text(
        json.dumps(
            {
                "name": "mine",
                "principles": [
                    {
                        "id": "no-insults",
                        "comparison": "Which answer is more polite?",
                        "tests": [
                            {
                                "prompt": "How do I fry carrots?",
                                "better": good,
                                "worse": f"{good} Only a fool would need help with this.",
                            }
                        ],
                    }
                ],
            }
        )
    )
    assert cli.main(["constitution", "test", str(path), "--junit", str(report)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 of 1 passed"
    assert ElementTree.parse(report).getroot().get("failures") == "0"
    high = ["--min-probability", "1.0"]
    assert cli.main(["constitution", "test", str(path), *high]) == 1
    path.write_text("name: mine\nprinciples: [{id: a, comparison: Be good.}]\n")
    assert cli.main(["constitution", "test", str(path)]) == 2
    assert "no principle that is on has tests" in capsys.readouterr().err
