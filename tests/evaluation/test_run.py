"""The evaluate stage with real tiny models, a real reward model and the real oracle."""

import gc
import weakref
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from cai.engines.transformers import TransformersEngine
from cai.errors import DataError
from cai.evaluation import run as stage
from cai.evaluation.rates import set_of
from cai.evaluation.run import EvaluationSettings, run, select
from cai.journal import read_records
from cai.models import encode_full, load_scorer, load_tokenizer
from cai.progress import silent
from cai.records import Message, Prompt, Score

SETTINGS = EvaluationSettings(max_new_tokens=12, seed=5)
MODELS = ("initial", "sft", "ppo")


@pytest.fixture(scope="module")
def inputs(folders: Mapping[str, str], prompts: list[Prompt]) -> dict[str, Any]:
    return {
        "prompts": prompts,
        "models": {name: folders[name] for name in MODELS},
        "engines": {name: partial(TransformersEngine, folders[name]) for name in MODELS},
        "reference": folders["sft"],
        "reward": folders["reward"],
        "judge": TransformersEngine(folders["initial"]),
        "settings": SETTINGS,
        "progress": silent,
    }


@pytest.fixture(scope="module")
def finished(inputs: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluate")
    counts = run(**inputs, folder=folder)
    assert counts == {
        "rows": 63,
        "prompts": 21,
        "prompts_too_long": 0,
        "decided_by_oracle": 54,
        "decided_by_judge": 0,
        "decided_by_nobody": 9,
        "judge_questions_believed": 0,
    }
    return folder


@pytest.fixture(scope="module")
def scores(finished: Path) -> list[Score]:
    return read_records(finished / "scores.jsonl", Score)


def test_every_model_answers_every_prompt_in_order(
    scores: list[Score], prompts: list[Prompt]
) -> None:
    assert [(score.model, score.prompt_id) for score in scores] == [
        (name, prompt.id) for name in MODELS for prompt in prompts
    ]
    assert len({score.id for score in scores}) == len(scores)


def test_who_decides(scores: list[Score], prompts: list[Prompt]) -> None:
    strange = {prompt.id for prompt in prompts[-3:]}
    for score in scores:
        if score.prompt_id in strange:
            assert (score.decided_by, score.harmful, score.helpful) == ("nobody", None, None)
        else:  # what a random model says is no text of the world
            assert (score.decided_by, score.unparseable) == ("oracle", True)


def test_rewards_are_the_reward_models_own(scores: list[Score], folders: Mapping[str, str]) -> None:
    tokenizer = load_tokenizer(folders["reward"])
    model = load_scorer(folders["reward"], tokenizer=tokenizer)
    for score in scores[::10]:
        answer = Message(role="assistant", content=score.response.text)
        ids = encode_full(tokenizer, [*score.prompt, answer])
        with torch.no_grad():
            expected = model(torch.tensor([ids])).logits.item()
        assert score.reward == pytest.approx(expected, abs=1e-5)
        assert score.details["normalised_reward"] == pytest.approx((expected - 0.5) / 2, abs=1e-5)


def test_distances_are_zero_for_the_sft_model_alone(scores: list[Score]) -> None:
    by_model = {name: [s.kl_to_sft for s in scores if s.model == name] for name in MODELS}
    assert set(by_model["sft"]) == {0.0}
    assert all(value is not None and value != 0 for value in by_model["ppo"])
    assert sum(by_model["ppo"]) > 0  # type: ignore[arg-type]


def test_draws_are_paired(
    inputs: dict[str, Any], tmp_path: Path, folders: Mapping[str, str]
) -> None:
    """The same model under two names says the same."""
    engine = inputs["engines"]["ppo"]
    twins = {"models": dict.fromkeys("ab", folders["ppo"]), "engines": dict.fromkeys("ab", engine)}
    run(**{**inputs, **twins}, folder=tmp_path)
    rows = read_records(tmp_path / "scores.jsonl", Score)
    half = len(rows) // 2
    assert [r.response.text for r in rows[:half]] == [r.response.text for r in rows[half:]]


def test_one_model_after_the_other_is_in_memory(
    inputs: dict[str, Any], folders: Mapping[str, str], tmp_path: Path
) -> None:
    loaded: dict[str, Any] = {}

    class Watched(TransformersEngine):
        def generate(self, requests: Any) -> Any:
            answers = super().generate(requests)
            loaded[self._name] = weakref.ref(self._model)
            return answers

    def look(done: int, total: int, note: str = "") -> None:
        gc.collect()
        assert [name for name, model in loaded.items() if model() is not None] == [folders[note]]

    engines = {name: partial(Watched, folders[name]) for name in MODELS}
    run(**{**inputs, "engines": engines, "progress": look}, folder=tmp_path)
    assert len(loaded) == len(MODELS)


@pytest.mark.parametrize("kept", [0, 1, 5, 20, 21, 22, 50, 63])
@pytest.mark.parametrize("torn", [False, True])
def test_a_broken_run_ends_with_the_same_file(
    inputs: dict[str, Any],
    finished: Path,
    tmp_path: Path,
    kept: int,
    torn: bool,
) -> None:
    whole = (finished / "scores.jsonl").read_bytes()
    lines = whole.splitlines(keepends=True)
    rest = lines[kept][: len(lines[kept]) // 2] if torn and kept < len(lines) else b""
    (tmp_path / "scores.jsonl").write_bytes(b"".join(lines[:kept]) + rest)
    seen: list[int] = []
    again = {**inputs, "progress": lambda done, total, note="": seen.append(done)}
    run(**again, folder=tmp_path)
    assert (tmp_path / "scores.jsonl").read_bytes() == whole
    assert seen == sorted(seen)


def test_chunks_make_no_difference_to_what_is_said(
    inputs: dict[str, Any], scores: list[Score], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_PROMPTS_PER_CHUNK", 4)
    run(**inputs, folder=tmp_path)
    rows = read_records(tmp_path / "scores.jsonl", Score)
    assert [row.response.text for row in rows] == [score.response.text for score in scores]
    for row, score in zip(rows, scores, strict=True):
        assert row.reward == pytest.approx(score.reward, abs=1e-5)
        assert row.kl_to_sft == pytest.approx(score.kl_to_sft, abs=1e-4)


def test_a_limit_takes_the_same_prompts_whatever_their_order(prompts: list[Prompt]) -> None:
    settings = EvaluationSettings(per_set=2)
    chosen = select(prompts, settings)
    assert {p.id for p in select(prompts[::-1], settings)} == {p.id for p in chosen}
    assert Counter(set_of(p.tags) for p in chosen) == dict.fromkeys(
        ("red-team", "helpful", "borderline"), 2
    )
    assert [p for p in prompts if p in chosen] == chosen


def test_a_prompt_that_leaves_no_room_stops_the_stage_or_is_left_out_and_counted(
    inputs: dict[str, Any], prompts: list[Prompt], tmp_path: Path
) -> None:
    long = Prompt(id="long", messages=({"role": "user", "content": "x" * 400},))
    given = {**inputs, "prompts": [prompts[0], long]}
    with pytest.raises(DataError, match=r"^long: .* or set evaluate\.too_long to drop"):
        run(**given, folder=tmp_path)
    assert not (tmp_path / "scores.jsonl").exists()
    given["settings"] = replace(SETTINGS, too_long="drop")
    counts = run(**given, folder=tmp_path)
    assert (counts["prompts"], counts["prompts_too_long"], counts["rows"]) == (1, 1, 3)
    with pytest.raises(DataError, match="held-out"):
        run(**{**given, "prompts": [long]}, folder=tmp_path / "none")


@pytest.mark.parametrize("wrong", [{"temperature": 0.0}, {"per_set": 0}, {"max_new_tokens": 0}])
def test_settings_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        EvaluationSettings(**wrong)
