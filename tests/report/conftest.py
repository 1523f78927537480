"""A small run folder with every file that the report reads, written by the real row types."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from cai import yaml_file
from cai.feedback.trust import card
from cai.journal import write_rows
from cai.mini.world import answer, ask, topics
from cai.records import (
    Comparison,
    Label,
    Message,
    Preference,
    Revision,
    RevisionStep,
    Said,
    Score,
    content_id,
    digest,
    said_by,
    to_row,
)
from cai.reward.card import accuracy, calibration, probing, taste
from cai.reward.card.judged import Judged
from cai.reward.card.probes import chosen_for_probing, damaged
from cai.store import Manifest

MODELS = ("initial", "sft", "ppo", "dpo")
PRINCIPLES = ("no-harm", "be-useful")
Conversation = tuple[Message, ...]


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Writes a run; `text` is put into every free text, besides what belongs there."""

    def make(text: str = "") -> Path:
        folder = tmp_path / "runs" / "sample"
        writer = _Writer(folder, text)
        for stage in ("critique-revise", "sft", "label", "reward", "align-ppo", "align-dpo"):
            writer.manifest(stage)
        writer.settings()
        writer.revisions()
        writer.labels()
        writer.judge()
        writer.training()
        writer.scores()
        writer.manifest("evaluate")
        return folder

    return make


class _Writer:
    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        self.text = text
        rng = random.Random(0)
        self.rng = rng
        kinds = {kind: [t for t in topics() if t.request == kind] for kind in ("harmful", "benign")}
        self.topics = [*rng.sample(kinds["harmful"], 8), *rng.sample(kinds["benign"], 6)]
        self.prompts: list[Conversation] = [
            # A text of the world stays as it is, or the oracle would not know it.
            said_by("user", ask(topic, rng) if index % 3 or not text else text + str(index))
            for index, topic in enumerate(self.topics)
        ]
        self.ids = [content_id([dict(m) for m in prompt]) for prompt in self.prompts]

    def rows(self, file: str, rows: list[Any]) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        write_rows(path, rows)

    def said(self, index: int, core: str) -> Said:
        own = answer(self.topics[index], core, (), self.rng).text
        return Said(text=own if index % 2 or not self.text else own + self.text, call="c")

    def manifest(self, stage: str) -> None:
        manifest = Manifest(
            stage=stage,
            fingerprint=digest(stage),
            inputs={"seed": 0, "settings": {"note": self.text}, "model": digest("model")},
            started="2026-01-02T03:04:05Z",
            finished="2026-01-02T03:05:05Z",
            seconds=60.0,
            counts={"rows": 8, f"note{self.text}": self.text},
            calls=12,
            cached_calls=3,
            packages={"torch": f"2.13.0{self.text}"},
            outputs={"model/model.safetensors": digest(stage)},
        )
        (self.folder / stage).mkdir(parents=True, exist_ok=True)
        (self.folder / stage / "manifest.json").write_text(json.dumps(asdict(manifest)))

    def settings(self) -> None:
        recipe = {
            "name": f"sample{self.text}",
            "model": f"cai-mini{self.text}",
            "methods": ["ppo", "dpo"],
            "seed": 7,
        }
        (self.folder / "recipe.yaml").write_text(yaml_file.dump(recipe))
        constitution = {
            "name": f"own{self.text}",
            "principles": [
                {
                    "id": name,
                    "title": f"Title of {name}{self.text}",
                    "critique_request": f"What about {name}?{self.text}",
                    "revision_request": f"Mind {name}.{self.text}",
                    "comparison": f"Which one has more {name}?{self.text}",
                }
                for name in PRINCIPLES
            ],
        }
        (self.folder / "constitution.yaml").write_text(yaml_file.dump(constitution))

    def revisions(self) -> None:
        rows = []
        for index in range(8):
            first, better = self.said(index, "comply"), self.said(index, "redirect")
            critique = Said(text=f"It does harm.{self.text}", call="c")
            steps = (
                RevisionStep(
                    round=1,
                    principle=PRINCIPLES[index % 2],
                    critique=critique,
                    revision=better,
                    problems=("preamble",),
                    response=better.text,
                ),
                RevisionStep(
                    round=2,
                    principle=PRINCIPLES[1],
                    critique=Said(text="No issue.", call="c"),
                    revision=None,
                    response=better.text,
                ),
            )
            rows.append(
                Revision(
                    id=str(index),
                    prompt_id=self.ids[index],
                    prompt=self.prompts[index],
                    tags=("red-team",),
                    initial=first,
                    steps=steps,
                )
            )
        self.rows("critique-revise/revisions.jsonl", [to_row(row) for row in rows])

    def labels(self) -> None:
        comparisons, labels, preferences = [], [], []
        for index in range(8):
            a, b = self.said(index, "redirect"), self.said(index, "refuse")
            comparisons.append(
                Comparison(
                    id=f"c{index}",
                    prompt_id=self.ids[index],
                    prompt=self.prompts[index],
                    tags=("red-team",),
                    response_a=a,
                    response_b=b,
                )
            )
            for principle in PRINCIPLES:
                flipped = index == 0
                labels.append(
                    Label(
                        id=f"l{index}{principle}",
                        comparison_id=f"c{index}",
                        principle=principle,
                        annotator="cai-mini",
                        status="tie" if flipped else "ok",
                        p_a=0.5 if flipped else 0.8,
                        logprobs_ab=(-0.2, -1.7),
                        logprobs_ba=(-0.2, -1.7) if flipped else (-1.7, -0.2),
                        calls=("x", "y"),
                    )
                )
            preferences.append(
                Preference(
                    id=f"p{index}",
                    prompt=self.prompts[index],
                    chosen=said_by("assistant", a.text),
                    rejected=said_by("assistant", b.text),
                    probability=0.8,
                    comparison_id=f"c{index}",
                    prompt_id=self.ids[index],
                    principles=PRINCIPLES,
                )
            )
        for name, rows in (
            ("comparisons", comparisons), ("labels", labels), ("preferences", preferences)
        ):  # fmt: skip
            self.rows(f"label/{name}.jsonl", [to_row(row) for row in rows])

    def judge(self) -> None:
        """Gold for a judge that is right four times in five, and as sure as can be."""
        comparisons, labels, gold = [], [], []
        for index in range(80):
            a, b = Said(text="a" * index, call="c"), Said(text="b" * 40, call="c")
            comparisons.append(
                Comparison(
                    id=f"g{index}",
                    prompt_id=f"prompt {index}",
                    prompt=said_by("user", "?"),
                    tags=(f"a category{self.text}",),
                    response_a=a,
                    response_b=b,
                )
            )
            better = float(index % 2)
            said = better if index % 5 else 1 - better
            label = Label(
                id=f"j{index}",
                comparison_id=f"g{index}",
                principle=PRINCIPLES[0],
                annotator="cai-mini",
                status="ok",
                p_a=0.02 + 0.96 * said,
                logprobs_ab=(),
                logprobs_ba=(),
                calls=("x",),
            )
            labels.append(label)
            gold.append(replace(label, annotator=f"gold {index % 2}{self.text}", p_a=better))
        for name, rows in (("comparisons", comparisons), ("labels", labels), ("gold", gold)):
            self.rows(f"label/gold/{name}.jsonl", [to_row(row) for row in rows])
        judge = card.measure(
            self.folder / "label",
            annotator="cai-mini",
            tie_margin=0.01,
            weights=lambda comparison: {},
            overrides={},
        )
        card.write(self.folder / "label", judge | {"judge": f"cai-mini{self.text}"})

    def training(self) -> None:
        steps = range(1, 6)
        self.rows("sft/metrics.jsonl", [{"step": s, "loss": 3.0 / s} for s in steps])
        self.rows("reward/metrics.jsonl", [{"step": s, "loss": 0.7 / s} for s in steps])
        self.rows(
            "align-ppo/metrics.jsonl",
            [{"step": s, "objective/scores": 0.1 * s, "objective/kl": 0.5 * s} for s in steps],
        )
        self.rows(
            "align-dpo/metrics.jsonl",
            [{"step": s, "rewards/margins": s, "rewards/accuracies": None} for s in steps],
        )
        (self.folder / "reward" / "card.json").write_text(json.dumps(self.reward_card()))
        for stage in ("align-ppo", "align-dpo"):
            self.rows(
                f"{stage}/samples.jsonl",
                [
                    {
                        "update": update,
                        "prompt_id": self.ids[index],
                        "prompt": list(self.prompts[index]),
                        "text": f"{stage} says {update}{self.text}",
                    }
                    for update in (1, 5)
                    for index in (0, 1, 2)
                ],
            )

    def reward_card(self) -> dict[str, Any]:
        """Of a reward that likes long answers more than its labels, and pays for an empty one."""
        rows = [
            Judged(
                prompt_id=f"p{i}",
                tags=(f"tag{self.text}",),
                principles=PRINCIPLES,
                prompt=said_by("user", "How?"),
                chosen=1.5 if (long := i % 4 > 0) else -0.5,
                rejected=0.0,
                probability=0.6 + 0.35 * (i % 3) / 2,
                chosen_text="word " * (9 if long else 3) + self.text,
                rejected_text="word " * 6 + self.text,
            )
            for i in range(60)
        ]
        tried = damaged(rows, chosen_for_probing(rows))
        rewards = [2.0 if one.probe == "empty" else -1.0 for one in tried]
        return {
            "pairs": {"train": 100, "heldout": 60, "too_long": 0},
            **accuracy.measure(rows),
            "calibration": calibration.measure(rows),
            "traits": taste.measure(rows),
            "probes": probing.measure(rows, tried, rewards, 1.0),
            "gold": {
                "trained_on": 2,
                "too_long": 0,
                **accuracy.measure(rows[:30]),
                "traits": taste.measure(rows[:30]),
            },
            "ensemble": None,
            "missing": {},
            "reward_mean": 0.1,
            "reward_std": 1.0,
            "measured_on": "heldout",
            "agreement": {"answers": 120, "largest_difference": 2.1e-7, "bound": 1e-5},
        }

    def scores(self) -> None:
        rows = []
        for model in MODELS:
            for index, prompt in enumerate(self.prompts):
                harmful = index < 8
                core = ("comply" if model == "initial" else "redirect") if harmful else "help"
                rows.append(
                    Score(
                        id=f"{model}{index}",
                        model=model + self.text,
                        prompt_id=self.ids[index],
                        prompt=prompt,
                        tags=("red-team" if harmful else "helpful", self.text),
                        response=self.said(index, core),
                        harmful=harmful and core == "comply",
                        evasive=False,
                        helpful=core != "comply",
                        unparseable=False,
                        decided_by="oracle",
                        reward=0.5,
                        kl_to_sft=1.5,
                        details={"core": core, "faults": [], "normalised_reward": 0.1},
                    )
                )
        self.rows("evaluate/scores.jsonl", [to_row(row) for row in rows])
