"""Python functions as TRL's trainers call them."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from transformers import TrainerState

from cai.errors import RunError
from cai.records import Prompt, said_by
from cai.reward.sources.answered import Answered
from cai.reward.sources.function import FunctionSource

WHERE = "align-ppo.rewards[2].function"
ANSWERED = Answered(
    prompts=[
        Prompt(
            id="1",
            messages=(*said_by("system", "s"), *said_by("user", "2+2")),
            tags=("helpful",),
            columns={"prompt": "2+2", "answer": "4", "completion": "x"},
        ),
        Prompt(id="2", messages=said_by("user", "why")),
    ],
    texts=["It is 4.", "Because."],
    token_ids=[(5, 6, 1), (7, 1)],
    step=3,
    steps=9,
)


def source(function: Callable[..., Any]) -> FunctionSource:
    return FunctionSource(function, where=WHERE)


def test_a_function_gets_what_trl_gives() -> None:
    got: dict[str, Any] = {}

    def reward(**given: Any) -> list[float]:
        got.update(given)
        return [1, 2.5]

    assert source(reward)(ANSWERED).values.tolist() == [1.0, 2.5]
    state = got.pop("trainer_state")
    assert isinstance(state, TrainerState)
    assert (state.global_step, state.max_steps) == (3, 9)
    assert callable(got.pop("log_metric"))
    assert callable(got.pop("log_extra"))
    assert got == {
        "prompts": [
            [{"role": "system", "content": "s"}, {"role": "user", "content": "2+2"}],
            [{"role": "user", "content": "why"}],
        ],
        "completions": [
            [{"role": "assistant", "content": "It is 4."}],
            [{"role": "assistant", "content": "Because."}],
        ],
        "completion_ids": [[5, 6, 1], [7, 1]],
        "answer": ["4", None],
        "tags": [["helpful"], []],
    }


def test_trls_own_reward_functions_work() -> None:
    from trl.rewards import think_format_reward

    texts = ["<think>a</think> b", "b"]
    given = Answered(prompts=ANSWERED.prompts, texts=texts, token_ids=ANSWERED.token_ids)
    assert source(think_format_reward)(given).values.tolist() == [1.0, 0.0]


def test_a_function_may_name_only_what_it_needs_and_not_apply() -> None:
    def right(completions: list[Any], answer: list[str | None]) -> list[float | None]:
        return [
            None if truth is None else float(truth in said[0]["content"])
            for said, truth in zip(completions, answer, strict=True)
        ]

    values = source(right)(ANSWERED).values.tolist()
    assert values[0] == 1.0
    assert math.isnan(values[1])


def test_functions_may_be_asynchronous_and_keep_their_loop() -> None:
    loops = set()

    async def reward(completions: list[Any], **_: Any) -> list[float]:
        loops.add(asyncio.get_running_loop())
        await asyncio.sleep(0)
        return [0.5] * len(completions)

    made = source(reward)
    for _ in range(2):
        assert made(ANSWERED).values.tolist() == [0.5, 0.5]
    assert len(loops) == 1


def test_what_a_function_logs_comes_out() -> None:
    def reward(completions: list[Any], log_metric: Any, log_extra: Any, **_: Any) -> Any:
        log_metric("length", 3)
        log_metric("length", torch.tensor(5.0))
        log_metric("length", math.nan)
        log_metric("of none", math.nan)
        log_extra("first", [said[0]["content"][:2] for said in completions])
        log_extra("odd", [math.nan, {1}])
        return torch.tensor([1.0, 2.0])

    said = source(reward)(ANSWERED)
    assert said.values.tolist() == [1, 2]
    assert said.logged == {"length": 4.0}
    assert said.columns == {"first": ["It", "Be"], "odd": [None, "{1}"]}


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ([1.0], "1 rewards for 2 answers"),
        ([1.0, math.nan], "nan for answer 1"),
        ([math.inf, 1.0], "inf for answer 0"),
        ([1.0, -1e39], r"-1e\+39 for answer 1"),  # no float32
        (["1", 1.0], "'1' for answer 0"),
        ([1.0, [2.0, 3.0]], "for answer 1"),
        (None, "NoneType"),
    ],
)
def test_what_is_not_a_number_for_each_answer_is_refused(returned: Any, said: str) -> None:
    with pytest.raises(RunError, match=rf"^align-ppo\.rewards\[2\]\.function: .*{said}"):
        source(lambda **_: returned)(ANSWERED)


def test_a_function_that_fails_is_told_with_its_line() -> None:
    def reward(**_: Any) -> list[float]:
        raise KeyError("solution")

    async def later(**_: Any) -> list[float]:
        await asyncio.sleep(0)
        return json.loads("no json")

    def logs(log_extra: Any, **_: Any) -> None:
        log_extra("a", 5)

    for function, told in (
        (reward, "KeyError: 'solution'"), (later, "JSONDecodeError"), (logs, "TypeError"),
    ):  # fmt: skip
        with pytest.raises(RunError, match=rf"{told}.* \(.*test_function\.py:\d+\)"):
            source(function)(ANSWERED)


def test_a_column_that_no_prompt_has_is_named() -> None:
    def reward(completions: list[Any], solution: list[str]) -> list[float]:
        return [0.0 for _ in solution]

    with pytest.raises(RunError, match=r"asks for 'solution'.*there are answer, completion_ids"):
        source(reward)(ANSWERED)


def test_extra_columns_need_a_value_for_each_answer() -> None:
    def reward(log_extra: Any, **_: Any) -> list[float]:
        log_extra("a", [1])
        return [0.0, 0.0]

    with pytest.raises(RunError, match="1 values of 'a' for 2 answers"):
        source(reward)(ANSWERED)
