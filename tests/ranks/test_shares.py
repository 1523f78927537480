"""Shares are fair, and every item is in exactly one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cai.ranks.shares import own_share, shares
from cai.ranks.world import ALONE, World

SIZES = st.lists(st.integers(0, 500), max_size=60)


@given(SIZES, st.integers(1, 9))
def test_every_item_is_in_one_share(sizes: list[int], count: int) -> None:
    found = shares(sizes, count)
    assert len(found) == count
    assert sorted(index for share in found for index in share) == list(range(len(sizes)))
    assert all(share == sorted(share) for share in found)


@given(SIZES, st.integers(1, 9))
def test_no_share_exceeds_another_by_more_than_one_item(sizes: list[int], count: int) -> None:
    """The heaviest share had been the lightest before its last item came, which is its smallest."""
    sums = [sum(sizes[index] for index in share) for share in shares(sizes, count)]
    heaviest = max(range(count), key=sums.__getitem__)
    items = [sizes[index] for index in shares(sizes, count)[heaviest]]
    assert sums[heaviest] - min(items, default=0) <= min(sums)


@given(SIZES, st.integers(1, 9))
def test_a_share_is_empty_only_where_items_are_too_few(sizes: list[int], count: int) -> None:
    assert sum(not share for share in shares(sizes, count)) == max(0, count - len(sizes))


def test_a_process_alone_has_all_in_order() -> None:
    assert own_share([3, 9, 1], ALONE) == [0, 1, 2]
    assert own_share([3, 9, 1], World(rank=0, size=2)) == [1]
    assert own_share([3, 9, 1], World(rank=1, size=2)) == [0, 2]
