"""The label stage with each choice of pairs: its rows, its files, kills, and what is in memory."""

from __future__ import annotations

import gc
import math
import weakref
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cai.constitution import Constitution, applicable
from cai.engines.base import EngineIdentity
from cai.engines.transformers import TransformersEngine
from cai.errors import RunError
from cai.feedback.label import run
from cai.feedback.settings import LabelSettings
from cai.journal import read_records, read_rows
from cai.likeness import differ
from cai.progress import silent
from cai.records import Comparison, Label, Prompt

Engines = Callable[..., Any]
FILES = ("answers.jsonl", "comparisons.jsonl", "labels.jsonl", "preferences.jsonl")
OTHER = EngineIdentity(model="other", weights="1", dtype="-", template="-")
CHOICES: dict[str, dict[str, Any]] = {
    "pool": {"answers": 5},
    "mixed": {"temperature": (0.5, 1.0), "authors": ("other",)},
    "max-difference": {"choose_pairs": "max-difference"},
    "max-disagreement": {"choose_pairs": "max-disagreement", "answers": 4},
    "extremes": {"choose_pairs": "extremes", "answers": 5},
    "rewarded": {"choose_pairs": "extremes", "reward_model": "some"},
    "cross-model": {"choose_pairs": "cross-model", "authors": ("other",)},
}


def chosen(name: str, **changes: Any) -> LabelSettings:
    return LabelSettings(**({"pairs_per_prompt": 2, "principles": 2} | CHOICES[name] | changes))


def rain(conversations: Any) -> list[float]:
    return [float(each[-1]["content"].count("rain")) for each in conversations]


@pytest.fixture
def stage(
    engine: Engines, prompts: list[Prompt], constitution: Constitution
) -> Callable[..., dict[str, int | float]]:
    def make(folder: Path, settings: LabelSettings, **changes: Any) -> dict[str, int | float]:
        folder.mkdir(exist_ok=True)
        usual: dict[str, Any] = {
            "prompts": prompts,
            "constitution": constitution,
            "policy": engine,
            "judge": engine(),
            "progress": silent,
            "authors": [lambda: engine(identity=OTHER)] if settings.authors else [],
            "rewards": (lambda: rain) if settings.reward_model else None,
        }
        return run(**(usual | changes), settings=settings, folder=folder)

    return make


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.mark.parametrize("name", CHOICES)
def test_pairs_are_of_different_answers_and_come_once(
    stage: Any, prompts: list[Prompt], constitution: Constitution, tmp_path: Path, name: str
) -> None:
    counts = stage(tmp_path, chosen(name))
    rows = read_records(tmp_path / "comparisons.jsonl", Comparison)
    assert len(rows) == counts["comparisons"] == 140 - counts["pairs_alike"]
    assert counts["answers"] == 70 * chosen(name).drawing.pool - counts["answers_alike"]
    assert all(differ(row.response_a.text, row.response_b.text, 0.03) for row in rows)
    texts = [(r.prompt_id, frozenset((r.response_a.text, r.response_b.text))) for r in rows]
    assert len(set(texts)) == len({row.id for row in rows}) == len(rows)
    assert Counter(row.pair for row in rows)[0] >= 65
    assert all(b.pair == a.pair + 1 for a, b in pairwise(rows) if a.prompt_id == b.prompt_id)
    # Each under principles for its prompt, and for nothing else.
    tags = {row.id: row.tags for row in rows}
    met = {tags[one.comparison_id] for one in read_records(tmp_path / "labels.jsonl", Label)}
    assert met == {("red-team",), ("helpful",)}
    for label in read_records(tmp_path / "labels.jsonl", Label):
        own = applicable(constitution, "label", tags[label.comparison_id])
        assert label.principle in {principle.id for principle in own}


@pytest.mark.parametrize("name", CHOICES)
def test_a_prompt_s_pairs_do_not_depend_on_its_company(
    stage: Any, prompts: list[Prompt], tmp_path: Path, name: str
) -> None:
    stage(tmp_path / "all", chosen(name))
    stage(tmp_path / "few", chosen(name), prompts=prompts[9:4:-1])
    every = read_records(tmp_path / "all" / "comparisons.jsonl", Comparison)
    few = read_records(tmp_path / "few" / "comparisons.jsonl", Comparison)
    of = {prompt.id for prompt in prompts[5:10]}
    assert {row.id: row for row in few} == {row.id: row for row in every if row.prompt_id in of}


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("lifetime", [100, 450, 900, 1500])
def test_a_stage_that_dies_in_a_call_goes_on(
    stage: Any,
    engine: Engines,
    killed: type[BaseException],
    tmp_path: Path,
    lifetime: int,
    name: str,
) -> None:
    stage(tmp_path / "whole", chosen(name))
    folder = tmp_path / "killed"
    mortal = engine(lifetime=lifetime)
    other = engine(lifetime=lifetime, identity=OTHER)
    others = [lambda: other] if chosen(name).authors else []
    try:
        stage(folder, chosen(name), policy=lambda: mortal, judge=mortal, authors=others)
    except killed:
        assert not (folder / "preferences.jsonl").exists()
    stage(folder, chosen(name))
    assert contents(folder) == contents(tmp_path / "whole")


@pytest.mark.parametrize("name", CHOICES)
def test_a_finished_stage_asks_and_scores_nothing(
    stage: Any, engine: Engines, prompts: list[Prompt], tmp_path: Path, name: str
) -> None:
    # Where a prompt has too few answers for its pairs, it is looked at again.
    def talkative(request: Any) -> str:
        return f"{request.seed} plants in {request.seed % 7919} pots"

    policy = engine(say=talkative)
    other = engine(say=talkative, identity=OTHER)
    others = [lambda: other] if chosen(name).authors else []
    first = stage(tmp_path, chosen(name), policy=lambda: policy, authors=others)
    assert first["pairs_alike"] == first["answers_alike"] == 0
    policy.asked, other.asked = [], []
    judge = engine()

    def rewards() -> Any:
        raise AssertionError("nothing is left to be scored")

    changes = {"rewards": rewards} if chosen(name).reward_model else {}
    again = stage(
        tmp_path, chosen(name), policy=lambda: policy, authors=others, judge=judge, **changes
    )
    assert again == first
    assert policy.asked == other.asked == judge.asked == []


@pytest.mark.parametrize("name", CHOICES)
def test_neither_the_score_nor_the_model_tells_the_position(
    stage: Any, tmp_path: Path, name: str
) -> None:
    stage(tmp_path, chosen(name))
    rows = read_records(tmp_path / "comparisons.jsonl", Comparison)
    told = [
        (rain([({"content": row.response_a.text},)]), rain([({"content": row.response_b.text},)]))
        for row in rows
    ]
    wetter = [a > b for a, b in told if a != b]
    assert abs(sum(wetter) / len(wetter) - 0.5) < 4 * 0.5 / math.sqrt(len(wetter))
    models = [row.response_a.model for row in rows if row.response_a.model != row.response_b.model]
    if models:
        assert abs(models.count("other") / len(models) - 0.5) < 4 * 0.5 / math.sqrt(len(models))


def test_the_reward_model_s_best_meets_its_worst(stage: Any, tmp_path: Path) -> None:
    stage(tmp_path, chosen("rewarded", pairs_per_prompt=1))
    rows = read_records(tmp_path / "comparisons.jsonl", Comparison)
    said = {
        row["prompt_id"]: [answer["text"].count("rain") for answer in row["answers"]]
        for row in read_rows(tmp_path / "answers.jsonl")
    }
    for row in rows:
        own = [said.text.count("rain") for said in (row.response_a, row.response_b)]
        assert sorted(own) == [min(said[row.prompt_id]), max(said[row.prompt_id])]


def test_the_judge_s_favourite_meets_what_it_likes_least(
    stage: Any, engine: Engines, tmp_path: Path
) -> None:
    def prefers_rain(request: Any) -> tuple[float, float]:
        a, b = request.messages[-1]["content"].split("Answer A: ")[1].split("Answer B: ")
        odds = a.count("rain") - b.count("rain")
        return -math.log1p(math.exp(-odds)), -math.log1p(math.exp(odds))

    at_random, by_judge = (
        stage(tmp_path / name, chosen(name, pairs_per_prompt=1), judge=engine(prefer=prefers_rain))
        for name in ("pool", "extremes")
    )
    assert by_judge["tie"] < at_random["tie"]


def test_across_models_each_pair_has_both(stage: Any, tmp_path: Path) -> None:
    stage(tmp_path, chosen("cross-model"))
    for row in read_records(tmp_path / "comparisons.jsonl", Comparison):
        assert {row.response_a.model, row.response_b.model} == {"fake", "other"}


def test_models_that_are_the_same_give_no_pair_across_them(
    stage: Any, engine: Engines, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match="models not the same"):
        stage(tmp_path, chosen("cross-model"), authors=[engine])


def test_a_prompt_must_fit_every_model_that_answers(
    stage: Any, engine: Engines, tmp_path: Path
) -> None:
    narrow = [lambda: engine(identity=OTHER, context=20)]
    settings = chosen("cross-model", too_long="drop")
    with pytest.raises(RunError, match="none of the 70 prompts leaves room"):
        stage(tmp_path, settings, authors=narrow)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"temperature": ()}, "temperature"),
        ({"temperature": (1.0, 0.0)}, "temperature"),
        ({"min_difference": 1.5}, "min_difference"),
        ({"choose_pairs": "cross-model"}, "authors"),
        ({"answers": 1}, "answers"),
        ({"answers": 2, "authors": ("a", "b")}, "answers must be at least 3"),
        ({"answers": 3, "pairs_per_prompt": 4}, "3 of them give 3 pairs"),
        ({"answers": 5, "pairs_per_prompt": 3, "choose_pairs": "extremes"}, "give 2 pairs"),
        ({"principles": "one", "choose_pairs": "max-disagreement"}, "disagrees with nobody"),
        ({"reward_model": "some"}, "extremes"),
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LabelSettings(**wrong)


def test_no_choice_has_an_effect_on_today_s_rows(stage: Any, tmp_path: Path) -> None:
    """What is not pooled leaves no file of answers, and asks for two of each pair."""
    settings = LabelSettings(pairs_per_prompt=2, principles=2)
    counts = stage(tmp_path, settings)
    assert not (tmp_path / "answers.jsonl").exists()
    assert "answers" not in counts
    assert stage(tmp_path / "other", replace(settings, min_difference=0.0))["comparisons"] == 140


def test_one_model_after_the_other_is_let_go(
    tiny_gpt2: Path, constitution: Constitution, prompts: list[Prompt], tmp_path: Path
) -> None:
    alive: list[weakref.ref[Any]] = []

    class Alone(TransformersEngine):
        """Sees to it that no other one with weights is left when it is asked."""

        def generate(self, requests: Any) -> Any:
            self._look()
            return super().generate(requests)

        def choose(self, requests: Any) -> Any:
            self._look()
            return super().choose(requests)

        def _look(self) -> None:
            if self._others():
                gc.collect()
            assert not self._others()

        def _others(self) -> list[Any]:
            others = [each() for each in alive if each() not in (None, self)]
            return [one for one in others if "_model" in vars(one)]

    def author() -> Alone:
        made = Alone(str(tiny_gpt2), device="cpu")
        alive.append(weakref.ref(made))
        return made

    settings = LabelSettings(
        max_new_tokens=8,
        min_option_mass=0.0,
        tie_margin=0.0,
        principles=2,
        authors=("a", "b"),
        choose_pairs="max-disagreement",
    )
    run(
        prompts=prompts[:2],
        constitution=constitution,
        policy=author,
        judge=Alone(str(tiny_gpt2), device="cpu"),
        settings=settings,
        folder=tmp_path,
        progress=silent,
        authors=[author, author],
    )
    assert len(alive) == 3
