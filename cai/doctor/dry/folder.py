"""A run that is only tried: the recipe's longest prompts, and models where its stages make them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cai import recipe as recipes
from cai.records import Prompt
from cai.run import Run
from cai.store import RunFolder
from cai.weights import resolve

_MODELS = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.txt")
_SETS = ("red_team", "helpful", "heldout_red_team", "heldout_helpful")
_RECIPE, _ORIGIN = "recipe.yaml", "origin.txt"
_LONGEST = 4  # prompts of each set
_GIVEN = 8  # pairs of each source of comparisons
_PATIENCE = 0.1  # minutes: a server that is away is a finding of its own


def dry_run(run: Run, folder: Path) -> Run:
    """A run in `folder` with the recipe of `run` and its longest prompts.

    Where stages read the SFT model and the reward model, the recipe's own model lies: it has their
    shape. Nothing is copied.
    """
    values = json.loads(json.dumps(run.recipe.values))
    held = run.heldout.prompts
    sets = {
        "red_team": run.red_team.prompts,
        "helpful": run.helpful.prompts,
        "heldout_red_team": [one for one in held if "red-team" in one.tags],
        "heldout_helpful": [one for one in held if "red-team" not in one.tags],
    }
    values["prompts"] = {"column": None, "limit": None} | {
        name: _written(folder / f"{name}.jsonl", sets[name]) for name in _SETS
    }
    values["label"]["comparisons"] = [_few(one) for one in values["label"]["comparisons"]]
    values["label"]["gold"] = []
    for server in values["servers"].values():
        server["patience_minutes"] = _PATIENCE
    (folder / _RECIPE).write_text(json.dumps(values), "utf-8")
    (folder / _ORIGIN).write_text(str(run.recipe.origins.path.absolute()), "utf-8")
    return opened(folder)


def opened(folder: Path) -> Run:
    """The run that `dry_run` has made; functions are looked for beside the recipe it is of."""
    recipe = recipes.load(folder / _RECIPE)
    origins = replace(recipe.origins, path=Path((folder / _ORIGIN).read_text("utf-8")))
    return Run(replace(recipe, origins=origins), RunFolder(folder / "run"))


def models_in_place(run: Run) -> None:
    """Puts the recipe's model where the SFT model and the reward model are looked for."""
    source = _files(run.pinned(run.recipe.model))
    base = run.recipe.sections["reward"]["base"]
    reward = source if base == "sft" else _files(run.pinned(base))
    size = run.recipe.sections["reward"]["ensemble"]["size"]
    _linked(source, Path(run.model_folder("sft")))
    _linked(reward, Path(run.model_folder("reward")), scale=True)
    for member in range(1, size):
        _linked(reward, run.folder.stage("reward") / "members" / str(member) / "model", scale=True)


def _linked(source: Path, target: Path, *, scale: bool = False) -> None:
    """A folder with links to a model's files; with `scale` it states a mean and deviation."""
    from cai.reward.score import MEAN, STD

    target.mkdir(parents=True)
    for file in source.iterdir():
        if file.is_file():
            (target / file.name).symlink_to(file.resolve())
    config = target / "config.json"
    if scale and config.exists():
        fields = json.loads(config.read_text("utf-8")) | {MEAN: 0.0, STD: 1.0}
        config.unlink()  # the link, and not what it leads to
        config.write_text(json.dumps(fields), "utf-8")


def _files(model: str) -> Path:
    """The folder of a model's files; one on the hub is fetched, as the run would do."""
    source = resolve(model)
    if Path(source.path).is_dir():
        return Path(source.path)
    from huggingface_hub import snapshot_download

    return Path(
        snapshot_download(source.path, revision=source.revision, allow_patterns=list(_MODELS))
    )


def _written(path: Path, prompts: Sequence[Prompt]) -> list[str]:
    longest = sorted(prompts, key=lambda one: -sum(len(m["content"]) for m in one.messages))
    rows = [{**one.columns, "messages": list(one.messages)} for one in longest[:_LONGEST]]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return [str(path)] if rows else []


def _few(source: str | dict[str, object]) -> dict[str, object]:
    fields: dict[str, object] = {"path": source} if isinstance(source, str) else dict(source)
    return fields | {"limit": _GIVEN}
