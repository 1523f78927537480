"""Steps of the stages that ask models: the longest request, many at once."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import replace

from cai.doctor.dry.longest import Request, longest
from cai.doctor.dry.step import Trial
from cai.doctor.shapes import shape_of
from cai.engines.base import ChooseRequest, Engine
from cai.models import device_for
from cai.run import Run

# What is tried at once. An engine would take more, as much as the memory holds; a batch of this
# size says how much each token takes, in seconds.
_TOKENS = {"cpu": 2048, "cuda": 16384}
_NEW = 32  # tokens said: the cache of more grows by as much for each
_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


def asking(run: Run, stage: str) -> Trial | None:
    """A trial of critique-revise or label; None where all that it asks is elsewhere."""
    if run.recipe.engine.ray.address is not None:
        return None
    requests = {
        (model, role): own
        for (model, role), own in longest(run, stage).items()
        if model not in run.recipe.servers
    }
    if not requests:
        return None
    parameters = {model: shape_of(run.pinned(model)).parameters for model, _ in requests}

    def step(tokens: int) -> int:
        held = 0
        for (model, role), own in requests.items():
            engine = run.uncached_engine(model, role)
            for request in own:
                asked_at_once(engine, request, tokens)
            held = max(held, parameters[model] * _BYTES[engine.identity.dtype])
            del engine  # as the stages do: one after the other
            run.close_engines()
            gc.collect()
        return held

    return Trial(
        unit="tokens", configured=at_once(run), length=0, parameters=max(parameters.values()),
        step=step,
    )  # fmt: skip


def at_once(run: Run) -> int:
    """How many tokens are tried at once."""
    most = _TOKENS[device_for(run.recipe.engine.device).type]
    return min(most, run.recipe.engine.token_budget or most)


def asked_at_once(engine: Engine, request: Request, tokens: int) -> None:
    """Asks copies of a request that come to so many tokens, at least one."""
    if isinstance(request, ChooseRequest):
        count = max(1, tokens // engine.count(request.messages))
        engine.choose(_copies_of_choice(request, count))
        return
    few = min(_NEW, request.max_new_tokens)
    count = max(1, tokens // (engine.count(request.messages) + few))
    engine.generate([replace(request, max_new_tokens=few, seed=number) for number in range(count)])


def _copies_of_choice(request: ChooseRequest, count: int) -> Sequence[ChooseRequest]:
    # Beginnings that are alike are read once, so that copies differ from their first word on.
    first, *rest = request.messages
    return [
        replace(
            request,
            messages=({**first, "content": f"{number} {first['content']}"}, *rest),
        )
        for number in range(count)
    ]
