"""A run being worked on: its recipe, folder, constitution, prompts and engines, read once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from cai import constitution as constitutions
from cai import prompts as prompt_sets
from cai import recipe as recipes
from cai import row_files
from cai.budget import Budget, Price, Spent
from cai.constitution import Constitution
from cai.engines import kinds
from cai.engines.base import Engine
from cai.engines.cache import CachedEngine, CallCache, CallCount
from cai.engines.in_memory import InMemory
from cai.engines.settings import Role
from cai.engines.vllm.seats import Seats
from cai.errors import RecipeError, RunError
from cai.prompts import PromptSet
from cai.ranks import ALONE, World
from cai.recipe import ComparisonSource, PromptSource, Recipe
from cai.records import Prompt, content_id, derive_seed, digest
from cai.store import RunFolder, call_store
from cai.weights import pin, weights_digest

if TYPE_CHECKING:
    from cai.engines.ray.pool import Pool
    from cai.ranks.crew import Crew

_HELDOUT_SHARE = 0.2


class Run:
    """What stages are given. Files are read at first use and never again, so that editing one
    while a run goes on cannot mix two versions."""

    def __init__(
        self,
        recipe: Recipe,
        folder: RunFolder,
        *,
        constitution: Constitution | None = None,
        budget: Budget | None = None,
        crew: Crew | None = None,
    ) -> None:
        self.recipe = recipe
        self.folder = folder
        self.budget = budget or Budget()
        self.crew = crew
        self._constitution = constitution
        self._engines: Callable[[str, Role], Engine] | None = None
        self._seats = Seats()
        self._in_memory = InMemory()
        self._calls = CallCount()
        self._pinned: dict[str, str] = {}
        self._digests: dict[str, str] = {}
        self._servers: dict[str, kinds.Unloaded] = {}
        self._loaded: dict[tuple[tuple[PromptSource, ...], str], PromptSet] = {}
        self._contents: dict[ComparisonSource, str] = {}

    @property
    def world(self) -> World:
        """The processes that share this run's trainings."""
        return self.crew.world if self.crew else ALONE

    @cached_property
    def constitution(self) -> Constitution:
        return self._constitution or constitutions.load(self.recipe.constitution)

    def constitution_text(self) -> str:
        return constitutions.dump(self.constitution)

    @cached_property
    def red_team(self) -> PromptSet:
        """Training prompts that ask for harm."""
        return self._train(self.recipe.prompts.red_team, "red-team")

    @cached_property
    def helpful(self) -> PromptSet:
        """Training prompts that ask for help, the dangerous-sounding ones among them.

        One that is among those that ask for harm is a duplicate: learning a plain answer to it
        would undo its revision.
        """
        own = self._train(self.recipe.prompts.helpful, "helpful")
        return prompt_sets.without(own, self.red_team)

    @cached_property
    def training(self) -> PromptSet:
        """All training prompts."""
        return prompt_sets.joined([self.red_team, self.helpful])

    @cached_property
    def heldout(self) -> PromptSet:
        """Prompts to evaluate on: those the recipe names, else a fifth of each training set."""
        sources = self.recipe.prompts
        return prompt_sets.joined(
            [
                self._load(sources.heldout_red_team, "red-team")
                if sources.heldout_red_team
                else self._split(sources.red_team, "red-team", heldout=True),
                self._load(sources.heldout_helpful, "helpful")
                if sources.heldout_helpful
                else self._split(sources.helpful, "helpful", heldout=True),
            ]
        )

    def pinned(self, model: str) -> str:
        """The name to load a model by, so that it is the one that was digested. Asked for once: a
        run goes on with the commit that it began with. One behind servers keeps its name."""
        if model in self.recipe.servers:
            return model
        if model not in self._pinned:
            name = pin(model)
            self._pinned |= {model: name, name: name}
        return self._pinned[model]

    def digest_of(self, model: str) -> str:
        """The digest of one of the recipe's models, computed once: they stay while a run goes on.

        Not for the models of stages, which a run makes anew. Of one behind servers it is that of
        its identity: nobody knows its weights.
        """
        if model in self.recipe.servers:
            return digest(self.prepared(model).identity.fields)
        name = self.pinned(model)
        if name not in self._digests:
            self._digests[name] = weights_digest(name)
        return self._digests[name]

    def contents_of(self, source: ComparisonSource) -> str:
        """The digest of what a source of comparisons holds, computed once."""
        if source not in self._contents:
            self._contents[source] = row_files.fingerprint(source.path, split=source.split)
        return self._contents[source]

    def output_digest(self, stage: str, file: str) -> str | None:
        """The digest of a finished stage's file or folder; None if there is none."""
        manifest = self.folder.manifest(stage)
        if manifest is None:
            return None
        prefix = f"{file}/"
        parts = {
            name: value
            for name, value in manifest.outputs.items()
            if name == file or name.startswith(prefix)
        }
        return digest(parts) if parts else None

    def model_folder(self, stage: str) -> str:
        return str(self.folder.stage(stage) / "model")

    def with_engines(self, make: Callable[[str, Role], Engine]) -> Run:
        """The same run, with engines that `make` gives for the names of models and their roles."""
        other = copy(self)
        other._engines = make
        return other

    def engine(self, model: str, role: Role = "policy") -> Engine:
        """A cached engine for a model; the model is loaded when a call is not in the store."""
        if self._engines:
            return self._engines(model, role)
        engine = self.prepared(model, role)
        return CachedEngine(
            engine.load,
            identity=engine.identity,
            cache=self._cache,
            count_of_calls=self._calls,
            budget=self.budget,
            price=self._price(model),
            width=engine.width,
        )

    def _price(self, model: str) -> Price | None:
        """What a model costs, if that is known. What a stage made is run at home."""
        made_here = Path(model).parent.parent in (self.folder.path, self.folder.path / ".work")
        prices = self.recipe.prices
        given = next((prices[n] for n in prices if model in (n, self._pinned.get(n))), None)
        if given is None:
            if self.budget.usd is None or (Path(model).name == "model" and made_here):
                return None
            raise RecipeError(
                f"prices: none for {model}, so --budget-usd cannot be kept; add "
                f"`prices: {{{model}: {{prompt: 0, completion: 0}}}}` in US dollars per million"
            )
        return Price(**given)

    def uncached_engine(self, model: str, role: Role = "policy") -> Engine:
        """The same model without the store of calls: what is asked is asked for real."""
        return self.prepared(model, role).load()

    def close_engines(self) -> None:
        """Has engines give back the memory that they reserved; what is asked after that loads
        again."""
        self._seats.clear()

    def prepared(self, model: str, role: Role = "policy") -> kinds.Unloaded:
        """The engine of a model, known by its identity and not loaded; of servers always the
        same."""
        if model in self.recipe.servers:
            if model not in self._servers:
                self._servers[model] = kinds.prepare_server(model, self.recipe.servers[model])
            return self._servers[model]
        settings = self.recipe.engine.of(role)
        name = self.pinned(model)
        prepare = partial(
            kinds.prepare,
            settings.kind,
            device=settings.device,
            token_budget=settings.token_budget,
            vllm=settings.vllm,
        )
        engine = prepare(
            name,
            dtype=settings.dtype,
            weights=self._digests.get(name),
            seats=self._seats,
            in_memory=self._in_memory,
        )
        if settings.ray.address is None:
            return engine
        return kinds.on_workers(engine, again=prepare, name=name, pool=self._pool)

    def start_counting_calls(self, watch: Callable[[Mapping[str, Spent]], object]) -> None:
        """Counts from here the calls of engines made from here; `watch` is told what they spend."""
        self._calls = CallCount(watch=watch)

    def calls_made(self) -> CallCount:
        return self._calls

    @cached_property
    def _pool(self) -> Pool:
        from cai.engines.ray.pool import Pool

        engine = self.recipe.engine
        return Pool(engine.ray, device=engine.device, gpus_per_model=engine.gpus_per_model)

    @cached_property
    def _cache(self) -> CallCache:
        return CallCache(call_store())

    @property
    def _keeps_columns(self) -> bool:
        # Only functions read them: those of the reward, or the one that looks on.
        ppo = self.recipe.sections["align-ppo"]
        functions = [one.get("function") for one in ppo["rewards"]]
        return any(functions) or ":" in (ppo["independent"]["score"] or "")

    def _train(self, sources: tuple[PromptSource, ...], tag: str) -> PromptSet:
        own_heldout = {
            "red-team": self.recipe.prompts.heldout_red_team,
            "helpful": self.recipe.prompts.heldout_helpful,
        }[tag]
        own = self._load(sources, tag) if own_heldout else self._split(sources, tag, heldout=False)
        return prompt_sets.without(own, self.heldout)  # or the rates would be of what was trained

    def _split(self, sources: tuple[PromptSource, ...], tag: str, *, heldout: bool) -> PromptSet:
        def is_heldout(prompt: Prompt) -> bool:
            # A hash of the prompt alone: adding prompts moves no other prompt to the other side.
            return derive_seed(0, "heldout", prompt.id) / 2**63 < _HELDOUT_SHARE

        whole = self._load(sources, tag)
        return replace(whole, prompts=tuple(p for p in whole.prompts if is_heldout(p) == heldout))

    def _load(self, sources: tuple[PromptSource, ...], tag: str) -> PromptSet:
        if (sources, tag) not in self._loaded:
            self._loaded[sources, tag] = prompt_sets.joined(
                [
                    prompt_sets.load(
                        source.path,
                        column=source.column,
                        limit=source.limit,
                        split=source.split,
                        tags=(tag,),
                        keep_columns=self._keeps_columns,
                    )
                    for source in sources
                ]
            )
        return self._loaded[sources, tag]


def reopen(folder: Path, *, stage: str | None = None, under: Constitution | None = None) -> Run:
    """The run as it was when its folder was last written, or when a stage of it was made.

    Recipe and constitution are the snapshots of then; `under` takes the constitution's place.

    Raises:
        RunError: if there are no snapshots.
    """
    kept = folder / stage if stage and (folder / stage / "recipe.yaml").exists() else folder
    recipe, constitution = kept / "recipe.yaml", kept / "constitution.yaml"
    if not recipe.exists() or not constitution.exists():
        raise RunError(f"{folder}: no recipe.yaml and constitution.yaml; is this a run's folder?")
    settings = recipes.load(recipe, [f"constitution={json.dumps(str(constitution))}"])
    return Run(settings, RunFolder(folder), constitution=under)


def prompts_digest(prompts: Sequence[Prompt]) -> str:
    """What names a list of prompts as a stage sees it: ids and tags, in order."""
    return content_id(*[[prompt.id, *prompt.tags] for prompt in prompts])


def columns_digest(prompts: Sequence[Prompt]) -> str:
    """What names the columns of prompts, which reward functions read."""
    return digest([json.dumps(dict(one.columns), sort_keys=True, default=str) for one in prompts])
