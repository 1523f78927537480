"""Errors of settings that were right each by itself say where those were given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cai import pipeline, recipe
from cai.errors import RecipeError
from cai.run import Run
from cai.store import RunFolder

RECIPE = """\
critique-revise:
  rounds: 3
align-ppo:
  batch_size: 16
  minibatch_size: 8
align-dpo:
  trl:
    weight_decay: 0.1
methods: [ppo, dpo]
"""


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """What is said of a recipe whose settings cannot work, without its folder."""

    def check(text: str, *overrides: str) -> str:
        path = tmp_path / "r.yaml"
        path.write_text(text)
        run = Run(recipe.load(path, overrides), RunFolder(tmp_path / "run"))
        with pytest.raises(RecipeError) as caught:
            pipeline.check_settings(run)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return check


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("minibatch_size: 8", "minibatch_size: 99",
         "r.yaml:5: align-ppo.minibatch_size: minibatch_size 99 is above batch_size 16; lower it, "
         "or raise batch_size (batch_size: r.yaml:4)"),
        ("  minibatch_size: 8\n", "", "r.yaml:4: align-ppo.batch_size: minibatch_size 32 is above"),
        ("rounds: 3", "rounds: 3\n  max_new_tokens: 0",
         "r.yaml:3: critique-revise.max_new_tokens: max_new_tokens must be at least 1"),
        ("rounds: 3", "sft_rounds: [3]", "r.yaml:2: critique-revise.sft_rounds: sft_rounds must"),
        ("minibatch_size: 8", "learning_rate: 1.0e-4\n  value: {learning_rate: -1}",
         "r.yaml:6: align-ppo.value.learning_rate: value.learning_rate is -1; it must be"),
        ("weight_decay: 0.1", "weight_decai: 0.1", "r.yaml:8: align-dpo.trl.weight_decai: "),
        ("weight_decay: 0.1", "optim: sgdd", "r.yaml:8: align-dpo.trl: DPOConfig refuses this: "),
    ],
)  # fmt: skip
def test_the_line_in_the_recipe(
    refused: Callable[..., str], old: str, new: str, message: str
) -> None:
    assert old in RECIPE
    assert refused(RECIPE.replace(old, new)).startswith(message)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("align-ppo.minibatch_size=99",
         "--set align-ppo.minibatch_size: minibatch_size 99 is above batch_size 16; lower it, "
         "or raise batch_size (batch_size: r.yaml:4)"),
        ("align-ppo.batch_size=4",
         "r.yaml:5: align-ppo.minibatch_size: minibatch_size 8 is above batch_size 4; lower it, "
         "or raise batch_size (batch_size: --set)"),
        ("align-ppo={minibatch_size: 99}",
         "--set align-ppo.minibatch_size: minibatch_size 99 is above batch_size 64; lower it, "
         "or raise batch_size"),
        ("align-dpo.trl.hub_token=secret", "--set align-dpo.trl.hub_token: cai sets this itself"),
        ("align-dpo.trl.optim=sgdd", "r.yaml:8, --set: align-dpo.trl: DPOConfig refuses this: "),
    ],
)  # fmt: skip
def test_an_override_is_named_as_such(
    refused: Callable[..., str], override: str, message: str
) -> None:
    said = refused(RECIPE, override)
    assert said.startswith(message)
    assert "secret" not in said


def test_the_last_override_counts(refused: Callable[..., str]) -> None:
    overrides = ("align-ppo.batch_size=4", "align-ppo.batch_size=16", "evaluate.per_set=0")
    assert refused(RECIPE, *overrides) == "--set evaluate.per_set: per_set must be at least 1"
