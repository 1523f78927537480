"""The stages that make the reward: label and reward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cai.constitution import dependencies
from cai.engines.settings import Role
from cai.errors import RecipeError
from cai.progress import Progress
from cai.prompts import template_digests
from cai.recipe import ComparisonSource
from cai.records import Message
from cai.run import Run, prompts_digest
from cai.stages.gate import check_judge
from cai.stages.rewards import USE_OF_ENSEMBLE
from cai.stages.stage import Stage, from_stage, own
from cai.store import changed_inputs

if TYPE_CHECKING:
    from cai.feedback.given import Source
    from cai.feedback.sample.chooser import Rewards
    from cai.feedback.settings import LabelSettings
    from cai.reward.train import RewardSettings


def _label_inputs(run: Run) -> dict[str, Any]:
    settings = _label_settings(run)
    inputs = own(run, "label") | {
        "settings": _without_gate(run, "label"),
        "judge": run.digest_of(run.recipe.judge),
        "engine": run.recipe.engine.inputs(*_asked(run)),
        "constitution": dependencies(
            run.constitution, "label", judge_few_shots=settings.few_shots > 0
        ),
        "templates": template_digests(*_shown(run, settings)),
    }
    if run.recipe.comparisons:
        inputs["comparisons"] = [_contents(run, source) for source in run.recipe.comparisons]
    else:
        inputs |= _authors(run, settings)
        inputs["policy"] = from_stage(run, "sft", "model")
        inputs["prompts"] = prompts_digest(run.training.prompts)
    if run.recipe.gold:
        inputs["gold"] = [_contents(run, source) for source in run.recipe.gold]
    return inputs


def _asked(run: Run) -> tuple[Role, ...]:
    return ("judge",) if run.recipe.comparisons else ("policy", "judge")


def _without_gate(run: Run, stage: str) -> dict[str, Any]:
    # It says what to make of what a stage has made, and not what that is.
    return {name: value for name, value in run.recipe.sections[stage].items() if name != "gate"}


def _shown(run: Run, settings: LabelSettings) -> list[str]:
    """The templates of all that the judge is shown; its first look has a form of its own."""
    from cai.feedback.forms import FORMS
    from cai.feedback.sample.preview import TEMPLATES

    looks = settings.looks and not run.recipe.comparisons
    names = {"transcript", *FORMS[settings.form].templates, *(TEMPLATES if looks else ())}
    return sorted(names)


def _authors(run: Run, settings: LabelSettings) -> dict[str, Any]:
    """Who answers besides the policy, and who chooses among the answers."""
    inputs: dict[str, Any] = {}
    if settings.authors:
        inputs["authors"] = [run.digest_of(author) for author in settings.authors]
    if settings.reward_model is not None:
        inputs["reward_model"] = run.digest_of(settings.reward_model)
    return inputs


def _contents(run: Run, source: ComparisonSource) -> list[Any]:
    """What a source holds, and what is taken of it; not where it lies."""
    return [run.contents_of(source), list(source.tags), source.limit]


def _sources(run: Run, given: Sequence[ComparisonSource]) -> list[Source]:
    from cai.feedback.given import Source

    return [
        Source(
            path=one.path,
            tags=one.tags,
            limit=one.limit,
            split=one.split,
            digest=run.contents_of(one),
        )
        for one in given
    ]


def _label_needs(run: Run) -> list[str]:
    return [] if run.recipe.comparisons else ["sft"]


def _label_settings(run: Run) -> LabelSettings:
    from cai.feedback.settings import LabelSettings

    return run.recipe.settings("label", LabelSettings)


def _label_check(run: Run) -> object:
    settings = _label_settings(run)
    own = run.folder.stage("reward").resolve()
    if settings.reward_model and own in Path(settings.reward_model).resolve().parents:
        raise RecipeError(
            "label: reward_model is this run's own, which is trained on these labels; name that "
            "of an earlier run"
        )
    settings.shots(run.constitution)  # RecipeError if there are too few
    return settings


def _rewards(run: Run, reward_model: str) -> Rewards:
    """An earlier reward model as a function of conversations."""
    from cai.reward.score import Scorer

    scorer = Scorer(run.pinned(reward_model), device=run.recipe.engine.device)

    def score(conversations: Sequence[Sequence[Message]]) -> list[float]:
        scores: list[float] = scorer(conversations).tolist()
        return scores

    return score


def _label(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.feedback import label

    settings = _label_settings(run)
    given = bool(run.recipe.comparisons)
    return ({} if given else run.training.counts) | label.run(
        prompts=() if given else run.training.prompts,
        constitution=run.constitution,
        policy=partial(run.engine, run.model_folder("sft")),
        judge=run.engine(run.recipe.judge, "judge"),
        settings=settings,
        folder=folder,
        progress=progress,
        authors=[partial(run.engine, author) for author in settings.authors],
        rewards=partial(_rewards, run, settings.reward_model) if settings.reward_model else None,
        comparisons=_sources(run, run.recipe.comparisons),
        gold=_sources(run, run.recipe.gold),
    )


def _reward_inputs(run: Run) -> dict[str, Any]:
    settings = run.recipe.sections["reward"]
    base, ensemble = settings["base"], settings["ensemble"]
    trained = {name: value for name, value in ensemble.items() if name not in USE_OF_ENSEMBLE}
    kept = {name: value for name, value in settings.items() if name not in ("ensemble", "gate")}
    several = ensemble["size"] > 1
    used = {"card": {name: ensemble[name] for name in USE_OF_ENSEMBLE}} if several else {}
    return own(run, "reward") | {
        "settings": kept | ({"ensemble": trained} if several else {}),
        "model": from_stage(run, "sft", "model") if base == "sft" else run.digest_of(base),
        "rows": from_stage(run, "label", "preferences.jsonl"),
        # For the card alone: what a reward model is measured by, and as what.
        "gold": [run.output_digest("label", name) for name in ("gold.jsonl", "gold/gold.jsonl")],
        **used,
        # What earlier stages made has its template with it.
        "templates": {} if base == "sft" else template_digests("transcript"),
    }


# What no member's training depends on: what the card is made by, and how many others there are.
_NOT_OF_MEMBERS = ("gold", "card", "settings.ensemble.size", "settings.ensemble")


def _reuse_members(run: Run, work: Path, inputs: Mapping[str, Any]) -> None:
    """Puts the members that are trained already into `work`, if they would come out the same."""
    finished = run.folder.manifest("reward")
    if finished is None:
        return
    changed = changed_inputs(finished.inputs, inputs)
    if all(name.startswith("card.") or name in _NOT_OF_MEMBERS for name in changed):
        from cai.reward.members import copy_members

        size = run.recipe.sections["reward"]["ensemble"]["size"]
        copy_members(run.folder.stage("reward"), work, size=size)


def _reward_settings(run: Run) -> RewardSettings:
    from cai.reward.train import RewardSettings

    return run.recipe.settings("reward", RewardSettings)


def _reward_check(run: Run) -> object:
    from cai.reward.train import trainer_config

    return trainer_config(
        _reward_settings(run), run.folder.path, device=run.recipe.engine.device, world=run.world
    )


def _reward(run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    from cai.reward import train

    settings = _reward_settings(run)
    if settings.base != "sft":
        settings = replace(settings, base=run.pinned(settings.base))
    return train.run(
        preferences=run.folder.stage("label") / "preferences.jsonl",
        sft=run.model_folder("sft"),
        settings=settings,
        device=run.recipe.engine.device,
        world=run.world,
        folder=folder,
        progress=progress,
    )


LABEL = Stage(
    name="label",
    needs=_label_needs,
    inputs=_label_inputs,
    check=_label_check,
    run=_label,
)

REWARD = Stage(
    name="reward",
    needs=lambda run: ["sft", "label"],
    inputs=_reward_inputs,
    check=_reward_check,
    run=_reward,
    reuse=_reuse_members,
    trains=True,
    admit=check_judge,
)
