"""A recipe: the settings of a run, read, checked, completed with defaults, and overridden."""

from __future__ import annotations

import copy
import dataclasses
import json
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from cai import yaml_file
from cai.engines.ray.settings import RaySettings
from cai.engines.server.settings import ServerSettings
from cai.engines.settings import EngineSettings, engine_settings
from cai.errors import RecipeError
from cai.origins import SET, Origins, origins_of

SettingsT = TypeVar("SettingsT")

STAGE_SECTIONS = (
    "critique-revise",
    "sft",
    "label",
    "reward",
    "align-ppo",
    "align-dpo",
    "evaluate",
)


@dataclass(frozen=True, slots=True)
class Flag:
    """A command's own flag for a setting, such as `--limit` for `prompts.limit`."""

    name: str
    key: str
    value: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptSource:
    """A file, folder or data set of prompts, and how `prompts.load` is to read it."""

    path: str
    column: str | None = None
    limit: int | None = None
    split: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptSources:
    """Where prompts come from. Held-out ones not named are cut from the others."""

    red_team: tuple[PromptSource, ...]
    helpful: tuple[PromptSource, ...]
    heldout_red_team: tuple[PromptSource, ...]
    heldout_helpful: tuple[PromptSource, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparisonSource:
    """A file, folder or data set of comparisons, and the tags that its pairs get."""

    path: str
    tags: tuple[str, ...] = ()
    limit: int | None = None
    split: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A checked recipe with nothing left open.

    `sections` holds the stages' settings, `origins` the places of what was given. `comparisons` are
    judged instead of sampled ones, `gold` beside them, to measure the judge. `servers` are the
    models that are asked behind servers, by the names that critic, judge and authors give them.
    """

    name: str
    seed: int
    model: str
    critic: str
    judge: str
    constitution: str
    methods: tuple[str, ...]
    prompts: PromptSources
    comparisons: tuple[ComparisonSource, ...]
    gold: tuple[ComparisonSource, ...]
    engine: EngineSettings
    servers: Mapping[str, ServerSettings]
    prices: Mapping[str, Mapping[str, float]]
    sections: Mapping[str, Mapping[str, Any]]
    values: Mapping[str, Any]
    origins: Origins = dataclasses.field(compare=False)

    def settings(self, section: str, kind: type[SettingsT]) -> SettingsT:
        """A stage's settings as the frozen dataclass it takes, with the recipe's seed.

        Raises:
            RecipeError: if the values contradict each other; `origins` knows their places.
        """
        hints = typing.get_type_hints(kind)
        seed = {"seed": self.seed} if "seed" in hints else {}
        try:
            values = {
                name: _as_field(hints[name], value, name)
                for name, value in self.sections[section].items()
            }
            return kind(**values, **seed)
        except _ItemError as error:
            raise RecipeError(f"{section}.{error}") from error
        except (TypeError, ValueError) as error:
            raise RecipeError(f"{section}: {error}") from error

    def dump(self) -> str:
        """The recipe as YAML, with every default written out."""
        return yaml_file.dump(dict(self.values))


class _ItemError(ValueError):
    """An item of a list of groups that contradicts itself."""


def _as_field(hint: Any, value: Any, name: str) -> Any:
    """A value as settings hold it: a group of settings is a dataclass of its own, and so is each
    item of a list of groups."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return hint(**value)
    if not isinstance(value, list):
        return value
    (item, *_) = typing.get_args(hint)
    if not dataclasses.is_dataclass(item):
        return tuple(value)
    found = []
    for index, given in enumerate(value):
        try:
            found.append(item(**given))  # type: ignore[operator]
        except ValueError as error:
            raise _ItemError(f"{name}[{index}]: {error}") from error
    return tuple(found)


def load(path: Path, overrides: Sequence[str | Flag] = ()) -> Recipe:
    """Reads a recipe file and applies overrides, `KEY.SUBKEY=VALUE` or flags, in their order.

    Raises:
        RecipeError: naming file, line, field and mend.
    """
    document = yaml_file.read(path, RecipeError)
    problems = yaml_file.check(document, schema())
    if problems:
        raise RecipeError(str(problems[0]))
    values, origins = document.data, origins_of(document)
    for override in overrides:
        flag = override if isinstance(override, Flag) else _parsed(override)
        values = _override(values, flag, f"--set {override}" if flag.name == SET else flag.name)
        origins = origins.overridden(flag.key, flag.value, flag.name)
    return _build(_with_defaults(schema(), {"name": path.stem, **values}), origins)


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of recipes; every setting has its default there."""
    text = (Path(__file__).parent / "recipe.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _build(values: dict[str, Any], origins: Origins) -> Recipe:
    prompts = dict(values["prompts"])
    column, limit = prompts.pop("column"), prompts.pop("limit")
    sections = {name: dict(values[name]) for name in STAGE_SECTIONS}
    # What a source holds is an input of the stage; where it lies is not.
    given = {name: sections["label"].pop(name) for name in ("comparisons", "gold")}
    return Recipe(
        name=values["name"],
        seed=values["seed"],
        model=values["model"],
        critic=values["critic"] or values["model"],
        judge=values["judge"] or values["model"],
        constitution=values["constitution"],
        methods=tuple(values["methods"]),
        prompts=PromptSources(
            **{
                name: tuple(_source(given, column, limit) for given in sources)
                for name, sources in prompts.items()
            }
        ),
        **{name: tuple(map(_comparisons, sources)) for name, sources in given.items()},
        engine=_engine(values, origins),
        servers=_servers(values["servers"], origins),
        prices=values["prices"],
        sections=sections,
        values=values,
        origins=origins,
    )


def _source(given: str | Mapping[str, Any], column: str | None, limit: int | None) -> PromptSource:
    """A source with what all sources share: a column it may replace, a limit it may lower."""
    fields: dict[str, Any] = {"path": given} if isinstance(given, str) else dict(given)
    limits = [one for one in (fields.pop("limit", None), limit) if one is not None]
    return PromptSource(**{"column": column, **fields, "limit": min(limits, default=None)})


def _comparisons(given: str | Mapping[str, Any]) -> ComparisonSource:
    fields: dict[str, Any] = {"path": given} if isinstance(given, str) else dict(given)
    return ComparisonSource(**{**fields, "tags": tuple(fields.get("tags") or ())})


def _servers(
    given: Mapping[str, Mapping[str, Any]], origins: Origins
) -> Mapping[str, ServerSettings]:
    found = {}
    for name, fields in given.items():
        try:
            found[name] = ServerSettings(**{**fields, "urls": tuple(fields.get("urls", ()))})
        except ValueError as error:
            raise RecipeError(origins.located(f"servers.{name}: {error}")) from None
    return found


def _engine(values: Mapping[str, Any], origins: Origins) -> EngineSettings:
    given = values["engine"]
    try:
        ray = RaySettings(**given["ray"])
    except ValueError as error:
        raise RecipeError(origins.located(f"engine.ray.{error}")) from None
    try:
        return engine_settings(given, ray)
    except ValueError as error:
        raise RecipeError(origins.located(f"engine.{error}")) from None


def _parsed(override: str) -> Flag:
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise RecipeError(f"--set {override}: write it as KEY=VALUE, such as --set sft.epochs=2")
    try:
        return Flag(SET, key.strip(), yaml_file.value(text))
    except yaml.YAMLError:
        raise RecipeError(f"--set {key}: the value {text!r} is not valid YAML; quote it") from None


def _override(values: Mapping[str, Any], flag: Flag, told: str) -> dict[str, Any]:
    changed = copy.deepcopy(dict(values))
    *parents, last = flag.key.split(".")
    target = changed
    for parent in parents:
        if target.get(parent) is None:
            target[parent] = {}
        target = target[parent]
        if not isinstance(target, dict):
            raise RecipeError(f"{flag.name} {flag.key}: {parent} is not a group of settings")
    target[last] = flag.value
    root = yaml.compose(yaml_file.dump(changed), Loader=yaml.SafeLoader) or yaml.MappingNode("", [])
    document = yaml_file.Document(Path("--set"), changed, root)
    for problem in yaml_file.check(document, schema()):
        field = "" if flag.name != SET and problem.field == flag.key else f"{problem.field}: "
        raise RecipeError(f"{told}: {field}{problem.text}")
    return changed


def _with_defaults(part: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    complete: dict[str, Any] = {}
    for name, about in part["properties"].items():
        if "properties" in about:
            complete[name] = _with_defaults(about, given.get(name) or {})
        else:
            complete[name] = copy.deepcopy(given.get(name, about.get("default")))
    return complete
