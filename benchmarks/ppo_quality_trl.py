"""TRL's last PPO for `benchmarks/ppo_quality.py`; runs in an environment of its own.

    PYTHON benchmarks/ppo_quality_trl.py WORK SEED FOLDER

Reads WORK (work.json and prompts.jsonl, as `ppo_quality.py` writes them) and writes the policies on
the way into FOLDER. TRL's trainer is given what its users can give it: models, prompts, settings,
and an optimiser with a schedule.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    TrainerCallback,
    set_seed,
)
from trl.experimental.ppo import PPOConfig, PPOTrainer


class Keep(TrainerCallback):
    """Saves the policy after the updates that are asked for."""

    def __init__(self, updates: list[int], folder: Path, tokenizer: Any) -> None:
        self.updates = updates
        self.folder = folder
        self.tokenizer = tokenizer

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any, **_: object) -> None:
        if state.global_step in self.updates:
            folder = self.folder / f"update-{state.global_step}"
            model.policy.save_pretrained(folder)
            self.tokenizer.save_pretrained(folder)


def scorer(work: dict[str, Any]) -> nn.Module:
    """The reward model, whose head gives the normalised score itself.

    So coefficients, penalties and clip ranges are in the same unit on both sides.
    """
    model = AutoModelForSequenceClassification.from_pretrained(
        work["reward"], num_labels=1, dtype=torch.float32
    )
    weight = model.score.weight.detach()
    model.score = nn.Linear(weight.shape[1], 1)
    with torch.no_grad():
        model.score.weight.copy_(weight / work["std"])
        model.score.bias.fill_(-work["mean"] / work["std"])
    return model


def optimizers(work: dict[str, Any], policy: nn.Module, value: nn.Module) -> tuple[Any, Any]:
    """Adam with a rate for the policy and one for the value model, each as `work` lists it."""
    rates = work["rates"]  # per update: of the policy, of the value model
    optimizer = torch.optim.Adam(
        [
            {"params": list(policy.parameters()), "lr": 1.0},
            {"params": list(value.parameters()), "lr": 1.0},
        ]
    )

    def of(part: int) -> Any:
        return lambda update: rates[min(update, len(rates) - 1)][part]

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, [of(0), of(1)])


def main() -> int:
    place, seed, folder = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    work = json.loads((place / "work.json").read_text("utf-8"))
    settings = work["settings"]
    set_seed(seed)  # the trainer seeds torch, but not numpy, which draws its mini-batches
    tokenizer = AutoTokenizer.from_pretrained(work["policy"], padding_side="left")
    lines = (place / "prompts.jsonl").read_text("utf-8").splitlines()
    prompts = Dataset.from_list([{"input_ids": json.loads(line)["ids"]} for line in lines])
    policy, reference = (
        AutoModelForCausalLM.from_pretrained(work["policy"], dtype=torch.float32) for _ in range(2)
    )
    value = scorer(work)
    config = PPOConfig(
        output_dir=str(folder / "trl"),
        # All rows at once and no accumulation: with it, TRL ignores its mini-batches.
        per_device_train_batch_size=settings["batch_size"],
        gradient_accumulation_steps=1,
        num_mini_batches=settings["batch_size"] // settings["minibatch_size"],
        local_rollout_forward_batch_size=settings["batch_size"],
        num_ppo_epochs=settings["ppo_epochs"],
        total_episodes=len(work["rates"]) * settings["batch_size"],
        response_length=settings["max_new_tokens"],
        temperature=settings["temperature"],
        stop_token="eos",
        missing_eos_penalty=settings["missing_eos_penalty"] or None,
        kl_coef=settings["kl_coefficient"],
        cliprange=settings["clip_range"],
        cliprange_value=settings["value"]["clip_range"],
        gamma=settings["gamma"],
        lam=settings["lam"],
        seed=seed,
        num_sample_generations=0,
        gradient_checkpointing=False,
        bf16=False,
        use_cpu=True,
        report_to="none",
        save_strategy="no",
        logging_steps=1,
        disable_tqdm=True,
    )
    PPOTrainer(
        args=config,
        processing_class=tokenizer,
        model=policy,
        ref_model=reference,
        reward_model=scorer(work),
        value_model=value,
        train_dataset=prompts,
        eval_dataset=prompts.select(range(1)),
        optimizers=optimizers(work, policy, value),
        callbacks=[Keep(work["updates"], folder, tokenizer)],
    ).train()
    return 0


if __name__ == "__main__":
    sys.exit(main())
