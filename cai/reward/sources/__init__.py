"""What a reward is made of: sources that each score answers, and their weighted sum.

`settings` is what a recipe says of a source, `source` what one is, `load` makes them; `rules`,
`pattern`, `function` (with `module`) and `load.model_source` are the kinds there are; `weighted`
adds them up, `scores` is what comes out, and `answered` what goes in.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cai.reward.sources.function import FunctionSource
    from cai.reward.sources.load import model_source
    from cai.reward.sources.rules import length_rule, repetition_rule
    from cai.reward.sources.scores import Scores
    from cai.reward.sources.settings import RewardSource
    from cai.reward.sources.weighted import RewardSum, Weighted

__all__ = [
    "FunctionSource",
    "RewardSource",
    "RewardSum",
    "Scores",
    "Weighted",
    "length_rule",
    "model_source",
    "repetition_rule",
]

_HOMES = {
    "FunctionSource": "function",
    "RewardSource": "settings",
    "RewardSum": "weighted",
    "Scores": "scores",
    "Weighted": "weighted",
    "length_rule": "rules",
    "model_source": "load",
    "repetition_rule": "rules",
}


def __getattr__(name: str) -> Any:
    # At first use: most of them need torch, and a recipe is read without.
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
