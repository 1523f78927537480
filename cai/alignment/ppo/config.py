"""What can be set about a PPO run, and why each thing is what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from cai.alignment.ppo.alarms.settings import AlarmSettings, IndependentSettings
from cai.room import TooLong


@dataclass(frozen=True, kw_only=True, slots=True)
class PPOConfig:
    """Settings of PPO for text (Schulman et al. 2017; Ziegler et al. 2019; Stiennon et al. 2020).

    Sizes:
        total_episodes: answers sampled in the whole run; rounded up to whole batches.
        batch_size: episodes per update. All advantages of an update are whitened together, so
            it should be large enough (32 or more) for a steady mean.
        minibatch_size: episodes per optimiser step. The loss of a step is the mean over all its
            real tokens, however it is cut into forward passes.
        micro_batch_tokens: tokens per forward pass, padding included. Decides memory and speed,
            never the result.
        ppo_epochs: passes over each batch. More passes use the samples better until the clipped
            ratio stops the gain; 4 is usual, 2 costs half.

    Optimisation:
        learning_rate: of the policy (Adam). 1e-6 to 1e-5 for billions of parameters, about 1e-3
            for one million.
        value_learning_rate: of the value model, which shares no weights with the policy. This
            takes the place of a value-loss coefficient: Adam does not feel the scale of a loss.
        lr_schedule: "linear" falls to zero at the end of the run, "constant" stays.
        lr_warmup_updates: over the policy's first updates its rate rises to full, because Adam's
            first steps are of full size however uncertain the gradient is.
        max_grad_norm: gradients of the policy, and apart from them those of the value model, are
            scaled down to this norm: one odd batch must not undo the run.
        value_warmup_updates: updates at the start that train only the value model, because
            advantages against an unfit value model are noise.
        lora_rank: 0 trains all weights; above 0 low-rank adapters of this rank on every linear
            layer of policy and value model (Hu et al. 2021), merged at the end.

    Objective:
        gamma: discount; 1, because an answer is judged as a whole.
        lam: the λ of generalised advantage estimation (Schulman et al. 2016); 0.95 is usual.
        clip_range: how far the probability ratio may move before it earns nothing more.
        value_clip_range: the same for values, in units of the reward; None leaves it out.
        whiten_advantages: mean 0 and variance 1 over the real tokens of the batch.
        ptx_coefficient: weight of the mean negative log-likelihood of demonstrations, as many as
            episodes, in the loss of every optimiser step (PPO-ptx; Ouyang et al. 2022, eq. 2). It
            holds on to skills that the reward does not see. 0 leaves them out.
        target_kl: ends an update early once the approximate KL between the policy and the one
            that sampled, in nats per token, passes it; None never does.

    Reward:
        kl_coefficient: price of one nat of KL to the reference (the SFT model), in units of the
            normalised reward.
        kl_target: nats per answer that an adaptive coefficient steers to (Ziegler et al. 2019,
            section 2.2); None keeps the coefficient fixed.
        kl_horizon: episodes over which that controller can change the coefficient e-fold or so.
        normalise_reward: subtract the reward model's mean and divide by its deviation over its
            own training answers, so that the other settings do not depend on its scale.
        reward_clip: bound on the absolute (normalised) score. The KL term is never clipped.
        missing_eos_penalty: taken off the score of an answer that did not end in time.

    Sampling:
        max_new_tokens: length at which an answer is cut.
        temperature: of sampling, and of every log-probability alike. There is no top-p: cutting
            the tail would make the sampled distribution another than the one that is trained.
        too_long: what to do with a prompt that leaves no room for a whole answer in the policy's
            context: "error" stops before any training, "drop" leaves it out and counts it.

    The run:
        seed: decides prompt order, every sampled token and every minibatch.
        checkpoint_every: updates between checkpoints; a killed run goes on from the last whole one
            and ends with the same files, bit for bit on a CPU.
        keep_checkpoints: how many of the newest are kept while the run goes on, and the best one
            besides. 2, so that a damaged one costs some updates and not the run. All are deleted
            when the run is finished.
        finish_with: "last" makes the policy after the last update the model, "best" that of the
            best checkpoint: by the independent score where somebody gives one, else by the mean of
            objective/rlhf_reward since the checkpoint before, which is the training's own opinion.
        independent: who else scores answers, apart from training.
        alarms: when the run is said to go wrong, and what is done then.
        sample_every: updates between the answers kept for reading in samples.jsonl.
        sample_count: answers kept each time.
    """

    total_episodes: int = 2048
    batch_size: int = 64
    minibatch_size: int = 32
    micro_batch_tokens: int = 2048
    ppo_epochs: int = 2

    learning_rate: float = 1e-3
    value_learning_rate: float = 1e-3
    lr_schedule: Literal["linear", "constant"] = "linear"
    lr_warmup_updates: int = 4
    max_grad_norm: float = 1.0
    value_warmup_updates: int = 2
    lora_rank: int = 0

    gamma: float = 1.0
    lam: float = 0.95
    clip_range: float = 0.2
    value_clip_range: float | None = 0.2
    whiten_advantages: bool = True
    ptx_coefficient: float = 0.0
    target_kl: float | None = None

    kl_coefficient: float = 0.05
    kl_target: float | None = 10.0
    kl_horizon: int = 512
    normalise_reward: bool = True
    reward_clip: float | None = 5.0
    missing_eos_penalty: float = 1.0

    max_new_tokens: int = 96
    temperature: float = 1.0
    too_long: TooLong = "error"

    seed: int = 0
    checkpoint_every: int = 4
    keep_checkpoints: int = 2
    finish_with: Literal["last", "best"] = "last"
    independent: IndependentSettings = field(default_factory=IndependentSettings)
    alarms: AlarmSettings = field(default_factory=AlarmSettings)
    sample_every: int = 4
    sample_count: int = 4

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
        if self.alarms.can_roll_back and self.independent.score is None:
            raise ValueError(
                "alarms roll back to the best checkpoint by the independent score, and there is "
                'none; set independent.score, or the action to "stop"'
            )

    @property
    def steps_per_update(self) -> int:
        """Optimiser steps of one update."""
        return self.ppo_epochs * -(-self.batch_size // self.minibatch_size)

    @property
    def total_updates(self) -> int:
        """Batches in the whole run."""
        return -(-self.total_episodes // self.batch_size)


_CHECKS: tuple[tuple[tuple[str, ...], Callable[[Any], bool], str], ...] = (
    (
        ("total_episodes", "batch_size", "minibatch_size", "micro_batch_tokens", "ppo_epochs",
         "kl_horizon", "max_new_tokens", "checkpoint_every", "keep_checkpoints", "sample_every"),
        lambda value: value >= 1, "at least 1",
    ),
    (
        ("value_warmup_updates", "lr_warmup_updates", "lora_rank", "sample_count", "learning_rate",
         "value_learning_rate", "ptx_coefficient", "kl_coefficient", "missing_eos_penalty"),
        lambda value: value >= 0, "at least 0",
    ),
    (("max_grad_norm", "clip_range", "temperature"), lambda value: value > 0, "above 0"),
    (
        ("value_clip_range", "target_kl", "kl_target", "reward_clip"),
        lambda value: value is None or value > 0, "above 0, or null",
    ),
    (("gamma", "lam"), lambda value: 0 <= value <= 1, "between 0 and 1"),
    (("lr_schedule",), lambda value: value in ("linear", "constant"), "linear or constant"),
    (("finish_with",), lambda value: value in ("last", "best"), "last or best"),
    (("too_long",), lambda value: value in ("error", "drop"), "error or drop"),
)  # fmt: skip
