"""Writes the JSON Schema of recipes from the settings classes: `python -m cai.recipe_schema`.

The stages' settings are dataclasses whose docstrings explain every field. The schema is made from
them once, and kept as a file, so that reading a recipe imports no stage and no torch.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PATH = Path(__file__).parent / "recipe.schema.json"

_PLAIN = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
_NAME = {"type": ["string", "null"], "default": None}
_ROLES = {
    "policy": "models that are aligned or answer beside them",
    "critic": "the critic",
    "judge": "the judge",
}
_LIMIT = {"type": ["integer", "null"], "minimum": 1, "default": None}


def build() -> dict[str, Any]:
    """The schema, from the settings classes as they are."""
    from cai.alignment.ppo import PPOConfig
    from cai.alignment.preference import PreferenceSettings
    from cai.evaluation.run import EvaluationSettings
    from cai.feedback.settings import LabelSettings
    from cai.reward.train import RewardSettings
    from cai.supervised.critique_revise import CritiqueReviseSettings
    from cai.supervised.sft import SftSettings

    sections: dict[str, type] = {
        "critique-revise": CritiqueReviseSettings,
        "sft": SftSettings,
        "label": LabelSettings,
        "reward": RewardSettings,
        "align-ppo": PPOConfig,
        "align-dpo": PreferenceSettings,
        "evaluate": EvaluationSettings,
    }
    stages = {name: _section(kind) for name, kind in sections.items()}
    stages["label"]["properties"] |= _given()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Recipe",
        "description": "What a run does: models, prompts, and the settings of each stage.",
        **_object(_general() | stages),
        "$defs": {"source": _source(), "comparisons": _comparisons(), "engine": _role()},
    }


def _source() -> dict[str, Any]:
    source = {
        "path": {"type": "string", "minLength": 1, "description": "A file, folder or hub id."},
        "column": _NAME | {"description": "Where a row has its prompt, if not where others do."},
        "limit": _LIMIT | {"description": "At most so many prompts of this source."},
        "split": _NAME | {"description": "Of a data set; null: train, or the only one."},
    }
    return {**_object(source), "type": ["string", "object"], "required": ["path"]}


def _comparisons() -> dict[str, Any]:
    source = {
        "path": {"type": "string", "minLength": 1, "description": "A file, folder or hub id."},
        "tags": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Put on its pairs, such as red-team: which principles apply to them.",
        },
        "limit": _LIMIT | {"description": "At most so many pairs of this source."},
        "split": _NAME | {"description": "Of a data set; null: train, or the only one."},
    }
    return {**_object(source), "type": ["string", "object"], "required": ["path"]}


def _given() -> dict[str, Any]:
    sources = {"type": "array", "items": {"$ref": "#/$defs/comparisons"}, "default": []}
    return {
        "comparisons": sources
        | {
            "description": "Pairs to judge instead of sampling some: files, folders, hub ids, each "
            "as its name or as {path, tags, limit, split}; docs/comparisons.md has the forms."
        },
        "gold": sources
        | {
            "description": "Pairs with known labels, judged beside the others to measure the "
            "judge, and never part of the preferences."
        },
    }


def _servers() -> dict[str, Any]:
    from cai.engines.server.settings import ServerSettings

    server = _section(ServerSettings)
    server["properties"]["urls"] |= {"minItems": 1}
    return {
        "type": "object",
        "additionalProperties": {**server, "required": ["urls"]},
        "default": {},
        "description": "Models behind OpenAI-compatible servers, by the names that critic, judge "
        "and label.authors call them; docs/servers.md.",
    }


def _engine() -> dict[str, Any]:
    from cai.engines.kinds import KINDS
    from cai.engines.ray.settings import RaySettings
    from cai.engines.vllm.settings import VllmSettings

    return {
        "kind": {
            "enum": list(KINDS),
            "default": "transformers",
            "description": "What runs the models that are asked in this process: transformers, or "
            "vllm where that is installed; docs/engines.md. Models behind servers are named under "
            "`servers`.",
        },
        "device": {
            "enum": [None, "cpu", "cuda"],
            "default": None,
            "description": "Where all models run, in training too; null: a GPU if there is one. "
            "CUDA_VISIBLE_DEVICES chooses among several.",
        },
        "dtype": {
            "enum": ["auto", "float32", "bfloat16", "float16"],
            "default": "auto",
            "description": "Of models that are asked, in answering and judging; auto: bfloat16 on "
            "a GPU, float32 on a CPU. Not of what is trained or measured: weights in training, "
            "PPO's own samples, rewards and distances are in float32, and `bf16` under a stage's "
            "`trl` decides how its trainer computes with them.",
        },
        "token_budget": {
            "type": ["integer", "null"],
            "minimum": 1,
            "default": None,
            "description": "Most tokens, prompts and answers, in one batch of an engine; null: "
            "what the free memory holds, at most 32768. Halved where memory runs out. Of vllm: "
            "most tokens in one step; null: its own choice.",
        },
        "ray": _section(RaySettings),
        "vllm": _section(VllmSettings),
        **{
            role: {
                "$ref": "#/$defs/engine",
                "default": None,
                "description": f"What is otherwise for {whom}: kind, dtype, token_budget, vllm.",
            }
            for role, whom in _ROLES.items()
        },
    }


def _role() -> dict[str, Any]:
    """What a role may have of its own: the rest is as for all, so nothing has a default."""
    engine = _engine()
    own = {name: engine[name] for name in ("kind", "dtype", "token_budget", "vllm")}
    return {**_bare(_object(own)), "type": ["object", "null"]}


def _bare(about: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in about.items() if name != "default"}
    if "properties" in kept:
        kept["properties"] = {name: _bare(part) for name, part in kept["properties"].items()}
    return kept


def _general() -> dict[str, Any]:
    sources = {"type": "array", "items": {"$ref": "#/$defs/source"}, "default": []}
    prompts = {
        "red_team": sources
        | {
            "description": "Prompts asking for harm: files, folders, hub ids, each as its name or "
            "as {path, column, limit, split}."
        },
        "helpful": sources | {"description": "Prompts that ask for help."},
        "heldout_red_team": sources
        | {"description": "To evaluate on; empty: a fifth of red_team is held out."},
        "heldout_helpful": sources
        | {"description": "To evaluate on; empty: a fifth of helpful is held out."},
        "column": _NAME
        | {
            "description": "Where a row has its prompt, if not under a usual name; of sources "
            "without a column of their own."
        },
        "limit": _LIMIT | {"description": "At most so many prompts of each source."},
    }
    price = {
        "type": "number",
        "minimum": 0,
        "description": "US dollars per million tokens.",
    }
    return {
        "name": {"type": "string", "minLength": 1, "description": "Names the run's folder."},
        "seed": {"type": "integer", "minimum": 0, "default": 0, "description": "Of all draws."},
        "model": {
            "type": "string",
            "minLength": 1,
            "default": "cai-mini",
            "description": "What to align: cai-mini, a folder, or a hub NAME or NAME@REVISION.",
        },
        "critic": _NAME | {"description": "Who answers, criticises and revises; null: model."},
        "judge": _NAME | {"description": "Who compares answers; null: model."},
        "constitution": {
            "type": "string",
            "minLength": 1,
            "default": "constitution/default.yaml",
            "description": "The constitution file.",
        },
        "prompts": _object(prompts),
        "engine": _object(_engine()),
        "servers": _servers(),
        "prices": {
            "type": "object",
            "additionalProperties": {
                **_object({"prompt": price, "completion": price}),
                "required": ["prompt", "completion"],
            },
            "default": {},
            "description": "What models cost, by their name in this recipe; --budget-usd counts "
            "with it, and stages say what they came to.",
        },
        "methods": {
            "type": "array",
            "items": {"enum": ["ppo", "dpo"]},
            "uniqueItems": True,
            "default": ["ppo"],
            "description": "How to align; each starts from the SFT model and the same labels.",
        },
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _section(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    about = _field_texts(kind)
    properties = {}
    for field in dataclasses.fields(kind):
        if field.name == "seed":
            continue  # the recipe's own seed serves every stage
        if dataclasses.is_dataclass(hints[field.name]):
            properties[field.name] = _section(hints[field.name]) | {
                "description": about[field.name]
            }
            continue
        default = (
            field.default_factory()
            if field.default_factory is not dataclasses.MISSING
            else field.default
        )
        if default is dataclasses.MISSING:
            raise TypeError(f"{kind.__name__}.{field.name} needs a default")
        properties[field.name] = {
            **_type(hints[field.name]),
            **field.metadata,  # bounds, where a recipe is to be refused before any stage sees it
            "default": list(default) if isinstance(default, tuple) else default,
            "description": about[field.name],
        }
    section = {"description": (inspect.getdoc(kind) or "").split("\n")[0], **_object(properties)}
    retired = getattr(kind, "RETIRED", None)
    return section if retired is None else {**section, "x-retired": dict(retired)}


def _type(hint: Any) -> dict[str, Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        kind = arguments[0]
        is_group = isinstance(kind, type) and dataclasses.is_dataclass(kind)
        items = _section(kind) if is_group else _type(kind)
        return {"type": "array", "items": items}
    if origin in (dict, typing.get_origin(typing.Mapping[str, Any])):
        return {"type": "object"}
    if origin in (typing.Union, types.UnionType):
        parts = [_type(argument) for argument in arguments]
        if all(set(part) == {"type"} for part in parts):
            return {"type": [part["type"] for part in parts]}
        if all("enum" in part or part == {"type": "null"} for part in parts):
            return {"enum": [option for part in parts for option in part.get("enum", [None])]}
        return {"anyOf": parts}
    raise TypeError(f"a recipe cannot hold a {hint}")


def _field_texts(kind: type) -> dict[str, str]:
    """The sentence or two that a class docstring says of each field, as `name: text` entries."""
    names = {field.name for field in dataclasses.fields(kind)}
    texts: dict[str, str] = {}
    current = None
    for line in (inspect.getdoc(kind) or "").splitlines():
        entry = re.match(r"\s+(\w+): (.*)", line)
        if entry and entry[1] in names:
            current = entry[1]
            texts[current] = entry[2].strip()
        elif current and line.strip() and line.startswith("    "):
            texts[current] += " " + line.strip()
        else:
            current = None
    missing = names - set(texts) - {"seed"}
    if missing:
        raise TypeError(f"{kind.__name__}: its docstring does not explain {sorted(missing)}")
    return texts


def main() -> None:
    PATH.write_text(json.dumps(build(), indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
