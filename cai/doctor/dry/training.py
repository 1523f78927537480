"""Steps of the stages that train with TRL: an optimiser step on rows as long as they may be.

Adam's moments are there before it, as they are in every step of a training but the first. Nothing
is saved.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase, PrinterCallback, Trainer, TrainerCallback
from transformers.trainer_utils import SaveStrategy

from cai.adapters import bytes_of
from cai.doctor.dry.step import Trial
from cai.doctor.shapes import shape_of
from cai.models import context_of, load_tokenizer
from cai.quiet import quiet
from cai.records import Preference, said_by
from cai.run import Run

# Settings that say how long a training is, and not how large its steps are.
_LENGTH = ("gradient_accumulation_steps", "max_steps", "save_steps", "logging_steps")


def sft(run: Run) -> Trial:
    """A trial of SFT."""
    from cai.supervised.sft import Encoded, SftSettings, make_trainer

    settings = _plain(run.recipe.settings("sft", SftSettings))
    name, tokenizer, length = _model(run, run.recipe.model, settings.max_length)

    def make(count: int) -> Trainer:
        mask = [0] * (length // 2) + [1] * (length - length // 2)
        rows = [
            Encoded(input_ids=_text(tokenizer, length, seed), completion_mask=mask)
            for seed in range(count)
        ]
        return make_trainer(
            name, tokenizer, rows, replace(settings, batch_size=count),
            folder=run.folder.path / "sft-work", device=run.recipe.engine.device,
        )  # fmt: skip

    return _trial(make, "rows", settings.batch_size, length, name)


def reward(run: Run) -> Trial:
    """A trial of the reward model's training."""
    from cai.ranks import ALONE
    from cai.reward.pairs import Pair
    from cai.reward.train import RewardSettings, make_trainer

    settings = _plain(run.recipe.settings("reward", RewardSettings))
    base = run.recipe.model if settings.base == "sft" else settings.base
    name, tokenizer, length = _model(run, base, settings.max_length)

    def make(count: int) -> Trainer:
        pairs = [
            Pair(
                chosen_ids=_text(tokenizer, length, 2 * seed),
                rejected_ids=_text(tokenizer, length, 2 * seed + 1),
                row=_preference(seed),
            )
            for seed in range(count)
        ]
        folder: Path = run.folder.path / "reward-work"
        own = replace(settings, batch_size=count)
        return make_trainer(name, tokenizer, pairs, own, folder, run.recipe.engine.device, ALONE)

    return _trial(make, "pairs", settings.batch_size, length, name)


def dpo(run: Run) -> Trial:
    """A trial of DPO; the reference's log-probabilities are computed, too."""
    from cai.alignment.preference import PreferenceSettings, make_trainer
    from cai.ranks import ALONE

    settings = _plain(run.recipe.settings("align-dpo", PreferenceSettings))
    name, tokenizer, length = _model(run, run.recipe.model, settings.max_length)

    def make(count: int) -> Trainer:
        half = length // 2
        rows = [
            {
                "prompt_ids": _text(tokenizer, half, 3 * seed)[:-1],
                "chosen_ids": _text(tokenizer, length - half + 1, 3 * seed + 1),
                "rejected_ids": _text(tokenizer, length - half + 1, 3 * seed + 2),
                "probability": 0.9,
            }
            for seed in range(count)
        ]
        folder: Path = run.folder.path / "dpo-work"
        own = replace(settings, batch_size=count)
        return make_trainer(name, tokenizer, rows, own, folder, run.recipe.engine.device, ALONE)

    return _trial(make, "pairs", settings.batch_size, length, name)


def held_by(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Bytes of the weights, of the gradients of those that learn, and of the optimiser's state."""
    gradients = sum(
        one.numel() * one.element_size() for one in model.parameters() if one.requires_grad
    )
    moments = sum(
        value.numel() * value.element_size()
        for state in optimizer.state.values()
        for value in state.values()
        if isinstance(value, torch.Tensor)
    )
    return bytes_of([model]) + gradients + moments


class _Moments(TrainerCallback):
    """Makes what the optimiser keeps of each weight, by a step of it without a gradient."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer

    def on_train_begin(self, *_given: Any, **_more: Any) -> None:
        optimizer = self._trainer.optimizer.optimizer
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = torch.zeros_like(parameter)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def _trial(
    make: Callable[[int], Trainer], unit: str, configured: int, length: int, name: str
) -> Trial:
    def step(count: int) -> int:
        trainer = make(count)
        trainer.args.max_steps = 1
        trainer.args.save_strategy = SaveStrategy.NO
        trainer.remove_callback(PrinterCallback)
        trainer.add_callback(_Moments(trainer))
        with quiet():
            trainer.train()
        model: Any = trainer.model
        return held_by(model, trainer.optimizer.optimizer)

    return Trial(
        unit=unit, configured=configured, length=length, parameters=shape_of(name).parameters,
        step=step,
    )  # fmt: skip


def _plain(settings: Any) -> Any:
    """The settings, without what would only make the trial longer."""
    trl: Mapping[str, Any] = settings.trl
    return replace(settings, trl={k: v for k, v in trl.items() if k not in _LENGTH}, epochs=1.0)


def _model(run: Run, model: str, most: int) -> tuple[str, PreTrainedTokenizerBase, int]:
    name = run.pinned(model)
    return name, load_tokenizer(name), min(most, context_of(name))


def _text(tokenizer: PreTrainedTokenizerBase, length: int, seed: int) -> list[int]:
    """Ids of ordinary tokens, and the end token as the last."""
    special = set(tokenizer.all_special_ids)
    ordinary = [one for one in range(min(len(tokenizer), 1000)) if one not in special]
    return [*random.Random(seed).choices(ordinary, k=length - 1), int(tokenizer.eos_token_id)]


def _preference(seed: int) -> Preference:
    return Preference(
        id=str(seed), prompt=said_by("user", "?"), chosen=said_by("assistant", "a"),
        rejected=said_by("assistant", "b"), probability=0.9, comparison_id=str(seed),
        prompt_id=str(seed), principles=(),
    )  # fmt: skip
