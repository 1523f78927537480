"""A trainer's state through JSON and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.alignment.ppo.state import TrainerState


@given(st.integers(0, 10**9), st.floats(allow_nan=False, allow_infinity=False))
def test_state_comes_back_bit_for_bit(updates: int, coefficient: float) -> None:
    state = TrainerState(updates_done=updates, kl_coefficient=coefficient)

    again = TrainerState(kl_coefficient=1.0).updated(json.loads(json.dumps(state.to_json())))

    assert again == state


def test_a_field_that_an_older_checkpoint_lacks_stays_as_it_starts() -> None:
    assert TrainerState(kl_coefficient=0.5).updated({"updates_done": 3}) == TrainerState(
        updates_done=3, kl_coefficient=0.5
    )


def test_a_field_of_a_later_version_is_refused() -> None:
    with pytest.raises(KeyError, match="tides"):
        TrainerState(kl_coefficient=0.5).updated({"tides": 1})
