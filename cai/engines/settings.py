"""Which engine asks which model, as a recipe says it. Importing this loads nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from cai.engines.ray.settings import RaySettings
from cai.engines.vllm.settings import VllmSettings

Role = Literal["policy", "critic", "judge"]
ROLES: tuple[Role, ...] = ("policy", "critic", "judge")
"""Who is asked: models that are aligned, and other authors of answers; the critic; the judge."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSettings:
    """How models are asked. `token_budget` bounds the tokens of one batch; None is as many as the
    memory holds.

    `device` is that of training too. `ray` says whether workers of a cluster are asked instead.
    `roles` says what is otherwise for some of them.
    """

    kind: str
    device: str | None
    dtype: str
    token_budget: int | None
    vllm: VllmSettings = field(default_factory=VllmSettings)
    ray: RaySettings = field(default_factory=RaySettings)
    roles: Mapping[Role, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, role: Role) -> EngineSettings:
        """The settings for one role."""
        own = dict(self.roles.get(role) or {})
        if "vllm" in own:
            own["vllm"] = replace(self.vllm, **own["vllm"])
        return replace(self, **own, roles={})

    @property
    def gpus_per_model(self) -> int:
        """The most GPUs that one model is spread over."""
        return max([1, *(one.tensor_parallel_size for one in self._by_vllm().values())])

    def check_workers(self) -> None:
        """Checks that what a worker of a Ray cluster is given holds what it is to load.

        Raises:
            ValueError: naming the settings that contradict each other, under `engine`.
        """
        gpus = self.ray.gpus
        if self.ray.address is None or not gpus:
            return
        for group, vllm in self._by_vllm().items():
            if vllm.tensor_parallel_size > max(gpus, 1):
                raise ValueError(
                    f"ray.gpus: a worker has {gpus:g}, and {group}.tensor_parallel_size spreads a "
                    f"model over {vllm.tensor_parallel_size}; give as many, or leave ray.gpus out"
                )
            if vllm.gpu_memory_utilization > gpus:
                raise ValueError(
                    f"ray.gpus: a worker has {gpus:g} of one, and {group}.gpu_memory_utilization "
                    f"takes {vllm.gpu_memory_utilization:g} of its memory; lower that to {gpus:g}"
                )

    def _by_vllm(self) -> dict[str, VllmSettings]:
        """Of the roles that vLLM answers for, by the name of the group that says so."""
        return {
            f"engine.{role}.vllm" if "vllm" in (self.roles.get(role) or {}) else "engine.vllm": one
            for role in ROLES
            if self.of(role).kind == "vllm"
            for one in [self.of(role).vllm]
        }

    def inputs(self, *roles: Role) -> Any:
        """What a stage that asks these roles depends on: what may change what they say."""
        asked = {role: self.of(role) for role in roles}
        told = {
            role: one.dtype if one.kind == "transformers" else f"{one.kind} {one.dtype}"
            for role, one in asked.items()
        }
        alike = len(set(told.values())) == 1
        return next(iter(told.values())) if alike else told


def engine_settings(values: Mapping[str, Any], ray: RaySettings) -> EngineSettings:
    """From the recipe's section `engine`; `ray` is its group of that name.

    Raises:
        ValueError: as `EngineSettings.check_workers`.
    """
    fields = dict(values)
    own = {role: fields.pop(role) for role in ROLES}
    vllm = VllmSettings(**fields.pop("vllm"))
    fields["ray"] = ray
    settings = EngineSettings(**fields, vllm=vllm, roles={r: v for r, v in own.items() if v})
    settings.check_workers()
    return settings
