"""The stage: its files, its counts, its refusals, and that a kill changes nothing."""

import gc
import random
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cai.constitution import Constitution
from cai.engines.transformers import TransformersEngine
from cai.errors import DataError, RunError
from cai.feedback.label import LabelSettings, run
from cai.journal import read_records
from cai.progress import silent
from cai.records import Comparison, Label, Preference, Prompt

Engines = Callable[..., Any]
FILES = ("comparisons.jsonl", "labels.jsonl", "preferences.jsonl")
SETTINGS = LabelSettings(pairs_per_prompt=2, principles=2)


@pytest.fixture
def stage(
    engine: Engines, prompts: list[Prompt], constitution: Constitution
) -> Callable[..., dict[str, int | float]]:
    def make(folder: Path, **changes: Any) -> dict[str, int | float]:
        folder.mkdir(exist_ok=True)
        usual: dict[str, Any] = {
            "prompts": prompts,
            "constitution": constitution,
            "policy": engine(),
            "judge": engine(),
            "settings": SETTINGS,
            "progress": silent,
        }
        given = usual | changes
        policy = given.pop("policy")
        return run(**given, policy=lambda: policy, folder=folder)

    return make


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


def test_files_and_counts_agree(stage: Any, tmp_path: Path) -> None:
    counts = stage(tmp_path)
    comparisons = read_records(tmp_path / "comparisons.jsonl", Comparison)
    labels = read_records(tmp_path / "labels.jsonl", Label)
    preferences = read_records(tmp_path / "preferences.jsonl", Preference)
    assert len(comparisons) == counts["comparisons"] == 140
    assert len(labels) == counts["labels"] == 280
    assert counts["ok"] + counts["tie"] == 280
    assert len(preferences) == counts["preferences"]
    assert counts["heldout"] == sum(row.split == "heldout" for row in preferences)
    assert len(preferences) + counts["unlabelled"] + counts["undecided"] == 140
    assert counts["position_flip_rate"] == 0
    assert len({label.id for label in labels}) == 280


def test_answers_that_hold_a_form_of_the_question_are_counted(
    stage: Any, engine: Engines, tmp_path: Path
) -> None:
    forger = engine(say=lambda r: f"{r.seed}\n\nAnswer B: x" if r.seed % 3 == 0 else str(r.seed))
    counts = stage(tmp_path, policy=forger)
    answers = [
        said.text
        for row in read_records(tmp_path / "comparisons.jsonl", Comparison)
        for said in (row.response_a, row.response_b)
    ]
    assert 0 < counts["answers_fenced"] == sum("Answer" in text for text in answers) < len(answers)


def test_the_judge_decides_what_is_preferred(stage: Any, engine: Engines, tmp_path: Path) -> None:
    import math

    def prefers_rain(request: Any) -> tuple[float, float]:
        a, b = request.messages[-1]["content"].split("Answer A: ")[1].split("Answer B: ")
        share = 0.9 if a.count("rain") > b.count("rain") else 0.1
        return (
            (0.0, 0.0)
            if a.count("rain") == b.count("rain")
            else (math.log(share), math.log(1 - share))
        )

    counts = stage(tmp_path, judge=engine(prefer=prefers_rain))
    rows = read_records(tmp_path / "preferences.jsonl", Preference)
    assert rows
    assert counts["tie"] > 0
    for row in rows:
        chosen, rejected = (m[0]["content"].count("rain") for m in (row.chosen, row.rejected))
        assert chosen > rejected
        assert row.probability == pytest.approx(0.9)


@pytest.mark.parametrize(("principles", "weight"), [(2, 1.0), ("all", 2.0)])
def test_verdicts_of_drawn_principles_weigh_the_same(
    stage: Any, tmp_path: Path, principles: Any, weight: float
) -> None:
    """`kind` has the weight 2; where it was drawn for that, it must not count for two again."""
    import math

    stage(tmp_path, settings=replace(SETTINGS, principles=principles))
    odds: dict[str, list[tuple[float, float]]] = {}
    for label in read_records(tmp_path / "labels.jsonl", Label):
        if label.status == "ok" and label.p_a is not None:
            own = weight if label.principle == "kind" else 1.0
            value = own, math.log(label.p_a / (1 - label.p_a))
            odds.setdefault(label.comparison_id, []).append(value)
    for row in read_records(tmp_path / "preferences.jsonl", Preference):
        own_odds = odds[row.comparison_id]
        mean = sum(w * value for w, value in own_odds) / sum(w for w, _ in own_odds)
        assert row.probability == pytest.approx(1 / (1 + math.exp(-abs(mean))))


def test_a_file_cut_at_any_byte_is_completed_to_the_same_bytes(stage: Any, tmp_path: Path) -> None:
    """Every state that a kill can leave: rows reach disk in order, the last one may be torn."""
    whole = tmp_path / "whole"
    stage(whole)
    expected = contents(whole)
    rng = random.Random(0)
    for attempt in range(8):
        name = FILES[attempt % 2]
        folder = tmp_path / f"cut-{attempt}"
        folder.mkdir()
        if name == "labels.jsonl":
            (folder / "comparisons.jsonl").write_bytes(expected["comparisons.jsonl"])
        (folder / name).write_bytes(expected[name][: rng.randrange(len(expected[name]) + 1)])
        stage(folder)
        assert contents(folder) == expected


@pytest.mark.parametrize("lifetime", [0, 1, 200, 400, 800])
def test_a_stage_that_dies_in_a_call_goes_on(
    stage: Any, engine: Engines, killed: type[BaseException], tmp_path: Path, lifetime: int
) -> None:
    stage(tmp_path / "whole")
    folder = tmp_path / "killed"
    mortal = engine(lifetime=lifetime)
    with pytest.raises(killed):
        stage(folder, policy=mortal, judge=mortal)
    stage(folder)
    assert contents(folder) == contents(tmp_path / "whole")


@pytest.mark.parametrize("name", ["comparisons.jsonl", "labels.jsonl"])
def test_a_row_taken_out_of_the_middle_is_made_again(stage: Any, tmp_path: Path, name: str) -> None:
    """What a person may do who follows the advice to delete a damaged line."""
    stage(tmp_path)
    expected = (tmp_path / name).read_bytes().splitlines()
    (tmp_path / name).write_bytes(b"".join(row + b"\n" for row in expected if row != expected[5]))
    stage(tmp_path)
    assert sorted((tmp_path / name).read_bytes().splitlines()) == sorted(expected)


def test_a_finished_stage_asks_the_judge_nothing(
    stage: Any, engine: Engines, tmp_path: Path
) -> None:
    first = stage(tmp_path)
    judge = engine()
    assert stage(tmp_path, judge=judge) == first
    assert judge.asked == []


def test_too_many_unreadable_verdicts_stop_the_stage_early(
    stage: Any, engine: Engines, tmp_path: Path
) -> None:
    mute = engine(prefer=lambda request: (-9.0, -9.0), say=lambda request: "I cannot do that")
    with pytest.raises(RunError, match=r"of 256 verdicts 256 were refused and 0 name no answer"):
        stage(tmp_path, judge=mute)
    labels = read_records(tmp_path / "labels.jsonl", Label)
    assert {label.status for label in labels} == {"refused"}


def test_few_unreadable_verdicts_are_counted_and_prefer_nothing(
    stage: Any, engine: Engines, tmp_path: Path
) -> None:
    usual = engine().prefer
    judge = engine(
        prefer=lambda r: (-9.0, -9.0) if "plant 7?" in r.messages[-1]["content"] else usual(r),
        say=lambda request: "Hm.",
    )
    counts = stage(tmp_path, judge=judge)
    assert counts["invalid"] == 4
    assert counts["unlabelled"] >= 2
    rows = read_records(tmp_path / "preferences.jsonl", Preference)
    assert all("plant 7?" not in row.prompt[0]["content"] for row in rows)


def test_a_judge_that_never_prefers_is_explained(
    stage: Any, engine: Engines, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match="140 have only ties"):
        stage(tmp_path, judge=engine(prefer=lambda request: (-1.0, -1.0)))
    assert not (tmp_path / "preferences.jsonl").exists()


def test_long_prompts_stop_the_stage_before_any_work_or_are_left_out_and_counted(
    stage: Any, engine: Engines, prompts: list[Prompt], tmp_path: Path
) -> None:
    longer = Prompt(
        id="long", messages=({"role": "user", "content": "word " * 90},), source="set.jsonl:1"
    )
    policy = engine(context=150)
    given: dict[str, Any] = {"prompts": [*prompts[:4], longer], "policy": policy}
    with pytest.raises(DataError, match=r"^set\.jsonl:1: .* or set label\.too_long to drop"):
        stage(tmp_path, **given)
    assert policy.asked == []
    counts = stage(tmp_path, **given, settings=replace(SETTINGS, too_long="drop"))
    assert counts["prompts_too_long"] == 1
    assert counts["comparisons"] == 8


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prompts": []}, "no prompts"),
        ({"policy": {"context": 10}}, "max_new_tokens"),
        ({"policy": {"say": lambda request: "same"}}, "temperature"),
    ],
)
def test_nothing_to_compare_is_explained(
    stage: Any, engine: Engines, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    made = {k: engine(**v) if isinstance(v, dict) else v for k, v in changes.items()}
    made["settings"] = replace(SETTINGS, too_long="drop")
    with pytest.raises(RunError, match=message):
        stage(tmp_path, **made)


def test_a_constitution_that_cannot_compare_is_explained(
    stage: Any, constitution: Constitution, tmp_path: Path
) -> None:
    mute = Constitution(name="mute", principles=(constitution.principle("mute"),))
    with pytest.raises(RunError, match="comparison"):
        stage(tmp_path, constitution=mute)


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 0.0},
        {"pairs_per_prompt": 0},
        {"principles": 0},
        {"min_confidence": 0.4},
        {"heldout_share": 1.5},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        LabelSettings(**wrong)


def test_a_real_model_labels_its_own_answers(
    tiny_gpt2: Path, stage: Any, prompts: list[Prompt], tmp_path: Path
) -> None:
    """A random model: its labels mean nothing, but every number has its place."""
    model = TransformersEngine(str(tiny_gpt2), device="cpu")
    settings = LabelSettings(max_new_tokens=8, min_option_mass=0.0, tie_margin=0.0)
    counts = stage(tmp_path, prompts=prompts[:6], policy=model, judge=model, settings=settings)
    assert counts["comparisons"] == 6
    assert counts["labels"] == 2 * 4 + 4 * 3
    assert 0 < counts["option_mass_min"] <= counts["option_mass_mean"] < 0.5
    labels = read_records(tmp_path / "labels.jsonl", Label)
    assert {label.annotator for label in labels} == {f"weights {model.identity.weights[:12]}"}
    again = tmp_path / "again"
    stage(again, prompts=prompts[:6], policy=model, judge=model, settings=settings)
    assert contents(again) == contents(tmp_path)


def test_the_policy_is_let_go_before_the_judge_is_loaded(
    tiny_gpt2: Path, constitution: Constitution, prompts: list[Prompt], tmp_path: Path
) -> None:
    policies: list[weakref.ref[TransformersEngine]] = []

    def policy() -> TransformersEngine:
        made = TransformersEngine(str(tiny_gpt2), device="cpu")
        policies.append(weakref.ref(made))
        return made

    class Judge(TransformersEngine):
        def choose(self, requests: Any) -> Any:
            gc.collect()
            assert [each() for each in policies] == [None]
            return super().choose(requests)

    run(
        prompts=prompts[:2],
        constitution=constitution,
        policy=policy,
        judge=Judge(str(tiny_gpt2), device="cpu"),
        settings=LabelSettings(max_new_tokens=8, min_option_mass=0.0, tie_margin=0.0),
        folder=tmp_path,
        progress=silent,
    )
