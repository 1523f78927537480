"""What a reward function gives for a batch of answers: one number each, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from cai.errors import RunError


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of n answers.

    total: [n], finite; what training raises.
    parts: by the name of each source, [n], what it alone said: unweighted, in its own units after
        its normalisation, NaN where it does not apply to an answer. For reading; training never
        sees them.
    """

    total: Tensor
    parts: Mapping[str, Tensor] = field(default_factory=dict)

    def metrics(self) -> dict[str, float]:
        """`objective/rewards/<name>`, a part's mean over the answers that it applies to, and
        `objective/rewards/<name>_std`, its deviation. Left out where it applies to none."""
        found = {}
        for name, part in self.parts.items():
            real = part[part.isfinite()]
            if real.numel():
                found[f"objective/rewards/{name}"] = float(real.mean())
                found[f"objective/rewards/{name}_std"] = float(real.std(correction=0))
        return found

    def row(self, index: int) -> dict[str, float | None]:
        """The parts of one answer's score, as JSON has them."""
        values = {name: float(part[index]) for name, part in self.parts.items()}
        return {name: None if value != value else value for name, value in values.items()}


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
    return Scores(total, parts)


def _on(values: Tensor, device: torch.device) -> Tensor:
    # Copied: a tensor made in inference mode could not take part in training.
    return torch.as_tensor(values, dtype=torch.float32, device=device).clone()
