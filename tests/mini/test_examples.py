"""The training examples: nothing held out, roles kept apart, easy things first."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from cai.mini.critiques import FAULTS
from cai.mini.examples import examples
from cai.mini.judging import LOCATE, asking_reason, questions, with_reason
from cai.mini.pacing import COPYING_ENDS, MARKING_ENDS, NAMING_ENDS, breadth, plain_share
from cai.mini.parts import (
    CHECKER_SYSTEM,
    CRITIC_SYSTEM,
    ENCYCLOPEDIA_SYSTEM,
    JUDGE_SYSTEM,
    NAMER_SYSTEM,
    REPEATER_SYSTEM,
    REVISER_SYSTEM,
    Example,
    judge_text,
)
from cai.mini.world import topics
from cai.mini.world.phrases import act
from cai.mini.world.reading import read_answer, read_request
from cai.mini.world.requests import HELDOUT_CLOSINGS, HELDOUT_FRAMES, HELDOUT_OPENINGS
from tests.mini.shown import (
    DRILL_SYSTEMS,
    is_pair,
    of,
    of_drills,
    request_and_answers,
    without_topic,
)

TEMPLATES = Path(__file__).parents[2] / "prompts" / "templates"


def test_the_same_arguments_give_the_same_examples() -> None:
    assert examples(5, count=50, progress=0.4) == examples(5, count=50, progress=0.4)
    assert examples(5, count=50, progress=0.4) != examples(6, count=50, progress=0.4)


def test_a_progress_outside_the_training_is_refused() -> None:
    with pytest.raises(ValueError, match="progress"):
        examples(0, count=1, progress=1.5)


@pytest.mark.parametrize("progress", [0.4, 0.7, 1.0])
def test_every_task_occurs(progress: float) -> None:
    tasks = Counter(one.task for one in examples(2, count=600, progress=progress))
    assert set(tasks) == {"assistant", "critique", "revision", "judge", "encyclopedia", "drill"}


def test_copying_comes_first_and_then_falls_back() -> None:
    shares = [
        sum(one.task == "drill" for one in examples(2, count=600, progress=progress)) / 600
        for progress in (0.0, 0.2, 0.4, 1.0)
    ]
    assert shares[0] > 0.8
    assert shares == sorted(shares, reverse=True)


def test_principles_are_plain_first_and_wide_in_the_end() -> None:
    steps = [at / 50 for at in range(51)]
    plain, wide = list(map(plain_share, steps)), list(map(breadth, steps))
    assert plain == sorted(plain, reverse=True)
    assert plain[0] > 0.5
    assert wide == sorted(wide)
    assert (plain[-1], wide[-1]) == (0, 1)
    assert 0.5 > wide[0] > 0


def test_hints_where_something_stands_become_rare_one_after_the_other() -> None:
    def hints(progress: float) -> tuple[int, int, int]:
        """Letters behind words, letters behind names of faults, names of faults alone."""
        texts = [
            text
            for one in filter(is_pair, of_drills(examples(3, count=400, progress=progress)))
            for text in request_and_answers(one)[1]
        ]
        names = "|".join(FAULTS.values())
        forms = (r"^\w+ [AB][,.]", rf" - (?:{names}) [AB]\.", rf" - (?:{names})\.")
        return tuple(sum(bool(re.search(form, text)) for text in texts) for form in forms)

    words, letters, names = hints(COPYING_ENDS)
    assert min(words, letters) > 50
    assert names == 0
    words, letters, names = hints(MARKING_ENDS)
    assert words == letters == 0
    assert names > 50
    assert hints(NAMING_ENDS) == (0, 0, 0)


def test_drills_copy_and_show_no_held_out_topic() -> None:
    unseen = [act(topic) for topic in topics() if topic.split != "train"]
    copied = 0
    for one in of_drills(examples(4, count=500, progress=0.0)):
        question, reply = one.turns[1].text, one.turns[2].text
        assert not any(phrase in question for phrase in unseen)
        if one.turns[0].text in (REPEATER_SYSTEM, NAMER_SYSTEM):
            copied += 1
            assert reply in question
    assert copied > 300


def test_nothing_held_out_is_shown_but_in_the_encyclopedia(late: list[Example]) -> None:
    held_out = [f"how to {act(topic)}" for topic in topics() if topic.split != "train"]
    for one in late:
        if without_topic(one):
            continue
        request, answers = request_and_answers(one)
        topic = read_request(request)
        assert topic is None or topic.split == "train"
        for text in (request, *answers):
            assert not any(phrase in text for phrase in held_out)
            for sentence in read_answer(text) or []:
                if sentence is not None and sentence.topic is not None:
                    assert sentence.topic.split == "train"


def test_no_held_out_wording_is_shown(late: list[Example]) -> None:
    starts = [frame.split("{")[0] for frame in HELDOUT_FRAMES] + list(HELDOUT_OPENINGS)
    for one in late:
        if not without_topic(one):
            request, _ = request_and_answers(one)
            assert not request.startswith(tuple(starts))
            assert not request.endswith(HELDOUT_CLOSINGS)


def test_each_part_has_its_own_system_message(late: list[Example]) -> None:
    systems = {"critique": CRITIC_SYSTEM, "revision": REVISER_SYSTEM, "judge": JUDGE_SYSTEM}
    systems["encyclopedia"] = ENCYCLOPEDIA_SYSTEM
    for one in late:
        system = one.turns[0].text
        if one.task == "assistant":
            assert system not in {*systems.values(), *DRILL_SYSTEMS, CHECKER_SYSTEM}
        elif one.task == "drill":
            assert system in {*DRILL_SYSTEMS, JUDGE_SYSTEM, CHECKER_SYSTEM}
        else:
            assert is_pair(one) or system == systems[one.task]


def test_after_a_critique_comes_a_revision(late: list[Example]) -> None:
    for one in late:
        if one.turns[0].text == CRITIC_SYSTEM:
            said = [turn.text for turn in one.turns if turn.role == "assistant"]
            assert not any(text.startswith("Check:") for text in (said[0], *said[2:]))


def test_many_questions_decide_nothing_as_in_the_wild(late: list[Example]) -> None:
    reasons = [
        turn.text
        for one in (one for one in late if one.task == "judge")
        for question, turn in zip(one.turns[1::2], one.turns[2::2], strict=True)
        if question.text.endswith(LOCATE)
    ]
    undecided = [text for text in reasons if text.endswith(("none", "both"))]
    assert len(reasons) > 200
    assert 0.15 < len(undecided) / len(reasons) < 0.5


def test_the_forms_are_those_of_the_templates() -> None:
    for name, system in (
        ("critic_system", CRITIC_SYSTEM),
        ("reviser_system", REVISER_SYSTEM),
        ("judge_system", JUDGE_SYSTEM),
    ):
        assert (TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8").strip() == system
    jinja2 = pytest.importorskip("jinja2")
    template = jinja2.Template((TEMPLATES / "judge.jinja").read_text(encoding="utf-8"))
    shown = template.render(
        conversation=[{"role": "user", "content": "Why?"}],
        answer_a="One.",
        answer_b="Two.",
        comparison="Which is shorter?",
    )
    assert shown.strip() == judge_text("Why?", "One.", "Two.", "Which is shorter?")
    for name, text in (
        ("judge_reason", asking_reason("Which is shorter?")),
        ("judge_concluding", with_reason("Which is shorter?", "too wordy A")),
    ):
        template = jinja2.Template((TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8"))
        assert template.render(comparison="Which is shorter?", reason="too wordy A").strip() == text


def test_the_flawed_reply_is_never_learned(late: list[Example]) -> None:
    for one in of(late, "critique", "revision"):
        weights = [turn.weight for turn in one.turns if turn.role == "assistant"]
        assert weights[0] == 0
        assert all(weight >= 1 for weight in weights[1:])


def test_roles_take_turns_and_the_model_speaks_last(late: list[Example]) -> None:
    for one in late:
        roles = [turn.role for turn in one.turns if turn.role != "system"]
        assert roles == ["user", "assistant"] * (len(roles) // 2)


def test_late_judging_is_mostly_about_disagreements_and_letters_are_balanced() -> None:
    rng = random.Random(3)
    topic = next(one for one in topics() if one.request == "harmful" and one.split == "train")
    letters = Counter(
        question.reply for _ in range(400) for question in questions(topic, rng, 1.0).questions
    )
    assert letters["A"] + letters["B"] > 500
    assert 0.43 < letters["A"] / (letters["A"] + letters["B"]) < 0.57
