"""What stages depend on: whatever decides their result is named among their inputs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cai import pipeline, recipe, stages
from cai.console import stage_progress
from cai.errors import RecipeError, RunError
from cai.models import load_tokenizer
from cai.run import Run
from cai.shipped import locate
from cai.store import Manifest, RunFolder, changed_inputs, fingerprint

TEMPLATE = "prompts/templates/transcript.jinja"


@pytest.fixture
def inputs_of(
    tiny_gpt2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], dict[str, object]]:
    """Gives a stage's inputs, read anew, as if all before it were finished.

    The current folder is one that `cai init` has filled, and the models are `model/`.
    """
    (tmp_path / TEMPLATE).parent.mkdir(parents=True)
    shutil.copy(locate(TEMPLATE), tmp_path / TEMPLATE)
    shutil.copytree(tiny_gpt2, tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Run, "output_digest", lambda run, stage, file: "made before")
    (tmp_path / "p.jsonl").write_text('{"prompt": "a"}\n')
    (tmp_path / "h.jsonl").write_text('{"prompt": "b"}\n')
    prompts = {"red_team": ["p.jsonl"], "heldout_red_team": ["h.jsonl"]}
    prompts |= {"helpful": ["p.jsonl"], "heldout_helpful": ["h.jsonl"]}
    path = tmp_path / "r.yaml"
    path.write_text(
        json.dumps({"model": "./model", "reward": {"base": "./model"}, "prompts": prompts})
    )

    def read(stage: str) -> dict[str, object]:
        return stages.STAGES[stage].inputs(Run(recipe.load(path), RunFolder(tmp_path / "run")))

    return read


def test_ppo_depends_on_the_sft_rows_only_where_it_imitates_them(
    inputs_of: Callable[[str], dict[str, object]], tmp_path: Path
) -> None:
    assert "demonstrations" not in inputs_of("align-ppo")
    given = json.loads((tmp_path / "r.yaml").read_text())
    (tmp_path / "r.yaml").write_text(json.dumps(given | {"align-ppo": {"ptx_coefficient": 0.1}}))
    assert inputs_of("align-ppo")["demonstrations"] == "made before"
    run = Run(recipe.load(tmp_path / "r.yaml"), RunFolder(tmp_path / "run"))
    assert stages.STAGES["align-ppo"].needs(run) == ["critique-revise", "sft", "reward"]


def test_ppo_depends_on_what_its_rewards_are_and_not_on_where_they_lie(
    inputs_of: Callable[[str], dict[str, object]], tmp_path: Path
) -> None:
    plain = inputs_of("align-ppo")
    assert "rewards" not in plain
    given = json.loads((tmp_path / "r.yaml").read_text())
    (tmp_path / "own_stage_rewards.py").write_text("def short(**_):\n    return []\n")
    shutil.copytree("model", "other")

    def inputs(*rewards: dict[str, object]) -> dict[str, object]:
        written = given | {"align-ppo": {"rewards": rewards}}
        (tmp_path / "r.yaml").write_text(json.dumps(written))
        return inputs_of("align-ppo")

    function = {"function": "own_stage_rewards.py:short"}
    before = inputs({"model": "reward"}, {"model": "./other"}, function)
    assert changed_inputs(plain, before) == ["columns", "rewards"]
    Path("other").rename("moved")
    moved = {"model": "./moved", "name": "other"}
    assert inputs({"model": "reward"}, moved, function) == before
    with Path("moved/model.safetensors").open("ab") as file:
        file.write(b" ")
    assert changed_inputs(before, inputs({"model": "reward"}, moved, function)) == ["rewards"]
    before = inputs(function)
    assert "reward" not in before
    with Path("own_stage_rewards.py").open("a") as opened:
        opened.write("# another\n")
    assert changed_inputs(before, inputs(function)) == ["rewards"]
    (tmp_path / "p.jsonl").write_text('{"prompt": "a", "truth": 1}\n')
    assert "columns" in changed_inputs(before, inputs(function))
    run = Run(recipe.load(tmp_path / "r.yaml"), RunFolder(tmp_path / "run"))
    assert stages.STAGES["align-ppo"].needs(run) == ["sft"]
    assert run.training.prompts[0].columns == {"prompt": "a", "truth": 1}
    written = given | {"align-ppo": {"independent": {"score": function["function"]}}}
    (tmp_path / "r.yaml").write_text(json.dumps(written))
    run = Run(recipe.load(tmp_path / "r.yaml"), RunFolder(tmp_path / "run"))
    assert run.training.prompts[0].columns == {"prompt": "a", "truth": 1}


def test_how_members_are_combined_makes_the_card_anew_and_no_member(
    inputs_of: Callable[[str], dict[str, object]], tmp_path: Path
) -> None:
    given = json.loads((tmp_path / "r.yaml").read_text())

    def write(**ensemble: object) -> None:
        written = given | {"reward": given["reward"] | {"ensemble": ensemble}}
        (tmp_path / "r.yaml").write_text(json.dumps(written))

    alone = inputs_of("reward"), inputs_of("align-ppo")
    write(size=1)
    assert (inputs_of("reward"), inputs_of("align-ppo")) == alone
    write(size=3)
    before = inputs_of("reward"), inputs_of("align-ppo")
    assert changed_inputs(alone[0], before[0]) == ["card", "settings.ensemble"]
    assert changed_inputs(alone[1], before[1]) == ["ensemble"]
    write(size=3, combine="min", held_out=True)
    assert changed_inputs(before[0], inputs_of("reward")) == ["card.combine", "card.held_out"]
    assert changed_inputs(before[1], inputs_of("align-ppo")) == [
        "ensemble.combine",
        "ensemble.held_out",
    ]


def test_trained_members_are_reused_where_they_would_come_out_the_same(
    inputs_of: Callable[[str], dict[str, object]], tmp_path: Path
) -> None:
    given = json.loads((tmp_path / "r.yaml").read_text())
    folder = RunFolder(tmp_path / "run")

    def reused(**reward: object) -> set[str]:
        written = given | {"reward": given["reward"] | reward}
        (tmp_path / "r.yaml").write_text(json.dumps(written))
        run, inputs = Run(recipe.load(tmp_path / "r.yaml"), folder), inputs_of("reward")
        work = folder.work("reward", inputs)
        stages.STAGES["reward"].reuse(run, work, inputs)
        found = {str(path.relative_to(work)) for path in work.rglob("*") if path.is_file()}
        if folder.manifest("reward") is None:
            for name in ("model/w", "metrics.jsonl", "members/1/model/w", "card.json"):
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                (work / name).write_text(name)
            made = Manifest(
                stage="reward", fingerprint=fingerprint(inputs), inputs=inputs, started="",
                finished="", seconds=0.0, counts={}, calls=0, cached_calls=0, packages={},
            )  # fmt: skip
            folder.commit(work, made)
        return found

    assert reused(ensemble={"size": 2}) == set()
    both = {"model/w", "metrics.jsonl", "members/1/model/w"}
    assert reused(ensemble={"size": 2, "combine": "min"}) == both
    assert reused(ensemble={"size": 3}) == both  # the third is to be trained
    assert reused() == {"model/w", "metrics.jsonl"}
    assert reused(ensemble={"size": 2}, epochs=7) == set()


@pytest.mark.parametrize(
    ("rewards", "said"),
    [
        ([{"length": 3, "weight": 0}], r"r\.yaml:1: align-ppo\.rewards\[0\]: weight of"),
        ([{"model": "reward"}, {}], r"r\.yaml:1: align-ppo\.rewards\[1\]: a source of rewards"),
        ([{"length": 3}, {"length": 4}], r"two sources are called 'length'"),
        ([{"require": "("}], r"r\.yaml:1: align-ppo\.rewards\[0\]\.require: .*no regular"),
        ([{"function": "gone.py:f"}], r"align-ppo\.rewards\[0\]\.function: no file gone\.py in"),
    ],
)
def test_rewards_that_cannot_work_are_told_with_their_place(
    rewards: list[dict[str, object]],
    said: str,
    inputs_of: Callable[[str], dict[str, object]],
    tmp_path: Path,
) -> None:
    given = json.loads((tmp_path / "r.yaml").read_text())
    (tmp_path / "r.yaml").write_text(json.dumps(given | {"align-ppo": {"rewards": rewards}}))
    run = Run(recipe.load(tmp_path / "r.yaml"), RunFolder(tmp_path / "run"))
    with pytest.raises(RecipeError, match=said):
        pipeline.check_settings(run, ["align-ppo"])


@pytest.mark.parametrize("stage", ["critique-revise", "sft", "label", "reward", "evaluate"])
def test_an_edit_of_the_transcript_is_one_of_what_it_shows(
    stage: str, inputs_of: Callable[[str], dict[str, object]]
) -> None:
    before = inputs_of(stage)
    template = Path(TEMPLATE)
    template.write_text(template.read_text().replace("Human:", "Person:"))
    assert changed_inputs(before, inputs_of(stage)) == ["templates.transcript"]
    assert "Person:" in str(load_tokenizer("./model").chat_template)


@pytest.mark.parametrize(
    ("score", "made_of", "needs"),
    [(None, None, ["sft"]), ("held-out", str, ["sft", "reward"]), ("judge", dict, ["sft"]),
     ("./model", str, ["sft"]), ("own.py:short", list, ["sft"])],
)  # fmt: skip
def test_ppo_depends_on_who_looks_on(
    inputs_of: Callable[[str], dict[str, object]],
    tmp_path: Path,
    score: str | None,
    made_of: type | None,
    needs: list[str],
) -> None:
    (tmp_path / "own.py").write_text("def short(completions, **kwargs):\n    return [0]\n")
    given = json.loads((tmp_path / "r.yaml").read_text()) | {
        "reward": {"ensemble": {"size": 2, "held_out": True}},
        "align-ppo": {"rewards": [{"length": 9}], "independent": {"score": score}},
    }
    (tmp_path / "r.yaml").write_text(json.dumps(given))
    run = Run(recipe.load(tmp_path / "r.yaml"), RunFolder(tmp_path / "run"))
    assert stages.STAGES["align-ppo"].needs(run) == needs
    stages.STAGES["align-ppo"].check(run)
    inputs = inputs_of("align-ppo")
    assert ("independent" in inputs) == (made_of is not None)
    if made_of is not None:
        assert isinstance(inputs["independent"], made_of)


def test_the_reward_cannot_look_on_at_itself(
    inputs_of: Callable[[str], dict[str, object]], tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / "run")
    for score, told in (
        ("held-out", r"set reward\.ensemble\.held_out"),
        ("run/reward/model", "the reward model that is trained on"),
        ("nowhere.py:short", r"independent\.score: no file nowhere\.py"),
    ):
        given = recipe.load(tmp_path / "r.yaml", [f"align-ppo.independent.score={score}"])
        with pytest.raises(RecipeError, match=told):
            stages.STAGES["align-ppo"].check(Run(given, folder))


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        ({"authors": ["./other"]}, "authors"),
        ({"choose_pairs": "extremes", "reward_model": "./other"}, "reward_model"),
    ],
)
def test_labels_depend_on_whoever_answers_and_scores_besides(
    settings: dict[str, object],
    changed: str,
    inputs_of: Callable[[str], dict[str, object]],
    tmp_path: Path,
) -> None:
    assert not {"authors", "reward_model"} & set(inputs_of("label"))
    shutil.copytree("model", "other")
    given = json.loads((tmp_path / "r.yaml").read_text())
    (tmp_path / "r.yaml").write_text(json.dumps(given | {"label": settings}))
    before = inputs_of("label")
    with Path("other/model.safetensors").open("ab") as file:
        file.write(b" ")
    assert changed_inputs(before, inputs_of("label")) == [changed]


@pytest.mark.parametrize(
    ("choice", "changed"),
    [("extremes", ["templates.judge"]), ("max-disagreement", ["templates.judge"]), ("random", [])],
)
def test_scores_depend_on_the_form_of_the_first_look_where_there_is_one(
    choice: str,
    changed: list[str],
    inputs_of: Callable[[str], dict[str, object]],
    tmp_path: Path,
) -> None:
    given = json.loads((tmp_path / "r.yaml").read_text())
    label = {"form": "score", "choose_pairs": choice}
    (tmp_path / "r.yaml").write_text(json.dumps(given | {"label": label}))
    before = inputs_of("label")
    shown = Path("prompts/templates/judge.jinja")
    shown.write_text(locate(str(shown)).read_text().replace("Answer A", "Reply A"))
    assert changed_inputs(before, inputs_of("label")) == changed


def test_new_weights_of_the_reward_model_s_base_are_new_inputs(
    inputs_of: Callable[[str], dict[str, object]],
) -> None:
    before = inputs_of("reward")
    with Path("model/model.safetensors").open("ab") as file:
        file.write(b"more")
    assert changed_inputs(before, inputs_of("reward")) == ["model"]


def test_the_gate_is_no_input_and_calibration_is(
    inputs_of: Callable[[str], dict[str, object]], tmp_path: Path
) -> None:
    """Judging again because of another gate would cost most of a run, and change no row."""
    before = {stage: inputs_of(stage) for stage in ("label", "reward", "align-dpo")}
    given = json.loads((tmp_path / "r.yaml").read_text())
    gate = {"gate": {"metric": "accuracy", "min": 0.7, "on_fail": "warn"}}
    own = {"gate": {"min_accuracy": 0.7, "max_rise": None}}
    (tmp_path / "r.yaml").write_text(
        json.dumps(given | {"label": gate, "reward": given.get("reward", {}) | own})
    )
    assert {stage: inputs_of(stage) for stage in before} == before
    (tmp_path / "r.yaml").write_text(
        json.dumps(given | {"label": {**gate, "calibration": "temperature"}})
    )
    assert changed_inputs(before["label"], inputs_of("label")) == ["settings.calibration"]


JUDGE = {
    "judge": "some-model",
    "missing": {},
    "metrics": {"margin": {"value": 0.05, "low": -0.02, "high": 0.1, "n": 80}},
    "accuracy": {"value": 0.6, "low": 0.5, "high": 0.7, "n": 80},
    "best_baseline": "always A",
    "baselines": {"always A": {"value": 0.55, "low": 0.5, "high": 0.6, "n": 80}},
}


@pytest.mark.parametrize("stage", ["reward", "align-dpo"])
def test_nothing_is_trained_from_a_judge_that_has_failed_its_gate(
    stage: str, inputs_of: Callable[[str], dict[str, object]], tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / "run")
    run = Run(recipe.load(tmp_path / "r.yaml"), folder)
    for made in ("sft", "label", stage):
        inputs = inputs_of(made)
        manifest = Manifest(
            stage=made, fingerprint=fingerprint(inputs), inputs=inputs, started="", finished="",
            seconds=0, counts={}, calls=0, cached_calls=0, packages={},
        )  # fmt: skip
        folder.commit(folder.work(made, inputs), manifest)
    # Made before there was a gate: what was not measured stops nothing.
    assert pipeline.run_stage(run, stage, show=stage_progress)[1] is False
    (folder.stage("label") / "judge.json").write_text(json.dumps(JUDGE))
    # What was trained under another gate is not passed off as fit to be used either.
    with pytest.raises(RunError, match=r"has not passed its gate\. .* 60\.0 %.*on_fail=warn"):
        pipeline.run_stage(run, stage, show=stage_progress)
    for mended in ("label.gate.on_fail=warn", "label.gate.min=-0.1", "label.gate.metric=kappa"):
        other = Run(recipe.load(tmp_path / "r.yaml", [mended]), folder)
        assert pipeline.run_stage(other, stage, show=stage_progress)[1] is False


CARD = {
    "prompts": 80,
    "accuracy": {"value": 0.52, "low": 0.45, "high": 0.6, "n": 80},
    "probes": {},
    "traits": {},
}


def test_ppo_follows_no_reward_model_that_has_failed_its_gate(
    inputs_of: Callable[[str], dict[str, object]], tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / "run")
    run = Run(recipe.load(tmp_path / "r.yaml"), folder)
    for made in ("critique-revise", "sft", "reward", "align-ppo"):
        inputs = inputs_of(made)
        manifest = Manifest(
            stage=made, fingerprint=fingerprint(inputs), inputs=inputs, started="", finished="",
            seconds=0, counts={}, calls=0, cached_calls=0, packages={},
        )  # fmt: skip
        folder.commit(folder.work(made, inputs), manifest)
    # Made before there was a gate: what was not measured stops nothing.
    card = folder.stage("reward") / "card.json"
    for text in (None, json.dumps({"accuracy": CARD["accuracy"]})):
        if text:
            card.write_text(text)
        assert pipeline.run_stage(run, "align-ppo", show=stage_progress)[1] is False
    card.write_text(json.dumps(CARD))
    with pytest.raises(RunError, match=r"has not passed its gate\. .* 52\.0 %.*on_fail=warn"):
        pipeline.run_stage(run, "align-ppo", show=stage_progress)
    for mended in ("on_fail=warn", "min_accuracy=0.4", "min_accuracy=null"):
        other = Run(recipe.load(tmp_path / "r.yaml", [f"reward.gate.{mended}"]), folder)
        assert pipeline.run_stage(other, "align-ppo", show=stage_progress)[1] is False
    with pytest.raises(RecipeError, match=r"reward\.gate\.min_accuracy"):
        recipe.load(tmp_path / "r.yaml", ["reward.gate.min_accuracy=60"])
    gate = stages.STAGES["align-ppo"].admit
    with pytest.raises(RunError, match="has not passed its gate"):
        gate(Run(recipe.load(tmp_path / "r.yaml", ["align-ppo.rewards=[{model: reward}]"]), folder))
    # What PPO does not follow cannot mislead it.
    gate(Run(recipe.load(tmp_path / "r.yaml", ["align-ppo.rewards=[{length: 9}]"]), folder))
    card.write_text("{")
    with pytest.raises(RunError, match="damaged"):
        pipeline.run_stage(run, "align-ppo", show=stage_progress)
