"""How much memory each way of training takes, at about 30 million parameters.

    python benchmarks/memory.py [--methods sft lora-sft ...] [--sequences 8] [--rank 16]

Runs the stages of a recipe on a Llama with random weights, as a user would: SFT, DPO and PPO, with
all weights and with LoRA, each in a process of its own, whose peak of resident memory is read at
its end. Prompts have 24 to 96 tokens, answers 64, and a forward pass in training has as many such
sequences everywhere. Beside the peak stands what counting says is needed at least: what is there
after the imports, the weights, and the gradients and Adam's two moments of those that are trained.
What is above that are activations, caches and copies. A bound that is not met ends the program with
exit code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from memory_inputs import ANSWER, PROMPT, make

METHODS = ("sft", "lora-sft", "dpo", "lora-dpo", "ppo", "lora-ppo")
BOUND = 1.3  # LoRA PPO over LoRA SFT


# --- in a process of its own ----------------------------------------------------------------------


def measured(
    method: str, inputs: Path, folder: Path, *, rank: int, sequences: int
) -> dict[str, float]:
    """Runs a method; megabytes at the peak and after the imports, and seconds of CPU time."""
    run = {"sft": prepare_sft, "dpo": prepare_dpo, "ppo": prepare_ppo}[method.split("-")[-1]]
    work = run(inputs, folder, rank if method.startswith("lora") else 0, sequences)
    after_imports = resident()
    work()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "peak": usage.ru_maxrss / 1e3,
        "imports": after_imports,
        "seconds": usage.ru_utime + usage.ru_stime,
    }


def prepare_sft(inputs: Path, folder: Path, rank: int, sequences: int) -> Callable[[], Any]:
    from cai.progress import silent
    from cai.supervised.sft import SftSettings, run

    settings = SftSettings(batch_size=sequences, epochs=1, lora_rank=rank)
    rows, model = inputs / "sft.jsonl", str(inputs / "sft")
    return lambda: run(
        rows_path=rows, model=model, settings=settings, folder=folder, progress=silent
    )


def prepare_dpo(inputs: Path, folder: Path, rank: int, sequences: int) -> Callable[[], Any]:
    from cai.alignment.preference import PreferenceSettings, run
    from cai.progress import silent

    settings = PreferenceSettings(
        batch_size=sequences // 2, epochs=1, lora_rank=rank, max_new_tokens=ANSWER
    )
    return lambda: run(
        preferences=inputs / "preferences.jsonl",
        model=str(inputs / "sft"),
        settings=settings,
        folder=folder,
        progress=silent,
    )


def prepare_ppo(inputs: Path, folder: Path, rank: int, sequences: int) -> Callable[[], Any]:
    from cai.alignment.ppo import ComputeSettings, PPOConfig, ValueSettings, run
    from cai.journal import read_records
    from cai.progress import silent
    from cai.records import Prompt, SftRow

    rows = read_records(inputs / "sft.jsonl", SftRow)
    settings = PPOConfig(
        total_episodes=64, batch_size=64, minibatch_size=32, ppo_epochs=1, lora_rank=rank,
        max_new_tokens=ANSWER, value=ValueSettings(warmup_updates=0),
        compute=ComputeSettings(micro_batch_tokens=sequences * (PROMPT[-1] + ANSWER)),
    )  # fmt: skip
    return lambda: run(
        prompts=[Prompt(id=row.prompt_id, messages=row.prompt) for row in rows],
        policy=str(inputs / "sft"),
        reward=str(inputs / ("reward/model" if rank else "full-reward")),
        settings=settings,
        folder=folder,
        progress=silent,
    )


def resident() -> float:
    """Megabytes of memory that the process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


# --- all of them ----------------------------------------------------------------------------------


def counted(method: str, inputs: Path, rank: int) -> float:
    """Megabytes of the weights, and of the gradients and Adam's moments of the trained ones."""
    from cai.adapters import bytes_of, with_lora
    from cai.models import load_causal

    model = load_causal(str(inputs / "sft"))
    whole = bytes_of([model])
    adapter = bytes_of([with_lora(model, rank=rank, seed=0)]) - whole
    lora = method.startswith("lora")
    trained = (adapter if lora else whole) * (2 if method.endswith("ppo") else 1)
    # Weights: one set; PPO has three adapters, or the frozen reference and reward besides what it
    # trains. DPO computes the reference's numbers before it trains.
    weights = (whole if lora else 0) + trained
    if method.endswith("ppo"):
        weights += adapter if lora else 2 * whole
    return (weights + 3 * trained) / 1e6


def peak_of(method: str, inputs: Path, *, rank: int, sequences: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--only", method, "--inputs", str(inputs)]
        command += ["--folder", folder, "--rank", str(rank), "--sequences", str(sequences)]
        found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    numbers: dict[str, float] = json.loads(found.stdout.splitlines()[-1])
    return numbers


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--rank", type=int, default=16, help="of adapters")
    parser.add_argument("--sequences", type=int, default=8, help="in a forward pass of training")
    parser.add_argument("--folder", type=Path, help="for temporary files")
    parser.add_argument("--only", choices=METHODS, help=argparse.SUPPRESS)
    parser.add_argument("--inputs", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        found = measured(
            given.only, given.inputs, given.folder, rank=given.rank, sequences=given.sequences
        )
        print(json.dumps(found))
        return 0
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        inputs = Path(folder)
        make(inputs, rank=given.rank)
        return report(given.methods, inputs, rank=given.rank, sequences=given.sequences)


def report(methods: list[str], inputs: Path, *, rank: int, sequences: int) -> int:
    print("method        peak MB   imports   + weights, gradients, moments   the rest   CPU s")
    peaks = {}
    for method in methods:
        found = peak_of(method, inputs, rank=rank, sequences=sequences)
        needed = counted(method, inputs, rank)
        peaks[method] = found["peak"]
        rest = found["peak"] - found["imports"] - needed
        print(
            f"{method:12}{found['peak']:9.0f}{found['imports']:10.0f}{needed:31.0f}{rest:11.0f}"
            f"{found['seconds']:8.0f}",
            flush=True,
        )
    print()
    met = True
    for over, under, bound in (
        ("lora-ppo", "lora-sft", BOUND),
        ("lora-ppo", "ppo", None),
        ("ppo", "sft", None),
        ("ppo", "dpo", None),
    ):
        if over in peaks and under in peaks:
            ratio = peaks[over] / peaks[under]
            print(f"{over} / {under}".ljust(24) + f"{ratio:6.2f}" + (f" <= {bound}" * bool(bound)))
            met &= bound is None or ratio <= bound
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
