"""What a reward function gives for a batch of answers: one number each, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from cai.errors import RunError
from cai.records import Row


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of n answers.

    total: [n], finite; what training raises.
    parts: by the name of each source, [n], what it alone said: unweighted, in its own units after
        its normalisation, NaN where it does not apply to an answer. For reading; training never
        sees them.
    logged: further numbers of the whole batch, by the name of their metric.
    columns: further values of each answer, n of them, by the name of their column.
    """

    total: Tensor
    parts: Mapping[str, Tensor] = field(default_factory=dict)
    logged: Mapping[str, float] = field(default_factory=dict)
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def metrics(self) -> dict[str, float]:
        """`objective/rewards/<name>`, a part's mean over the answers that it applies to, and
        `objective/rewards/<name>_std`, its deviation; left out where it applies to none. And what
        was `logged`."""
        found = {}
        for name, part in self.parts.items():
            real = part[part.isfinite()]
            if real.numel():
                found[f"objective/rewards/{name}"] = float(real.mean())
                found[f"objective/rewards/{name}_std"] = float(real.std(correction=0))
        return {**found, **self.logged}

    def row(self, index: int) -> Row:
        """What is known of one answer's score beside its total, as part of a row."""
        values = {name: float(part[index]) for name, part in self.parts.items()}
        rewards = {name: None if value != value else value for name, value in values.items()}
        columns = {name: values[index] for name, values in self.columns.items()}
        return {name: part for name, part in (("rewards", rewards), ("extra", columns)) if part}


def scores_of(
    given: Scores | Sequence[float] | Tensor, *, count: int, device: torch.device
) -> Scores:
    """What a reward function returned for `count` answers, as float32 on `device`.

    Raises:
        RunError: if it is not `count` finite numbers, or a part of it not `count` numbers.
    """
    found = given if isinstance(given, Scores) else Scores(torch.as_tensor(given))
    total = _on(found.total, device)
    if total.shape != (count,) or not bool(total.isfinite().all()):
        raise RunError(
            f"align-ppo: the reward gave {tuple(total.shape)} scores for {count} answers, or one "
            "that is not a finite number; check the reward model"
        )
    parts = {name: _on(part, device) for name, part in found.parts.items()}
    for name, part in parts.items():
        if part.shape != (count,) or bool(part.isinf().any()):
            raise RunError(
                f"align-ppo: the part {name!r} of the reward has {tuple(part.shape)} numbers for "
                f"{count} answers, or an infinite one; check that source"
            )
    return Scores(total, parts, found.logged, found.columns)


def _on(values: Tensor, device: torch.device) -> Tensor:
    # Copied: a tensor made in inference mode could not take part in training.
    return torch.as_tensor(values, dtype=torch.float32, device=device).clone()
