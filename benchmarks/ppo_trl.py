"""TRL's last PPO, one update for each line on standard input; runs in an environment of its own.

    PYTHON benchmarks/ppo_trl.py FOLDER ROWS ACCUMULATION ROLLOUT MATMUL LORA DEVICE PRECISION

`benchmarks/ppo.py` writes FOLDER (models, tokenizer, prompts.jsonl, work.json) and reads what comes
out: a line of JSON per update, with its seconds and the process's highest memory in megabytes.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    TrainerCallback,
)
from trl.experimental.ppo import PPOConfig, PPOTrainer


class OneByOne(TrainerCallback):
    """Waits for a line before every update, and says how long it took after it."""

    def __init__(self) -> None:
        self.began = 0.0
        self.processor = 0.0

    def on_train_begin(self, *_: object, **__: object) -> None:
        self.wait()

    def on_step_end(self, *_: object, **__: object) -> None:
        self.report()
        self.wait()

    def wait(self) -> None:
        if not sys.stdin.readline():
            sys.exit(0)
        self.began, self.processor = time.perf_counter(), time.process_time()

    def report(self) -> None:
        seconds = time.perf_counter() - self.began
        processor = time.process_time() - self.processor
        peak = peak_megabytes()
        row = {"seconds": seconds, "processor_seconds": processor, "peak_mb": peak}
        print("RESULT " + json.dumps(row), flush=True)


def peak_megabytes() -> float:
    """The most memory this process has had: of the machine, or of its GPU where it uses one."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        return torch.cuda.max_memory_allocated() / 1e6
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def main() -> int:
    folder = Path(sys.argv[1])
    rows, accumulation, rollout = map(int, sys.argv[2:5])
    matmul, rank, device, precision = sys.argv[5], int(sys.argv[6]), sys.argv[7], sys.argv[8]
    work = json.loads((folder / "work.json").read_text("utf-8"))
    torch.set_num_threads(work["threads"])
    torch.set_float32_matmul_precision(matmul)
    tokenizer = AutoTokenizer.from_pretrained(folder / "policy", padding_side="left")
    lines = (folder / "prompts.jsonl").read_text("utf-8").splitlines()
    prompts = [{"input_ids": json.loads(line)["ids"]} for line in lines]
    repeated = prompts * (1 + work["most_updates"] * work["batch_size"] // len(prompts))
    dtype = torch.float32

    def scorer() -> torch.nn.Module:
        return AutoModelForSequenceClassification.from_pretrained(
            folder / "reward" / "model", num_labels=1, dtype=dtype
        )

    policy = AutoModelForCausalLM.from_pretrained(folder / "policy", dtype=dtype)
    reference = None
    if not rank:
        reference = AutoModelForCausalLM.from_pretrained(folder / "policy", dtype=dtype)
    adapter = LoraConfig(
        r=rank or 1, lora_alpha=2 * (rank or 1), target_modules="all-linear", task_type="CAUSAL_LM"
    )
    config = PPOConfig(
        output_dir=str(folder / "trl"),
        per_device_train_batch_size=rows,
        gradient_accumulation_steps=accumulation,
        num_mini_batches=1,
        local_rollout_forward_batch_size=rollout,
        num_ppo_epochs=work["ppo_epochs"],
        response_length=work["max_new_tokens"],
        total_episodes=work["most_updates"] * work["batch_size"],
        temperature=1.0,
        stop_token="eos",
        missing_eos_penalty=1.0,
        learning_rate=work["learning_rate"],
        num_sample_generations=0,
        use_cpu=device == "cpu",
        bf16=precision == "bfloat16",
        report_to="none",
        save_strategy="no",
        disable_tqdm=True,
    )
    PPOTrainer(
        args=config,
        processing_class=tokenizer,
        model=policy,
        ref_model=reference,
        reward_model=scorer(),
        value_model=scorer(),
        train_dataset=Dataset.from_list(repeated),
        eval_dataset=Dataset.from_list(prompts[:1]),
        peft_config=adapter if rank else None,
        callbacks=[OneByOne()],
    ).train()
    return 0


if __name__ == "__main__":
    sys.exit(main())
