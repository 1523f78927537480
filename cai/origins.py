"""Where the settings of a run were given: in a line of its recipe, or by an override."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cai.yaml_file import Document

SET = "--set"


@dataclass(frozen=True, slots=True)
class Origins:
    """The place of every setting that somebody gave, by its dotted name: `file:line` or a flag."""

    path: Path
    places: Mapping[str, str]

    def overridden(self, key: str, value: Any, flag: str = SET) -> Origins:
        """The origins after `--set key=value`, or a flag that means the same."""
        kept = {name: place for name, place in self.places.items() if not _is_below(name, key)}
        new = {".".join(keys): flag for keys in _given(value, tuple(key.split(".")))}
        return replace(self, places=kept | new)

    def located(self, message: str) -> str:
        """A message that begins with a section or field, with the place of what it speaks of.

        Where several settings contradict each other, all of them that were given have their place
        named: any of them may be the one to mend. Defaults do not contradict each other.
        """
        field, _, text = message.partition(": ")
        if (listed := field.partition("[")[0]) in self.places and listed != field:
            return f"{self.places[listed]}: {message}"  # of an item, the list's place is known
        names = dict.fromkeys(re.findall(r"\w+(?:\.\w+)*", text))  # a.b is a setting of a group
        mentioned = [field, *(f"{field}.{name}" for name in names)]
        given = [name for name in mentioned if name in self.places]
        if given:
            others = [
                f"{name.removeprefix(field + '.')}: {self.places[name]}" for name in given[1:]
            ]
            return self._at(given[0], text) + (f" ({', '.join(others)})" if others else "")
        places = [place for name, place in self.places.items() if _is_below(name, field)]
        return f"{', '.join(dict.fromkeys(places)) or self.path}: {message}"

    def _at(self, name: str, text: str) -> str:
        place = self.places[name]
        if place.startswith("--"):  # a flag of its own says which setting it is
            return f"{place} {name}: {text}" if place == SET else f"{place}: {text}"
        return f"{place}: {name}: {text}"


def origins_of(document: Document) -> Origins:
    """The origins of a recipe's own settings."""
    return Origins(
        document.path,
        {
            ".".join(keys): f"{document.path}:{document.line(keys)}"
            for keys in _given(document.data, ())
        },
    )


def _given(value: Any, keys: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The keys that lead to every value that is no mapping of further ones."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _given(inner, (*keys, str(key)))
    else:
        yield keys


def _is_below(name: str, group: str) -> bool:
    return f"{name}.".startswith(f"{group}.")
