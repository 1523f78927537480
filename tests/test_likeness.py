"""How far apart two texts are, against a slow count."""

import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.likeness import differ, difference

TEXTS = st.text(alphabet="abé ß\n12-", max_size=30)


def slow(one: str, other: str) -> float:
    """1 - sum of minima / sum of maxima of how often each run of five occurs."""
    counts = []
    for text in (one, other):
        plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
        runs = [plain[n : n + 5] for n in range(len(plain)) if n + 5 <= len(plain)]
        counts.append(Counter(runs or [plain]))
    met = set(counts[0]) | set(counts[1])
    least = sum(min(counts[0][run], counts[1][run]) for run in met)
    return 1 - least / sum(max(counts[0][run], counts[1][run]) for run in met)


@given(one=TEXTS, other=TEXTS)
def test_it_is_the_share_of_runs_that_not_both_have(one: str, other: str) -> None:
    assert difference(one, other) == pytest.approx(slow(one, other), abs=1e-12)
    assert difference(one, other) == difference(other, one)
    assert 0 <= difference(one, other) <= 1
    assert difference(one, one) == 0


@given(one=TEXTS, other=TEXTS, least=st.sampled_from([0.0, 0.03, 0.25, 0.5, 1.0]))
def test_a_look_at_the_lengths_decides_nothing_otherwise(
    one: str, other: str, least: float
) -> None:
    assert differ(one, other, least) == (difference(one, other) >= least)


def test_case_blanks_and_composition_do_not_count_but_signs_and_repetitions_do() -> None:
    assert difference("A café,\n\nclosed", "a cafe\u0301, CLOSED ") == 0
    assert difference("x = a + b", "x = a - b") > 0
    assert difference("on and on", "on and on and on and on and on") > 0.5
    assert difference("没有空格的句子", "没有空格的文章") > 0.3


def test_one_word_in_a_hundred_is_about_the_default_of_three_in_a_hundred() -> None:
    words = [f"word{n}" for n in range(100)]
    changed = [*words[:50], "thing", *words[51:]]
    assert 0.02 < difference(" ".join(words), " ".join(changed)) < 0.04
