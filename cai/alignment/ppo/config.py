"""What can be set about a PPO run, and why each thing is what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from cai.alignment.ppo.alarms.settings import AlarmSettings, IndependentSettings
from cai.alignment.ppo.generation.settings import GenerationSettings
from cai.alignment.ppo.groups import (
    CheckpointSettings,
    ComputeSettings,
    SampleSettings,
    ValueSettings,
)
from cai.reward.sources.settings import RewardSource, check_names
from cai.room import TooLong


@dataclass(frozen=True, kw_only=True, slots=True)
class PPOConfig:
    """Settings of PPO for text (Schulman et al. 2017; Ziegler et al. 2019; Stiennon et al. 2020).

    What every PPO has stands at the top level, under the names of the field; what surrounds it is
    in groups of its own. Advantages are always whitened: mean 0 and variance 1 over the real tokens
    of a batch, so that the learning rate and the coefficients below mean the same for any reward.

    Sizes:
        total_episodes: answers sampled in the whole run; rounded up to whole batches.
        batch_size: episodes per update. Their advantages are whitened together, so there should be
            enough (32 or more) for a steady mean.
        minibatch_size: episodes per optimiser step. The loss of a step is the mean over all its
            real tokens, however it is cut into forward passes.
        ppo_epochs: passes over each batch. More passes use the samples better until the clipped
            ratio stops the gain; 4 is usual, 2 costs half.

    Optimisation:
        learning_rate: of the policy (Adam). 1e-6 to 1e-5 for billions of parameters, about 1e-3
            for one million.
        lr_schedule: "linear" falls to zero at the end of the run, "constant" stays.
        lr_warmup_updates: over the policy's first updates its rate rises to full, because Adam's
            first steps are of full size however uncertain the gradient is.
        max_grad_norm: gradients of the policy, and apart from them those of the value model, are
            scaled down to this norm: one odd batch must not undo the run.
        lora_rank: 0 trains all weights; above 0 low-rank adapters of this rank on every linear
            layer of policy and value model (Hu et al. 2021), merged at the end. The policy without
            them is the reference, the value model lies over the reward model; and if that has an
            adapter of its own (`reward.lora_rank`), one set of frozen weights serves all four.
        value: how the value model learns.

    Objective:
        gamma: discount; 1, because an answer is judged as a whole.
        lam: the λ of generalised advantage estimation (Schulman et al. 2016); 0.95 is usual.
        clip_range: how far the probability ratio may move before it earns nothing more.
        clip_range_high: the same upwards, where it is to differ: more room for unlikely tokens to
            rise keeps the entropy up (Yu et al. 2025 take 0.28); null is clip_range.
        dual_clip: where the advantage is negative, the loss is bounded by this multiple of it, so
            that one token whose ratio has exploded cannot carry a batch away (Ye et al. 2020 take
            3); above 1; null leaves it out, as the early stop and the gradient's norm bound it too.
        entropy_coefficient: bonus per nat of the next token's entropy, beside advantages of
            variance 1. 0 is usual for text, where the KL keeps answers varied; 0.001 to 0.01 helps
            where they become all alike.
        ptx_coefficient: weight of the mean negative log-likelihood of demonstrations, as many as
            episodes, in the loss of every optimiser step (PPO-ptx; Ouyang et al. 2022, eq. 2). It
            holds on to skills that the reward does not see. 0 leaves them out.
        target_kl: ends an update early once the approximate KL between the policy and the one
            that sampled, in nats per token, passes it; null never does.

    Distance to the reference (the SFT model):
        kl_coefficient: price of one nat of KL, in units of the normalised reward.
        kl_placement: where that price is paid. "reward" takes it off each token's reward (by k1),
            so that a token also pays for where it leads. "loss" adds the corrected k3 of each next
            token to the loss: less noise, but blind to where a token leads.
        kl_target: nats per answer that an adaptive coefficient steers to (Ziegler et al. 2019,
            section 2.2); null keeps the coefficient fixed.
        kl_budget: nats per answer at which the run ends, before it learns from a batch whose mean
            is above: what lies further out is seldom worth having (Gao et al. 2022). null has none.

    Reward:
        rewards: what the reward is made of; empty: the run's reward model alone. Each source is a
            model, a function or a rule, with a name, a weight and a normalisation of its own
            (docs/rewards.md).
        reward_normalisation: what is subtracted from scores and divides them, so that the other
            settings do not depend on their scale. "model": the mean and deviation that the reward
            model stores, of its held-out answers; the same all along. "running": those of all
            scores so far, for rewards that store none. "none": scores as they are. Each of the
            `rewards` says this for itself, and "running" is then of their sum.
        reward_clip: bound on the absolute (normalised) score. The KL term is never clipped.
        missing_eos_penalty: taken off the score of an answer that did not end in time.

    Sampling:
        max_new_tokens: length at which an answer is cut.
        temperature: of sampling, and of every log-probability alike. There is no top-p: cutting
            the tail would make the sampled distribution another than the one that is trained.
        generation: what samples: the policy itself, or vLLM beside it.
        too_long: what to do with a prompt that leaves no room for a whole answer in the policy's
            context: "error" stops before any training, "drop" leaves it out and counts it.

    The run:
        compute: memory and speed, and beside rounding never the result.
        seed: decides prompt order, every sampled token and every minibatch.
        checkpoints: what is kept while it goes on, and which policy it ends with.
        independent: who else scores answers, apart from training.
        alarms: when the run is said to go wrong, and what is done then.
        samples: the answers kept for reading.
        report_to: where metrics are told besides metrics.jsonl: tensorboard, wandb, trackio,
            mlflow, any of them. Their packages are not installed with this one.
    """

    total_episodes: int = 2048
    batch_size: int = 64
    minibatch_size: int = 32
    ppo_epochs: int = 2

    learning_rate: float = 1e-3
    lr_schedule: Literal["linear", "constant"] = "linear"
    lr_warmup_updates: int = 4
    max_grad_norm: float = 1.0
    lora_rank: int = 0
    value: ValueSettings = field(default_factory=ValueSettings)

    gamma: float = 1.0
    lam: float = 0.95
    clip_range: float = 0.2
    clip_range_high: float | None = None
    dual_clip: float | None = None
    entropy_coefficient: float = 0.0
    ptx_coefficient: float = 0.0
    target_kl: float | None = None

    kl_coefficient: float = 0.05
    kl_placement: Literal["reward", "loss"] = "reward"
    kl_target: float | None = 10.0
    kl_budget: float | None = None

    rewards: tuple[RewardSource, ...] = ()
    reward_normalisation: Literal["model", "running", "none"] = "model"
    reward_clip: float | None = 5.0
    missing_eos_penalty: float = 1.0

    max_new_tokens: int = 96
    temperature: float = 1.0
    generation: GenerationSettings = field(default_factory=GenerationSettings)
    too_long: TooLong = "error"

    compute: ComputeSettings = field(default_factory=ComputeSettings)
    seed: int = 0
    checkpoints: CheckpointSettings = field(default_factory=CheckpointSettings)
    independent: IndependentSettings = field(default_factory=IndependentSettings)
    alarms: AlarmSettings = field(default_factory=AlarmSettings)
    samples: SampleSettings = field(default_factory=SampleSettings)
    report_to: tuple[Literal["tensorboard", "wandb", "trackio", "mlflow"], ...] = ()

    # Settings of earlier versions, and what to write now.
    RETIRED: ClassVar[Mapping[str, str]] = {
        "normalise_reward": "it is now reward_normalisation: model for true, none for false",
        "whiten_advantages": "advantages are always whitened; leave it out",
        "kl_horizon": "kl_target alone sets the adaptive coefficient; leave it out",
        "sample_every": "it is now samples.every",
        "sample_count": "it is now samples.count",
        "micro_batch_tokens": "it is now compute.micro_batch_tokens",
        "precision": "it is now compute.precision",
        "gradient_checkpointing": "it is now compute.gradient_checkpointing",
        "compile": "it is now compute.compile",
        "value_learning_rate": "it is now value.learning_rate, which null makes the policy's",
        "value_warmup_updates": "it is now value.warmup_updates",
        "value_clip_range": "it is now value.clip_range",
        "generator": "it is now generation.engine",
        "vllm": "its settings are now in generation",
        "importance_cap": "it is now generation.importance_cap",
        "checkpoint_every": "it is now checkpoints.every",
        "keep_checkpoints": "it is now checkpoints.keep",
        "finish_with": "it is now checkpoints.finish_with",
    }

    def __post_init__(self) -> None:
        """Raises ValueError for a value that cannot work, naming it and what can."""
        for names, allowed, text in _CHECKS:
            for name in names:
                value = getattr(self, name)
                if not allowed(value):
                    raise ValueError(f"{name} is {value!r}; it must be {text}")
        if self.minibatch_size > self.batch_size:
            raise ValueError(
                f"minibatch_size {self.minibatch_size} is above batch_size {self.batch_size}; "
                "lower it, or raise batch_size"
            )
        check_names(self.rewards)
        for name in self.report_to:
            if name not in _REPORTERS:
                raise ValueError(f"report_to has {name!r}; it must be of {', '.join(_REPORTERS)}")

    @property
    def value_learning_rate(self) -> float:
        """The value model's rate: its own, or the policy's."""
        rate = self.value.learning_rate
        return self.learning_rate if rate is None else rate

    @property
    def steps_per_update(self) -> int:
        """Optimiser steps of one update."""
        return self.ppo_epochs * -(-self.batch_size // self.minibatch_size)

    @property
    def total_updates(self) -> int:
        """Batches in the whole run."""
        return -(-self.total_episodes // self.batch_size)


_REPORTERS = ("tensorboard", "wandb", "trackio", "mlflow")

_CHECKS: tuple[tuple[tuple[str, ...], Callable[[Any], bool], str], ...] = (
    (
        ("total_episodes", "batch_size", "minibatch_size", "ppo_epochs", "max_new_tokens"),
        lambda value: value >= 1, "at least 1",
    ),
    (
        ("lr_warmup_updates", "lora_rank", "learning_rate", "entropy_coefficient",
         "ptx_coefficient", "kl_coefficient", "missing_eos_penalty"),
        lambda value: value >= 0, "at least 0",
    ),
    (("max_grad_norm", "clip_range", "temperature"), lambda value: value > 0, "above 0"),
    (
        ("clip_range_high", "target_kl", "kl_target", "kl_budget", "reward_clip"),
        lambda value: value is None or value > 0, "above 0, or null",
    ),
    (("dual_clip",), lambda value: value is None or value > 1, "above 1, or null"),
    (("gamma", "lam"), lambda value: 0 <= value <= 1, "between 0 and 1"),
    (("lr_schedule",), lambda value: value in ("linear", "constant"), "linear or constant"),
    (("kl_placement",), lambda value: value in ("reward", "loss"), "reward or loss"),
    (
        ("reward_normalisation",), lambda value: value in ("model", "running", "none"),
        "model, running or none",
    ),
    (("too_long",), lambda value: value in ("error", "drop"), "error or drop"),
)  # fmt: skip
