"""Models and prompts that would stop a late stage are found before the first one works."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from cai.engines.kinds import check_kind
from cai.engines.settings import Role
from cai.errors import DataError, EngineError, RecipeError
from cai.pipeline import check_settings, status
from cai.records import Message, Prompt
from cai.room import TooLong, has_room
from cai.run import Run
from cai.stages import independent, models
from cai.weights import check_is_model


class _Answering(Protocol):
    """The settings that every stage has whose model answers prompts."""

    @property
    def max_new_tokens(self) -> int: ...

    @property
    def too_long(self) -> TooLong: ...


_Asked = tuple[Sequence[Prompt], _Answering]


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing that is looked at before a run works: `look` raises CaiError if it would stop it.

    Where a check of `after` has failed, this one would only say the same in other words.
    """

    name: str
    look: Callable[[Run], object]
    after: tuple[str, ...] = ()


def check_all(run: Run, *, without: Collection[str] = ()) -> None:
    """Makes all checks, but those named in `without`.

    Raises:
        CaiError: the first failure.
    """
    for check in CHECKS:
        if check.name not in without:
            check.look(run)


def check_models(run: Run) -> None:
    """Checks that every model of the recipe is there; none is loaded.

    Servers are asked for theirs if a stage that is to be made may need them.

    Raises:
        EngineError: naming the first that is not, and where it was asked for; or an engine that is
            not installed.
        RecipeError: if a model that is to be loaded is behind servers.
    """
    only_asked = models.asked(run).keys() - {"model"}
    for setting, model in (models.asked(run) | models.scoring(run)).items():
        if model in run.recipe.servers and setting not in only_asked:
            text = (
                f"{setting}: {model} is behind servers, and this one is trained or scored with "
                "here; give a folder or a hub name"
            )
            raise RecipeError(run.recipe.origins.located(text))
        if model not in run.recipe.servers:
            try:
                check_is_model(run.pinned(model))
            except EngineError as error:
                raise EngineError(run.recipe.origins.located(f"{setting}: {error}")) from error
    _check_engines(run)


def _check_engines(run: Run) -> None:
    recipe = run.recipe
    asked: dict[Role, str] = {
        "policy": recipe.model, "critic": recipe.critic, "judge": recipe.judge
    }  # fmt: skip
    for role, model in asked.items():
        own = "kind" in (recipe.engine.roles.get(role) or {})
        if model not in recipe.servers:
            try:
                kind = recipe.engine.of(role).kind
                check_kind(kind, f"engine.{role}.kind" if own else "engine.kind")
            except EngineError as error:
                raise EngineError(recipe.origins.located(str(error))) from None


def check_servers(run: Run, names: Sequence[str] | None = None) -> None:
    """Checks that the servers answer which the stages to be made may ask; `names` are some of them.
    Where a Ray cluster is asked instead of this process, it is joined.

    Raises:
        EngineError: naming the first that do not, or have not the model, or refuse the key; or if
            there is no such cluster.
    """
    missing = {found.stage for found in status(run, names) if found.state != "done"}
    # Models that the run itself makes are behind no servers, and may be on the cluster's workers.
    own = [run.recipe.model] if run.recipe.engine.ray.address is not None else []
    asked = {
        "critique-revise": [run.recipe.critic],
        "label": [
            *([] if run.recipe.comparisons else own),
            run.recipe.judge,
            *run.recipe.sections["label"]["authors"],
        ],
        "align-ppo": [*own, run.recipe.judge] if independent.asks_judge(run) else [],
        "evaluate": [*own, run.recipe.judge],
    }
    needed = (name for stage, models in asked.items() if stage in missing for name in models)
    for name in dict.fromkeys(needed):
        if name in run.recipe.servers or run.recipe.engine.ray.address is not None:
            run.prepared(name).check()


def check_prompts(run: Run) -> None:
    """Checks that prompts of the stages to be made leave room for answers.

    Nothing is loaded but tokenizers: the models that these stages ask are made of the recipe's
    model, whose tokens and context they share, or named by `label.authors`. critique-revise asks
    another, and as the first stage checks its prompts itself before any work.

    Raises:
        DataError: naming a prompt that does not fit, where its stage's `too_long` is "error"; or if
            a stage is left with none.
        EngineError: if there is no such model.
    """
    asked = {
        found.stage: _ASKED[found.stage](run)
        for found in status(run)
        if found.state != "done" and found.stage in _ASKED
        if found.stage != "label" or not run.recipe.comparisons
    }
    if asked:
        tokens = _tokens(run, run.recipe.model)
        for section, (prompts, settings) in asked.items():
            _check_room(section, prompts, settings, tokens)
    if "label" in asked:
        for author in run.recipe.sections["label"]["authors"]:
            _check_room("label", *asked["label"], _tokens(run, author))


def check_comparisons(run: Run) -> None:
    """Reads every given comparison of a label stage that is to be made.

    Raises:
        DataError: naming file, line, field and mend of the first that cannot be read.
        RecipeError: if probabilities are to be calibrated, and the gold is too little for that.
    """
    from cai.feedback import given
    from cai.feedback.settings import LabelSettings
    from cai.temperature import FEWEST

    if all(one.state == "done" for one in status(run) if one.stage == "label"):
        return
    settings = run.recipe.settings("label", LabelSettings)
    decided = 0
    for sources in (run.recipe.comparisons, run.recipe.gold):
        counts = given.count(
            [given.Source(path=s.path, limit=s.limit, split=s.split) for s in sources],
            principles={one.id for one in run.constitution.principles if one.serves("label")},
            ranking_pairs=settings.ranking_pairs,
        )
        decided += counts["gold_labels"] - counts["gold_ties"]
    if settings.calibration != "none" and decided < FEWEST:
        text = (
            f"label.calibration: {settings.calibration} takes {FEWEST} gold labels that prefer an "
            f"answer, and there are {decided}; name more pairs with labels under label.gold, or "
            "leave it at none"
        )
        raise RecipeError(run.recipe.origins.located(text))


class _Tokens:
    """How much a model can read, and how many tokens it reads prompts as."""

    def __init__(self, count: Callable[[Sequence[Message]], int], context: int) -> None:
        self._count = count
        self._lengths: dict[str, int] = {}
        self.context = context

    def count(self, prompt: Prompt) -> int:
        if prompt.id not in self._lengths:
            self._lengths[prompt.id] = self._count(prompt.messages)
        return self._lengths[prompt.id]


def _tokens(run: Run, model: str) -> _Tokens:
    from cai.models import context_of, encode_chat, load_tokenizer

    if model in run.recipe.servers:
        engine = run.prepared(model).load()
        return _Tokens(engine.count, engine.context)
    name = run.pinned(model)
    tokenizer = load_tokenizer(name)
    return _Tokens(lambda messages: len(encode_chat(tokenizer, messages)), context_of(name))


def _check_room(
    section: str, prompts: Sequence[Prompt], settings: _Answering, tokens: _Tokens
) -> None:
    fitting = [
        prompt
        for prompt in prompts
        if has_room(
            prompt,
            tokens.count(prompt) + settings.max_new_tokens,
            context=tokens.context,
            section=section,
            too_long=settings.too_long,
        )
    ]
    if not fitting:
        raise DataError(
            f"{section} has {len(prompts)} prompts, none of which leaves room for an answer in the "
            f"model's context of {tokens.context} tokens; give others under `prompts`, or lower "
            f"{section}.max_new_tokens"
        )


def _label(run: Run) -> _Asked:
    from cai.feedback.settings import LabelSettings

    return run.training.prompts, run.recipe.settings("label", LabelSettings)


def _ppo(run: Run) -> _Asked:
    from cai.alignment.ppo import PPOConfig

    return run.training.prompts, run.recipe.settings("align-ppo", PPOConfig)


def _evaluate(run: Run) -> _Asked:
    from cai.evaluation.run import EvaluationSettings, select

    settings = run.recipe.settings("evaluate", EvaluationSettings)
    return select(run.heldout.prompts, settings), settings


_ASKED: dict[str, Callable[[Run], _Asked]] = {
    "label": _label,
    "align-ppo": _ppo,
    "evaluate": _evaluate,
}


CHECKS = (
    Check(name="models", look=check_models),
    Check(name="settings", look=check_settings, after=("models",)),
    Check(name="servers", look=check_servers, after=("models",)),
    Check(name="prompts", look=check_prompts, after=("models", "settings")),
    Check(name="comparisons", look=check_comparisons, after=("models", "settings")),
)
"""All checks of a recipe, in the order in which one leads to the next."""
