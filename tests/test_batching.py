"""Work in pieces: nothing is lost, and no piece is too large."""

from hypothesis import given
from hypothesis import strategies as st

from cai.batching import at_intervals, by_length, filled

KINDS_AND_LENGTHS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 50)), max_size=30)


@given(KINDS_AND_LENGTHS, st.integers(1, 200))
def test_batches_hold_every_sequence_once_within_the_budget(
    work: list[tuple[int, int]], budget: int
) -> None:
    kinds, lengths = [kind for kind, _ in work], [length for _, length in work]
    for batches in (by_length(lengths, budget), by_length(lengths, budget, kinds=kinds)):
        held = list(batches)
        assert sorted(index for batch in held for index in batch) == list(range(len(work)))
        for batch in held:
            assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget
    assert all(len({kinds[index] for index in batch}) == 1 for batch in held)


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 20))
def test_pieces_are_filled_and_cutting_may_begin_at_any_of_them(
    sizes: list[int], least: int
) -> None:
    pieces = list(filled(sizes, lambda size: size, least))
    assert [size for piece in pieces for size in piece] == sizes
    for piece in pieces[:-1]:
        assert sum(piece) >= least > sum(piece[:-1])
    for index in range(len(pieces)):
        rest = [size for piece in pieces[index:] for size in piece]
        assert list(filled(rest, lambda size: size, least)) == pieces[index:]


def test_parts_are_put_together_until_their_time_has_come():
    now = iter([0.0, 0.0, 0.5, 0.9, 2.0, 2.0, 2.5])
    parts = [[], [1], [2], [], [3, 4], [5]]
    found = list(at_intervals(parts, 1.0, clock=lambda: next(now)))
    assert found == [[1], [2, 3, 4], [5]]
