"""Ensembles: how scores are combined, what sets members apart, and the stage that trains them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch.nn.functional import logsigmoid

from cai.errors import RunError
from cai.journal import read_rows
from cai.progress import silent
from cai.reward.card.gate import GateSettings
from cai.reward.card.told import line
from cai.reward.ensemble import (
    Combine,
    EnsembleSettings,
    combine,
    disagreement,
    held_out_member,
    member_folders,
)
from cai.reward.members import copy_members, member_seed, resampled
from cai.reward.score import STD, Scorer
from cai.reward.train import RewardSettings, run
from tests.reward.killed import train_and_kill

SETTINGS = RewardSettings(
    epochs=2, batch_size=8, learning_rate=3e-3, ensemble=EnsembleSettings(size=3, held_out=True)
)
matrices = st.integers(1, 5).flatmap(
    lambda k: st.lists(
        st.lists(st.floats(-20, 20, width=32), min_size=3, max_size=3), min_size=k, max_size=k
    )
)


@given(matrices, st.floats(0, 3))
def test_combinations_are_their_definitions(rows: list[list[float]], weight: float) -> None:
    scores = torch.tensor(rows)
    k = len(rows)
    for column in range(3):
        members = [row[column] for row in rows]
        mean = sum(members) / k
        spread = (sum((one - mean) ** 2 for one in members) / k) ** 0.5
        expected = {"mean": mean, "min": min(members), "lower-bound": mean - weight * spread}
        for how, value in expected.items():
            found = combine(scores, how=how, std_weight=weight)[column].item()  # type: ignore[arg-type]
            assert found == pytest.approx(value, abs=1e-3)
        assert disagreement(scores)[column].item() == pytest.approx(spread, abs=1e-3)


@given(matrices, st.floats(0, 3), st.floats(-5, 5), st.floats(0.1, 5))
def test_caution_never_pays_more_and_follows_the_scale(
    rows: list[list[float]], weight: float, zero: float, scale: float
) -> None:
    scores = torch.tensor(rows, dtype=torch.float64)
    mean = combine(scores, how="mean")
    hows: tuple[Combine, ...] = ("min", "lower-bound")
    for how in hows:
        cautious = combine(scores, how=how, std_weight=weight)
        assert bool((cautious <= mean + 1e-9).all())
        moved = combine(zero + scale * scores, how=how, std_weight=weight)
        torch.testing.assert_close(moved, zero + scale * cautious, atol=1e-6, rtol=1e-6)
    alike = scores[:1].repeat(4, 1)
    for how in ("mean", "min", "lower-bound"):
        torch.testing.assert_close(
            combine(alike, how=how, std_weight=weight), alike[0], atol=1e-6, rtol=0
        )


def test_members_draw_prompts_with_all_of_their_pairs() -> None:
    items = [(f"p{index // 3}", index) for index in range(300)]
    assert resampled(items, lambda one: one[0], member=0, seed=5) == items
    shares = []
    for member in range(1, 9):
        drawn = resampled(items, lambda one: one[0], member=member, seed=5)
        assert len(drawn) == 300
        counts = Counter(drawn)
        for prompt in {one[0] for one in drawn}:  # each pair of a prompt as often as the others
            assert len({counts[item] for item in items if item[0] == prompt}) == 1
        shares.append(len({one[0] for one in drawn}) / 100)
        assert drawn == resampled(items, lambda one: one[0], member=member, seed=5)
    assert sum(shares) / len(shares) == pytest.approx(1 - 1 / 2.718, abs=0.04)
    assert len({tuple(resampled(items, lambda o: o[0], member=m, seed=5)) for m in range(9)}) == 9
    assert len({member_seed(5, m) for m in range(9)}) == 9
    assert member_seed(5, 0) == 5


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"size": 0}, "size"),
        ({"std_weight": -1.0}, "std_weight"),
        ({"held_out": True}, "held_out"),
        ({"combine": "min"}, "2 members"),
        ({"size": 2, "combine": "lower-bound", "held_out": True}, "2 members"),
        ({"size": 3, "combine": "median"}, "mean, min or"),
    ],
)
def test_settings_that_cannot_work_are_named(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        EnsembleSettings(**given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trained(base: str, preferences: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reward")
    notes: list[tuple[int, int, str]] = []
    run(
        preferences=preferences, sft=base, settings=SETTINGS, folder=folder,
        progress=lambda done, total, note="": notes.append((done, total, note)),
    )  # fmt: skip
    assert [one[0] for one in notes] == sorted(one[0] for one in notes)
    assert notes[-1][0] == notes[-1][1]
    assert notes[-1][2].startswith("member 3 of 3")
    return folder


def test_the_stage_leaves_a_plain_folder_per_member(
    trained: Path, base: str, preferences: Path, tmp_path: Path
) -> None:
    alone = RewardSettings(epochs=2, batch_size=8, learning_rate=3e-3)
    run(preferences=preferences, sft=base, settings=alone, folder=tmp_path, progress=silent)
    for name in ("model/model.safetensors", "metrics.jsonl"):  # the first member is that model
        assert (trained / name).read_bytes() == (tmp_path / name).read_bytes()
    folders = member_folders(trained / "model", 3)
    assert [str(path.relative_to(trained)) for path in folders] == [
        "model",
        "members/1/model",
        "members/2/model",
    ]
    weights = [load_file(path / "model.safetensors") for path in folders]
    rewards = []
    answers = [
        [*row["prompt"], *row[side]]
        for row in read_rows(preferences)
        if row["split"] == "heldout"
        for side in ("chosen", "rejected")
    ]
    for path, own in zip(folders, weights, strict=True):
        assert not torch.equal(
            own["score.weight"], weights[folders.index(path) - 1]["score.weight"]
        )
        scores = Scorer(str(path), normalised=True)(answers)
        assert scores.mean().item() == pytest.approx(0, abs=1e-5)
        assert scores.std(correction=0).item() == pytest.approx(1, abs=1e-5)
        rewards.append(scores)
        assert not (path.parent / "checkpoints").exists()
    accuracies = [(one[::2] > one[1::2]).double().mean().item() for one in rewards]
    assert min(accuracies) > 0.8
    assert disagreement(torch.stack(rewards)).mean() > 0.001
    with pytest.raises(RunError, match=r"members/3/model: .*lower reward\.ensemble\.size"):
        member_folders(trained / "model", 4)


def test_the_card_is_of_what_ppo_follows(
    trained: Path, base: str, preferences: Path, tmp_path: Path
) -> None:
    """Of finished members: nothing is trained, and each combination has its card."""
    copy_members(trained, tmp_path, size=3)
    pairs = [row for row in read_rows(preferences) if row["split"] == "heldout"]
    answers = [[*row["prompt"], *row[side]] for row in pairs for side in ("chosen", "rejected")]
    folders = member_folders(tmp_path / "model", 3)
    scores = torch.stack([Scorer(str(path), normalised=True)(answers) for path in folders])
    deviations = [json.loads((path / "config.json").read_text())[STD] for path in folders]
    for settings in (
        EnsembleSettings(size=3, held_out=True),
        EnsembleSettings(size=3, combine="min"),
        EnsembleSettings(size=3, combine="lower-bound", std_weight=3.0),
    ):
        run(
            preferences=preferences, sft=base, settings=replace(SETTINGS, ensemble=settings),
            folder=tmp_path, progress=lambda *_: pytest.fail("a member was trained"),
        )  # fmt: skip
        card = json.loads((tmp_path / "card.json").read_text())
        kept = settings.in_training
        found = combine(scores[:kept], how=settings.combine, std_weight=settings.std_weight)
        right = (found[::2] > found[1::2]).double().mean().item()
        assert card["accuracy"]["value"] == pytest.approx(right)
        unit = sum(deviations[:kept]) / kept
        assert card["reward_std"] == pytest.approx(unit * found.std(correction=0).item(), rel=1e-4)
        assert card["reward_mean"] == pytest.approx(unit * found.mean().item(), abs=1e-4)
        margins = unit * (found[::2] - found[1::2]).double()
        chosen = torch.tensor([row["probability"] for row in pairs], dtype=torch.float64)
        loss = -(chosen * logsigmoid(margins) + (1 - chosen) * logsigmoid(-margins)).mean()
        assert card["cross_entropy"] == pytest.approx(loss.item(), rel=1e-4)
        assert card["combined"]["members"] == kept
        assert card["combined"]["combine"] == settings.combine
        assert card["ensemble"]["members"] == 3
        assert f"{settings.combine} of {kept} members, right in" in line(card, GateSettings())


def test_the_last_member_may_be_kept_out(trained: Path, preferences: Path) -> None:
    answers = [[*row["prompt"], *row["chosen"]] for row in read_rows(preferences)][:4]
    kept = held_out_member(trained / "model", SETTINGS.ensemble.size)
    own = Scorer(str(trained / "members" / "2" / "model"), normalised=True)
    assert torch.equal(kept(answers), own(answers))


def test_a_killed_training_of_members_goes_on_to_the_same_files(
    base: str, preferences: Path, trained: Path, tmp_path: Path
) -> None:
    """Killed within the second member, whose checkpoint is then gone on from."""
    train_and_kill(preferences=preferences, base=base, settings=SETTINGS, folder=tmp_path, at=26)
    assert (tmp_path / "model").is_dir()
    assert any((tmp_path / "members" / "1" / "checkpoints").iterdir())
    seen: list[int] = []
    run(
        preferences=preferences, sft=base, settings=SETTINGS, folder=tmp_path,
        progress=lambda done, total, note="": seen.append(done),
    )  # fmt: skip
    assert min(seen) >= 16
    names = {str(path.relative_to(trained)) for path in trained.rglob("*") if path.is_file()}
    assert names == {
        str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()
    }
    for name in names - {"card.json"}:
        assert (tmp_path / name).read_bytes() == (trained / name).read_bytes(), name
    cards = [json.loads((folder / "card.json").read_text()) for folder in (tmp_path, trained)]
    assert cards[0]["accuracy"] == cards[1]["accuracy"]


def test_members_may_be_adapters(base: str, preferences: Path, tmp_path: Path) -> None:
    settings = RewardSettings(
        epochs=1, batch_size=8, learning_rate=3e-3, lora_rank=2, ensemble=EnsembleSettings(size=2)
    )
    run(preferences=preferences, sft=base, settings=settings, folder=tmp_path, progress=silent)
    for folder in (tmp_path, tmp_path / "members" / "1"):
        assert (folder / "adapter" / "adapter_model.safetensors").is_file()
        config = json.loads((folder / "adapter" / "config.json").read_text())
        assert config["cai_reward_std"] > 0
