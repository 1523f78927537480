"""Attention of prompts that are begun, and of the tokens that follow, one per sequence.

Objects of this module serve one forward pass: they are called once for each layer, first to last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from cai.engines.continuous.cohort import Cohort
from cai.engines.prefix.attention import Cascade, merged
from cai.engines.prefix.kernels import Kernel


@dataclass(frozen=True, slots=True)
class Beginning:
    """The keys and values [1, heads, length, D] per layer of what all prompts begin with."""

    keys: list[Tensor] = field(default_factory=list)
    values: list[Tensor] = field(default_factory=list)

    @property
    def length(self) -> int:
        """In tokens; 0 where nothing is shared."""
        return int(self.keys[0].shape[2]) if self.keys else 0


@dataclass(slots=True)
class Begun:
    """Attention over a stream that comes after `beginning`; keeps its keys and values.

    Attributes:
        keys, values: [1, heads, N, D] of the layers so far.
    """

    cascade: Cascade
    beginning: Beginning
    keys: list[Tensor] = field(default_factory=list)
    values: list[Tensor] = field(default_factory=list)

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, scale: float | None) -> Tensor:
        layer = len(self.keys)
        self.keys.append(key)
        self.values.append(value)
        own = self.cascade.attend(query, key, value, scale)
        if self.beginning.length:
            before = self.beginning.keys[layer], self.beginning.values[layer]
            out, lse = self.cascade.kernel(query, *before, causal=False, scale=scale)
            own = merged(own, (out[0].transpose(0, 1), lse[0].T))
        return own[0][None]


@dataclass(slots=True)
class Following:
    """Attention of one new token for each sequence, the cohorts' in their order."""

    cohorts: Sequence[Cohort]
    beginning: Beginning
    kernel: Kernel
    layer: int = 0

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, scale: float | None) -> Tensor:
        layer, heads = self.layer, key.shape[1]
        self.layer += 1
        # Heads that share keys ask for them as if they were several tokens: [N, heads, group, D].
        asking = query[0].transpose(0, 1)
        asking = asking.reshape(len(asking), heads, -1, asking.shape[-1])
        new_keys, new_values = key[0].transpose(0, 1), value[0].transpose(0, 1)
        outs, lses, start = [], [], 0
        for cohort in self.cohorts:
            rows = slice(start, start + len(cohort.rows))
            keys, values = cohort.append(layer, new_keys[rows], new_values[rows])
            out, lse = self.kernel(
                asking[rows], keys, values, causal=False, scale=scale, mask=cohort.seen()
            )
            outs.append(out)
            lses.append(lse)
            start = rows.stop
        found = torch.cat(outs)
        if self.beginning.length:
            found = self._after_beginning(layer, asking, (found, torch.cat(lses)), scale)
        return found.flatten(1, 2)[None]

    def _after_beginning(
        self, layer: int, asking: Tensor, own: tuple[Tensor, Tensor], scale: float | None
    ) -> Tensor:
        count, heads, group, _ = asking.shape
        together = asking.transpose(0, 1).flatten(1, 2)[None]  # [1, heads, N · group, D]
        before = self.beginning.keys[layer], self.beginning.values[layer]
        out, lse = self.kernel(together, *before, causal=False, scale=scale)
        out, lse = out.view(heads, count, group, -1), lse.view(heads, count, group)
        return merged(own, (out.transpose(0, 1), lse.transpose(0, 1)))[0]
