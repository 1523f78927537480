"""The weighted sum, against float64, and what each source adds to it."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cai.errors import RunError
from cai.records import Prompt, said_by
from cai.reward.sources.answered import Answered, ReadsAnswers, ask
from cai.reward.sources.settings import Statistics
from cai.reward.sources.source import Said, Source
from cai.reward.sources.weighted import RewardSum, Weighted, measured

PROMPT = Prompt(id="p", messages=said_by("user", "hi"))


def answered(count: int) -> Answered:
    return Answered(
        prompts=[PROMPT] * count, texts=[str(i) for i in range(count)], token_ids=[(1,)] * count
    )


def fixed(values: list[float | None], **more: object) -> Source:
    numbers = torch.tensor([math.nan if one is None else one for one in values])
    return lambda _: Said(values=numbers, **more)  # type: ignore[arg-type]


scores = st.lists(st.one_of(st.none(), st.floats(-50, 50, width=32)), min_size=3, max_size=3)
weights = st.floats(-4, 4).filter(lambda value: abs(value) > 1e-3)
sources = st.lists(
    st.tuples(scores, weights, st.floats(-5, 5), st.floats(0.1, 10)), min_size=1, max_size=4
)


@given(sources)
def test_the_total_is_the_weighted_sum_of_normalised_sources(
    drawn: list[tuple[list[float | None], float, float, float]],
) -> None:
    made = RewardSum(
        [
            Weighted(name=str(i), source=fixed(values), weight=w, statistics=Statistics(m, d))
            for i, (values, w, m, d) in enumerate(drawn)
        ]
    )
    found = made.score(answered(3))
    for row in range(3):
        expected = math.fsum(
            w * (values[row] - m) / d for values, w, m, d in drawn if values[row] is not None
        )
        assert found.total[row].item() == pytest.approx(expected, rel=1e-4, abs=1e-3)
        for i, (values, _, m, d) in enumerate(drawn):
            part = found.parts[str(i)][row].item()
            if values[row] is None:
                assert math.isnan(part)
            else:
                assert part == pytest.approx((values[row] - m) / d, rel=1e-4, abs=1e-4)


@given(st.floats(0.1, 10), st.floats(-5, 5))
def test_a_sources_own_scale_and_zero_do_not_matter_once_it_is_measured(
    scale: float, zero: float
) -> None:
    """Weights are exchange rates between deviations, not between units of a model's head."""
    plain, moved = [1.0, 2.0, 4.0], [zero + scale * one for one in (1.0, 2.0, 4.0)]
    totals = []
    for values in (plain, moved):
        statistics = measured(fixed(values), answered(3), where="x")
        made = Weighted(name="a", source=fixed(values), weight=2.0, statistics=statistics)
        totals.append(RewardSum([made]).score(answered(3)).total)
    torch.testing.assert_close(totals[0], totals[1], atol=1e-4, rtol=1e-4)
    assert totals[0].mean().item() == pytest.approx(0, abs=1e-5)
    assert totals[0].std(correction=0).item() == pytest.approx(2, abs=1e-4)


def test_one_source_of_weight_one_is_that_source_bit_for_bit() -> None:
    values = torch.randn(64, generator=torch.Generator().manual_seed(0))
    source = Weighted(name="a", source=lambda _: Said(values=values))
    assert torch.equal(RewardSum([source]).score(answered(64)).total, values)


def test_what_stands_beside_a_score_has_its_sources_name() -> None:
    source = fixed(
        [1.0, 2.0],
        beside={"disagreement": torch.tensor([0.1, 0.2])},
        logged={"n": 3.0},
        columns={"c": [1, 2]},
    )
    found = RewardSum([Weighted(name="a", source=source, weight=3.0)]).score(answered(2))
    assert found.total.tolist() == [3.0, 6.0]
    assert set(found.parts) == {"a", "a_disagreement"}
    assert found.logged == {"objective/rewards/a/n": 3.0}
    assert found.columns == {"c": [1, 2]}


def test_measuring_leaves_out_what_a_source_does_not_apply_to() -> None:
    assert measured(fixed([1.0, None, 3.0]), answered(3), where="x") == (2.0, 1.0)
    assert measured(fixed([2.0, 2.0]), answered(2), where="x") == (2.0, 1.0)
    with pytest.raises(RunError, match=r"^x: it applies to none of 2 "):
        measured(fixed([None, None]), answered(2), where="x")


def test_a_sum_reads_answers_or_bare_conversations() -> None:
    def lengths(answered: Answered) -> Said:
        return Said(values=torch.tensor([float(len(ids)) for ids in answered.token_ids]))

    made = RewardSum([Weighted(name="ids", source=lengths)])
    assert isinstance(made, ReadsAnswers)
    assert ask(made, answered(2)).total.tolist() == [1.0, 1.0]
    assert made(answered(2).conversations).total.tolist() == [0.0, 0.0]
    assert ask(lambda given: [len(given)], answered(1)) == [1]
