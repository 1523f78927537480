"""A step of PPO: its own trainer on the longest prompts, with answers as long as they may be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from cai.adapters import bytes_of, save_adapter, with_lora
from cai.alignment.ppo import PPOConfig
from cai.alignment.ppo.building import build
from cai.alignment.ppo.generation.choose import make_generator
from cai.alignment.ppo.generation.generator import Generator, Sampling
from cai.alignment.ppo.trainer import PPOTrainer
from cai.doctor.dry.step import Trial
from cai.doctor.shapes import shape_of
from cai.models import load_tokenizer
from cai.records import Message
from cai.reward.adapter import describe
from cai.run import Run
from cai.stages import rewards
from cai.training import ADAPTER


def ppo(run: Run) -> Trial:
    """A trial of an update, at so many tokens in a forward pass.

    Batch and minibatch shrink with them, so that a smaller trial is smaller in all its parts.
    """
    settings = _short(rewards.pinned(run, run.recipe.settings("align-ppo", PPOConfig)))
    adapter_in_place(run)
    configured = settings.compute.micro_batch_tokens

    def step(tokens: int) -> int:
        share = tokens / configured
        batch = max(1, math.ceil(share * settings.batch_size))
        small = replace(
            settings,
            batch_size=batch,
            minibatch_size=max(1, min(batch, math.ceil(share * settings.minibatch_size))),
            compute=replace(settings.compute, micro_batch_tokens=tokens),
            total_episodes=2 * batch,
        )
        trainer = trainer_of(run, small)
        trainer.update()
        if small.steps_per_update < 2:
            trainer.update()  # the moments were made by the first
        return _held(trainer)

    return Trial(
        unit="tokens", configured=configured, length=0,
        parameters=shape_of(run.model_folder("sft")).parameters, step=step,
    )  # fmt: skip


def trainer_of(run: Run, settings: PPOConfig) -> PPOTrainer:
    """PPO's trainer as the stage makes it, whose answers do not end by themselves."""
    parts = build(
        policy=run.model_folder("sft"), reward=run.model_folder("reward"),
        prompts=run.training.prompts, settings=settings, device=run.recipe.engine.device,
        ensemble=rewards.ensemble(run), function_folders=rewards.function_folders(run),
    )  # fmt: skip
    demonstrations: Sequence[tuple[Message, ...]] = ()
    if settings.ptx_coefficient:
        demonstrations = [
            (*one.messages, Message(role="assistant", content="well" + " so" * 64))
            for one in run.training.prompts
        ]
    return PPOTrainer(
        policy=parts.policy, value=parts.value, tokenizer=parts.tokenizer, reward=parts.reward,
        prompts=parts.prompts, settings=settings, demonstrations=demonstrations,
        generator=lambda sampling: endless(sampling, settings),
    )  # fmt: skip


def endless(sampling: Sampling, settings: PPOConfig) -> Generator:
    """What the settings sample by, without tokens that end an answer."""
    return make_generator(settings, replace(sampling, stop_ids=frozenset()))


def adapter_in_place(run: Run) -> None:
    """Where the reward model will be an adapter over the policy's weights, one that changes
    nothing."""
    from transformers import AutoConfig, AutoModelForSequenceClassification

    section = run.recipe.sections["reward"]
    if not section["lora_rank"] or section["base"] != "sft":
        return
    base, folder = run.model_folder("sft"), run.folder.stage("reward")
    if (folder / ADAPTER).exists():
        return
    with torch.device("meta"):
        config = AutoConfig.from_pretrained(base, num_labels=1)
        config.pad_token_id = load_tokenizer(base).pad_token_id
        scorer = AutoModelForSequenceClassification.from_config(config)
        adapted = with_lora(scorer, rank=section["lora_rank"], seed=0, task="SEQ_CLS")
    adapted.to_empty(device="cpu")  # memory that is asked for and, but for the adapter, not used
    with torch.no_grad():
        for parameter in adapted.parameters():
            if parameter.requires_grad:
                parameter.zero_()
    save_adapter(adapted, folder / ADAPTER, base=base)
    describe(Path(run.model_folder("reward")), folder / ADAPTER, base=base)


def _short(settings: PPOConfig) -> PPOConfig:
    """One pass over a batch, whose policy learns at once."""
    return replace(
        settings, ppo_epochs=1, value=replace(settings.value, warmup_updates=0), target_kl=None,
        kl_budget=None, too_long="drop", report_to=(),
    )  # fmt: skip


def _held(trainer: PPOTrainer) -> int:
    from cai.doctor.dry.training import held_by

    learner = trainer.learner
    models = [learner.policy.model, learner.value]
    every = [*models, *([trainer.reference.model] if trainer.reference else [])]
    learned = sum(
        held_by(model, optimizer) - bytes_of([model])
        for model, optimizer in zip(
            models, (learner.policy_optimizer, learner.value_optimizer), strict=True
        )
    )
    return bytes_of(every) + learned
