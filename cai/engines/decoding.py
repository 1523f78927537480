"""Sampling token by token, such that a sequence does not depend on what else is in the batch.

Every sequence brings its own uniform numbers, one per new token; a token is drawn by inverting the
cumulative distribution at that number. So the same prompt with the same numbers gives the same
text, alone or among others, and a stage that is resumed makes the texts it would have made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from cai.engines.kv_cache import roomy_cache


@dataclass(frozen=True, slots=True)
class Sampled:
    """New tokens, the stop token included if one was said, and whether the model stopped."""

    tokens: list[int]
    finished: bool


def uniforms(seeds: Sequence[int], length: int) -> Tensor:
    """[len(seeds), length] float64 in [0, 1): row i depends on seeds[i] alone."""
    rows = [np.random.Generator(np.random.Philox(seed)).random(length) for seed in seeds]
    return torch.from_numpy(np.stack(rows)) if rows else torch.zeros(0, length).double()


@torch.inference_mode()
def sample(
    model: PreTrainedModel,
    prompts: Sequence[Sequence[int]],
    *,
    uniforms: Tensor | None,
    max_new_tokens: int,
    stop_ids: frozenset[int],
    pad_id: int,
    temperature: float = 1.0,
    top_p: float = 1.0,
    banned_ids: Sequence[int] = (),
    stopped: Callable[[Sequence[int]], bool] | None = None,
) -> list[Sampled]:
    """Continues each prompt until it says a stop token or has `max_new_tokens`.

    Args:
        prompts: token ids, unpadded; all of them go through one batch.
        uniforms: [len(prompts), >= max_new_tokens]; None or temperature 0 is greedy.
        banned_ids: tokens never said (a pad token, say).
        stopped: a further test on the new tokens of one sequence, asked after each token.

    Finished sequences leave the batch as soon as they are half of it.
    """
    device = model.device
    input_ids, mask = _left_pad(prompts, pad_id, device)
    cache = roomy_cache(model.config, input_ids.shape[1] + max_new_tokens)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    rows = torch.arange(len(prompts), device=device)  # which prompt each row of the batch is
    banned = torch.tensor(list(banned_ids), dtype=torch.long, device=device)
    stops = torch.tensor(sorted(stop_ids), dtype=torch.long, device=device)
    noise = uniforms.to(device) if uniforms is not None and temperature > 0 else None
    new: list[list[int]] = [[] for _ in prompts]
    finished = [False] * len(prompts)
    alive = torch.ones(len(prompts), dtype=torch.bool, device=device)

    for step in range(max_new_tokens):
        logits = _last_logits(model, input_ids, mask, positions, cache)
        logits[:, banned] = -torch.inf
        if noise is None:
            tokens = logits.argmax(-1)
        else:
            tokens = draw(logits, noise[rows, step], temperature=temperature, top_p=top_p)
        ended = torch.isin(tokens, stops)
        for row, token, end, live in zip(
            rows.tolist(), tokens.tolist(), ended.tolist(), alive.tolist(), strict=True
        ):
            if live:
                new[row].append(token)
                finished[row] = end or (stopped is not None and stopped(new[row]))
        alive &= torch.tensor([not finished[row] for row in rows.tolist()], device=device)
        living = int(alive.sum())
        if living == 0:
            break
        positions = positions[:, -1:] + 1
        input_ids = tokens[:, None]
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
        if living <= len(rows) // 2:
            keep = alive.nonzero().squeeze(-1)
            cache.batch_select_indices(keep)
            rows, alive, mask = rows[keep], alive[keep], mask[keep]
            positions, input_ids = positions[keep], input_ids[keep]
    return [Sampled(tokens, end) for tokens, end in zip(new, finished, strict=True)]


def draw(logits: Tensor, uniform: Tensor, *, temperature: float, top_p: float) -> Tensor:
    """One token per row by inverse transform sampling: logits [n, vocab], uniform [n] -> [n].

    With `top_p` < 1 only the smallest set of tokens with that much probability is drawn from
    (Holtzman et al. 2020).
    """
    probabilities = torch.softmax(logits.float() / temperature, dim=-1)
    order = None
    if top_p < 1:
        probabilities, order = probabilities.sort(dim=-1, descending=True, stable=True)
        before = probabilities.cumsum(-1) - probabilities
        probabilities = probabilities.masked_fill(before >= top_p, 0.0)
    # In double precision: single would lose the rare tokens of a large vocabulary.
    cumulative = probabilities.cumsum(-1, dtype=torch.float64)
    total = cumulative[:, -1:].contiguous()
    index = torch.searchsorted(cumulative, uniform[:, None].double() * total, right=True)
    # Rounding may reach the total itself; the last token that adds to it is then meant, since
    # those behind it have probability 0.
    last = torch.searchsorted(cumulative, total)
    index = torch.minimum(index, last)
    return (index if order is None else order.gather(-1, index)).squeeze(-1)


def _last_logits(
    model: PreTrainedModel, input_ids: Tensor, mask: Tensor, positions: Tensor, cache: Any
) -> Tensor:
    output = model(
        input_ids=input_ids,
        attention_mask=mask,
        position_ids=positions,
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    logits: Tensor = output.logits[:, -1]
    return logits.float()


def _left_pad(
    prompts: Sequence[Sequence[int]], pad_id: int, device: torch.device
) -> tuple[Tensor, Tensor]:
    width = max(len(prompt) for prompt in prompts)
    ids = torch.full((len(prompts), width), pad_id, dtype=torch.long)
    mask = torch.zeros(len(prompts), width, dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(prompt, dtype=torch.long)
        mask[row, width - len(prompt) :] = 1
    return ids.to(device), mask.to(device)
