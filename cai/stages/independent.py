"""Who looks on while PPO trains: the recipe's independent score, as a reward function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cai.constitution import dependencies
from cai.errors import RecipeError
from cai.prompts import template_digests
from cai.records import Message
from cai.run import Run

if TYPE_CHECKING:
    from torch import Tensor

    from cai.alignment.ppo.rollout import RewardFunction

_JUDGE = "judge"


def score_of(run: Run) -> str | None:
    """What the recipe names; read off it, for PPO's own settings come with torch."""
    named: str | None = run.recipe.sections["align-ppo"]["independent"]["score"]
    return named


def model_of(run: Run) -> str | None:
    """The reward model that it names, if it names one."""
    named = score_of(run)
    return None if named == _JUDGE else named


def inputs(run: Run) -> dict[str, Any]:
    """What the independent score depends on; nothing without one."""
    named = score_of(run)
    if named is None:
        return {}
    if named != _JUDGE:
        return {"independent": run.digest_of(named)}
    from cai.feedback.forms import FORMS

    label = {name: value for name, value in run.recipe.sections["label"].items() if name != "gate"}
    return {
        "independent": {
            "judge": run.digest_of(run.recipe.judge),
            "engine": run.recipe.engine.dtype,
            "label": label,
            "constitution": dependencies(
                run.constitution, "label", judge_few_shots=label["few_shots"] > 0
            ),
            "templates": template_digests("transcript", *FORMS[label["form"]].templates),
        }
    }


def check(run: Run) -> None:
    """Raises RecipeError where the independent score is the reward that is trained on."""
    named = score_of(run)
    own = run.folder.stage("reward").resolve()
    if named not in (None, _JUDGE) and Path(str(named)).resolve().is_relative_to(own / "model"):
        raise RecipeError(
            f"align-ppo: independent.score is {named}, the reward model that is trained on, which "
            "cannot fall while the reward rises; name another one, or judge"
        )


def function(run: Run) -> Callable[[], RewardFunction] | None:
    """Makes the independent score; None without one."""
    named = score_of(run)
    if named is None:
        return None
    return (lambda: _judged(run)) if named == _JUDGE else (lambda: _scored(run, named))


def _judged(run: Run) -> RewardFunction:
    from cai.feedback.settings import LabelSettings
    from cai.feedback.versus import Versus

    return Versus(
        judge=run.engine(run.recipe.judge),
        rival=run.engine(run.model_folder("sft")),
        constitution=run.constitution,
        settings=run.recipe.settings("label", LabelSettings),
        prompts=run.training.prompts,
    )


def _scored(run: Run, name: str) -> RewardFunction:
    from cai.models import encode_full
    from cai.reward.score import Scorer

    scorer = Scorer(run.pinned(name), device=run.recipe.engine.device)

    def score(conversations: Sequence[Sequence[Message]]) -> Tensor:
        # As in training, what does not fit loses tokens at its front.
        ids = [encode_full(scorer.tokenizer, each) for each in conversations]
        return scorer.score_ids([each[-scorer.context :] for each in ids])

    return score
