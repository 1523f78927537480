"""Rewards made of several sources, in PPO's own stage."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import PreTrainedModel

from cai.alignment.ppo import CheckpointSettings, ComputeSettings, PPOConfig, ValueSettings, run
from cai.alignment.ppo.processes import _columns, _means
from cai.alignment.ppo.rewards import first_answers
from cai.alignment.ppo.run import build_trainer
from cai.errors import EngineError, RecipeError, RunError
from cai.journal import read_rows
from cai.models import load_causal, load_tokenizer
from cai.progress import silent
from cai.records import Prompt, said_by
from cai.reward.ensemble import EnsembleSettings
from cai.reward.score import Scorer
from cai.reward.sources.settings import RewardSource

SETTINGS = PPOConfig(
    total_episodes=16, batch_size=4, minibatch_size=2, ppo_epochs=1, max_new_tokens=6,
    value=ValueSettings(warmup_updates=1), checkpoints=CheckpointSettings(every=1),
)  # fmt: skip


@pytest.fixture
def functions(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A module of reward functions with a name of its own."""
    path = tmp_path / f"functions_{abs(hash(request.node.name))}.py"
    path.write_text(
        "def letters(completions, log_metric, log_extra, **kwargs):\n"
        "    counts = [sum(c.isalpha() for c in one[0]['content']) for one in completions]\n"
        "    log_metric('seen', len(counts))\n"
        "    log_extra('letters', counts)\n"
        "    return [float(count) for count in counts]\n"
        "def late(trainer_state, completions, **kwargs):\n"
        "    return [None if trainer_state.global_step < 2 else 1.0 for _ in completions]\n"
        "def answer(completions, answer):\n"
        "    return [None if a is None else float(len(a)) for a in answer]\n"
        "def never(completions):\n"
        "    return [None for _ in completions]\n"
    )
    return path


def start(
    folders: dict[str, Path],
    prompts: Sequence[Prompt],
    folder: Path,
    *sources: RewardSource,
    functions: Path | None = None,
    **more: object,
) -> list[dict[str, float]]:
    run(
        prompts=prompts, policy=str(folders["llama"]), reward=str(folders["llama-reward"]),
        settings=replace(SETTINGS, rewards=sources), folder=folder, progress=silent,
        function_folders=[functions.parent] if functions else [], **more,  # type: ignore[arg-type]
    )  # fmt: skip
    return list(read_rows(folder / "metrics.jsonl"))


def test_the_runs_own_model_as_the_only_source_changes_nothing(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    plain = start(folders, prompts, tmp_path / "plain")
    listed = start(folders, prompts, tmp_path / "listed", RewardSource(model="reward"))
    assert len(plain) == 4
    assert plain == [
        {name: value for name, value in row.items() if "objective/rewards/" not in name}
        for row in listed
    ]
    assert [row["objective/rewards/reward"] for row in listed] == [
        row["objective/scores"] for row in plain
    ]
    weights = [tmp_path / name / "model" / "model.safetensors" for name in ("plain", "listed")]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_sources_add_up_and_are_told_apart(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path, functions: Path
) -> None:
    rows = start(
        folders, prompts, tmp_path / "run",
        RewardSource(model="reward", weight=0.5),
        RewardSource(model=str(folders["gpt2-reward"]), name="other", weight=-0.25),
        RewardSource(length=3, weight=2.0),
        RewardSource(repetition=2),
        RewardSource(forbid="e", weight=0.1),
        RewardSource(function=f"{functions.name}:letters", weight=0.01),
        RewardSource(function=f"{functions.stem}:late"),
        functions=functions,
    )  # fmt: skip
    weights = {
        "reward": 0.5, "other": -0.25, "length": 2.0, "repetition": 1.0, "forbid": 0.1,
        "letters": 0.01, "late": 1.0,
    }  # fmt: skip
    for number, row in enumerate(rows):
        means = {name: row.get(f"objective/rewards/{name}") for name in weights}
        assert (means["late"] is None) == (number < 2)
        expected = sum(weights[name] * value for name, value in means.items() if value is not None)
        assert row["objective/scores"] == pytest.approx(expected, abs=1e-5)
        assert row["objective/rewards/letters/seen"] == 4
        assert means["length"] is not None
        assert means["length"] < 0
    samples = list(read_rows(tmp_path / "run" / "samples.jsonl"))
    for sample in samples:
        assert sample["extra"] == {"letters": sum(c.isalpha() for c in sample["text"])}
        told = sample["rewards"]
        assert (told["late"] is None) == (sample["update"] <= 2)
        total = sum(weights[name] * value for name, value in told.items() if value is not None)
        assert sample["score"] == pytest.approx(total, abs=1e-5)


def test_sources_are_measured_on_the_first_answers_and_stay_so(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path, functions: Path
) -> None:
    source = RewardSource(function=f"{functions.name}:letters", normalise="start", weight=3.0)
    rows = start(folders, prompts, tmp_path / "run", source, functions=functions)
    assert rows[0]["objective/rewards/letters"] == pytest.approx(0, abs=1e-6)
    assert rows[0]["objective/rewards/letters_std"] == pytest.approx(1, abs=1e-6)
    assert rows[0]["objective/scores_std"] == pytest.approx(3, abs=1e-5)
    (measured,) = json.loads((tmp_path / "run" / "rewards.json").read_text()).values()
    for sample in read_rows(tmp_path / "run" / "samples.jsonl"):
        raw = sample["extra"]["letters"]
        normalised = (raw - measured["mean"]) / measured["std"]
        assert sample["rewards"]["letters"] == pytest.approx(normalised, abs=1e-5)

    class Killed(BaseException):
        pass

    def progress(done: int, total: int, note: str = "") -> None:
        if done == 8:
            raise Killed

    arguments = {
        "prompts": prompts, "policy": str(folders["llama"]),
        "reward": str(folders["llama-reward"]), "folder": tmp_path / "killed",
        "settings": replace(SETTINGS, rewards=(source,)), "function_folders": [functions.parent],
    }  # fmt: skip
    with pytest.raises(Killed):
        run(**arguments, progress=progress)  # type: ignore[arg-type]
    run(**arguments, progress=silent)  # type: ignore[arg-type]
    for name in ("metrics.jsonl", "samples.jsonl", "rewards.json", "model/model.safetensors"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "run" / name).read_bytes()


def test_in_mixed_precision_they_are_measured_on_what_it_says(
    folders: dict[str, Path],
    prompts: list[Prompt],
    functions: Path,
) -> None:
    source = RewardSource(function=f"{functions.name}:letters", normalise="start")
    settings = replace(
        SETTINGS,
        rewards=(source,),
        compute=ComputeSettings(precision="bfloat16"),
        batch_size=64,
        max_new_tokens=24,
    )
    trainer = build_trainer(
        prompts=prompts, policy=str(folders["llama"]), reward="unused", settings=settings,
        function_folders=[functions.parent],
    )  # fmt: skip
    row = trainer.update().metrics
    assert row["objective/rewards/letters"] == pytest.approx(0, abs=1e-6)
    assert row["objective/rewards/letters_std"] == pytest.approx(1, abs=1e-6)


def test_a_model_without_statistics_is_measured(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path
) -> None:
    config = json.loads((folders["llama-reward"] / "config.json").read_text())
    bare = tmp_path / "bare"
    bare.mkdir()
    for file in folders["llama-reward"].iterdir():
        (bare / file.name).write_bytes(file.read_bytes())
    kept = {name: value for name, value in config.items() if not name.startswith("cai_")}
    (bare / "config.json").write_text(json.dumps(kept))
    settings = replace(SETTINGS, rewards=(RewardSource(model=str(bare), weight=2.0),))
    trainer = build_trainer(
        prompts=prompts, policy=str(folders["llama"]), reward="unused", settings=settings
    )
    first = first_answers(
        load_causal(str(folders["llama"])), trainer.tokenizer, prompts, settings=settings
    )
    raw = Scorer(str(bare)).fitting(first.conversations)
    report = trainer.update()
    torch.testing.assert_close(
        report.scores.total, 2 * (raw - raw.mean()) / raw.std(correction=0), atol=1e-5, rtol=1e-4
    )
    # The value model says at first what the reward model adds to the reward.
    head = Scorer(str(bare)).model.score.weight
    expected = 2 * head / raw.std(correction=0)
    fresh = build_trainer(
        prompts=prompts, policy=str(folders["llama"]), reward="unused", settings=settings
    )
    torch.testing.assert_close(fresh.learner.value.head.weight, expected, atol=1e-4, rtol=1e-3)
    none = replace(settings, rewards=(RewardSource(model=str(bare), normalise="model"),))
    with pytest.raises(EngineError, match="cai_reward_mean"):
        build_trainer(prompts=prompts, policy=str(folders["llama"]), reward="unused", settings=none)


def test_an_ensemble_is_combined_and_tells_its_disagreement(
    folders: dict[str, Path],
    prompts: list[Prompt],
    tmp_path: Path,
    make_scorer: Callable[..., PreTrainedModel],
) -> None:
    tokenizer = load_tokenizer(str(folders["llama"]))
    paths = [tmp_path / "reward" / part for part in ("model", "members/1/model", "members/2/model")]
    for seed, path in enumerate(paths):
        make_scorer(seed=seed).save_pretrained(path)
        tokenizer.save_pretrained(path)
    conversations = [(*p.messages, *said_by("assistant", "bread")) for p in prompts]
    members = torch.stack([Scorer(str(path), normalised=True)(conversations) for path in paths])
    expected = {
        ("mean", False): members.mean(0),
        ("min", False): members.min(0).values,
        ("lower-bound", False): members.mean(0) - 0.5 * members.std(0, correction=0),
        ("mean", True): members[:2].mean(0),
    }
    for (how, held_out), values in expected.items():
        trainer = build_trainer(
            prompts=prompts, policy=str(folders["llama"]), reward=str(paths[0]), settings=SETTINGS,
            ensemble=EnsembleSettings(size=3, combine=how, std_weight=0.5, held_out=held_out),
        )  # fmt: skip
        found = trainer.reward(conversations)
        torch.testing.assert_close(found.total, values, atol=1e-5, rtol=1e-5)
        spread = members[: 3 - held_out].std(0, correction=0)
        torch.testing.assert_close(found.parts["reward_disagreement"], spread, atol=1e-5, rtol=1e-5)
    with pytest.raises(RunError, match=r"members/3/model: the ensemble has no such member"):
        build_trainer(
            prompts=prompts, policy=str(folders["llama"]), reward=str(paths[0]), settings=SETTINGS,
            ensemble=EnsembleSettings(size=4),
        )  # fmt: skip


def test_functions_read_the_columns_of_their_prompts(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path, functions: Path
) -> None:
    told = [replace(prompts[0], columns={"answer": "four"}), prompts[1]]
    source = RewardSource(function=f"{functions.name}:answer")
    rows = start(folders, told, tmp_path / "a", source, functions=functions)
    # Two of the four prompts of a batch have an answer, of four letters; the others score 0.
    assert [row["objective/rewards/answer"] for row in rows] == [4.0] * 4
    assert [row["objective/scores"] for row in rows] == [2.0] * 4
    with pytest.raises(RunError, match="asks for 'answer', which no prompt has"):
        start(folders, prompts, tmp_path / "b", source, functions=functions)


def test_errors_name_the_recipes_key(
    folders: dict[str, Path], prompts: list[Prompt], tmp_path: Path, functions: Path
) -> None:
    with pytest.raises(RecipeError, match=r"^align-ppo\.rewards\[1\]\.require: "):
        start(folders, prompts, tmp_path / "a", RewardSource(length=3), RewardSource(require="("))
    with pytest.raises(RecipeError, match=r"^align-ppo\.rewards\[0\]\.function: no file"):
        start(folders, prompts, tmp_path / "b", RewardSource(function="nowhere.py:f"))
    never = RewardSource(function=f"{functions.name}:never", normalise="start")
    with pytest.raises(RunError, match=r"^align-ppo\.rewards\[0\]\.function: it applies to none"):
        start(folders, prompts, tmp_path / "c", never, functions=functions)


def test_the_example_of_the_docs_works(
    folders: dict[str, Path], prompts: list[Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[3] / "docs" / "rewards.md").read_text("utf-8")
    code = page.split("## As a library\n")[1].split("```python\n")[1].split("```")[0]
    for name, folder in (("sft-folder", "llama"), ("reward-folder", "llama-reward")):
        code = code.replace(f'"{name}"', repr(str(folders[folder])))
    brevity = page.split("    def brevity(")[1].split("\n\n")[0]
    given = {"prompts": prompts}
    exec(f"def brevity({brevity}".replace("\n    ", "\n"), given)
    exec(code.replace("PPOConfig()", "PPOConfig(batch_size=4, minibatch_size=4, max_new_tokens=4)"),
         given)  # fmt: skip
    metrics = given["trainer"].update().metrics  # type: ignore[attr-defined]
    assert {f"objective/rewards/{name}" for name in ("llama-reward", "length", "brevity")} <= set(
        metrics
    )


def test_what_processes_log_is_put_together() -> None:
    assert _means([(3, {"a": 1.0}), (1, {"a": 5.0, "b": 2.0})]) == {"a": 2.0, "b": 2.0}
    shares = [((0, 3), {"x": ["p", "q"]}), ((1, 2), {"x": ["r", "s"], "y": [1, 2]})]
    assert _columns(shares) == {"x": ["p", "r", "s", "q"], "y": [None, 1, 2, None]}
