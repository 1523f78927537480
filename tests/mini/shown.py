"""What training examples show: their requests, answers and kinds."""

from __future__ import annotations

from cai.mini.parts import (
    COMPARER_SYSTEM,
    JUDGE_SYSTEM,
    NAMER_SYSTEM,
    READER_SYSTEM,
    REPEATER_SYSTEM,
    SENTENCE_SYSTEM,
    Example,
)
from cai.mini.world.reading import read_request

DRILL_SYSTEMS = {
    COMPARER_SYSTEM,
    NAMER_SYSTEM,
    READER_SYSTEM,
    REPEATER_SYSTEM,
    SENTENCE_SYSTEM,
}


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
