"""From the settings of sources to a reward function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.records import Message
from cai.reward.ensemble import Ensemble, EnsembleSettings, combine, disagreement, member_folders
from cai.reward.score import Scorer
from cai.reward.sources import module, rules
from cai.reward.sources.answered import Answered
from cai.reward.sources.function import FunctionSource
from cai.reward.sources.pattern import Pattern
from cai.reward.sources.settings import OWN_MODEL, RewardSource, Statistics
from cai.reward.sources.source import Said, Source
from cai.reward.sources.weighted import RewardSum, Weighted

_PLAIN = EnsembleSettings()
# Loads a reward model by its name.
Load = Callable[[str], Scorer]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reward:
    """A reward function, and what else is to be known of it.

    Attributes:
        function: the sum of the sources; or the scorer's own function where there is nothing else.
        scorers: the reward models that it is made of, by the name of their source: one each, or
            the members of an ensemble.
        unmeasured: names of the sources that are to be measured at the start, and their keys in
            the recipe.
    """

    function: RewardSum | Callable[[Sequence[Sequence[Message]]], Tensor]
    scorers: Mapping[str, Sequence[Scorer]]
    unmeasured: Mapping[str, str]

    def with_statistics(self, found: Mapping[str, Statistics]) -> Reward:
        """The same with measured sources."""
        if not isinstance(self.function, RewardSum):
            return self
        sources = [
            replace(one, statistics=found.get(one.name, one.statistics))
            for one in self.function.sources
        ]
        return replace(self, function=RewardSum(sources), unmeasured={})

    @property
    def models(self) -> dict[str, PreTrainedModel]:
        """All reward models, by the name of their source, and number among several members."""
        return {
            f"{name} {number}" if number > 1 else name: scorer.model
            for name, members in self.scorers.items()
            for number, scorer in enumerate(members, start=1)
        }

    def scale(self, name: str) -> tuple[Statistics, float]:
        """What normalises the raw scores of a source's model, and its weight."""
        inner = self.scorers[name][0].normalised_by
        if not isinstance(self.function, RewardSum):
            return inner, 1.0
        (one,) = [one for one in self.function.sources if one.name == name]
        outer = one.statistics  # of what the inner one has normalised already
        both = Statistics(inner.mean + outer.mean * inner.std, inner.std * outer.std)
        return both, one.weight


def load_reward(
    sources: Sequence[RewardSource],
    *,
    own: str,
    ensemble: EnsembleSettings,
    tokenizer: PreTrainedTokenizerBase,
    load: Load,
    folders: Sequence[Path] = (),
    normalised: bool = True,
) -> Reward:
    """The reward that the sources make up; without any it is the run's own model.

    Args:
        own: the folder of the run's own reward model.
        tokenizer: the policy's, in whose tokens rules count.
        load: loads a reward model, its scores as it gives them.
        folders: where functions are looked for first.
        normalised: whether the run's own model is normalised where there are no sources.

    Raises:
        EngineError: if a model cannot be loaded or lacks the statistics that it is to be
            normalised by.
        RecipeError: if a function or a regular expression cannot be used.
        RunError: if the ensemble lacks a member.
    """
    if not sources and ensemble.in_training == 1:
        scorer = load(own).normalised(normalised)
        return Reward(function=scorer.fitting, scorers={OWN_MODEL: [scorer]}, unmeasured={})
    if not sources:
        sources = (RewardSource(model=OWN_MODEL, normalise="model" if normalised else "none"),)
    weighted, scorers, unmeasured = [], {}, {}
    for index, setting in enumerate(sources):
        where = f"align-ppo.rewards[{index}].{setting.kind}"
        if setting.model is None:
            source = _rule_or_function(setting, where=where, tokenizer=tokenizer, folders=folders)
        else:
            members = _members(setting, own=own, ensemble=ensemble, load=load)
            scorers[setting.label] = members
            source = model_source(members, ensemble)
        weighted.append(Weighted(name=setting.label, source=source, weight=setting.weight))
        if _is_measured(setting, *scorers.get(setting.label, [])[:1]):
            unmeasured[setting.label] = where
    return Reward(function=RewardSum(weighted), scorers=scorers, unmeasured=unmeasured)


def check_sources(sources: Sequence[RewardSource], *, folders: Sequence[Path]) -> None:
    """Checks all of the sources that needs no model: expressions, and functions by importing them.

    Raises:
        RecipeError: naming the first that cannot be used.
    """
    for index, setting in enumerate(sources):
        where = f"align-ppo.rewards[{index}].{setting.kind}"
        pattern = setting.require or setting.forbid
        if pattern is not None:
            Pattern(pattern, where=where)
        if setting.function is not None:
            module.load(module.locate(setting.function, folders, where=where), where=where)


def model_source(members: Sequence[Scorer], settings: EnsembleSettings = _PLAIN) -> Source:
    """Reward models as a source: the scores of one, or the combination of several and, beside it,
    their `disagreement`."""
    if len(members) == 1:
        (only,) = members
        return lambda answered: Said(values=only.fitting(answered.conversations))
    every = Ensemble(members)

    def score(answered: Answered) -> Said:
        scores = every(answered.conversations)
        return Said(
            values=combine(scores, how=settings.combine, std_weight=settings.std_weight),
            beside={"disagreement": disagreement(scores)},
        )

    return score


def _members(
    setting: RewardSource, *, own: str, ensemble: EnsembleSettings, load: Load
) -> list[Scorer]:
    """The model of a source, or the members of the run's own ensemble that are in training."""
    if setting.model != OWN_MODEL:
        loaded = [load(str(setting.model))]
    else:
        folders = member_folders(Path(own), ensemble.size)[: ensemble.in_training]
        loaded = [load(str(folder)) for folder in folders]
    # Members are combined on one scale, whatever is then done with the combination.
    by_model = setting.normalise == "model" or (
        setting.normalise != "none" and (len(loaded) > 1 or not _is_measured(setting, loaded[0]))
    )
    return [scorer.normalised(by_model) for scorer in loaded]


def _is_measured(setting: RewardSource, scorer: Scorer | None = None) -> bool:
    if setting.normalise is not None or scorer is None:
        return setting.normalise == "start"
    return scorer.statistics is None


def _rule_or_function(
    setting: RewardSource,
    *,
    where: str,
    tokenizer: PreTrainedTokenizerBase,
    folders: Sequence[Path],
) -> Source:
    if setting.function is not None:
        found = module.locate(setting.function, folders, where=where)
        function = module.load(found, where=where)
        return FunctionSource(function, where=where)
    if setting.length is not None:
        return rules.length_rule(tokenizer, target=setting.length)
    if setting.repetition is not None:
        return rules.repetition_rule(tokenizer, size=setting.repetition)
    required = setting.require is not None
    expression = str(setting.require if required else setting.forbid)
    return rules.pattern_rule(Pattern(expression, where=where), required=required)
