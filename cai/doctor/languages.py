"""Templates and tokens of every model that this recipe runs here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cai.doctor import templates, tokens
from cai.doctor.finding import Finding, looked
from cai.models import load_tokenizer
from cai.run import Run
from cai.stages import models


def languages(run: Run) -> Iterator[Finding]:
    """Templates and special tokens, model by model, and policy against reward models."""
    speakers, scorers = models.asked(run).values(), models.scoring(run)
    here = [one for one in dict.fromkeys(speakers) if one not in run.recipe.servers]
    for model in here:
        yield from looked(templates.GROUP, model, partial(_template, run, model))
    for model in dict.fromkeys([*here, *scorers.values()]):
        yield from looked(tokens.GROUP, model, partial(_special, run, model))
    for setting, model in scorers.items():
        yield from looked(tokens.GROUP, setting, partial(_same, run, setting, model))


def _template(run: Run, model: str) -> Iterator[Finding]:
    name = run.pinned(model)
    tokenizer = load_tokenizer(name)
    stops = templates.own_stops(name, tokenizer)
    return templates.template(_short(model), tokenizer, stops=stops)


def _special(run: Run, model: str) -> Iterator[Finding]:
    name = run.pinned(model)
    return tokens.special(_short(model), name, load_tokenizer(name))


def _same(run: Run, setting: str, model: str) -> Iterator[Finding]:
    policy = load_tokenizer(run.pinned(run.recipe.model))
    yield tokens.same(policy, load_tokenizer(run.pinned(model)), name=setting)


def _short(model: str) -> str:
    """The end of a folder's path: where it lies is nobody's business in a bug report."""
    return model.rstrip("/").rpartition("/")[2] if model.startswith(("/", ".", "~")) else model
