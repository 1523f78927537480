"""How many tokens go through a model at once: as many as fit its device's memory.

The first guess follows from the free memory. Where it was too high, it is halved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import torch
from transformers import PreTrainedModel

from cai.container import memory_left
from cai.engines.workers import in_order
from cai.errors import EngineError

MOST_TOKENS = 32_768
"""More at once keeps no device busier."""

_SHARE = 0.5  # of the free memory: the rest is for what the estimate knows nothing of
_NO_MEMORY = ("not enough memory", "defaultcpuallocator", "out of memory", "bad alloc")


class TokenBudget:
    """The most tokens of a batch, prompt and new, lowered where memory runs out."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens

    def spend(
        self,
        indices: Sequence[int],
        *,
        cut: Callable[[Sequence[int], int], Iterator[Sequence[int]]],
        run: Callable[[Sequence[int]], None],
        most: int | None = None,
        workers: int = 1,
    ) -> None:
        """Runs all of `indices` in batches; one that runs out of memory is cut up and run again.

        Args:
            cut: some indices and a number of tokens to batches under it.
            run: does one batch and keeps its results; after a failure it may be called again.
            most: a bound on batches beside this one.
            workers: how many batches `run` does at once, until one of them does not fit.

        Raises:
            EngineError: if a batch of one does not fit.
        """
        left = list(indices)
        while left:
            done: set[int] = set()
            batches = list(cut(left, max(1, min(self.tokens // workers, most or self.tokens))))
            with closing(in_order(partial(fits, run), batches, workers=workers)) as tried:
                for batch, fit in zip(batches, tried, strict=True):
                    if fit:
                        done.update(batch)
                        continue
                    if workers == 1:
                        self._halve(batch, cut)
                    workers = 1  # what is left has the memory to itself
                    break
            left = [index for index in left if index not in done]

    def lower(self, sequences: int, tokens: int) -> None:
        """After so many tokens of so many sequences did not fit: half of them may.

        Raises:
            EngineError: if there was but one.
        """
        if sequences == 1:
            raise no_memory("a single request")
        self.tokens = max(1, min(self.tokens, tokens) // 2)

    def _halve(
        self, batch: Sequence[int], cut: Callable[[Sequence[int], int], Iterator[Sequence[int]]]
    ) -> None:
        """Until that batch would be cut."""
        if len(batch) == 1:
            raise no_memory("a single request")
        while len(next(cut(batch, self.tokens))) == len(batch) and self.tokens > 1:
            self.tokens //= 2


def automatic_tokens(model: PreTrainedModel) -> int:
    """A budget that should fit the free memory of a model's device, at most `MOST_TOKENS`.

    Per token it counts keys and values in all layers, and what one layer holds at once.
    """
    config = model.config.get_text_config()
    layers = int(getattr(config, "num_hidden_layers", 0) or 0)
    hidden = int(getattr(config, "hidden_size", 0) or 0)
    inner = int(getattr(config, "intermediate_size", 0) or 4 * hidden)
    values = 2 * layers * hidden + 12 * hidden + 4 * inner
    free = free_bytes(model.device)
    if free is None or values == 0:
        return MOST_TOKENS
    tokens = int(_SHARE * free / (values * model.dtype.itemsize))
    return max(1, min(MOST_TOKENS, tokens))


def free_bytes(device: torch.device) -> int | None:
    """What may still be allocated, by the machine or its container; None where nobody tells."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    meminfo = Path("/proc/meminfo")
    if device.type != "cpu" or not meminfo.exists():
        return None
    lines = dict(line.split(":", 1) for line in meminfo.read_text("ascii").splitlines())
    told = [int(lines["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in lines else None]
    told.append(memory_left())
    return min((one for one in told if one is not None), default=None)


def out_of_memory(error: BaseException) -> bool:
    """Whether that is how torch (on any device) or Python says it."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(sign in text for sign in _NO_MEMORY)


def no_memory(what: str) -> EngineError:
    """The error for what cannot be made smaller."""
    return EngineError(
        f"memory ran out at {what}; take a smaller model, engine.dtype bfloat16, shorter prompts "
        "or fewer new tokens"
    )


def fits(run: Callable[..., object], *given: object) -> bool:
    """Runs it; says whether there was memory enough. Other failures are its caller's."""
    try:
        run(*given)
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        fit = False
    else:
        fit = True
    # Only here is the error gone, and with it all that its traceback held on to.
    if not fit and torch.cuda.is_available():
        torch.cuda.empty_cache()
    return fit
