"""A Python function with the signature of TRL's reward functions as a source of a reward."""

from __future__ import annotations

import asyncio
import inspect
import math
import traceback
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from transformers import TrainerState

from cai.errors import CaiError, RunError
from cai.reward.sources.answered import Answered
from cai.reward.sources.source import Said

# What the answers themselves are in TRL's rows.
_NOT_COLUMNS = ("prompt", "completion", "completion_ids")

RewardFunc = Callable[..., Sequence[float | None]]


class FunctionSource:
    """Calls `function(prompts=, completions=, completion_ids=, **columns, …)` as TRL's GRPO does.

    `prompts` are lists of messages, `completions` lists of one assistant message each,
    `completion_ids` the sampled ids with what ended the answer. Every further column of the
    prompts' rows comes under its own name, None where a row lacks it, and `tags` are the prompt's.
    `trainer_state` is a `transformers.TrainerState` whose `global_step` counts updates, of
    `max_steps`; `log_metric(name, value)` and `log_extra(column, values)` add to the metrics and to
    the rows of samples. A function that does not take `**kwargs` gets the arguments that it names.

    A number is the score of an answer, and None says that the function does not apply to it. An
    `async def` is awaited, always in the same event loop.

    Args:
        where: the recipe's key, for messages.
    """

    def __init__(self, function: RewardFunc, *, where: str) -> None:
        self._function = function
        self._where = where
        self._loop: asyncio.AbstractEventLoop | None = None

    def __call__(self, answered: Answered) -> Said:
        """Raises RunError if the function fails or does not return a number or None for each."""
        if not answered.texts:  # a process whose share is empty
            return Said(values=torch.zeros(0))
        metrics: dict[str, list[float]] = {}
        columns: dict[str, list[Any]] = {}

        def log_metric(name: str, value: Any) -> None:
            if math.isfinite(number := float(value)):  # a mean over no answer is NaN, and no news
                metrics.setdefault(name, []).append(number)

        given = _arguments(answered) | {
            "log_metric": log_metric,
            "log_extra": lambda column, values: columns.setdefault(column, []).extend(values),
        }
        try:
            returned = self._call(given)
        except CaiError:
            raise
        except Exception as error:
            raise RunError(
                f"{self._where}: the function raised {type(error).__name__}: {error} "
                f"({_place(error, self._function)})"
            ) from error
        count = len(answered.texts)
        for column, values in columns.items():
            if len(values) != count:
                raise RunError(
                    f"{self._where}: log_extra got {len(values)} values of {column!r} for {count} "
                    "answers; give one for each"
                )
        return Said(
            values=torch.tensor(self._checked(returned, count), dtype=torch.float32),
            logged={name: sum(values) / len(values) for name, values in metrics.items()},
            columns={name: [_plain(one) for one in values] for name, values in columns.items()},
        )

    def _call(self, given: Mapping[str, Any]) -> Any:
        returned: Any = self._function(**self._wanted(given))
        if not inspect.isawaitable(returned):
            return returned
        if self._loop is None:
            # One loop for all calls: clients that a function keeps are bound to theirs.
            self._loop = asyncio.new_event_loop()
            weakref.finalize(self, self._loop.close)
        return self._loop.run_until_complete(_awaited(returned))

    def _wanted(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments that the function takes."""
        parameters = inspect.signature(self._function).parameters.values()
        for one in parameters:
            named = one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
            if named and one.default is one.empty and one.name not in given:
                raise RunError(
                    f"{self._where}: the function asks for {one.name!r}, which no prompt has as a "
                    f"column; there are {', '.join(sorted(given))}"
                )
        if any(one.kind is one.VAR_KEYWORD for one in parameters):
            return dict(given)
        return {one.name: given[one.name] for one in parameters if one.name in given}

    def _checked(self, returned: Any, count: int) -> list[float]:
        try:
            values = list(returned)
        except TypeError:
            raise RunError(
                f"{self._where}: the function returned {type(returned).__name__}; return a list "
                "with a number or None for each answer"
            ) from None
        if len(values) != count:
            raise RunError(
                f"{self._where}: the function returned {len(values)} rewards for {count} answers; "
                "return one for each, in their order, and None where it does not apply"
            )
        return [self._number(value, index) for index, value in enumerate(values)]

    def _number(self, value: Any, index: int) -> float:
        if value is None:
            return math.nan
        try:
            number = math.nan if isinstance(value, str | bytes) else float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not abs(number) <= torch.finfo(torch.float32).max:
            raise RunError(
                f"{self._where}: the function returned {value!r} for answer {index}; return a "
                "finite number, or None where it does not apply"
            )
        return number


def _arguments(answered: Answered) -> dict[str, Any]:
    prompts = answered.prompts
    names = dict.fromkeys(name for prompt in prompts for name in prompt.columns)
    names = {name: None for name in names if name not in _NOT_COLUMNS}
    columns = {name: [prompt.columns.get(name) for prompt in prompts] for name in names}
    return {
        **columns,
        "tags": [list(prompt.tags) for prompt in prompts],
        "prompts": [[dict(message) for message in prompt.messages] for prompt in prompts],
        "completions": [[{"role": "assistant", "content": text}] for text in answered.texts],
        "completion_ids": [list(ids) for ids in answered.token_ids],
        "trainer_state": TrainerState(
            global_step=answered.step, max_steps=answered.steps, num_train_epochs=1
        ),
    }


def _place(error: Exception, function: Callable[..., Any]) -> str:
    """The function's own line that failed, which may have called others; else the very line."""
    frames = traceback.extract_tb(error.__traceback__)
    code = getattr(inspect.unwrap(function), "__code__", None)
    own = [one for one in frames if code is not None and one.filename == code.co_filename]
    found = (own or frames)[-1]
    return f"{found.filename}:{found.lineno}"


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if value is None or isinstance(value, str | bool | int):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return number if math.isfinite(number) else None
