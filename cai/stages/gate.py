"""The gate between the label stage and whatever is trained from its preferences."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cai.errors import RunError
from cai.run import Run

if TYPE_CHECKING:
    from cai.feedback.trust.gate import GateSettings


def judge_of(run: Run) -> dict[str, Any] | None:
    """The judge.json of the labels that are there; None without one.

    Raises:
        RunError: if it is damaged.
    """
    path = run.folder.stage("label") / "judge.json"
    if not path.exists():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise RunError(f"{path}: damaged ({error}); delete {path.parent} and run again") from None
    return found


def judge_line(run: Run) -> str | None:
    """What is known of the judge, in a line for the terminal; None without a judge.json."""
    from cai.feedback.trust.told import line

    judge = judge_of(run)
    return None if judge is None else line(judge, _gate(run))


def check_judge(run: Run) -> None:
    """Lets a stage go on that trains from the judge's preferences.

    Raises:
        RecipeError: if the gate asks for what cannot be.
        RunError: if the judge has failed the recipe's gate, and that is to stop the run.
    """
    from cai.feedback.trust.gate import verdict

    found = verdict(judge_of(run), _gate(run))
    if found.stops:
        raise RunError(f"the judge has not passed its gate. {found.text}")


def _gate(run: Run) -> GateSettings:
    from cai.feedback.settings import LabelSettings

    return run.recipe.settings("label", LabelSettings).gate
