"""How requests are cut into pieces, which needs no ray."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cai.engines.base import ChooseRequest, GenerateRequest
from cai.engines.ray.pieces import pieces_of
from cai.records import said_by

texts = st.text("ab ", max_size=8)
generating = st.builds(
    lambda text, tokens: GenerateRequest(messages=said_by("user", text), max_new_tokens=tokens),
    texts,
    st.integers(1, 3),
)
choosing = st.builds(
    lambda text: ChooseRequest(messages=said_by("user", text * 2000), options=("A", "B")), texts
)


@given(st.lists(generating | choosing, max_size=120))
def test_every_request_is_in_one_piece_of_its_kind(
    requests: list[GenerateRequest | ChooseRequest],
) -> None:
    pieces = pieces_of(requests)
    assert sorted(index for piece in pieces for index in piece) == list(range(len(requests)))
    for piece in pieces:
        assert piece
        assert len({type(requests[index]) for index in piece}) == 1


def test_the_longest_answers_come_first_and_with_their_like() -> None:
    requests = [
        GenerateRequest(messages=said_by("user", "word " * (n % 7)), max_new_tokens=10 + n % 2)
        for n in range(4096)
    ]
    pieces = pieces_of(requests)
    assert [len(piece) for piece in pieces] == [256] * 16
    work = [
        (requests[index].max_new_tokens, len(requests[index].messages[0]["content"]))
        for piece in pieces
        for index in piece
    ]
    assert work == sorted(work, reverse=True)


def test_questions_that_begin_alike_stay_together() -> None:
    beginnings = ["".join(chr(97 + (n * k) % 26) for k in range(1, 3000)) for n in range(1, 41)]
    requests = [
        ChooseRequest(messages=said_by("user", f"{beginnings[n % 40]} {n}"), options=("A", "B"))
        for n in range(400)
    ]
    pieces = pieces_of(requests)
    assert 4 <= len(pieces) <= 16
    for n in range(40):
        assert sum(any(index % 40 == n for index in piece) for piece in pieces) == 1
