"""Pooling labels into preferences, against float64 definitions."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.feedback.merge import MergeSettings, Pool, Pooling, merge, pooled, split_of, unsure
from cai.records import Chain, Comparison, Label, content_id

Compare = Callable[..., Comparison]

shares = st.floats(0.002, 0.998)
weighted = st.lists(st.tuples(shares, st.floats(0.1, 10)), min_size=1, max_size=8)


def settings(**changes: Any) -> MergeSettings:
    usual: dict[str, Any] = {"hard_labels": False, "min_confidence": 0.5, "heldout_share": 0.2}
    return MergeSettings(**(usual | changes))


LINEAR = Pooling(pool="probability")


def label(
    p_a: float | None,
    principle: str = "p",
    status: str = "ok",
    comparison: str = "c",
    *,
    reasoned: bool = False,
) -> Label:
    logprobs = (-0.1, -2.4) if reasoned else ()
    return Label(
        id=content_id(comparison, principle),
        comparison_id=comparison,
        principle=principle,
        annotator="judge",
        status=status,  # type: ignore[arg-type]
        p_a=p_a,
        logprobs_ab=logprobs,
        logprobs_ba=logprobs,
        calls=(),
        chains=(Chain(view="ab", reason="so", logprobs=logprobs),) if reasoned else (),
    )


def labels_of(
    opinions: Sequence[tuple[float, float]], *, reasoned: bool = False
) -> tuple[list[Label], dict[str, float]]:
    names = [f"p{index}" for index in range(len(opinions))]
    labels = [
        label(p, name, reasoned=reasoned) for (p, _), name in zip(opinions, names, strict=True)
    ]
    return labels, {name: w for (_, w), name in zip(opinions, names, strict=True)}


@given(weighted)
def test_the_pool_is_the_normalised_weighted_geometric_mean(
    opinions: list[tuple[float, float]],
) -> None:
    labels, weights = labels_of(opinions)
    total = math.fsum(weights.values())
    for_a = math.exp(math.fsum(w * math.log(p) for p, w in opinions) / total)
    for_b = math.exp(math.fsum(w * math.log(1 - p) for p, w in opinions) / total)
    assert pooled(labels, weights) == pytest.approx(for_a / (for_a + for_b), abs=1e-9)


@given(weighted)
def test_the_linear_pool_is_the_weighted_mean(opinions: list[tuple[float, float]]) -> None:
    labels, weights = labels_of(opinions)
    mean = math.fsum(w * p for p, w in opinions) / math.fsum(weights.values())
    assert pooled(labels, weights, LINEAR) == pytest.approx(mean, abs=1e-12)


@pytest.mark.parametrize("pool", ["log-odds", "probability"])
@given(opinions=weighted, scale=st.floats(0.1, 10), clamp=st.floats(0.501, 1))
def test_swapping_mirrors_and_scaling_weights_changes_nothing(
    pool: Pool, opinions: list[tuple[float, float]], scale: float, clamp: float
) -> None:
    how = Pooling(pool=pool, clamp=clamp)
    labels, weights = labels_of(opinions, reasoned=True)
    p_a = pooled(labels, weights, how)
    assert p_a is not None
    mirrored, _ = labels_of([(1 - p, w) for p, w in opinions], reasoned=True)
    assert pooled(mirrored, weights, how) == pytest.approx(1 - p_a, abs=1e-9)
    scaled = {name: weight * scale for name, weight in weights.items()}
    assert pooled(labels, scaled, how) == pytest.approx(p_a, abs=1e-9)
    counted = [min(max(p, 1 - clamp), clamp) for p, _ in opinions]
    assert min(counted) - 1e-9 <= p_a <= max(counted) + 1e-9


@pytest.mark.parametrize("pool", ["log-odds", "probability"])
@given(probability=shares, weights=st.lists(st.floats(0.1, 10), min_size=1, max_size=8))
def test_what_all_agree_on_stays_as_it_is(
    pool: Pool, probability: float, weights: list[float]
) -> None:
    labels, by_name = labels_of([(probability, weight) for weight in weights])
    assert pooled(labels, by_name, Pooling(pool=pool)) == pytest.approx(probability, abs=1e-9)


@pytest.mark.parametrize("pool", ["log-odds", "probability"])
@given(clamp=st.floats(0.51, 1), votes=st.integers(1, 5), weight=st.floats(0.1, 10))
def test_opposite_votes_cancel_out_exactly(
    pool: Pool, clamp: float, votes: int, weight: float
) -> None:
    """Clamped verdicts are votes of one size: no rounding may decide where they are even."""
    opinions = [(1.0, weight), (0.0, weight)] * votes
    labels, weights = labels_of(opinions, reasoned=True)
    assert pooled(labels, weights, Pooling(pool=pool, clamp=clamp)) == 0.5


def test_only_comparisons_that_followed_a_reason_are_clamped() -> None:
    paper = Pooling(clamp=0.6)
    assert pooled([label(0.99)], {}, paper) == pytest.approx(0.99)
    assert pooled([label(0.99, reasoned=True)], {}, paper) == pytest.approx(0.6)
    assert pooled([label(0.99, reasoned=True)], {}) == pytest.approx(0.99)
    assert pooled([label(0.55, reasoned=True)], {}, paper) == pytest.approx(0.55)
    # A score after a reason has no letters to be too sure of: its scale says how sure it is.
    scored = replace(label(0.99, reasoned=True), logprobs_ab=(), logprobs_ba=())
    assert pooled([scored], {}, paper) == pytest.approx(0.99)


def test_clamped_verdicts_vote_and_the_row_is_no_surer_than_the_clamp(compare: Compare) -> None:
    pairs = [compare("a", f"b{i}", prompt=f"p{i}") for i in range(3)]
    labels = [
        label(p, name, comparison=pair.id, reasoned=True)
        for pair, opinions in zip(pairs, [(1, 1), (1, 0), (0.999, 0.3)], strict=True)
        for p, name in zip(opinions, "pq", strict=True)
    ]
    how = settings(pooling=Pooling(clamp=0.6), min_confidence=0.55)
    rows, outcomes = merge(pairs, labels, {}, how, overrides={})
    assert [row.probability for row in rows] == pytest.approx([0.6])
    assert (outcomes["undecided"], outcomes["unsure"]) == (2, 0)


@given(st.floats(0.51, 0.99))
def test_a_row_at_the_clamp_is_sure_enough_for_it(clamp: float) -> None:
    one, two = label(1.0, "p", reasoned=True), label(1.0, "q", reasoned=True)
    for labels in ([one], [one, two]):
        for pool in ("log-odds", "probability"):
            p_a = pooled(labels, {}, Pooling(pool=pool, clamp=clamp))
            assert p_a is not None
            assert not unsure(p_a, clamp)


def test_one_clear_opinion_outweighs_several_faint_ones() -> None:
    faint = [label(0.48, f"p{i}") for i in range(3)]
    p_a = pooled([label(0.99, "clear"), *faint], {})
    assert p_a is not None
    assert p_a > 0.7


def test_certainty_is_bounded() -> None:
    assert pooled([label(1.0)], {}) == pytest.approx(0.999)
    assert pooled([label(1.0, "a"), label(0.0, "b")], {}) == pytest.approx(0.5)


@pytest.mark.parametrize("status", ["tie", "refused", "invalid"])
def test_no_opinion_is_left_out(status: str) -> None:
    none = label(0.5 if status == "tie" else None, "q", status)
    assert pooled([none], {}) is None
    assert pooled([none, label(0.9)], {}) == pytest.approx(0.9)


def test_rows_and_what_became_of_the_rest(compare: Compare) -> None:
    sure, reverse, torn, tied, mute = (compare("a", f"b{i}", prompt=f"p{i}") for i in range(5))
    labels = [
        label(0.9, comparison=sure.id),
        label(0.3, comparison=reverse.id),
        label(0.3, "p", comparison=torn.id),
        label(0.7, "q", comparison=torn.id),
        label(0.5, status="tie", comparison=tied.id),
    ]
    rows, outcomes = merge([sure, reverse, torn, tied, mute], labels, {}, settings(), overrides={})
    assert [(row.chosen[0]["content"], row.rejected[0]["content"]) for row in rows] == [
        ("a", "b0"),
        ("b1", "a"),
    ]
    assert [row.probability for row in rows] == pytest.approx([0.9, 0.7])
    assert rows[0].principles == ("p",)
    assert {k: outcomes[k] for k in ("preferences", "unlabelled", "undecided", "unsure")} == {
        "preferences": 2,
        "unlabelled": 2,
        "undecided": 1,
        "unsure": 0,
    }


def test_hard_labels_forget_and_confidence_filters(compare: Compare) -> None:
    pairs = [compare("a", f"b{i}") for i in range(3)]
    labels = [label(p, comparison=pair.id) for p, pair in zip((0.9, 0.4, 0.55), pairs, strict=True)]
    rows, outcomes = merge(
        pairs, labels, {}, settings(hard_labels=True, min_confidence=0.58), overrides={}
    )
    assert [row.probability for row in rows] == [1.0, 1.0]
    assert rows[1].chosen[0]["content"] == "b1"
    assert outcomes["unsure"] == 1


def test_a_persons_label_joins_the_judges(compare: Compare) -> None:
    pair = compare("a", "b")
    judged = label(0.3, "kind", comparison=pair.id)
    (alone,), _ = merge([pair], [judged], {}, settings(), overrides={})
    (joined,), _ = merge(
        [pair], [judged, label(0.95, "", comparison=pair.id)], {}, settings(), overrides={}
    )
    assert alone.chosen[0]["content"] == "b"
    assert joined.chosen[0]["content"] == "a"


def test_a_principle_may_weigh_more_in_one_comparison_than_in_another(compare: Compare) -> None:
    pairs = [compare("a", f"b{i}") for i in range(2)]
    labels = [
        label(p, name, comparison=pair.id)
        for pair in pairs
        for p, name in ((0.9, "kind"), (0.2, "true"))
    ]
    weights = {pairs[0].id: {"kind": 1.0, "true": 3.0}}
    rows, _ = merge(pairs, labels, weights, settings(), overrides={})
    for_a, for_b = 0.9 * 0.2**3, 0.1 * 0.8**3
    assert rows[0].chosen[0]["content"] == "b0"
    assert rows[0].probability == pytest.approx(for_b**0.25 / (for_a**0.25 + for_b**0.25))
    assert rows[1].chosen[0]["content"] == "a"
    assert rows[1].probability == pytest.approx(0.6)  # odds of the root of 9 : 1 and 1 : 4


def test_the_split_is_by_prompt_and_near_its_share() -> None:
    splits = [split_of(f"prompt {index}", 0.2) for index in range(2000)]
    assert 320 <= splits.count("heldout") <= 480
    assert {split_of("x", 0.0), split_of("x", 1.0)} == {"train", "heldout"}
    # A larger share keeps what was held out.
    assert all(
        split_of(f"prompt {index}", 0.4) == "heldout"
        for index, split in enumerate(splits)
        if split == "heldout"
    )


def test_a_principle_that_decides_silences_those_it_overrides(compare: Compare) -> None:
    pairs = [compare("a", "b0", prompt="p0"), compare("a", "b1", prompt="p1")]
    labels = [
        label(0.9, "safe", comparison=pairs[0].id),
        label(0.001, "short", comparison=pairs[0].id),
        label(None, "safe", "tie", comparison=pairs[1].id),
        label(0.001, "short", comparison=pairs[1].id),
    ]
    rows, _ = merge(pairs, labels, {}, settings(), overrides={"safe": ("short",)})
    assert [row.chosen[0]["content"] for row in rows] == ["a", "b1"]
    assert rows[0].probability == pytest.approx(0.9)
    assert [row.principles for row in rows] == [("safe",), ("short",)]
    (kept, _), _ = merge(pairs, labels, {}, settings(), overrides={"short": ("safe",)})
    assert kept.chosen[0]["content"] == "b0"
