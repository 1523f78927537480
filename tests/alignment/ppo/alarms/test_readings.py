"""Each alarm on made-up runs: raised by what it is for, silent otherwise and by noise."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.alignment.ppo.alarms import AlarmSettings
from cai.alignment.ppo.alarms.independent import Look, best, change
from cai.alignment.ppo.alarms.readings import Seen, readings, window, windows
from cai.alignment.ppo.alarms.settings import ALARMS

HEALTHY = {
    "objective/kl": 2.0,
    "objective/scores_std": 1.0,
    "val/response_length": 40.0,
    "answers/finished": 0.98,
    "answers/refusals": 0.4,
    "answers/distinct_2": 0.6,
    "loss/value_avg": 0.3,
    "val/ratio_max": 2.0,
}
NUMBERS = [name for name in ALARMS if name not in ("independent", "phrase")]
BAD = {
    "kl": {"objective/kl": 31.0},
    "length": {"val/response_length": 61.0},
    "unfinished": {"answers/finished": 0.7},
    "refusals": {"answers/refusals": 0.65},
    "distinct": {"answers/distinct_2": 0.3},
    "value_loss": {"loss/value_avg": 2.1},
    "ratio": {"val/ratio_max": 12.0},
}


def a_run(
    length: int, change: Callable[[int], dict[str, float]], phrases: dict[str, float] | None = None
) -> list[Seen]:
    return [
        Seen(step=n, metrics=HEALTHY | change(n), phrases={"a b c d e": 0.1} | (phrases or {}))
        for n in range(1, length + 1)
    ]


def raised(seen: list[Seen], looks: tuple[Look, ...] = (), **settings: object) -> set[str]:
    found = windows(seen, batch_size=64, warmup=2)
    read = readings(found, looks, replace(AlarmSettings(), **settings))
    return {name for name, reading in read.items() if reading.raised}


def test_the_windows_hold_256_answers_and_do_not_overlap() -> None:
    assert [window(size) for size in (8, 64, 100, 256, 1024)] == [32, 4, 3, 1, 1]
    seen = a_run(12, lambda n: {})
    assert windows(seen[:7], batch_size=64, warmup=2) is None
    found = windows(seen, batch_size=64, warmup=5)
    assert found is not None
    assert [each.step for each in found.first] == [1, 2, 3, 4, 5, 6]
    assert [each.step for each in found.now] == [9, 10, 11, 12]


@pytest.mark.parametrize("alarm", NUMBERS)
def test_an_alarm_is_raised_by_its_own_number_alone(alarm: str) -> None:
    bad = a_run(12, lambda n: BAD[alarm] if n > 8 else {})
    assert raised(bad) == {alarm}
    assert raised(bad, **{alarm: None}) == set()
    one_batch = a_run(12, lambda n: BAD[alarm] if n == 12 else {})
    assert alarm not in raised(one_batch)


def test_a_healthy_run_raises_nothing() -> None:
    draw = random.Random(0)

    def noise(n: int) -> dict[str, float]:
        # As much as batches of 64 answers vary: shares by 6 points, lengths by a fifteenth.
        return {
            "answers/refusals": draw.gauss(0.4, 0.06),
            "val/response_length": draw.gauss(40 + n / 30, 3),
            "answers/distinct_2": draw.gauss(0.6, 0.03),
            "loss/value_avg": 0.3 / n + draw.random() / 20,
            "val/ratio_max": 1 + draw.expovariate(1),
        }

    seen = a_run(300, noise)
    for end in range(8, 301):
        assert raised(seen[:end]) == set()


def test_shorter_answers_are_a_drift_too() -> None:
    assert raised(a_run(12, lambda n: {"val/response_length": 26.0} if n > 8 else {})) == {"length"}
    assert raised(a_run(12, lambda n: {"val/response_length": 27.0} if n > 8 else {})) == set()


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_phrase_counts_by_its_rise(first: float, now: float) -> None:
    phrase = "you are valid valued and"
    start, end = (a_run(8, lambda n: {}, {phrase: share}) for share in (first, now))
    expected = {"phrase"} if now - first > 0.25 + 1e-9 else set()
    if abs(now - first - 0.25) > 1e-6:
        assert raised(start[:4] + end[4:]) == expected


def test_a_phrase_that_was_not_listed_at_first_may_have_been_there() -> None:
    """It may have had as large a share as the rarest of those listed."""
    crowded = {f"a b c d {number}": 0.5 for number in range(32)}
    start = [replace(each, phrases=crowded) for each in a_run(4, lambda n: {})]
    assert raised(start + a_run(8, lambda n: {}, {"p q r s t": 0.7})[4:]) == set()
    assert raised(start + a_run(8, lambda n: {}, {"p q r s t": 0.8})[4:]) == {"phrase"}


def test_the_value_loss_may_be_as_large_as_the_rewards_vary() -> None:
    """A reward that spreads makes for a loss that grows; that alone is no explosion."""
    spread = {"loss/value_avg": 2.1, "objective/scores_std": 3.0}
    assert raised(a_run(12, lambda n: spread if n > 8 else {})) == set()
    rescaled = spread | {"objective/scores_running_std": 3.0}
    assert raised(a_run(12, lambda n: rescaled if n > 8 else {})) == {"value_loss"}


def a_look(step: int, score: float, reward: float, *, noise: float = 0.3, seed: int = 0) -> Look:
    draw = random.Random(seed)
    prompts = random.Random(1)
    base = [prompts.gauss(0, 1) for _ in range(64)]
    return Look(
        step=step,
        scores=tuple(score + each + draw.gauss(0, noise) for each in base),
        rewards=tuple(reward + each + draw.gauss(0, noise) for each in base),
    )


@pytest.mark.parametrize(
    ("score", "reward", "alarm"),
    [
        (-0.5, 0.5, True),
        (-0.5, 0.0, False),  # the reward has not risen
        (0.5, 0.5, False),  # both rise
        (0.0, 0.5, False),
        (-0.1, 0.5, False),  # certain, and too small to matter
    ],
)
def test_the_independent_score_must_fall_while_the_reward_rises(
    score: float, reward: float, alarm: bool
) -> None:
    looks = (a_look(0, 0, 0, noise=0.05), a_look(4, score, reward, noise=0.05, seed=2))
    assert raised([], looks) == ({"independent"} if alarm else set())


def test_a_fall_counts_from_the_best_look() -> None:
    """Under optimisation the gold reward first rises and then falls, below its start or not."""
    looks = tuple(
        a_look(4 * number, score, number, seed=number)
        for number, score in enumerate((0.0, 1.0, 1.4, 0.4))
    )
    assert raised([], looks[:3]) == set()
    assert raised([], looks) == {"independent"}
    assert best(looks) == looks[2]


def test_the_same_policy_raises_nothing() -> None:
    assert raised([], (a_look(0, 0, 0), a_look(0, 0, 0))) == set()


def test_noise_hardly_ever_raises_the_independent_alarm() -> None:
    """Where the reward really rises and the score really stays: of 100 runs of 9 looks, one."""
    runs = [
        tuple(a_look(step, 0, step, seed=1000 * run + step) for step in range(9))
        for run in range(100)
    ]
    wrong = sum(
        any(raised([], looks[:count]) for count in range(2, len(looks) + 1)) for looks in runs
    )
    assert wrong <= 1


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=20), st.floats(-3, 3))
def test_a_change_is_that_of_the_pairs(before: list[float], shift: float) -> None:
    found = change(before, [value + shift for value in before])
    assert found.mean == pytest.approx(shift, abs=1e-9)
    assert found.error == pytest.approx(0, abs=1e-9)
