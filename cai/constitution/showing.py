"""Constitutions and their differences as text for people."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from typing import Any

from cai.constitution.difference import Change, word_difference
from cai.constitution.drawing import Moved
from cai.constitution.principles import Constitution, Principle
from cai.constitution.reading import Finding

_TEXTS = {
    "critique_request": "critique",
    "revision_request": "revision",
    "comparison": "comparison",
}
_WIDTH = 100


def as_text(constitution: Constitution) -> str:
    """One block per principle, for a terminal."""
    blocks = [_heading(constitution)]
    for one in constitution.principles:
        lines = [one.id + (f"  {one.title}" if one.title else "")]
        lines += [f"  {fact}" for fact in [", ".join(_facts(one))] if fact]
        for name, label in _TEXTS.items():
            if text := getattr(one, name):
                lines.append(
                    textwrap.fill(
                        text, _WIDTH, initial_indent=f"  {label:10}  ", subsequent_indent=" " * 14
                    )
                )
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def as_markdown(constitution: Constitution) -> str:
    """A section per principle, for a model card. Texts are escaped: they may hold any character."""
    blocks = [f"# {_markdown(_heading(constitution))}"]
    for one in constitution.principles:
        title = f"{one.id}: {one.title}" if one.title else one.id
        lines = [f"## {_markdown(title)}", ""]
        facts = _facts(one)
        if facts:
            lines += [_markdown(", ".join(facts)), ""]
        lines += [
            f"- **{label}** {_markdown(text)}"
            for name, label in _TEXTS.items()
            if (text := getattr(one, name))
        ]
        if one.rationale:
            lines += ["", _markdown(one.rationale)]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def as_html(constitution: Constitution) -> str:
    """The same as a fragment of HTML."""
    parts = [f"<h1>{html.escape(_heading(constitution))}</h1>"]
    for one in constitution.principles:
        title = f"{one.id}: {one.title}" if one.title else one.id
        parts.append(f"<h2>{html.escape(title)}</h2>")
        facts = _facts(one)
        if facts:
            parts.append(f"<p>{html.escape(', '.join(facts))}</p>")
        items = "".join(
            f"<li><b>{label}</b> {html.escape(text)}</li>"
            for name, label in _TEXTS.items()
            if (text := getattr(one, name))
        )
        parts.append(f"<ul>{items}</ul>")
        if one.rationale:
            parts.append(f"<p>{html.escape(one.rationale)}</p>")
    return "\n".join(parts) + "\n"


def findings_as_text(findings: Sequence[Finding]) -> str:
    """A line per finding: `file:line:column: severity: field: text`."""
    return "".join(
        f"{one.problem.path}:{one.problem.line}:{one.problem.column}: {one.severity}: "
        f"{': '.join(part for part in (one.problem.field, one.problem.text) if part)}\n"
        for one in findings
    )


def findings_as_annotations(findings: Sequence[Finding]) -> str:
    """The same as workflow commands that GitHub shows beside the lines of a change."""
    lines = []
    for one in findings:
        where = {
            "file": one.problem.path,
            "line": one.problem.line,
            "col": one.problem.column,
            "title": one.problem.field,
        }
        given = ",".join(f"{name}={_property(str(value))}" for name, value in where.items())
        lines.append(f"::{one.severity} {given}::{_data(one.problem.text)}\n")
    return "".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def draws_as_text(moved: Sequence[Moved], draws: int) -> str:
    """How many draws of principles move, and the first few."""
    if not moved:
        return f"none of the {draws:,} draws of critique-revise moves"
    shown = [f"  {one.prompt_id[:12]} step {one.step}: {one.old} -> {one.new}" for one in moved[:5]]
    more = [f"  and {len(moved) - 5:,} more"] if len(moved) > 5 else []
    return "\n".join([f"{len(moved):,} of {draws:,} draws of critique-revise move", *shown, *more])


def changes_as_text(changes: Sequence[Change]) -> str:
    """One line per change, and its words where a text was reworded."""
    if not changes:
        return "no difference in meaning"
    lines = []
    for change in changes:
        what = f"{change.kind:10} {change.principle or 'constitution'}"
        if change.kind in ("added", "removed"):
            title = (change.new or change.old).title
            what += f"  {title}" if title else ""
        elif change.kind == "renamed":
            what += f"  (was {change.old})"
        else:
            what += f"  {change.field}"
            if change.kind not in ("reworded", "annotated"):
                what += (
                    f"  {_shown(change.old, change.field)} -> {_shown(change.new, change.field)}"
                )
        touched = f"touches {' and '.join(change.uses)}" if change.uses else "touches nothing"
        lines.append(f"{what}  [{touched}]")
        if isinstance(change.old, str) and change.kind in ("reworded", "annotated"):
            words = word_difference(change.old, change.new)
            lines.append(textwrap.indent(textwrap.fill(words, _WIDTH - 4), "    "))
    return "\n".join(lines)


def _heading(constitution: Constitution) -> str:
    version = f", version {constitution.version}" if constitution.version else ""
    count = len(constitution.principles)
    return f"{constitution.name}{version}: {count} principle{'s' if count != 1 else ''}"


def _facts(principle: Principle) -> list[str]:
    """What differs from an ordinary principle, and what it is sorted by."""
    facts = [] if principle.enabled else ["off"]
    if principle.weight != 1:
        facts.append(f"weight {principle.weight:g}")
    if principle.applies_to:
        facts.append(f"for {' and '.join(principle.applies_to)} prompts")
    if principle.exceptions:
        facts.append(f"not for {' and '.join(principle.exceptions)} prompts")
    if principle.overrides:
        facts.append(f"before {', '.join(principle.overrides)}")
    if len(principle.stages) == 1:
        facts.append(f"only in {principle.stages[0]}")
    if principle.tags:
        facts.append(f"about {', '.join(principle.tags)}")
    return facts


def _shown(value: Any, field: str) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or ("all" if field == "applies_to" else "none")
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    escaped = html.escape(text, quote=False)
    return "".join(f"\\{char}" if char in "\\`*_[]#|" else char for char in escaped)
