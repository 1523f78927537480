"""`cai why`: from the id of a row to the calls behind it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from cai import cli
from cai.lineage import text, trace
from cai.lineage.rows import FILES, Found
from cai.records import Row
from cai.run import reopen

NOT_MADE = ("evaluate/scores.jsonl", "label/gold.jsonl")  # its pairs are sampled, not given


@pytest.fixture(scope="module")
def made(small_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run up to its labels; its store of calls lies beside it."""
    folder = tmp_path_factory.mktemp("why") / "run"
    gold = "label.gold=[{path: prompts/comparisons.heldout.jsonl, limit: 2}]"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAI_CACHE", str(folder.parent / "calls"))
        for stage in ("critique-revise", "sft", "label"):
            command = [stage, str(small_recipe), "--out", str(folder), "--limit", "4"]
            own = ("label.tie_margin=0", "label.off_topic_share=1", gold)
            assert cli.main([*command, *(part for one in own for part in ("--set", one))]) == 0
    return folder


@pytest.fixture(autouse=True)
def its_store(made: Path, own_call_store: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The calls of the run, not the empty store that other tests get."""
    monkeypatch.setenv("CAI_CACHE", str(made.parent / "calls"))


def rows(folder: Path, file: str) -> list[Row]:
    return [json.loads(line) for line in (folder / file).read_text("utf-8").splitlines()]


def why(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.main(["why", *map(str, arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_an_answer_to_another_prompt_leads_back_to_that_prompt(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    every = rows(made, "label/comparisons.jsonl")
    asked = {row["prompt_id"]: row["prompt"][0]["content"] for row in every}
    off_topic = [row for row in every if row["off_topic"]]
    assert off_topic
    for row in off_topic:
        found = why(capsys, row["id"], made)
        assert found["doubts"] == []
        assert asked[row["off_topic"]] in json.dumps(found["entries"])


@pytest.mark.parametrize("file", [name for name in FILES if name not in NOT_MADE])
def test_every_row_leads_back_to_the_calls_that_it_names(
    file: str, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for row in rows(made, file)[:6]:
        found = why(capsys, row["id"], made)
        assert found["doubts"] == []
        if file.endswith("gold.jsonl"):
            assert f"by {row['annotator']}, under {row['principle']}" in json.dumps(found)
            continue  # nobody was asked
        keys = {call["key"] for call in found["calls"]}
        named = set(re.findall(r"\b[0-9a-f]{64}\b", json.dumps(row)))
        assert named <= keys
        assert found["calls"][0]["request"]["messages"][0]["content"]


def test_a_pair_shows_the_judges_word_and_golds(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = rows(made, "label/gold/comparisons.jsonl")[0]
    titles = [entry["title"] for entry in why(capsys, row["id"], made)["entries"]]
    assert any(title.startswith("label ") for title in titles)
    assert any(title.startswith("gold ") and "by gold" in title for title in titles)


def test_a_preference_shows_both_orders_of_each_verdict(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = rows(made, "label/preferences.jsonl")[0]
    assert cli.main(["why", row["id"][:8], str(made)]) == 0
    told = capsys.readouterr().out
    label = next(
        one
        for one in rows(made, "label/labels.jsonl")
        if one["comparison_id"] == row["comparison_id"] and one["status"] == "ok"
    )
    for order in ("ab", "ba"):
        assert f"logprobs {label[f'logprobs_{order}'][0]:.4f}" in told
    assert f"verdict, A first, {label['principle']}" in told
    assert f"verdict, B first, {label['principle']}" in told


def test_asked_again_it_is_the_same(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = rows(made, "label/labels.jsonl")[0]
    found = why(capsys, row["id"], made, "--replay")
    assert len(found["calls"]) >= 4
    for call in found["calls"]:
        assert call["again"] is not None


FORMS: dict[str, list[str]] = {
    "samples": ["reason_tokens=60", "samples=2", "reason_temperature=0.5"],
    "score": ["form=score", "min_option_mass=0"],
    "score-samples": ["form=score", "min_option_mass=0", "reason_tokens=20", "samples=2"],
    "few-shots": ["few_shots=2"],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_label_of_any_form_leads_back_to_its_calls_and_is_the_same_again(
    form: str, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, taught = tmp_path / "run", tmp_path / "taught.yaml"
    shutil.copytree(made, folder)
    shots = "".join(
        f"  - {{principle: no-insults, prompt: Why {n}?, better: So., worse: Fool.}}\n"
        for n in range(3)
    )
    taught.write_text(
        "name: taught\nextends: constitution/default.yaml\n"
        "principles: [{id: no-flattery, enabled: true}]\n" + f"judge_few_shots:\n{shots}"
    )
    settings = [f"label.{one}" for one in FORMS[form]]
    changed = [part for one in ("label.tie_margin=0", *settings) for part in ("--set", one)]
    recipe = folder / "recipe.yaml"
    command = ["label", str(recipe), "--out", str(folder), "--constitution", str(taught)]
    assert cli.main([*command, *changed]) == 0
    for row in rows(folder, "label/labels.jsonl")[:2]:
        found = why(capsys, row["id"], folder, "--replay")
        assert found["doubts"] == []
        keys = {call["key"] for call in found["calls"]}
        assert set(row["calls"]) <= keys
        assert len(row["calls"]) == {"samples": 8, "score": 2, "score-samples": 8}.get(form, 2)
        for call in found["calls"]:
            if "logprobs" in call["result"]:
                assert call["purpose"].startswith("verdict, ")
                assert call["again"]["logprobs"] == pytest.approx(
                    call["result"]["logprobs"], abs=1e-3
                )
        shown = {
            len(call["request"]["messages"])
            for call in found["calls"]
            if "verdict" in call["purpose"]
        }
        assert shown == {6 if form == "few-shots" else 2}
        told = json.dumps(found["entries"])
        assert ("score_a" in told) == ("score" in form)
        assert ("reason_a" in told) == ("samples" in form)


def test_what_was_edited_since_changes_nothing_that_a_stage_was_made_under(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(made, folder)
    label = rows(folder, "label/labels.jsonl")[0]
    principle = reopen(folder).constitution.principle(label["principle"])
    path = folder / "constitution.yaml"
    assert principle.comparison in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(f"id: {principle.id}\n", "id: another\n"))
    found = why(capsys, label["id"], folder)
    assert found["doubts"] == []
    assert principle.comparison in json.dumps(found["entries"])


def test_texts_that_no_longer_fit_the_rows_are_a_doubt(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(made, folder)
    label = rows(folder, "label/labels.jsonl")[0]
    path = folder / "label" / "constitution.yaml"
    principle = reopen(folder, stage="label").constitution.principle(label["principle"])
    text = path.read_text("utf-8")
    path.write_text(text.replace(principle.comparison, "Which is nicer?"))
    found = why(capsys, label["id"], folder)
    assert any("is in no row" in doubt for doubt in found["doubts"])
    assert any("could not be rebuilt" in doubt for doubt in found["doubts"])
    path.write_text(text.replace(f"id: {principle.id}\n", "id: another\n"))
    found = why(capsys, label["id"], folder)
    assert any(f"the texts of {principle.id}" in doubt for doubt in found["doubts"])


def test_a_row_can_be_asked_for_by_its_place(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, second, *_ = rows(made, "label/labels.jsonl")
    assert why(capsys, "label/labels.jsonl:2", made)["row"]["row"]["id"] == second["id"]


def test_without_the_store_the_rows_themselves_tell_the_calls(
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CAI_CACHE", str(tmp_path / "empty"))
    label = rows(made, "label/labels.jsonl")[0]
    found = why(capsys, label["id"], made)
    assert found["doubts"] == []
    assert not any(call["in_store"] for call in found["calls"])


def test_the_id_of_a_prompt_lists_its_rows(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chain = rows(made, "critique-revise/revisions.jsonl")[0]
    assert cli.main(["why", chain["prompt_id"], str(made)]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert f"{chain['id']}  critique-revise/revisions.jsonl:1" in listed
    assert len(listed) > 1


@pytest.mark.parametrize(
    ("wanted", "message"),
    [("abc", "'abc' is too short"), ("no-such-row", "no row has the id 'no-such-row'")],
)
def test_ids_that_lead_nowhere_are_refused(
    wanted: str, message: str, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["why", wanted, str(made)]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_without_a_run_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["why", "0123456789", str(tmp_path / "none")]) == 2
    assert "there is no such run" in capsys.readouterr().err


def test_what_a_model_said_cannot_steer_the_terminal() -> None:
    entry = trace.Entry(title="answer", facts={"text": "a\x1b[2Jb\nc"})
    found = Found(file="f", line=1, row={"id": "x"})
    told = text.as_text(trace.Trail(row=found, entries=(entry,), calls=(), doubts=()))
    assert "\x1b" not in told
    assert r"a\x1b[2Jb" in told
    assert told.splitlines()[-1] == " " * 18 + "c"
