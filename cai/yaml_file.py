"""YAML that people edit: read safely, with the line of every field, and checked by a JSON Schema.

Plain values mean what YAML 1.2 says: `no` and `2026-01-01` are texts, `1e-5` is a number. Keys
given twice, aliases and tags are refused: the first is always a mistake, the second lets a small
file stand for an endless one, and nothing here needs the third.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from cai.errors import CaiError
from cai.naming import did_you_mean

Keys = Sequence[str | int]

_BOOL = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
_INT = re.compile(r"^[-+]?(?:0|[1-9][0-9]{0,17})$")
_FLOAT = re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$")
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
# Texts that mean the same within brackets, or several names where they have commas.
_PLAIN = re.compile(r"[\w./][\w./,@ -]{0,59}")


# libyaml where it is there: ten times as fast.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MOST_CHARACTERS = 2**19
_DEEPEST = 50


class _Loader(_SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - yaml's own name for it


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOL, list("tTfF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", _NULL, ["~", "n", "N", ""])


class _Dumper(yaml.SafeDumper):
    pass


# So that a text such as "1e5", which the reader would take for a number, is written in quotes.
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place of a file, and how to mend it. Lines and columns count from 1."""

    path: Path
    line: int
    column: int
    field: str
    text: str

    def __str__(self) -> str:
        """`file:line: field: text`."""
        where = f"{self.path}:{self.line}"
        return ": ".join(part for part in (where, self.field, self.text) if part)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's data, and where in the file each part of it stands."""

    path: Path
    data: Any
    root: yaml.Node

    def line(self, keys: Keys) -> int:
        """The line (from 1) of the field that `keys` lead to, or of the last one on the way."""
        return self._mark(keys).line + 1

    def _mark(self, keys: Keys) -> yaml.Mark:
        node, mark = self.root, self.root.start_mark
        for key in keys:
            step = _child(node, key)
            if step is None:
                break
            node, mark = step
        return mark

    def field(self, keys: Keys) -> str:
        """The field's name for people: items that have an id are named by it."""
        name, value = "", self.data
        for key in keys:
            value = value[key] if _has(value, key) else None
            if isinstance(key, int):
                own = value.get("id") if isinstance(value, Mapping) else None
                name += f"[{own if isinstance(own, str) and own else key}]"
            else:
                name += f".{key}" if name else str(key)
        return name

    def problem(self, keys: Keys, text: str) -> Problem:
        """A problem at the field that `keys` lead to."""
        mark = self._mark(keys)
        return Problem(self.path, mark.line + 1, mark.column + 1, self.field(keys), text)


def read(path: Path, error: type[CaiError]) -> Document:
    """The document in a YAML file.

    Raises:
        error: if the file is missing, unreadable, empty, no YAML, has a key twice or an alias.
    """
    try:
        with path.open("rb") as file:
            text = file.read(4 * _MOST_CHARACTERS + 1).decode("utf-8-sig")
    except FileNotFoundError:
        raise error(f"{path}: no such file; check the name{_beside(path)}") from None
    except UnicodeDecodeError as cause:
        raise error(f"{path}: not UTF-8 text ({cause.reason} at byte {cause.start})") from None
    except OSError as cause:
        raise error(f"{path}: cannot be read: {cause.strerror}") from None
    return parse(path, text, error)


def parse(path: Path, text: str, error: type[CaiError]) -> Document:
    """The document in a text that stands, or stood, at `path`.

    Raises:
        error: if it is empty, no YAML, has a key twice or an alias.
    """
    if len(text) > _MOST_CHARACTERS:
        line = text.count("\n", 0, _MOST_CHARACTERS) + 1
        raise error(f"{path}:{line}: longer than {_MOST_CHARACTERS:,} characters; make it shorter")
    try:
        root, data = _parse(path, text, error)
    except yaml.YAMLError as cause:
        mark = getattr(cause, "problem_mark", None)
        line = mark.line + 1 if mark else text.count("\n", 0, getattr(cause, "position", 0)) + 1
        what = getattr(cause, "problem", None) or getattr(cause, "reason", None) or "not YAML"
        raise error(
            f"{path}:{line}: not valid YAML: {what}; look at the indentation, colons and quotes"
        ) from None
    return Document(path, data, root)


def dump(data: Any) -> str:
    """YAML text that `read` gives back as `data`; keys stay in order."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def value(text: str) -> Any:
    """What a single value means, by the rules of this module.

    Raises:
        yaml.YAMLError: if it is not YAML.
    """
    return yaml.load(text, _Loader)  # noqa: S506 - a safe loader with fewer implicit types


def check(document: Document, schema: Mapping[str, Any]) -> list[Problem]:
    """What a JSON Schema (2020-12) has against a document, in the order of its lines."""
    problems: list[Problem] = []
    for error in Draft202012Validator(dict(schema)).iter_errors(document.data):
        problems.extend(_explain(document, error))
    return sorted(problems, key=lambda problem: (problem.line, problem.field))


def _parse(path: Path, text: str, error: type[CaiError]) -> tuple[yaml.Node, Any]:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise error(
                f"{path}:{line}: aliases (*{event.anchor}) are not supported; write the text out"
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise error(f"{path}:{line}: tags ({tag}) are not supported; leave it out")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise error(f"{path}:{line}: nested too deep to read; make it flatter")
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            raise error(f"{path}: the file is empty")
        for key, line, first in _doubled(root):
            raise error(f"{path}:{line}: {key}: given twice, first in line {first}; keep one")
        return root, loader.construct_document(root)
    finally:
        loader.dispose()


def _doubled(node: yaml.Node) -> Iterator[tuple[str, int, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = str(key.value)
            if name in seen:
                yield name, line, seen[name]
            seen[name] = line
            yield from _doubled(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _doubled(item)


def _child(node: yaml.Node, key: str | int) -> tuple[yaml.Node, yaml.Mark] | None:
    """What a key leads to, and where it begins: a named field at its name."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return value, name.start_mark
    elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        item = node.value[key]
        return item, item.start_mark
    return None


def _has(value: Any, key: str | int) -> bool:
    if isinstance(value, Mapping):
        return key in value
    return isinstance(value, list) and isinstance(key, int) and key < len(value)


def _explain(document: Document, error: ValidationError) -> Iterator[Problem]:
    """One schema violation in words; `x-mend` in the schema says how to mend it, and `x-retired`
    what has taken the place of a field."""
    keys: list[str | int] = list(error.absolute_path)
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    mend = f"; {schema['x-mend']}" if "x-mend" in schema else ""
    limit: Any = error.validator_value
    value: Any = error.instance
    match error.validator:
        case "additionalProperties":
            known = list(schema.get("properties", {}))
            retired = schema.get("x-retired", {})
            for name in value:
                if name in retired:
                    yield document.problem([*keys, name], f"no longer a setting; {retired[name]}")
                elif name not in known:
                    hint = did_you_mean(str(name), known)
                    yield document.problem([*keys, name], f"unknown; {hint}")
            return
        case "required" | "dependentRequired":
            needed = limit if error.validator == "required" else _dependent(limit, value)
            for name in needed:
                if name not in value:
                    about = schema.get("properties", {}).get(name, {}).get("x-mend", "add it")
                    yield document.problem([*keys, name], f"missing; {about}")
            return
        case "type":
            text = f"{_shown(value)} is not {_kind(limit)}{_form_hint(limit, value)}"
        case "enum":
            hint = did_you_mean(str(value), [str(option) for option in limit])
            text = f"{_shown(value)} is not possible; {hint}"
            mend = ""
        case "minLength" | "minItems":
            text = "empty"
            mend = mend or "; fill it in or leave the field out"
        case "uniqueItems":
            text = "has an item twice; keep one"
        case "exclusiveMinimum":
            text = f"{_shown(value)} is not greater than {limit}"
        case "minimum":
            text = f"{_shown(value)} is less than {limit}"
        case "maximum":
            text = f"{_shown(value)} is greater than {limit}"
        case "pattern":
            text = f"{_shown(value)} does not have the right form"
        case _:
            text = error.message if len(error.message) < 200 else "does not have the right form"
    yield document.problem(keys, text + mend)


def _dependent(rules: Mapping[str, Sequence[str]], value: Mapping[str, Any]) -> list[str]:
    return [name for given, needed in rules.items() if given in value for name in needed]


_KINDS = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping (name: value)",
    "null": "null",
}


def _kind(types: str | Sequence[str]) -> str:
    names = [types] if isinstance(types, str) else types
    return " or ".join(_KINDS[name] for name in names)


def _form_hint(types: str | Sequence[str], value: Any) -> str:
    """How to write a value in the form that is asked for, where that is plain."""
    wanted = [types] if isinstance(types, str) else types
    if "string" in wanted and isinstance(value, bool | int | float):
        return "; put it in quotes"
    if "array" in wanted and isinstance(value, str | bool | int | float):
        plain = isinstance(value, str) and _PLAIN.fullmatch(value)
        return f"; write [{value}]" if plain else "; put it in brackets"
    return ""


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping (name: value)"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _beside(path: Path) -> str:
    try:
        names = [p.name for p in path.parent.glob("[!.]*") if p.suffix in (".yaml", ".yml")]
    except OSError:
        return ""
    return f"; {did_you_mean(path.name, names)}" if names else ""
