"""The gates: before training from the judge's preferences, and before PPO follows the reward."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cai.errors import RecipeError, RunError
from cai.run import Run
from cai.stages import rewards

if TYPE_CHECKING:
    from cai.feedback.trust.gate import GateSettings as JudgeGate
    from cai.reward.card.gate import GateSettings as RewardGate


def judge_of(run: Run) -> dict[str, Any] | None:
    """The judge.json of the labels that are there; None without one.

    Raises:
        RunError: if it is damaged.
    """
    return _read(run.folder.stage("label") / "judge.json")


def card_of(run: Run) -> dict[str, Any] | None:
    """The card.json of the reward model that is there; None without one.

    Raises:
        RunError: if it is damaged.
    """
    return _read(run.folder.stage("reward") / "card.json")


def judge_line(run: Run) -> str | None:
    """What is known of the judge, in a line for the terminal; None without a judge.json."""
    from cai.feedback.trust.told import line

    judge = judge_of(run)
    return None if judge is None else line(judge, _judge_gate(run))


def reward_line(run: Run) -> str | None:
    """What is known of the reward model, in a line for the terminal; None without a card.json."""
    from cai.reward.card.told import line

    card = card_of(run)
    return None if card is None else line(card, _reward_gate(run))


def check_judge(run: Run) -> None:
    """Lets a stage go on that trains from the judge's preferences.

    Raises:
        RecipeError: if the gate asks for what cannot be.
        RunError: if the judge has failed the recipe's gate, and that is to stop the run.
    """
    from cai.feedback.trust.gate import verdict

    found = verdict(judge_of(run), _judge_gate(run))
    if found.stops:
        raise RunError(f"the judge has not passed its gate. {found.text}")


def check_reward(run: Run) -> None:
    """Lets PPO follow the run's own reward model, if it is part of the reward.

    Raises:
        RecipeError: if the gate asks for what cannot be.
        RunError: if the reward model has failed the recipe's gate, and that is to stop the run.
    """
    from cai.reward.card.gate import verdict

    if not rewards.uses_own_model(run):
        return
    found = verdict(card_of(run), _reward_gate(run))
    if found.stops:
        raise RunError(f"the reward model has not passed its gate. {found.text}")


def _read(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise RunError(f"{path}: damaged ({error}); delete {path.parent} and run again") from None
    return found


def _judge_gate(run: Run) -> JudgeGate:
    from cai.feedback.settings import LabelSettings

    return run.recipe.settings("label", LabelSettings).gate


def _reward_gate(run: Run) -> RewardGate:
    # Read off the recipe: the stage's own settings come with torch, which a status does not need.
    from cai.reward.card.gate import GateSettings

    try:
        return GateSettings(**run.recipe.sections["reward"]["gate"])
    except ValueError as error:
        raise RecipeError(f"reward: {error}") from error
