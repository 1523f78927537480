"""The card and its gate on reward models that were really trained: sound ones, and broken ones."""

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cai.journal import read_rows, write_rows
from cai.progress import silent
from cai.records import Comparison, Label, Preference, Said, said_by, to_row
from cai.reward.card.gate import GateSettings, verdict
from cai.reward.card.told import findings
from cai.reward.ensemble import EnsembleSettings
from cai.reward.score import MEAN, STD
from cai.reward.train import RewardSettings, run

WORDS = ["gardens", "plain", "something", "about", "tell", "me", "please"]
SETTINGS = RewardSettings(epochs=4, batch_size=16, learning_rate=3e-3)
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def rows(make_preference: Callable[..., Preference]) -> Rows:
    """The answer that says "kind" is better, and is the longer one half of the time."""
    rng = random.Random(0)
    found = []
    for index in range(192):
        said = [" ".join(rng.choices(WORDS, k=rng.randint(2, 12))) for _ in range(2)]
        split = "train" if index < 144 else "heldout"
        prompt, tags = f"tell me about {index}", ("even" if index % 2 else "odd",)
        row = make_preference(prompt, f"{said[0]} kind", f"{said[1]} mean", 0.95, split)
        found.append(to_row(row) | {"tags": tags})
    return found


def swapped(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "chosen": row["rejected"], "rejected": row["chosen"]}


def length(row: dict[str, Any], side: str) -> int:
    return len(row[side][0]["content"])


def by_length(row: dict[str, Any]) -> dict[str, Any]:
    return row if length(row, "chosen") > length(row, "rejected") else swapped(row)


def in_training(change: Callable[[dict[str, Any]], dict[str, Any]], rows: Rows) -> Rows:
    return [change(row) if row["split"] == "train" else row for row in rows]


def trained(
    base: str, rows: Rows, folder: Path, settings: RewardSettings = SETTINGS
) -> dict[str, Any]:
    (folder / "label").mkdir(parents=True)
    (folder / "reward").mkdir()
    write_rows(folder / "label" / "preferences.jsonl", rows)
    run(
        preferences=folder / "label" / "preferences.jsonl",
        sft=base,
        settings=settings,
        folder=folder / "reward",
        progress=silent,
    )
    card: dict[str, Any] = json.loads((folder / "reward" / "card.json").read_text())
    return card


@pytest.fixture(scope="module")
def sound(base: str, rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    trained(base, rows, folder)
    return folder


def read(folder: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((folder / "reward" / "card.json").read_text())
    return card


def test_a_sound_model_passes(sound: Path) -> None:
    card = read(sound)
    found = verdict(card, GateSettings())
    assert found.passed is True, found.text
    assert card["accuracy"]["low"] > 0.9
    assert card["by_category"]["even"]["accuracy"]["n"] == 24
    assert abs(card["traits"]["length"]["leaning"]["excess"]["value"]) < 0.1
    assert card["agreement"]["answers"] == 96
    assert card["agreement"]["largest_difference"] <= 1e-5
    assert card["missing"].keys() == {"gold"}


@pytest.mark.parametrize("broken", ["flipped", "shuffled", "length", "length, as the judge does"])
def test_a_broken_model_does_not(base: str, rows: Rows, tmp_path: Path, broken: str) -> None:
    rng = random.Random(1)
    given = {
        "flipped": lambda: in_training(swapped, rows),
        "shuffled": lambda: [swapped(row) if rng.random() < 0.5 else row for row in rows],
        "length": lambda: in_training(by_length, rows),
        # Held-out pairs are told right then: only what was done to answers can tell.
        "length, as the judge does": lambda: [by_length(row) for row in rows],
    }[broken]()
    card = trained(base, given, tmp_path)
    found = verdict(card, GateSettings())
    assert found.stops, found.text
    if broken == "length":
        assert card["traits"]["length"]["leaning"]["excess"]["low"] > 0
    elif broken == "length, as the judge does":
        assert card["accuracy"]["low"] > 0.8
        assert "“doubled”" in found.text
    else:
        assert "must be above 50.0 %" in found.text


def test_killed_before_the_card_it_is_made_from_the_finished_model(
    base: str, sound: Path, tmp_path: Path
) -> None:
    """What a kill between the two leaves: a model that does not know its scale, and no card."""
    folder = shutil.copytree(sound / "reward", tmp_path / "reward")
    (folder / "card.json").unlink()
    config = json.loads((folder / "model" / "config.json").read_text())
    left = {name: value for name, value in config.items() if name not in (MEAN, STD)}
    (folder / "model" / "config.json").write_text(json.dumps(left, indent=2) + "\n")
    made = (folder / "model" / "model.safetensors").stat().st_mtime_ns
    run(
        preferences=sound / "label" / "preferences.jsonl",
        sft=base,
        settings=SETTINGS,
        folder=folder,
        progress=silent,
    )
    assert (folder / "model" / "model.safetensors").stat().st_mtime_ns == made
    for name in ("model/config.json", "card.json"):
        assert (folder / name).read_bytes() == (sound / "reward" / name).read_bytes()


def test_gold_measures_it_and_what_it_was_trained_on_is_left_out(
    base: str, rows: Rows, tmp_path: Path
) -> None:
    label = tmp_path / "label"
    label.mkdir()
    write_rows(label / "preferences.jsonl", rows)
    comparisons, gold = [], []
    for index in range(30):
        right = index % 3 > 0  # in a third of the pairs gold says the opposite of what it learned
        known = rows[index]["prompt_id"] if index < 6 else f"new {index}"
        comparisons.append(
            Comparison(
                id=f"c{index}", prompt_id=known, prompt=said_by("user", f"tell me {index}"),
                tags=("red-team",),
                response_a=Said(text="about gardens kind", call=""),
                response_b=Said(text="something plain mean", call=""),
            )
        )  # fmt: skip
        gold.append(
            Label(
                id=f"g{index}", comparison_id=f"c{index}", principle="be-kind", annotator="gold",
                status="ok", p_a=float(right), logprobs_ab=(), logprobs_ba=(), calls=(),
            )
        )  # fmt: skip
    write_rows(label / "comparisons.jsonl", map(to_row, comparisons))
    write_rows(label / "gold.jsonl", map(to_row, gold))
    (tmp_path / "reward").mkdir()
    run(preferences=label / "preferences.jsonl", sft=base, settings=SETTINGS,
        folder=tmp_path / "reward", progress=silent)  # fmt: skip
    by_gold = read(tmp_path)["gold"]
    assert by_gold["trained_on"] == 6
    assert by_gold["accuracy"]["n"] == 24
    assert by_gold["accuracy"]["value"] == pytest.approx(2 / 3)
    assert by_gold["by_principle"]["be-kind"]["accuracy"] == by_gold["accuracy"]


def test_the_members_of_an_ensemble_are_compared(base: str, rows: Rows, tmp_path: Path) -> None:
    settings = replace(SETTINGS, epochs=1, ensemble=EnsembleSettings(size=2))
    card = trained(base, [*rows[:32], *rows[-24:]], tmp_path, settings)
    found = card["ensemble"]
    assert found["members"] == 2
    assert found["spread"].keys() == {"heldout", "damaged"}
    assert all(one["value"] > 0 for one in found["spread"].values())
    assert any("members differ" in text for _, text in findings(card))


def test_rows_of_the_trainer_are_no_others(rows: Rows, sound: Path) -> None:
    """The card takes nothing from the rows that were trained on."""
    kept = list(read_rows(sound / "label" / "preferences.jsonl"))
    heldout = {row["prompt_id"] for row in kept if row["split"] == "heldout"}
    assert read(sound)["prompts"] == len(heldout) == 48
