"""Rebuild the embedded model: tokenizer, training, weights, evaluation.

    python -m cai.mini.build --processes 2

The same seed, budget and package versions give the same weights, as far as the sums of floating
point numbers are done in the same order. A build that was killed goes on where its last
checkpoint stands when it is started again with the same arguments.
"""

import argparse
import ctypes
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.distributed as dist
from torch.multiprocessing.spawn import spawn
from transformers import AutoTokenizer, GenerationConfig

from cai.engines.transformers import TransformersEngine
from cai.mini.batches import derive
from cai.mini.evaluation import evaluate
from cai.mini.examples import examples
from cai.mini.measures import table
from cai.mini.model import TEMPERATURE, folder, shape
from cai.mini.tokenizer import END, PAD, train_tokenizer
from cai.mini.train import Settings, train

# Above this size the weights are stored in half the bits, to stay small in the repository.
_FLOAT32_BYTES = 7_500_000
# mallopt(3): numbers of M_TRIM_THRESHOLD and M_MMAP_MAX.
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4


def build_tokenizer(out: Path, *, seed: int, count: int) -> None:
    """Train the tokenizer on ``count`` examples of the early and as many of the late stream."""
    texts = [
        turn.text
        for progress in (0.0, 1.0)
        for example in examples(derive("tokenizer", seed, progress), count=count, progress=progress)
        for turn in example.turns
    ]
    train_tokenizer(texts).save_pretrained(out, save_jinja_files=False)


def _keep_memory() -> None:
    """Let the C library keep what tensors free, instead of asking the system for it each time."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc has it, others need it less
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, 2**31 - 1)
        mallopt(_MMAP_MAX, 0)


def _work(
    rank: int,
    processes: int,
    parent: int,
    meeting: str,
    folders: tuple[Path, Path],
    settings: Settings,
) -> None:
    """One process of the training; the first one saves the model."""
    torch.set_num_threads(1)
    _keep_memory()
    if processes > 1:
        # This signal comes when the parent dies; a shell's background job would ignore it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if os.getppid() != parent:
            raise SystemExit("the build that this process belongs to has ended")
        # A file as the meeting point needs no free port.
        dist.init_process_group(
            "gloo", init_method=f"file://{meeting}", rank=rank, world_size=processes
        )
    out, work = folders
    tokenizer = AutoTokenizer.from_pretrained(out)
    end, pad = tokenizer.convert_tokens_to_ids([END, PAD])
    config = shape(len(tokenizer), end=end, pad=pad)

    def report(line: str) -> None:
        print(line, flush=True)

    checkpoint = work / "checkpoint.pt"
    model = train(config, tokenizer, examples, settings, checkpoint=checkpoint, report=report)
    if rank == 0:
        if sum(parameter.numel() * 4 for parameter in model.parameters()) > _FLOAT32_BYTES:
            model = model.bfloat16()
        model.generation_config = GenerationConfig(
            do_sample=True, temperature=TEMPERATURE, top_k=0, eos_token_id=end, pad_token_id=pad
        )
        model.save_pretrained(out)
        (out / "model.safetensors").chmod(0o644)  # it is written for its owner alone
    if processes > 1:
        dist.destroy_process_group()


def build(out: Path, settings: Settings, *, processes: int, tokenizer_examples: int) -> None:
    """Write the model's folder to ``out``, whole or not at all, in place of an older model."""
    if out.exists() and any(out.iterdir()) and not (out / "config.json").exists():
        raise SystemExit(f"{out} is not empty and holds no model; choose another --out")
    work = out.with_name(out.name + ".partial")
    fresh = work / "model"
    fresh.mkdir(parents=True, exist_ok=True)
    # A checkpoint belongs to its arguments; those of another build are not taken up.
    said = f"{settings} {tokenizer_examples}"
    arguments = work / "arguments.txt"
    if not arguments.exists() or arguments.read_text() != said:
        shutil.rmtree(work)
        fresh.mkdir(parents=True)
        build_tokenizer(fresh, seed=settings.seed, count=tokenizer_examples)
        arguments.write_text(said)
    with tempfile.TemporaryDirectory() as meeting:
        call = (processes, os.getpid(), f"{meeting}/point", (fresh, work), settings)
        if processes == 1:
            _work(0, *call)
        else:
            spawn(_work, call, nprocs=processes)  # type: ignore[no-untyped-call]
    if out.exists():
        shutil.rmtree(out)
    fresh.replace(out)
    shutil.rmtree(work)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m cai.mini.build", description=__doc__)
    parser.add_argument("--out", type=Path, default=folder(), help="where the model goes")
    parser.add_argument("--processes", type=int, choices=(1, 2), default=1)
    parser.add_argument("--tokens", type=int, default=Settings().tokens, help="training budget")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--smoke", action="store_true", help="everything, tiny, in seconds")
    options = parser.parse_args(arguments)
    if options.smoke:
        settings = Settings(
            tokens=40_000, seed=options.seed, area=512, batches=1, pool=128, report_seconds=3.0
        )
    else:
        settings = Settings(tokens=options.tokens, seed=options.seed)
    build(
        options.out,
        settings,
        processes=options.processes,
        tokenizer_examples=500 if options.smoke else 20_000,
    )
    engine = TransformersEngine(str(options.out), dtype="float32")
    measures = evaluate(engine, seed=options.seed, per_measure=2 if options.smoke else 100)
    print(table(measures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
