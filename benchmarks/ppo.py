"""PPO against TRL's last one: episodes per second, memory, where time goes, and the bound.

    python benchmarks/ppo.py --trl PYTHON [--models "1.4 M" "30 M"] [--rounds 3] [--threads 1]

PYTHON is that of an environment with TRL 1.12.0 (`trl.experimental.ppo`). Both sides get the same
random models, prompts, reward model, batch, epochs and lengths; each configuration lives in a
process of its own, and they take turns, one update each, so that whatever else the machine does
touches all of them. The first update of each is not counted. TRL runs as it comes (64 rows at
once), in its best configuration (16 by 4), and in that with matmul precision "medium"; "best" is
whichever of them was fastest. Exits with 1 if a bound is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from ppo_work import LORA_RANK, SHAPES, Work, operations, write_work

from cai import onednn
from cai.alignment.ppo import ComputeSettings, PPOConfig, PPOTrainer, ValueSettings
from cai.alignment.ppo import trainer as trainer_module
from cai.alignment.ppo.run import build_trainer
from cai.quiet import quiet
from cai.records import Prompt

TRL = Path(__file__).with_name("ppo_trl.py")
STOCK, BEST, MEDIUM = "TRL 64x1", "TRL 16x4", "TRL 16x4, medium"
TRL_WAYS = {
    STOCK: ("64", "1", "64", "highest"),
    BEST: ("16", "4", "16", "highest"),
    MEDIUM: ("16", "4", "16", "medium"),
}
PARTS = {"_sample": "generation", "_score": "scoring", "_measure": "log-probabilities"}


@dataclass(slots=True)
class Side:
    """One configuration in a process of its own, and what its updates were like."""

    name: str
    process: subprocess.Popen[str]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def update(self) -> None:
        """One update; its row is kept."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith("RESULT "):
                self.rows.append(json.loads(line.removeprefix("RESULT ")))
                return
        sys.exit(f"{self.name} ended before its update did; its messages are above")

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=120)

    @property
    def seconds(self) -> list[float]:
        """Of the updates that count."""
        return [float(row["seconds"]) for row in self.rows[1:]]

    @property
    def peak(self) -> float:
        return float(self.rows[-1]["peak_mb"])


def start(name: str, command: Sequence[str]) -> Side:
    pipe = subprocess.PIPE
    environment = os.environ | {"TRL_EXPERIMENTAL_SILENCE": "1"}
    return Side(
        name, subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment)
    )


def ours(folder: Path, *, rank: int, micro: int, device: str, precision: str) -> int:
    """Our side: an update for each line of standard input, a row on standard output."""
    work = Work(**json.loads((folder / "work.json").read_text("utf-8")))
    torch.set_num_threads(work.threads)
    lines = (folder / "prompts.jsonl").read_text("utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    settings = PPOConfig(
        total_episodes=work.most_updates * work.batch_size,
        batch_size=work.batch_size,
        minibatch_size=work.batch_size,
        ppo_epochs=work.ppo_epochs,
        max_new_tokens=work.max_new_tokens,
        learning_rate=work.learning_rate,
        value=ValueSettings(warmup_updates=0),
        lr_warmup_updates=0,
        lora_rank=rank,
        reward_normalisation="none",
        compute=ComputeSettings(
            micro_batch_tokens=micro,
            precision=precision,  # type: ignore[arg-type]
        ),
    )
    trainer = build_trainer(
        prompts=[Prompt(id=one["id"], messages=tuple(one["messages"])) for one in asked],
        policy=str(folder / "policy"),
        reward=str(folder / "reward" / "model"),
        settings=settings,
        device=device,
    )
    spent = timed_parts(trainer)
    rate = matmul_rate(SHAPES[work.shape].hidden_size, device, precision)
    for _ in sys.stdin:
        spent.clear()
        began, processor = time.perf_counter(), time.process_time()
        report = trainer.update()
        row = {
            "seconds": time.perf_counter() - began,
            "processor_seconds": time.process_time() - processor,
            "peak_mb": peak_megabytes(),
            "parts": dict(spent),
            "prompts": [len(one.prompt) for one in report.answers.sequences],
            "answers": [len(one.response) for one in report.answers.sequences],
            "rate": rate,
        }
        print("RESULT " + json.dumps(row), flush=True)
    return 0


def timed_parts(trainer: PPOTrainer) -> dict[str, float]:
    """Seconds by part, filled as the trainer works."""
    spent: dict[str, float] = {}

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                spent[name] = spent.get(name, 0.0) + time.perf_counter() - began

        return call

    for method, name in PARTS.items():
        setattr(trainer, method, timed(name, getattr(trainer, method)))
    trainer_module.__dict__["learn"] = timed("update", trainer_module.learn)
    return spent


def matmul_rate(hidden: int, device: str, precision: str) -> float:
    """Operations per second of a matrix product as the model has them, at the best of 20 calls."""
    kind = torch.bfloat16 if precision == "bfloat16" else torch.float32
    x = torch.randn(2048, hidden, device=device, dtype=kind)
    weight = torch.randn(4 * hidden, hidden, device=device, dtype=kind)
    fast = device == "cpu" and kind == torch.float32 and onednn.available()
    product: Callable[..., Any] = onednn.linear if fast else torch.nn.functional.linear
    best = float("inf")
    for _ in range(20):
        began = time.perf_counter()
        product(x, weight, None)
        if device == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - began)
    return 2.0 * x.numel() * len(weight) / best


def peak_megabytes() -> float:
    """The most memory this process has had: of the machine, or of its GPU where it uses one."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        return torch.cuda.max_memory_allocated() / 1e6
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def compare(work: Work, arguments: argparse.Namespace, *, rank: int) -> list[str]:
    """Runs one task on both sides and prints what came out; returns the bounds that it misses."""
    with tempfile.TemporaryDirectory(prefix="cai-ppo-") as name:
        folder = Path(name)
        parameters = write_work(work, folder)
        where = (arguments.device, arguments.precision)
        micro = arguments.micro_batch_tokens or (2048 if parameters < 1e7 else 1024)
        own = ["ours", str(folder), str(rank), str(micro), *where]
        sides = {"ours": start("ours", [sys.executable, __file__, *own])}
        for way in arguments.ways if arguments.trl else ():
            options = [*TRL_WAYS[way], str(rank), *where]
            sides[way] = start(way, [arguments.trl, str(TRL), str(folder), *options])
        for _ in range(1 + arguments.rounds):
            for side in sides.values():
                side.update()
        for side in sides.values():
            side.end()
    kind = "ending early" if work.early else "full length"
    how = f"LoRA of rank {rank}" if rank else "full weights"
    print(f"\n{parameters / 1e6:.1f} M, {how}, answers of {kind}; {arguments.rounds} rounds")
    show(sides, work)
    return missed(sides, work, rank=rank)


def show(sides: dict[str, Side], work: Work) -> None:
    """Prints what each side did, and where our time went."""
    for side in sides.values():
        seconds = statistics.median(side.seconds)
        processor = statistics.median(row["processor_seconds"] for row in side.rows[1:])
        print(
            f"  {side.name:18} {work.batch_size / seconds:8.3f} episodes/s"
            f" {processor:8.1f} s of processor {side.peak:8.0f} MB at most"
        )
    rows = sides["ours"].rows[1:]
    whole = sum(row["seconds"] for row in rows)
    for part in (*PARTS.values(), "update"):
        share = sum(row["parts"][part] for row in rows) / whole
        print(f"    {part:22} {share:6.1%} of our time")
    shape = SHAPES[work.shape]
    done = [operations(shape, row["prompts"], row["answers"], work.ppo_epochs) for row in rows]
    ideal = statistics.median(
        row["seconds"] * row["rate"] / needed for row, needed in zip(rows, done, strict=True)
    )
    length = statistics.mean(tokens for row in rows for tokens in row["answers"])
    print(f"    tokens of an answer    {length:6.1f}")
    print(f"    {statistics.mean(done) / 1e12:.2f} TFLOP an update, products at", end=" ")
    print(f"{statistics.median(row['rate'] for row in rows) / 1e9:.0f} GFLOP/s:", end=" ")
    print(f"{ideal:.2f} times the least time")


def missed(sides: dict[str, Side], work: Work, *, rank: int) -> list[str]:
    """Prints ratios beside their bounds; returns those that are not met."""
    ours_, found = sides["ours"], []
    peers = {name: side for name, side in sides.items() if name != "ours"}
    if not peers:
        return []

    def ratio(peer: Side) -> float:
        pairs = zip(peer.seconds, ours_.seconds, strict=True)
        return statistics.median(theirs / own for theirs, own in pairs)

    best = min(peers.values(), key=lambda side: statistics.median(side.seconds))
    speeds: list[tuple[str, Side, float | None]] = []
    if work.shape == "1.4 M":
        speeds.append(("best", best, None if rank else 2.5 if work.early else 1.8))
    else:
        full = not work.early and not rank and work.shape == "30 M"
        speeds.append(("best", best, 1.5 if full else None))
        if STOCK in peers:
            speeds.append(("stock", peers[STOCK], 2.5 if full else None))
    for name, peer, bound in speeds:
        value = ratio(peer)
        print(f"  times as fast as TRL, {name:6} {value:8.2f}" + at_least(bound))
        if bound is not None and value < bound:
            found.append(f"{work.shape}: {value:.2f} times TRL's {name}, not {bound}")
    lightest = min(peers.values(), key=lambda side: side.peak)
    share = ours_.peak / lightest.peak
    limit = (0.35 if rank else 0.6) if work.shape == "30 M" and not work.early else None
    wanted = "" if limit is None else f" <= {limit}"
    print(f"  memory as a share of TRL's least {share:5.2f}{wanted}")
    if limit is not None and share > limit:
        found.append(f"{work.shape}, rank {rank}: {share:.2f} of TRL's memory, not {limit}")
    return found


def at_least(bound: float | None) -> str:
    return "" if bound is None else f" >= {bound}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--trl", metavar="PYTHON", help="of an environment with TRL 1.12.0")
    parser.add_argument("--models", nargs="+", choices=list(SHAPES), default=["1.4 M", "30 M"])
    parser.add_argument("--ways", nargs="+", choices=list(TRL_WAYS), default=list(TRL_WAYS))
    parser.add_argument(
        "--answers", nargs="+", choices=["full", "early"], default=["full", "early"]
    )
    parser.add_argument(
        "--ranks", nargs="+", type=int, default=[0, LORA_RANK], help="of LoRA; 0: none"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=4, help="1 is enough to compare memory")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--micro-batch-tokens", type=int, default=0, help="0: by model")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    arguments = parser.parse_args()
    if not arguments.trl:
        print("TRL is left out; --trl PYTHON names the Python of an environment that has it")
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, torch {torch.__version__}")
    found = []
    for model in arguments.models:
        for rank in arguments.ranks:
            for answers in arguments.answers:
                if rank and answers == "early":
                    continue  # adapters change nothing about lengths
                work = Work(
                    shape=model, early=answers == "early", threads=arguments.threads,
                    most_updates=arguments.rounds + 2, ppo_epochs=arguments.epochs,
                )  # fmt: skip
                with quiet():
                    found += compare(work, arguments, rank=rank)
    for line in found:
        print(f"missed: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["ours"]:
        folder, rank, micro, device, precision = sys.argv[2:]
        with quiet():
            code = ours(
                Path(folder), rank=int(rank), micro=int(micro), device=device, precision=precision
            )
        sys.exit(code)
    sys.exit(main())
