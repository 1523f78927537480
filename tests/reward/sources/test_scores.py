"""What a reward function may return, and what becomes of it."""

from __future__ import annotations

import math

import pytest
import torch

from cai.errors import RunError
from cai.reward.sources.scores import Scores, scores_of

CPU = torch.device("cpu")


def test_plain_numbers_are_scores_without_parts() -> None:
    found = scores_of([1, 2.5], count=2, device=CPU)
    assert found.total.tolist() == [1.0, 2.5]
    assert found.total.dtype == torch.float32
    assert found.metrics() == {}
    assert found.row(0) == {}


def test_scores_of_inference_can_take_part_in_training() -> None:
    with torch.inference_mode():
        given = Scores(torch.ones(2), {"a": torch.ones(2)})
    found = scores_of(given, count=2, device=CPU)
    weight = torch.ones(2, requires_grad=True)
    (weight * found.total * found.parts["a"]).sum().backward()
    assert weight.grad is not None


def test_parts_are_told_by_name_without_answers_they_do_not_apply_to() -> None:
    parts = {
        "help": torch.tensor([1.0, math.nan, 4.0]),
        "format": torch.full((3,), math.nan),
    }
    found = scores_of(Scores(torch.zeros(3), parts), count=3, device=CPU)
    assert found.metrics() == {"objective/rewards/help": 2.5, "objective/rewards/help_std": 1.5}
    assert found.row(0) == {"rewards": {"help": 1.0, "format": None}}
    assert found.row(1) == {"rewards": {"help": None, "format": None}}


def test_what_sources_log_comes_out_beside_the_parts() -> None:
    given = Scores(
        torch.zeros(2), {}, {"objective/rewards/mine/length": 4.0}, {"first": ["a", "b"]}
    )
    found = scores_of(given, count=2, device=CPU)
    assert found.metrics() == {"objective/rewards/mine/length": 4.0}
    assert found.row(1) == {"extra": {"first": "b"}}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([1.0], "scores for 2"),
        ([1.0, math.inf], "not a finite number"),
        ([[1.0], [1.0]], "scores for 2"),
        (Scores(torch.tensor([1.0, math.nan])), "not a finite number"),
        (Scores(torch.ones(2), {"help": torch.ones(3)}), "'help'"),
        (Scores(torch.ones(2), {"help": torch.tensor([1.0, math.inf])}), "'help'"),
    ],
)
def test_what_is_not_one_number_for_each_answer_is_refused(given: object, said: str) -> None:
    with pytest.raises(RunError, match=said):
        scores_of(given, count=2, device=CPU)  # type: ignore[arg-type]
