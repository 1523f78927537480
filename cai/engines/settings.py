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
    """From the recipe's section `engine`; `ray` is its group of that name."""
    fields = dict(values)
    own = {role: fields.pop(role) for role in ROLES}
    vllm = VllmSettings(**fields.pop("vllm"))
    fields["ray"] = ray
    return EngineSettings(**fields, vllm=vllm, roles={r: v for r, v in own.items() if v})
