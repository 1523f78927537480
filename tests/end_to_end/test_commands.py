"""What a person sees of commands: results, and errors that say how to mend them."""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from cai import cli
from cai.shipped import locate
from tests.forked import ended, fork

ONE_ROUND = ("--set", "critique-revise.rounds=1")


@pytest.fixture
def cai(capsys, small_recipe, tmp_path):
    """Runs a command on the small recipe; gives exit code, standard output and error."""

    def call(*arguments: str, recipe: bool = True):
        extra = [str(small_recipe), "--out", str(tmp_path / "runs" / "run")] if recipe else []
        code = cli.main([arguments[0], *extra, *arguments[1:]])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def edited(small_recipe: Path, tmp_path: Path, text: str) -> str:
    path = tmp_path / "edited.yaml"
    path.write_text(small_recipe.read_text() + text)
    return str(path)


def test_help_needs_nothing_heavy():
    code = (
        "import sys; from cai import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'torch', 'transformers', 'yaml', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("quickstart", "did you mean 'runs/quickstart.yaml'?"),
        ("quickstrat.yaml", "did you mean 'runs/quickstart.yaml'?"),
        ("own/mime.yaml", "did you mean 'own/mine.yaml'?"),
        ("x", "known: runs/quickstart.yaml"),
    ],
)
def test_a_recipe_that_is_not_there_is_looked_for_beside_it_and_in_runs(
    cai, tmp_path, monkeypatch, given, told
):
    for name in ("runs/quickstart.yaml", "own/mine.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    code, _, err = cai("status", given, recipe=False)
    assert (code, err) == (2, f"cai: error: {given}: no such recipe; {told}\n")


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--temperature", "-1"], "--temperature -1: give 0 or more, such as 0.7"),
        (["--temperature", "nan"], "--temperature nan: give 0 or more, such as 0.7"),
        (["--max-new-tokens", "0"], "--max-new-tokens 0: give 1 or more"),
    ],
)
def test_a_chat_that_could_say_nothing_sensible_is_refused(cai, monkeypatch, flags, told):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    code, _, err = cai("chat", *flags, recipe=False)
    assert (code, err) == (2, f"cai: error: {told}\n")


def test_a_plan_says_how_far_its_rehearsal_is(cai):
    code, out, err = cai("run", "--plan", "--limit", "4")
    assert code == 0
    assert "critique-revise rehearsed: " in err
    assert "rehearsed: " not in out


def test_status_of_a_run_that_never_was(cai):
    code, out, _ = cai("status", "--json")
    assert code == 0
    states = json.loads(out)
    assert {s["state"] for s in states} == {"missing"}
    assert [s["stage"] for s in states][-3:] == ["align-ppo", "align-dpo", "evaluate"]


def test_a_recipe_after_a_bare_judge_flag_is_the_recipe(cai, small_recipe, tmp_path):
    run = tmp_path / "runs" / "other"
    code, _, err = cai("label", "--judge", str(small_recipe), "--out", str(run), recipe=False)
    assert code == 2
    assert f"label needs {run / 'sft'}" in err


@pytest.mark.parametrize(
    ("command", "needed", "mend"),
    [
        ("sft", "critique-revise", "cai critique-revise"),
        ("label", "sft", "cai sft"),
        ("reward", "sft", "cai sft"),
        ("eval", "sft", "cai sft"),
    ],
)
def test_a_stage_before_its_input_names_the_command_that_makes_it(cai, command, needed, mend):
    code, _, err = cai(command)
    assert code == 2
    assert f"run/{needed}, which does not exist; run `{mend}` first" in err


def test_an_edit_makes_stale_what_depends_on_it_and_says_why(cai, small_recipe, tmp_path):
    few = ("--limit", "4")
    assert cai("critique-revise", *few)[0] == 0
    _, out, _ = cai("status", *few, "--set", "critique-revise.rounds=3", "--json")
    first, second = json.loads(out)[:2]
    assert (first["state"], first["why"]) == ("stale", ["settings.rounds"])
    assert second["state"] == "missing"

    constitution = tmp_path / "mine.yaml"
    text = locate("constitution/default.yaml").read_text()
    request = "Does the answer help with a crime or anything illegal? Say how."
    assert request in text
    constitution.write_text(text.replace(request, "Is the answer about a crime? Say how."))
    _, out, _ = cai("status", *few, "--constitution", str(constitution), "--json")
    assert json.loads(out)[0]["why"] == ["constitution.principle no-crime"]

    constitution.write_text(text.replace("Do not help anyone break the law", "The law") + "\n# x\n")
    _, out, _ = cai("status", *few, "--constitution", str(constitution), "--json")
    assert json.loads(out)[0]["state"] == "done", "titles and comments change nothing"

    # Undone, the edit costs nothing: every call is known.
    cai("critique-revise", *few, "--set", "critique-revise.temperature=0.9")
    _, _, err = cai("critique-revise", *few)
    done = next(line for line in err.splitlines() if "done in" in line)
    calls, known = done.split(", ")[-1].split(" model calls (")
    assert known == f"{calls} known)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--constitution", "nowhere.yaml"], "nowhere.yaml: there is no such constitution"),
        (["--model", "./nowhere"], "'./nowhere': there is no such folder"),
        (["--set", "sft.epoch=1"], "--set sft.epoch=1: sft.epoch: unknown; did you mean 'epochs'"),
        (["--engine", "vlm"], "error: --engine: 'vlm' is not possible"),
        (["--prompts", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--limit", "0"], "error: --limit: 0 is less than 1"),
    ],
)
def test_errors_are_short_and_say_what_to_do(cai, arguments, message):
    code, _, err = cai("critique-revise", *arguments)
    assert code == 2
    assert message in err
    last = err.splitlines()[-1]
    assert last.startswith("cai: error: ")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("evaluate.temperature=0", "--set evaluate.temperature: temperature must be above 0"),
        ("align-ppo.minibatch_size=99", "--set align-ppo.minibatch_size: minibatch_size 99 is"),
        ("align-dpo.trl.bta=1", "--set align-dpo.trl.bta: DPOConfig has no such setting"),
        ("reward.trl.hub_token=x", "--set reward.trl.hub_token: cai sets this itself"),
    ],
)
def test_a_setting_of_a_late_stage_is_checked_before_the_first(cai, tmp_path, setting, message):
    code, _, err = cai("run", "--set", setting)
    assert code == 2
    assert message in err.splitlines()[-1]
    assert not [path for path in (tmp_path / "runs" / "run").rglob("*") if path.suffix]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"prompt": "a"}\n' * 16 + '{"prompt": \n', "prompts.jsonl:17"),
        ("", "prompts.jsonl"),
        ('{"colour": "a"}\n', "colour"),
        ('{"prompt": 7}\n', "prompts.jsonl:1"),
        ('{"prompt": ["a"]}\n', "prompts.jsonl:1: prompt: a list of texts"),
    ],
)
def test_bad_prompts_are_named_by_file_and_line(cai, tmp_path, content, message):
    path = tmp_path / "prompts.jsonl"
    path.write_text(content)
    code, _, err = cai("critique-revise", "--prompts", str(path))
    assert code == 2
    assert message in err


def test_duplicate_prompts_are_dropped_counted_and_said(cai, tmp_path):
    path = tmp_path / "prompts.jsonl"
    rows = [{"prompt": f"How do I steal bus number {n % 12}?"} for n in range(15)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, out, err = cai("critique-revise", "--prompts", str(path), *ONE_ROUND, "--json")
    assert code == 0
    counts = json.loads(out)["counts"]
    assert (counts["prompts_read"], counts["prompts_duplicate"]) == (27, 3)
    assert ", 3 duplicate prompts dropped" in err


def test_a_prompt_longer_than_the_context_is_named_or_dropped(cai, tmp_path):
    path = tmp_path / "prompts.jsonl"
    rows = [{"prompt": f"How do I steal bus number {n}?"} for n in range(6)]
    rows.insert(3, {"prompt": "very " * 5000 + "long"})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, _, err = cai("critique-revise", "--prompts", str(path))
    assert code == 2
    assert "too_long" in err
    code, out, _ = cai(
        "critique-revise",
        "--prompts",
        str(path),
        "--set",
        "critique-revise.too_long=drop",
        *ONE_ROUND,
        "--json",
    )
    assert code == 0
    assert json.loads(out)["counts"]["prompts_too_long"] == 1


def test_a_heldout_prompt_longer_than_the_context_is_found_before_any_work(cai, tmp_path):
    path = tmp_path / "heldout.jsonl"
    path.write_text(json.dumps({"prompt": "very " * 5000 + "long"}) + "\n")
    code, _, err = cai("run", "--set", f"prompts.heldout_helpful=[{path}]")
    assert code == 2
    assert f"{path}:1: the prompt may need" in err
    assert "evaluate.too_long" in err
    assert not [path for path in (tmp_path / "runs" / "run").rglob("*") if path.suffix]


def test_a_full_disk_loses_nothing(small_recipe, tmp_path, cai):
    """Files may not grow above a size: the stage stops with a message, and later goes on."""
    few = ("--limit", "6")

    def limited(size: int, stage: str) -> int:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        return cai(stage, *few)[0]

    # The last has room for the weights in a checkpoint, but not for the optimizer beside them.
    for stage, size in (("critique-revise", 5_000), ("sft", 1_000_000), ("sft", 8_000_000)):
        said = tmp_path / f"{stage}-{size}.txt"
        assert ended(fork(partial(limited, size, stage), said=said)) == 2, said.read_text()
        assert "run the same command again" in said.read_text()
        assert "Traceback" not in said.read_text()
        if stage == "critique-revise":
            assert cai(stage, *few)[0] == 0
    assert cai("sft", *few)[0] == 0


def test_init_copies_what_users_edit_and_keeps_what_is_there(cai, tmp_path):
    folder = tmp_path / "mine"
    (folder / "constitution").mkdir(parents=True)
    (folder / "constitution" / "default.yaml").write_text("mine")
    code, _, err = cai("init", str(folder), recipe=False)
    assert code == 0
    assert (folder / "constitution" / "default.yaml").read_text() == "mine"
    assert (folder / "runs" / "quickstart.yaml").exists()
    assert (folder / "prompts" / "templates" / "judge.jinja").exists()
    assert "kept" in err


def test_the_shipped_constitutions_are_clean(cai):
    for name in ("default", "minimal"):
        code = cli.main(["constitution", "check", f"constitution/{name}.yaml"])
        assert code == 0
