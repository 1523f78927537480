"""Findings for people, in 100 columns, and for scripts."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from cai.doctor.finding import Finding, worst

WIDTH = 100

_MARKS = {"ok": "ok", "warning": "warning", "failure": "FAILURE"}
_MARK = 10  # columns before a finding's name
_NAME = 30


def lines(finding: Finding) -> list[str]:
    """A finding: its verdict, name and value in a line, and below it what that means."""
    head = f"  {_MARKS[finding.verdict]:{_MARK - 2}}{finding.name:{_NAME}} "
    shown = _wrapped(finding.value, first=head)
    return shown + (_wrapped(finding.text) if finding.text else [])


def ending(findings: Sequence[Finding]) -> str:
    """The verdict on all of them, in a line."""
    counts = Counter(one.verdict for one in findings)
    told = {
        "ok": "this recipe should run here",
        "warning": "this recipe should run here, with warnings",
        "failure": "this recipe will not run here as it is",
    }[worst(findings)]
    failures, warnings = counts["failure"], counts["warning"]
    return f"{told}: {failures} failures, {warnings} warnings, {counts['ok']} ok"


def as_json(findings: Iterable[Finding], **about: Any) -> dict[str, Any]:
    """The shape that docs/doctor.md promises."""
    every = list(findings)
    counts = Counter(one.verdict for one in every)
    return {
        **about,
        "verdict": worst(every),
        "counts": {verdict: counts[verdict] for verdict in ("ok", "warning", "failure")},
        "findings": [asdict(one) for one in every],
    }


def _wrapped(text: str, first: str | None = None) -> list[str]:
    indent = " " * (_MARK + 2)
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent if first is None else first, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
