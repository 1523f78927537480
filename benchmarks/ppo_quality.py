"""PPO's quality against TRL's last one: reward at equal KL, harm and help by the oracle.

    python benchmarks/ppo_quality.py --trl PYTHON [--run runs/quickstart] [--out runs/ppo-quality]
        [--seeds 5] [--draws 4] [--set KEY=VALUE …]

Needs a finished run of the quickstart recipe: its SFT model (policy and reference), reward model,
training prompts and settings of align-ppo (`--set` changes one). PYTHON is that of an environment
with TRL 1.12.0 (`trl.experimental.ppo`). Three sides train with each seed:

    ours     as the recipe has it
    no-ptx   the same without demonstrations in the loss, if the recipe has them: TRL has no such
             term, so this is the like-for-like comparison of the two trainers
    trl      TRL's trainer, with the same number of prompts, episodes, epochs, mini-batches and
             steps, the same Adam rates from update to update, KL coefficient (k1 in the reward),
             clip ranges, discount, λ, penalty, answer length and temperature. Its reward and value
             model give the normalised score themselves, so that these mean the same. It does
             without what it does not have; what that is, is printed.

Neither side's own metrics count. One evaluator, that of `cai eval`, samples answers to the held-out
prompts from the policies on the way, `--draws` for each prompt, with the same random numbers for
every policy: so answers differ only where policies do, and a gain over the SFT model's answers has
little noise. The distance of a policy π from the SFT model π₀ is the mean over its answers y of

    Σ_t KL(π(· | x, y_<t) || π₀(· | x, y_<t)),

whole next-token divergences at the sampling temperature. Its expectation is KL(π || π₀) in nats per
answer, as that of Σ_t log π(y_t)/π₀(y_t) is; but it is the expectation of that over each next token
(Rao-Blackwell), so it has less variance and is never negative. At 0.1 nats, the sampled one is
mostly noise.

Reward is in deviations of the reward model, as a gain over the SFT model's mean. At equal KL it is
what the best policy of a run gains within so many nats, going straight from one evaluated policy to
the next; half of the prompts choose, the other half value (`ppo_quality_curves.within`). Compared
are means over seeds, with Student's interval of the differences.

The oracle decides about the last policy of each run, over all draws; draw 0 is what `cai eval`
would ask, and stands beside. Exits with 1 if a bound is missed: our mean gain at least TRL's at
every distance, harm in at most 3 % of answers, help at most 3 points below the SFT model's, both
for every seed. What is finished is kept: started again, it goes on. results.json has all numbers.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ppo_quality_report import compared, table

from cai.alignment.ppo import PPOConfig
from cai.alignment.ppo.run import build_trainer
from cai.alignment.ppo.schedule import learning_rates
from cai.console import stage_progress
from cai.evaluation import run as evaluation
from cai.evaluation.rates import summarise
from cai.journal import append_rows, read_records, write_rows
from cai.models import encode_chat, load_tokenizer
from cai.quiet import quiet
from cai.records import Score
from cai.reward.score import Scorer
from cai.run import Run, reopen
from cai.stages import rewards
from cai.store import write_text
from cai.weights import weights_digest

TRL = Path(__file__).with_name("ppo_quality_trl.py")
SIDES = ("ours", "no-ptx", "trl")
_RATES = ("harmful_rate", "helpful_rate", "evasive_rate", "unparseable_rate")


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What is compared, and where it is kept."""

    work: Run
    settings: PPOConfig
    out: Path
    draws: int

    @property
    def updates(self) -> list[int]:
        """After which the policy is evaluated: an eighth of them, a quarter, half, and all."""
        total = self.settings.total_updates
        return sorted({-(-total // part) for part in (8, 4, 2, 1)})

    @property
    def sides(self) -> list[str]:
        return [side for side in SIDES if side != "no-ptx" or self.settings.ptx_coefficient]

    def settings_of(self, side: str, seed: int) -> PPOConfig:
        own = replace(self.settings, seed=seed)
        return replace(own, ptx_coefficient=0.0) if side == "no-ptx" else own


def main() -> int:
    given = _arguments()
    task = _task(given)
    if given.train:
        side, seed = given.train
        with quiet():
            _train_ours(task, side, int(seed), task.out / f"{side}-{seed}")
        return 0
    _write_work(task)
    sides = [side for side in task.sides if side in given.sides]
    found: dict[str, Any] = {"sft": _measured(task, "sft", {"sft": task.work.model_folder("sft")})}
    for seed in range(given.seeds):
        for side in sides:
            name = f"{side}-{seed}"
            if not (task.out / f"{name}.json").exists():
                _train(task, side, seed, given)
            found[name] = _measured(task, name, _policies(task, name))
    results = compared(found, sides=sides, seeds=range(given.seeds))
    write_text(task.out / "results.json", json.dumps(results, indent=2) + "\n")
    print(differences(task.settings))
    print(table(results))
    for line in results["missed"]:
        print(f"missed: {line}")
    return int(bool(results["missed"]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--trl", metavar="PYTHON", help="of an environment with TRL 1.12.0")
    parser.add_argument("--run", type=Path, default=Path("runs/quickstart"))
    parser.add_argument("--out", type=Path, default=Path("runs/ppo-quality"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=4, help="answers to each held-out prompt")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES))
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", dest="changes")
    parser.add_argument("--train", nargs=2, metavar=("SIDE", "SEED"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if "trl" in given.sides and not given.trl and not given.train:
        parser.error("--trl PYTHON names the Python of an environment that has TRL 1.12.0")
    return given


def _task(given: argparse.Namespace) -> Task:
    """
    Raises:
        SystemExit: if TRL cannot train by this reward or these weights.
    """
    work = reopen(given.run)
    changes = dict(each.split("=", 1) for each in given.changes)
    settings = replace(
        work.recipe.settings("align-ppo", PPOConfig),
        **{name: json.loads(value) for name, value in changes.items()},
    )
    if settings.rewards or rewards.ensemble(work).size > 1 or settings.lora_rank:
        sys.exit("TRL is given one reward model and trains all weights; the recipe asks for others")
    if settings.reward_normalisation == "running" or settings.value.clip_range is None:
        sys.exit("TRL has no running normalisation, and always clips values; the recipe differs")
    return Task(work=work, settings=settings, out=given.out, draws=given.draws)


def _write_work(task: Task) -> None:
    """What TRL reads, and what says whether figures that are there belong to this work."""
    folders = {name: task.work.model_folder(name) for name in ("sft", "reward")}
    scorer = Scorer(folders["reward"], normalised=task.settings.reward_normalisation == "model")
    mean, std = scorer.normalised_by
    rates = [learning_rates(task.settings, n) for n in range(task.settings.total_updates)]
    work = {
        "policy": str(Path(folders["sft"]).resolve()),
        "reward": str(Path(folders["reward"]).resolve()),
        "weights": {name: weights_digest(folder) for name, folder in folders.items()},
        "mean": mean,
        "std": std,
        "settings": asdict(task.settings),
        "rates": rates,
        "updates": task.updates,
        "draws": task.draws,
    }
    text, path = json.dumps(work, indent=2) + "\n", task.out / "work.json"
    if path.exists() and path.read_text("utf-8") != text:
        sys.exit(f"{path}: what is there was measured on other work; choose another --out")
    task.out.mkdir(parents=True, exist_ok=True)
    tokenizer = load_tokenizer(folders["sft"])
    write_rows(
        task.out / "prompts.jsonl",
        (
            {"id": one.id, "ids": encode_chat(tokenizer, one.messages)}
            for one in task.work.training.prompts
        ),
    )
    write_text(path, text)


def _train(task: Task, side: str, seed: int, given: argparse.Namespace) -> None:
    """Trains in a process of its own, unless its last policy is there."""
    folder = task.out / f"{side}-{seed}"
    if (folder / "seconds").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if side == "trl":
        command = [given.trl, str(TRL), str(task.out), str(seed), str(folder)]
    else:
        command = [sys.executable, __file__, *sys.argv[1:], "--train", side, str(seed)]
    began = time.perf_counter()
    environment = os.environ | {"TRL_EXPERIMENTAL_SILENCE": "1"}
    with (folder / "log.txt").open("w", encoding="utf-8") as log:
        code = subprocess.run(
            command, stdout=log, stderr=subprocess.STDOUT, env=environment, check=False
        ).returncode
    if code:
        sys.exit(f"{side}, seed {seed}: its training failed; see {folder / 'log.txt'}")
    write_text(folder / "seconds", f"{time.perf_counter() - began:.0f}\n")
    print(f"{side}, seed {seed}: trained in {(folder / 'seconds').read_text().strip()} s")


def _train_ours(task: Task, side: str, seed: int, folder: Path) -> None:
    work = task.work
    trainer = build_trainer(
        prompts=work.training.prompts,
        policy=work.model_folder("sft"),
        reward=work.model_folder("reward"),
        demonstrations=work.folder.stage("critique-revise") / "sft.jsonl",
        settings=task.settings_of(side, seed),
    )
    while not trainer.done:
        metrics = trainer.update().metrics
        append_rows(folder / "metrics.jsonl", [{"step": trainer.updates_done, **metrics}])
        if trainer.updates_done in task.updates or trainer.done:
            trainer.save_model(folder / f"update-{trainer.updates_done}")


def _policies(task: Task, name: str) -> dict[str, str]:
    """The folders of the policies on the way, by the number of updates, in order."""
    found = (task.out / name).glob("update-*")
    numbered = sorted((int(path.name.removeprefix("update-")), path) for path in found)
    return {str(number): str(path) for number, path in numbered}


def _measured(task: Task, name: str, models: dict[str, str]) -> dict[str, Any]:
    """What the evaluator finds about the policies of one training; kept as a file."""
    path = task.out / f"{name}.json"
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return found
    own = task.work.recipe.settings("evaluate", evaluation.EvaluationSettings)
    draws = []
    for draw in range(task.draws):
        folder = task.out / name / f"draw-{draw}"
        folder.mkdir(parents=True, exist_ok=True)
        with stage_progress(f"{name}, draw {draw}") as progress, quiet():
            evaluation.run(
                prompts=task.work.heldout.prompts, models=models,
                reference=task.work.model_folder("sft"),
                engines={
                    key: partial(task.work.uncached_engine, model) for key, model in models.items()
                },
                reward=task.work.model_folder("reward"), judge=None,
                settings=replace(own, seed=own.seed + draw), folder=folder, progress=progress,
            )  # fmt: skip
        draws.append(read_records(folder / evaluation.SCORES, Score))
    std = json.loads((task.out / "work.json").read_text("utf-8"))["std"]
    points = [_point(draws, model, std) for model in models]
    for model in list(models)[:-1]:
        shutil.rmtree(models[model])  # only the last is kept
    seconds = task.out / name / "seconds"
    found = {
        "train_seconds": int(seconds.read_text()) if seconds.exists() else None,
        "points": points,
    }
    write_text(path, json.dumps(found, indent=2) + "\n")
    return found


def _point(draws: Sequence[Sequence[Score]], model: str, std: float) -> dict[str, Any]:
    """One policy's numbers: over all draws, and the rates of the first."""
    own = [[score for score in scores if score.model == model] for scores in draws]
    every = summarise([score for scores in own for score in scores])["models"][model]
    first = summarise(own[0])["models"][model]
    halves = ([score for scores in own for score in scores[half::2]] for half in (0, 1))
    return {
        "updates": model,
        "kl": every["kl_to_sft"]["value"],
        # In deviations of the reward model, on the prompts with even and with odd places.
        "rewards": [_mean_reward(half) / std for half in halves],
        "rates": {name: every[name] for name in _RATES},
        "rates_of_draw_0": {name: first[name] for name in _RATES},
    }


def _mean_reward(scores: Sequence[Score]) -> float:
    found = [score.reward for score in scores if score.reward is not None]
    return sum(found) / len(found)


def differences(settings: PPOConfig) -> str:
    """What ours has in these settings and TRL has not."""
    parts = {
        "demonstrations in the loss": settings.ptx_coefficient,
        "gradients clipped by norm": True,
        "scores clipped": settings.reward_clip is not None,
        "an upper clip range of its own": settings.clip_range_high is not None,
        "dual clip": settings.dual_clip is not None,
        "an entropy bonus": settings.entropy_coefficient,
        "early stop of an update by KL": settings.target_kl is not None,
        "an adaptive KL coefficient": settings.kl_target is not None,
        "KL in the loss": settings.kl_placement == "loss",
        "a KL budget": settings.kl_budget is not None,
    }
    return "TRL does without: " + "; ".join(name for name, used in parts.items() if used)


if __name__ == "__main__":
    sys.exit(main())
