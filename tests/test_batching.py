"""Work in pieces: nothing is lost, and no piece is too large."""

from hypothesis import given
from hypothesis import strategies as st

from cai.batching import by_length

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
