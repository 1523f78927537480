"""Prompt sets, and the templates of everything that a model is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cai import row_files, shipped
from cai.conversations import conversation
from cai.errors import DataError
from cai.records import Message, Prompt, Row, content_id, digest

TEMPLATES = "prompts/templates"


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptSet:
    """Prompts without duplicates, in the order of their source.

    `read` counts rows, `duplicates` those that were dropped. `cut_early` counts pairs of
    transcripts that part before the last answer; their prompt is the beginning that they share.
    """

    prompts: tuple[Prompt, ...]
    read: int
    duplicates: int
    cut_early: int

    @property
    def counts(self) -> dict[str, int]:
        """What was read and dropped, under the names that manifests have for it."""
        return {
            "prompts_read": self.read,
            "prompts_duplicate": self.duplicates,
            "prompts_cut_early": self.cut_early,
        }


def load(
    source: str,
    *,
    column: str | None = None,
    limit: int | None = None,
    tags: Iterable[str] = (),
    split: str | None = None,
    keep_columns: bool = False,
) -> PromptSet:
    """The prompts of a file, a folder or a Hugging Face data set.

    Which rows and forms are understood say `row_files.rows` and
    `conversations.conversation`. A row's own `tags` (a list of texts) are kept.

    Args:
        column: where the prompt stands, if not under a usual name.
        limit: stop after that many distinct prompts, the first ones.
        tags: put on every prompt, before its own.
        split: of a data set; `train` by default.
        keep_columns: keep what else a row has, for reward functions.

    Raises:
        DataError: naming file, line or row, field and mend.
    """
    if limit is not None and limit < 1:
        raise DataError(f"{source}: a limit of {limit} leaves no prompt; use 1 or more")
    found: dict[str, Prompt] = {}
    read = duplicates = cut_early = 0
    common = tuple(tags)
    for place, row in row_files.rows(source, split=split):
        cut = conversation(place, row, column)
        name = prompt_id(cut.messages)
        read += 1
        cut_early += cut.early
        if name in found:
            duplicates += 1
            continue
        found[name] = Prompt(
            id=name,
            messages=cut.messages,
            tags=tuple(dict.fromkeys([*common, *_own_tags(row)])),
            source=str(place),
            columns=dict(row) if keep_columns else {},
        )
        if len(found) == limit:
            break
    if not found:
        raise DataError(f"{source}: no prompts in it; add at least one row")
    return PromptSet(
        prompts=tuple(found.values()), read=read, duplicates=duplicates, cut_early=cut_early
    )


def joined(sets: Sequence[PromptSet]) -> PromptSet:
    """Several sets as one; what an earlier set holds already is a duplicate in a later one."""
    every = [prompt for own in sets for prompt in own.prompts]
    distinct: dict[str, Prompt] = {}
    for prompt in every:
        distinct.setdefault(prompt.id, prompt)
    return PromptSet(
        prompts=tuple(distinct.values()),
        read=sum(own.read for own in sets),
        duplicates=sum(own.duplicates for own in sets) + len(every) - len(distinct),
        cut_early=sum(own.cut_early for own in sets),
    )


def without(own: PromptSet, others: PromptSet) -> PromptSet:
    """A set without the prompts of another; they count as duplicates."""
    taken = {prompt.id for prompt in others.prompts}
    kept = tuple(prompt for prompt in own.prompts if prompt.id not in taken)
    dropped = len(own.prompts) - len(kept)
    return replace(own, prompts=kept, duplicates=own.duplicates + dropped)


def prompt_id(messages: Iterable[Message]) -> str:
    """The name of a prompt: a hash of its messages and of nothing else."""
    return content_id([dict(message) for message in messages])


def render(template: str, **values: Any) -> str:
    """The text of a template (a name such as "judge") without its last line's newline.

    Templates are plain text: nothing is escaped. They run in a sandbox, and a value that is
    missing is an error rather than a gap in what a model is shown.

    Raises:
        DataError: if there is no such template, or it does not work with these values.
    """
    try:
        return _environment().get_template(f"{template}.jinja").render(**values).rstrip("\n")
    except jinja2.TemplateNotFound:
        raise DataError(f"{TEMPLATES}/{template}.jinja: no such template") from None
    except jinja2.TemplateSyntaxError as error:
        raise DataError(f"{error.filename or template}:{error.lineno}: {error.message}") from None
    except jinja2.TemplateError as error:
        raise DataError(
            f"{_path(template)}: {error}; given: {', '.join(values) or 'nothing'}"
        ) from None


def template_digests(*templates: str) -> dict[str, str]:
    """A digest of each template's text, for what a stage depends on."""
    return {name: digest(_path(name).read_text(encoding="utf-8")) for name in templates}


def _path(template: str) -> Path:
    return shipped.locate(f"{TEMPLATES}/{template}.jinja")


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=jinja2.FunctionLoader(_source), undefined=jinja2.StrictUndefined, autoescape=False
    )


def _source(name: str) -> tuple[str, str, None] | None:
    path = shipped.locate(f"{TEMPLATES}/{name}")
    return (path.read_text(encoding="utf-8"), str(path), None) if path.exists() else None


def _own_tags(row: Row) -> list[str]:
    tags = row.get("tags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
