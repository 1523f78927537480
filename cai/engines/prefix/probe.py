"""For which models beginnings can be shared: their configuration is read, then they are tried.

Shared where it must not be, results are wrong in silence: by up to 1.4 nats under a sliding window,
for instance. So a model shares only what has been seen to give what the plain way gives.
"""

from __future__ import annotations

from itertools import product

import torch
from transformers import PretrainedConfig

from cai.engines.memory import no_memory, out_of_memory
from cai.engines.prefix.attention import NotShareableError
from cai.engines.prefix.forward import Way, sharing
from cai.engines.prefix.kernels import kernels_for
from cai.engines.prefix.reading import read_shared
from cai.engines.reading import Reading, read_each
from cai.heads import Head
from cai.models import context_in

# The most that log-probabilities may differ, in nats: what rounding does to them.
TOLERANCE = {torch.float32: 1e-4, torch.float16: 0.02, torch.bfloat16: 0.1}

_WINDOWS = ("sliding_window", "window_size", "attention_window", "attention_chunk_size")
_ALIBI = ("bloom", "mpt")  # they have it, and their configuration does not say so at one place


def find_way(head: Head, *, pad_id: int) -> Way | str:
    """How this model shares beginnings, or in a few words why it cannot.

    Raises:
        EngineError: if there is too little memory to try it.
    """
    reason = why_not(head.model.config.get_text_config())
    if reason:
        return reason
    readings = trial(
        context_in(head.model.config), head.model.get_input_embeddings().num_embeddings
    )
    plain = [read_each([reading], head=head, pad_id=pad_id)[0] for reading in readings]
    # The trimmed last layer first, then the whole one: it suits a few models more.
    for kernel, trims in product(kernels_for(head.model.device), (True, False)):
        way = Way(kernel=kernel, trims=trims)
        try:
            with sharing(head.model, way):
                shared = read_shared(readings, head=head, way=way, pad_id=pad_id)
        except (NotShareableError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            if out_of_memory(error):
                raise no_memory("the first trial of the model") from error
            reason = f"{type(error).__name__}: {error}".split("\n", 1)[0][:160]
            continue
        difference = _difference(plain, shared)
        if difference <= TOLERANCE.get(head.model.dtype, 1e-4):
            return way
        reason = f"log-probabilities differ by {difference:.2g}"
    return reason


def why_not(config: PretrainedConfig) -> str:
    """What in a configuration makes a token's output depend on more than the tokens before it.

    Empty if nothing does.
    """
    context = context_in(config)
    for name in _WINDOWS:
        window = getattr(config, name, None)
        if isinstance(window, int) and window < context:
            return f"{name} is {window}"
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention"}
    if kinds:
        return f"it has {', '.join(sorted(kinds))} layers"
    if config.model_type in _ALIBI or getattr(config, "alibi", False):
        return "its positions are ALiBi's"
    if length_matters(config):
        return "its rotary embedding depends on the whole length"
    return ""


def length_matters(config: PretrainedConfig) -> bool:
    """Whether a token's position means something else in a longer sequence, or beside one."""
    rope = getattr(config, "rope_parameters", None) or {}
    kinds = [rope, *(each for each in rope.values() if isinstance(each, dict))]
    return any(each.get("rope_type") in ("dynamic", "longrope") for each in kinds)


def trial(context: int, vocabulary: int) -> list[Reading]:
    """Two families of sequences with unequal beginnings, one of them at two levels, and a loner.

    Long enough for each way in which a stream treats its segments, where the context allows it.
    """

    def tokens(seed: int, length: int) -> list[int]:
        # Multiples of a prime visit the whole vocabulary; nothing is drawn.
        return [(seed * 7919 + 104_729 * i) % vocabulary for i in range(1, length + 1)]

    long = min(130, context // 2)
    first, second = tokens(1, long), tokens(2, long // 4 + 1)
    branches = [first + tokens(seed, long // 6 + seed) for seed in (3, 4)]
    sequences = [branch + tokens(seed, seed - 2) for branch in branches for seed in (5, 9)]
    sequences += [second + tokens(seed, seed) for seed in (7, 11)]
    sequences += [tokens(10, long // 8 + 1)]
    targets = tuple(tokens(12, 16))
    # Most are read where they end; the first also in the middle of what it shares.
    positions = [(len(each) - 1,) * len(targets) for each in sequences]
    positions[0] = (long // 2, long, *positions[0][2:])
    return [Reading(each, own, targets) for each, own in zip(sequences, positions, strict=True)]


def _difference(first: list[list[float]], second: list[list[float]]) -> float:
    """The largest between two tables, in nats; infinite if either holds a NaN."""
    a, b = (torch.tensor([value for row in table for value in row]) for table in (first, second))
    # The pad token's minus infinity is the same in both.
    difference = torch.where(a == b, 0.0, (a - b).abs())
    return float(difference.nan_to_num(nan=torch.inf).max())
