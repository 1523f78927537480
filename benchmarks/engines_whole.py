"""Critique-revise from start to end: our command, and the same chains as a pipeline of distilabel.

A part of `benchmarks/engines.py`. Both are processes of their own that begin with nothing: imports,
the model's loading and the files at the end are counted. Ours runs first and says which prompts and
principles were drawn, so that distilabel's conversations are word for word the same; what the model
says in them each side draws for itself. Neither asks for a revision where a critique finds nothing,
nor asks twice (`on_problem: keep`), and helpful prompts are left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from statistics import median
from typing import Any

from bounds import Figure

from cai import constitution
from cai.journal import read_records
from cai.models import load_tokenizer
from cai.records import Revision
from cai.supervised.critique_revise import REVISIONS
from cai.supervised.dialogue import Dialogue
from cai.weights import resolve

MODEL = "cai-mini"
ROUNDS = 2
TEMPERATURE = 0.7
MAX_NEW_TOKENS = 96
# distilabel's: rows that go through a step together, and prompts that transformers is given then.
BATCHES = ((50, 1), (32, 32), (128, 128))


@dataclass(frozen=True, kw_only=True, slots=True)
class Whole:
    """One run: seconds by the clock from start to end, CPU seconds of all its processes, seconds
    in which texts were written, and all texts that were."""

    seconds: float
    cpu: float
    writing: float
    texts: list[str]
    versions: str

    @property
    def new_tokens(self) -> int:
        """Tokens of the texts, and one for each that ends it, counted alike for both sides."""
        ids = load_tokenizer(MODEL)(self.texts, add_special_tokens=False).input_ids
        return sum(map(len, ids)) + len(ids)

    @property
    def rate(self) -> float:
        """New tokens per second from start to end."""
        return self.new_tokens / self.seconds


def figures(python: str, prompts: int, rounds: int, threads: int | None) -> Iterator[Figure]:
    """Ours and distilabel's by turns, at the sizes of batch that suit distilabel best.

    `python` is an interpreter that has distilabel; `threads` are torch's, its own choice if None.
    """
    with tempfile.TemporaryDirectory(prefix="cai-whole-") as folder:
        first = Path(folder) / "0"
        ours(first, prompts, threads)  # files are in memory then, and compiled
        work = work_of(first)
        swept = {sizes: pipeline(python, work, sizes, threads) for sizes in BATCHES}
        for (batch, at_once), run in swept.items():
            name = f"distilabel, {batch} rows, {at_once} prompts at once: seconds"
            yield name, run.seconds, "<=", None
        best = min(swept, key=lambda sizes: swept[sizes].seconds)
        pairs = [
            (
                ours(Path(folder) / str(number), prompts, threads),
                pipeline(python, work, best, threads),
            )
            for number in range(1, rounds + 1)
        ]
    measures = {
        "seconds from start to end": attrgetter("seconds"),
        "seconds of writing": attrgetter("writing"),
        "CPU seconds": attrgetter("cpu"),
        "new tokens/s from start to end": attrgetter("rate"),
    }
    for number, name in enumerate(("ours", "distilabel")):
        runs = [pair[number] for pair in pairs]
        print(f"{name}: {len(runs[0].texts)} texts, {runs[0].new_tokens:,} new tokens")
        print(f"    {runs[0].versions}")
        for what, take in measures.items():
            yield f"{name}: {what}", median(map(take, runs)), "<=", None
    for what, take in measures.items():
        bound = 2.0 if what.endswith("start to end") else None
        if what.startswith("new"):
            ratio = median(take(own) / take(other) for own, other in pairs)
        else:
            ratio = median(take(other) / take(own) for own, other in pairs)
        yield f"distilabel against ours, {what}: ratio", ratio, ">=", bound


def ours(folder: Path, prompts: int, threads: int | None) -> Whole:
    """`cai critique-revise` into `folder`, with a store of calls beside it."""
    settings = {
        "rounds": ROUNDS,
        "temperature": TEMPERATURE,
        "max_new_tokens": MAX_NEW_TOKENS,
        "helpful_share": 0,
        "on_problem": "keep",
    }
    seconds, cpu = _run(
        [
            *(sys.executable, "-m", "cai.cli", "critique-revise", "--model", MODEL),
            *("--limit", str(prompts), "--out", str(folder)),
            *(f"--set=critique-revise.{name}={value}" for name, value in settings.items()),
        ],
        threads,
        CAI_CACHE=str(folder / "cache"),
    )
    stage = folder / "critique-revise"
    manifest = json.loads((stage / "manifest.json").read_text())
    packages = manifest["packages"]
    return Whole(
        seconds=seconds,
        cpu=cpu,
        writing=manifest["asking_seconds"],
        texts=[text for one in read_records(stage / REVISIONS, Revision) for text in _said(one)],
        versions=", ".join(f"{name} {packages[name]}" for name in ("cai", "transformers", "torch")),
    )


def _said(revision: Revision) -> Iterator[str]:
    yield revision.initial.text
    for step in revision.steps:
        yield from (said.text for said in (step.critique, step.revision) if said)


def work_of(folder: Path) -> dict[str, Any]:
    """The prompts and conversations of our run, as `engines_distilabel.py` takes them."""
    dialogue = Dialogue(constitution.load(folder / "constitution.yaml"), with_critique=True)
    rows = []
    for revision in read_records(folder / "critique-revise" / REVISIONS, Revision):
        row: dict[str, Any] = {"prompt": revision.prompt}
        for step in revision.steps:
            shown = revision.prompt, "{answer}", dialogue.constitution.principle(step.principle)
            row[f"to_critique_{step.round}"] = dialogue.critique(*shown)
            row[f"to_revise_{step.round}"] = dialogue.revision(*shown, "{critique}")
        rows.append(row)
    return {
        "model": resolve(MODEL).path,
        "rounds": ROUNDS,
        "temperature": TEMPERATURE,
        "max_new_tokens": MAX_NEW_TOKENS,
        "rows": rows,
    }


def pipeline(
    python: str, work: dict[str, Any], sizes: tuple[int, int], threads: int | None
) -> Whole:
    """distilabel's on the same chains, with `sizes` as in `BATCHES`."""
    batch, pipeline_batch = sizes
    script = Path(__file__).with_name("engines_distilabel.py")
    with tempfile.TemporaryDirectory(prefix="cai-distilabel-") as folder:
        asked, told = Path(folder) / "work.json", Path(folder) / "told.json"
        asked.write_text(json.dumps(work | {"batch": batch, "pipeline_batch": pipeline_batch}))
        seconds, cpu = _run([python, "-W", "ignore", str(script), str(asked), str(told)], threads)
        found = json.loads(told.read_text())
    return Whole(
        seconds=seconds,
        cpu=cpu,
        writing=found["seconds"],
        texts=found["texts"],
        versions=", ".join(f"{name} {number}" for name, number in found["versions"].items()),
    )


def _run(command: Sequence[str], threads: int | None, **variables: str) -> tuple[float, float]:
    """Seconds by the clock, and CPU seconds of the process and of all that it waited for.

    Raises:
        RuntimeError: if it fails; with the end of what it printed.
    """
    environment = {**os.environ, **variables}
    if threads:
        environment["OMP_NUM_THREADS"] = str(threads)
    began, before = time.perf_counter(), os.times()
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    seconds, after = time.perf_counter() - began, os.times()
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} … failed: {done.stdout[-2000:]}")
    cpu = after.children_user + after.children_system
    return seconds, cpu - before.children_user - before.children_system
