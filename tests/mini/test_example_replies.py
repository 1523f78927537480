"""The replies of training examples: true, and about what is shown."""

from __future__ import annotations

import re
from collections import Counter

from cai.mini.critiques import FAULTS, parse_critique
from cai.mini.examples import examples
from cai.mini.oracle import tell
from cai.mini.parts import CHECKER_SYSTEM, COMPARER_SYSTEM, Example
from cai.mini.reviews import BARE
from cai.mini.world.phrases import act
from cai.mini.world.reading import read_request
from cai.supervised.problems import finds_nothing
from tests.mini.shown import is_pair, of, of_drills, request_and_answers, unheard


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
