"""The gate between the label stage and whatever is trained from its preferences."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cai.errors import RunError
from cai.run import Run

if TYPE_CHECKING:
    from cai.feedback.trust.gate import Verdict


def judge_verdict(run: Run) -> Verdict:
    """What the recipe's gate says of the judge of the labels that are there.

    Raises:
        RunError: if their judge.json is damaged.
    """
    from cai.feedback.trust.gate import GateSettings, verdict

    path = run.folder.stage("label") / "judge.json"
    try:
        judge = json.loads(path.read_text("utf-8")) if path.exists() else None
    except ValueError as error:
        raise RunError(f"{path}: damaged ({error}); delete {path.parent} and run again") from None
    return verdict(judge, GateSettings(**run.recipe.sections["label"]["gate"]))


def check_judge(run: Run) -> None:
    """Lets a stage go on that trains from the judge's preferences.

    Raises:
        RunError: if the judge has failed the gate, and that is to stop the run.
    """
    found = judge_verdict(run)
    if found.stops:
        raise RunError(f"the judge has not passed its gate. {found.text}")
