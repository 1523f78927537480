"""What the terminal says of how a finished training ended, and of the alarms that it raised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def ending(counts: Mapping[str, Any]) -> str:
    """What ended a training before its last update, or that alarms were raised; else empty."""
    of = f" of {counts['updates_planned']} planned" if "updates_planned" in counts else ""
    if "rolled_back_after" in counts:
        return (
            f"rolled back to the policy of update {counts['model_update']} by an alarm after "
            f"update {counts['rolled_back_after']}{of}"
        )
    if "stopped_after" in counts:
        return f"stopped by an alarm after update {counts['stopped_after']}{of}"
    raised = counts.get("alarms")
    told = f"{raised} alarm{'s' if raised != 1 else ''} raised, see the report" if raised else ""
    if "kl_budget_after" in counts:
        ended = f"ended by kl_budget after update {counts['kl_budget_after']}{of}"
        return f"{ended}; {told}" if told else ended
    return told
