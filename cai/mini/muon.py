"""The optimiser: Muon for the matrices inside the layers, AdamW for everything else.

Muon (Jordan et al. 2024) replaces a matrix's momentum by the nearest orthogonal matrix, found by
a Newton-Schulz iteration, so that every direction of the matrix learns at the same pace.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

# Quintic coefficients and number of rounds of the Muon paper: singular values end in 0.7 to 1.2.
_QUINTIC = (3.4445, -4.7750, 2.0315)
_ROUNDS = 5


def orthogonalise(matrices: Tensor) -> Tensor:
    """Nearly the polar factor U V^T of each of ``matrices`` [count, rows, columns]."""
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp_min(1e-12)
    a, b, c = _QUINTIC
    for _ in range(_ROUNDS):
        gram = torch.bmm(x, x.mT)
        inner = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, inner, x, beta=a)
    return x.mT if tall else x


class Optimizer:
    """Muon and AdamW over the named parameters of a Llama.

    Matrices of equal shape are orthogonalised together. The learning rates given to ``step``
    are those of one update; a Muon update is scaled by ``sqrt(max(1, rows / columns))``.
    """

    def __init__(
        self,
        parameters: Mapping[str, Tensor],
        *,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        betas: tuple[float, float] = (0.9, 0.95),
    ) -> None:
        self._momentum = momentum
        self._decay = weight_decay
        shapes: dict[tuple[int, ...], list[Tensor]] = defaultdict(list)
        others = []
        for name, parameter in parameters.items():
            if parameter.ndim == 2 and "embed" not in name:
                shapes[tuple(parameter.shape)].append(parameter)
            else:
                others.append(parameter)
        self._matrices = list(shapes.values())
        self._averages = [torch.zeros(len(group), *group[0].shape) for group in self._matrices]
        self._adam = torch.optim.AdamW(others, lr=0.0, betas=betas, weight_decay=0.0, fused=True)

    @torch.no_grad()
    def step(self, *, matrix_rate: float, other_rate: float) -> None:
        """One update from the gradients the parameters hold."""
        for matrices, average in zip(self._matrices, self._averages, strict=True):
            gradient = torch.stack([matrix.grad for matrix in matrices if matrix.grad is not None])
            average.lerp_(gradient, 1 - self._momentum)
            update = orthogonalise(gradient.lerp_(average, self._momentum))  # Nesterov
            rows, columns = average.shape[1:]
            scale = matrix_rate * max(1.0, rows / columns) ** 0.5
            torch._foreach_mul_(matrices, 1 - matrix_rate * self._decay)
            torch._foreach_add_(matrices, list(update.unbind()), alpha=-scale)
        for group in self._adam.param_groups:
            group["lr"] = other_rate
        self._adam.step()

    def state(self) -> dict[str, Any]:
        """Everything a later ``load`` needs to go on exactly here."""
        return {"averages": self._averages, "adam": self._adam.state_dict()}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take over a ``state``."""
        self._averages = list(state["averages"])
        self._adam.load_state_dict(dict(state["adam"]))
