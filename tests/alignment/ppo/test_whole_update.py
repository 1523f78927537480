"""Whole updates against a naive PPO in float64 that shares nothing with ours but the rollouts.

The naive one starts from the same weights and keeps its own from then on: what differs once would
differ more with every update.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.alignment.ppo import ComputeSettings, PPOConfig, PPOTrainer, ValueModel, ValueSettings
from cai.alignment.ppo.rollout import Conversation
from cai.records import Prompt, said_by
from tests.alignment.ppo.naive import Naive

VALUE = ValueSettings(learning_rate=2e-3, warmup_updates=1)
COMMON = PPOConfig(
    total_episodes=18, batch_size=6, minibatch_size=4, ppo_epochs=2, max_new_tokens=5,
    learning_rate=4e-3, lr_warmup_updates=1, value=VALUE,
    compute=ComputeSettings(micro_batch_tokens=40), kl_target=0.5, reward_clip=1.0,
    max_grad_norm=0.5,
)  # fmt: skip
CASES = {
    "llama, KL in the reward": ("llama", {}),
    "gpt2, KL in the reward": (
        "gpt2", {"temperature": 0.7, "gamma": 0.97, "lam": 0.8, "ptx_coefficient": 0.3},
    ),
    "qwen2, KL in the loss": (
        "qwen2",
        {"kl_placement": "loss", "kl_coefficient": 0.3, "clip_range": 0.05,
         "clip_range_high": 0.08, "dual_clip": 1.001, "entropy_coefficient": 0.02,
         "reward_normalisation": "running", "temperature": 1.3,
         "value": replace(VALUE, clip_range=None)},
    ),
    "llama, stopped early": (
        "llama", {"target_kl": 0.003, "value": replace(VALUE, clip_range=0.02)},
    ),
}  # fmt: skip


def variety(conversations: Sequence[Conversation]) -> list[float]:
    """A reward that differs between answers, in eighths: float32 holds it exactly."""
    texts = [conversation[-1]["content"] for conversation in conversations]
    return [sum(ord(letter) % 13 for letter in text) / 8 - 2 for text in texts]


@pytest.mark.parametrize("case", CASES)
def test_updates_agree_with_the_naive_ones(
    case: str,
    make_policy: Callable[..., PreTrainedModel],
    make_scorer: Callable[..., PreTrainedModel],
    tokenizer: PreTrainedTokenizerBase,
    prompts: list[Prompt],
) -> None:
    family, changes = CASES[case]
    settings = replace(COMMON, **changes)
    trainer = PPOTrainer(
        policy=make_policy(family).double(),
        value=ValueModel.from_scorer(make_scorer(family)).double(),
        tokenizer=tokenizer, reward=variety, prompts=prompts, settings=settings,
        demonstrations=[(*prompt.messages, *said_by("assistant", "yes")) for prompt in prompts],
    )  # fmt: skip
    naive = Naive(trainer)
    gradients: dict[str, list[list[Tensor]]] = {"policy": [], "value": []}
    for name, optimizer in (
        ("policy", trainer.learner.policy_optimizer), ("value", trainer.learner.value_optimizer)
    ):  # fmt: skip
        optimizer.register_step_pre_hook(_keep_gradients(gradients[name]))
    seen = set()
    for number in range(3):
        demonstrations = trainer._demonstrations(number)
        report = trainer.update()
        expected = naive.update(number, report, demonstrations)
        for name, value in expected.items():
            # Scores, and shares of tokens, are means in float32.
            closer = name.startswith("loss/") or name == "objective/kl"
            wanted = pytest.approx(value, abs=1e-9 if closer else 1e-6)
            assert report.metrics[name] == wanted, name
        seen |= {name for name in expected if expected[name] != 0}
    for found, wanted in ((gradients["policy"], naive.policy_gradients),
                          (gradients["value"], naive.value_gradients)):  # fmt: skip
        assert len(found) == len(wanted) > 2
        for one, other in zip(found, wanted, strict=True):
            _close(one, other)
    _close(trainer.learner.policy.model.parameters(), naive.policy.parameters())
    _close(trainer.learner.value.parameters(), naive.value.parameters())
    # The case really exercised what it is named for.
    if case == "qwen2, KL in the loss":
        assert {"loss/kl_avg", "policy/clipfrac_low_avg", "policy/clipfrac_high_avg",
                "policy/clipfrac_dual_avg"} <= seen  # fmt: skip
    if case == "llama, stopped early":
        assert {"policy/stopped_early", "val/clipfrac_avg"} <= seen


def _keep_gradients(kept: list[list[Tensor]]) -> Callable[..., None]:
    def hook(optimizer: torch.optim.Optimizer, *_: object) -> None:
        kept.append([p.grad.clone() for p in optimizer.param_groups[0]["params"]])

    return hook


def _close(found: object, wanted: object) -> None:
    for one, other in zip(found, wanted, strict=True):  # type: ignore[call-overload]
        assert float((one - other).detach().abs().max()) < 1e-9
