"""A finding: what was looked at, what was found, and what to do about it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cai.errors import CaiError

Verdict = Literal["ok", "warning", "failure"]
_WORST: tuple[Verdict, ...] = ("failure", "warning", "ok")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        group: what it belongs to, such as "versions".
        name: of what was looked at, unique within its group.
        verdict: "failure" will stop or spoil a run; "warning" costs time, or may.
        value: what was found, in a few words.
        text: what that means and how to mend it, in a sentence; "" where the value says it all.
        numbers: what was measured, for scripts; the unit is in the name.
    """

    group: str
    name: str
    verdict: Verdict
    value: str
    text: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)


def finding(
    group: str,
    name: str,
    verdict: Verdict,
    value: str,
    text: str = "",
    numbers: Mapping[str, float] | None = None,
) -> Finding:
    """A finding in short; a group binds its name."""
    return Finding(
        group=group, name=name, verdict=verdict, value=value, text=text, numbers=numbers or {}
    )


def looked(group: str, name: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """All that `look` finds, as it finds it; if it fails, its failure as the last finding.

    So nothing hides the rest. `name` is what the failure is called.
    """
    try:
        yield from look()
    except CaiError as error:
        yield _failed(group, name, "does not work", str(error))
    except Exception as error:  # noqa: BLE001 - a doctor that stops at the first surprise is none
        place = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
        yield _failed(group, name, "cannot be looked at", " ".join(text.split()))


def worst(findings: Sequence[Finding]) -> Verdict:
    """The worst verdict among them; "ok" where there are none."""
    verdicts = {one.verdict for one in findings}
    return next((verdict for verdict in _WORST if verdict in verdicts), "ok")


def size(count: float) -> str:
    """Bytes as people read them."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _failed(group: str, name: str, value: str, text: str) -> Finding:
    return Finding(group=group, name=name, verdict="failure", value=value, text=text)
