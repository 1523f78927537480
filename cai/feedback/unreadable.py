"""When too many of a judge's verdicts cannot be read, and what to say then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from cai.errors import RunError

_NAMED = 3


def require_readable(heard: Mapping[tuple[str, str], int], most: float, path: Path) -> None:
    """Passes if at most the share `most` of the verdicts that were asked is refused or invalid.

    Args:
        heard: how many verdicts there are, by principle and status.

    Raises:
        RunError: if not, naming the principles whose verdicts are the worst.
    """
    statuses: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    for (principle, status), count in heard.items():
        statuses[status] += count
        asked[principle] += count
        unread[principle] += count if status in ("refused", "invalid") else 0
    if unread.total() <= most * asked.total():
        return
    worst = sorted(+unread, key=lambda name: (-unread[name] / asked[name], -unread[name], name))
    named = ", ".join(f"{name} ({unread[name]} of {asked[name]})" for name in worst[:_NAMED])
    raise RunError(
        f"{path}: of {asked.total()} verdicts {statuses['refused']} were refused and "
        f"{statuses['invalid']} name no answer, more than `max_unreadable` allows ({most:g}); "
        f"worst under {named}. Use another judge, reword or switch off such a principle, or raise "
        "label.max_unreadable; the judge may not follow prompts/templates/judge*.jinja"
    )
