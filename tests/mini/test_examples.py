"""The training examples: nothing held out, roles kept apart, replies true."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from cai.mini.critiques import FAULTS, parse_critique
from cai.mini.examples import examples
from cai.mini.judging import LOCATE, asking_reason, questions, with_reason
from cai.mini.oracle import tell
from cai.mini.pacing import COPYING_ENDS, MARKING_ENDS, NAMING_ENDS, breadth, plain_share
from cai.mini.parts import (
    CHECKER_SYSTEM,
    COMPARER_SYSTEM,
    CRITIC_SYSTEM,
    ENCYCLOPEDIA_SYSTEM,
    JUDGE_SYSTEM,
    NAMER_SYSTEM,
    READER_SYSTEM,
    REPEATER_SYSTEM,
    REVISER_SYSTEM,
    SENTENCE_SYSTEM,
    Example,
    judge_text,
)
from cai.mini.reviews import BARE
from cai.mini.world import topics
from cai.mini.world.phrases import act
from cai.mini.world.reading import read_answer, read_request
from cai.mini.world.requests import HELDOUT_CLOSINGS, HELDOUT_FRAMES, HELDOUT_OPENINGS
from cai.supervised.problems import finds_nothing

DRILL_SYSTEMS = {
    COMPARER_SYSTEM,
    NAMER_SYSTEM,
    READER_SYSTEM,
    REPEATER_SYSTEM,
    SENTENCE_SYSTEM,
}
TEMPLATES = Path(__file__).parents[2] / "prompts" / "templates"


@pytest.fixture(scope="module")
def late() -> list[Example]:
    return examples(11, count=3000, progress=1.0)


def of(some: list[Example], *tasks: str) -> list[Example]:
    """Examples of some tasks; the faults of pairs, a critique of another form, left out."""
    return [one for one in some if one.task in tasks and not is_pair(one)]


def of_drills(some: list[Example]) -> list[Example]:
    return [one for one in some if one.task == "drill"]


def without_topic(one: Example) -> bool:
    """Whether an example shows no request of the world."""
    return one.task == "encyclopedia" or one.turns[0].text in DRILL_SYSTEMS


def unheard(request: str) -> bool:
    """Whether the topic of a request is none of the world, so that the oracle cannot tell."""
    return read_request(request) is None


def is_pair(one: Example) -> bool:
    return one.turns[0].text == JUDGE_SYSTEM


def request_and_answers(one: Example) -> tuple[str, list[str]]:
    """What an example's request is, and every answer to it that the example shows."""
    if is_pair(one):
        request, a, rest = one.turns[1].text.removeprefix("User: ").split("\n\n", 2)
        b = rest.split("\n\n", 1)[0]
        return request, [a.removeprefix("Answer A: "), b.removeprefix("Answer B: ")]
    turns = [turn for turn in one.turns if turn.role != "system"]
    answers = [turn.text for turn in turns[1::2]]
    return turns[0].text, answers[:1] + answers[2:] if one.task == "critique" else answers


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


def test_some_topics_are_unheard_of_and_still_copied(late: list[Example]) -> None:
    asked = of(late, "assistant")
    new = [one for one in asked if unheard(one.turns[-2].text)]
    assert 0.18 < len(new) / len(asked) < 0.32
    named = 0
    for one in new:
        found = re.search(r"how to (\w+)", one.turns[-2].text)
        named += bool(found and found[1] in one.turns[-1].text)
    assert named > 10


def test_what_is_asked_about_two_texts_is_there(late: list[Example]) -> None:
    asked: Counter[str] = Counter()
    for one in filter(is_pair, of_drills(late)):
        _, answers = request_and_answers(one)
        for question, reply in zip(one.turns[1::2], one.turns[2::2], strict=True):
            quote = re.search(r'"(.+)"[?.]$', question.text)
            letter = re.search(r"nswer ([AB])(?: again)?[.]$", question.text)
            if quote:
                asked["quote"] += 1
                assert quote[1] in answers["AB".index(reply.text)]
                assert quote[1] not in answers["BA".index(reply.text)]
            elif letter and len(reply.text) > 1:
                asked["repeat"] += 1
                assert reply.text == answers["AB".index(letter[1])]
            elif question.text.endswith(".") and "Say where: " in question.text:
                for what, where in re.findall(r" (.+?) (A|B|both|none)(?:,(?= )|$)", reply.text):
                    asked["place"] += 1
                    if what not in FAULTS.values():
                        assert what in re.split(r"[,.](?: |$)", answers["AB".index(where)])
    assert min(asked["quote"], asked["place"]) > 30
    assert asked["repeat"] > 5


def test_short_replies_name_the_fault_and_tell_whether_it_is_there(late: list[Example]) -> None:
    kinds = {name: kind for kind, name in FAULTS.items()}
    checked = 0
    for one in of_drills(late):
        if one.turns[0].text != CHECKER_SYSTEM:
            continue
        truth = tell(one.turns[1].text, one.turns[2].text)
        for turn in one.turns[4::2] if truth else ():
            found = re.search(rf" ({'|'.join(kinds)}) (yes|no)$", turn.text)
            if found:
                checked += 1
                assert (kinds[found[1]] in truth.faults) == (found[2] == "yes")
    assert checked > 100


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


def gist(request: str, answer: str) -> str | None:
    """What an answer does, as the oracle sees it; None where it cannot tell."""
    topic, truth = read_request(request), tell(request, answer)
    if topic is None or truth is None or truth.unparseable:
        return None
    if truth.core == "off_topic":
        return "something else"
    instead = {"redirect": "why not", "refuse": "no", "evade": "nothing", "preach": "a speech"}
    return instead.get(truth.core, f"how to {act(topic)}, the same")


def test_looking_for_help_says_what_was_asked_and_what_the_answer_does(
    late: list[Example],
) -> None:
    seen: Counter[str] = Counter()
    for one in of(late, "critique"):
        _, request, reviewed, _, critique, *_ = (turn.text for turn in one.turns)
        found = re.match(r"Check: asked how to (.+?), answer (.+?), [^,]+ (?:yes|no)[.,]", critique)
        for_help = re.search(r"[ ,](unhelpful|short on detail) (yes|no)[.,]", critique)
        assert (found is not None) == (for_help is not None)
        truth = gist(request, reviewed)
        if found is None or truth is None:
            continue
        topic = read_request(request)
        assert topic is not None
        assert found[1] == act(topic)
        if truth == "something else":
            assert re.fullmatch(r"how to .+, something else", found[2])
            assert act(topic) not in found[2]
        else:
            assert found[2].startswith(truth)
        seen[truth.split(", ")[-1]] += 1
    for name in ("the same", "something else", "no", "nothing", "a speech", "why not"):
        assert seen[name] > 3


def test_reasons_about_help_and_harm_say_what_both_answers_do(late: list[Example]) -> None:
    checked = 0
    for one in late:
        if one.task != "judge":
            continue
        request, answers = request_and_answers(one)
        truths = [gist(request, text) for text in answers]
        for question, reply in zip(one.turns[1::2], one.turns[2::2], strict=True):
            said = reply.text if reply.text.startswith(" asked") else question.text
            found = re.search(r" asked how to (.+), A (.+), B (.+?), (?:harm|unhelp|short)", said)
            if found is None:
                assert not re.search(r"(- |^ )(harmful|unhelpful|short on detail) [ABn]", said)
            elif None not in truths:
                checked += 1
                assert found[1] in request
                for truth, gisted in zip(truths, found.groups()[1:], strict=True):
                    assert gisted.endswith(str(truth))
    assert checked > 50


def test_two_tasks_are_compared_as_in_critiques(late: list[Example]) -> None:
    seen: Counter[str] = Counter()
    for one in of_drills([*late, *examples(12, count=1000, progress=0.2)]):
        if one.turns[0].text != COMPARER_SYSTEM:
            continue
        for question, reply in zip(one.turns[1::2], one.turns[2::2], strict=True):
            asked, answered = question.text.split(" / ")
            found = re.fullmatch(r" asked how to (.+?), answer (.+)", reply.text)
            assert found is not None
            assert found[1] in asked
            truth = gist(asked, answered)
            if truth is not None:
                seen["answers"] += 1
                assert found[2].endswith(truth)
            elif found[1] == asked:
                seen["tasks"] += 1
                verdict = "the same" if asked == answered else "something else"
                assert found[2] == f"how to {answered}, {verdict}"
    assert min(seen["answers"], seen["tasks"]) > 20


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


def test_critiques_and_revisions_agree_with_the_oracle(late: list[Example]) -> None:
    named = 0
    for one in of(late, "critique"):
        _, request, flawed, _, critique, _, revised = (turn.text for turn in one.turns)
        if unheard(request):
            continue
        before, after = tell(request, flawed), tell(request, revised)
        assert before is not None
        assert after is not None
        assert not after.unparseable
        kind = parse_critique(critique)
        if finds_nothing(critique):
            assert kind is None
            assert revised == flawed
        else:
            named += 1
            assert kind in before.faults
            assert kind not in after.faults
            assert after.faults < before.faults
    assert named > 150


def test_some_revisions_can_follow_from_the_critique_alone(late: list[Example]) -> None:
    reviews = of(late, "critique")
    bare = [one for one in reviews if one.turns[5].text in BARE]
    assert 0.12 < len(bare) / len(reviews) < 0.28
    # Both outcomes occur, so that a bare request does not give away which of them is due.
    assert {finds_nothing(one.turns[4].text) for one in bare} == {True, False}


def test_the_faults_of_pairs_are_those_the_oracle_sees(late: list[Example]) -> None:
    pairs_asked = [one for one in late if one.task == "critique" and is_pair(one)]
    assert len(pairs_asked) > 30
    for one in pairs_asked:
        request, answers = request_and_answers(one)
        if unheard(request):
            continue
        for question, reply in zip(one.turns[1::2], one.turns[2::2], strict=True):
            asked = re.search(r"answer ([AB])[?.]$", question.text)
            if asked:
                truth = tell(request, answers["AB".index(asked[1])])
                assert truth is not None
                named = {kind for kind, name in FAULTS.items() if name in reply.text}
                assert named == truth.faults


def test_many_revisions_are_word_for_word_copies(late: list[Example]) -> None:
    reviewed = of(late, "critique", "revision")
    copies = sum(one.turns[-1].text == one.turns[2].text for one in reviewed)
    assert 0.32 < copies / len(reviewed) < 0.48


def test_the_assistant_is_helpful_only(late: list[Example]) -> None:
    truths = [tell(*(turn.text for turn in one.turns[-2:])) for one in of(late, "assistant")]
    harmful = [truth.harmful for truth in truths if truth and truth.request == "harmful"]
    harmless = [truth.helpful for truth in truths if truth and truth.request != "harmful"]
    assert 0.75 < sum(harmful) / len(harmful) < 0.9
    assert sum(harmless) / len(harmless) > 0.93


def test_late_judging_is_mostly_about_disagreements_and_letters_are_balanced() -> None:
    rng = random.Random(3)
    topic = next(one for one in topics() if one.request == "harmful" and one.split == "train")
    letters = Counter(
        question.reply for _ in range(400) for question in questions(topic, rng, 1.0).questions
    )
    assert letters["A"] + letters["B"] > 500
    assert 0.43 < letters["A"] / (letters["A"] + letters["B"]) < 0.57


def test_where_harm_does_not_decide_the_reason_names_help(late: list[Example]) -> None:
    reasons: Counter[str] = Counter()
    for one in late:
        if one.task != "judge":
            continue
        for question, reply in zip(one.turns[1::2], one.turns[2::2], strict=True):
            found = re.search(r" - .*harmful (\w+)(, unhelpful \w+)?\.$", question.text)
            if found:
                reasons[found[1]] += 1
                assert (found[2] is None) == (found[1] in "AB")
                if found[2] is None:
                    assert reply.text == "BA"["AB".index(found[1])]
    assert min(reasons["A"], reasons["B"], reasons["none"]) > 5
