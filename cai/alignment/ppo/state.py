"""What a trainer knows beside its weights and optimizers, as data that JSON can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainerState:
    """The one place for numbers that one update leaves to the next; replaced, never changed.

    A checkpoint keeps it as state.json. A field holds what JSON gives back bit for bit: whole
    numbers, Python floats, strings, None, and lists and mappings of these. There are no random
    generators in it: every random number is derived from the seed and the update.

    Attributes:
        updates_done: finished updates.
        kl_coefficient: the price of KL that the next update pays.
        score_moments: fields of the `Moments` of all scores so far, where they normalise rewards.
        ended_by: what ended the run before its last episode, in plain words.
    """

    updates_done: int = 0
    kl_coefficient: float
    score_moments: Mapping[str, Any] = field(default_factory=dict)
    ended_by: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)

    def updated(self, saved: Mapping[str, Any]) -> TrainerState:
        """This state with what `to_json` once gave; a field that it lacked stays as it is here.

        Raises:
            KeyError: if a field is none of ours: a later version wrote it, and going on without it
                would be another run.
        """
        unknown = saved.keys() - {one.name for one in fields(self)}
        if unknown:
            raise KeyError(f"unknown state: {sorted(unknown)}")
        return replace(self, **saved)
