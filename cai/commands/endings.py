"""What the terminal says of alarms that a finished stage raised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def ending(counts: Mapping[str, Any]) -> str:
    """How alarms ended a training, or that they were raised; empty for a quiet one."""
    if "rolled_back_after" in counts:
        return (
            f"rolled back to the policy of update {counts['model_update']} by an alarm after "
            f"update {counts['rolled_back_after']}"
        )
    if "stopped_after" in counts:
        return f"stopped by an alarm after update {counts['stopped_after']}"
    raised = counts.get("alarms")
    return f"{raised} alarm{'s' if raised != 1 else ''} raised, see the report" if raised else ""
