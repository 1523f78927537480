"""The command as a whole, on the embedded model and on set-ups that are broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from cai import cli
from cai.doctor.bounds import bounds
from cai.doctor.examine import quick
from cai.doctor.finding import Finding, looked, worst
from cai.doctor.packages import package, versions
from cai.doctor.text import WIDTH, ending, lines
from cai.errors import EngineError
from cai.run import Run


@pytest.fixture
def doctor(
    make_run: Callable[..., Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """The command on a small recipe; its exit code, what it printed, and what it said beside."""

    def call(*arguments: str, command: str = "doctor") -> tuple[int, str, str]:
        recipe = str(make_run().recipe.origins.path)
        code = cli.main([command, recipe, "--out", str(tmp_path / "run"), *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_the_embedded_model_is_well(doctor: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = doctor("--quick")
    assert code == 0, out
    assert max(map(len, out.splitlines())) <= WIDTH
    for name in ("torch", "threads", "run folder", "prompts", "cai-mini: chat template"):
        assert f"  ok      {name}" in out or f"  warning {name}" in out
    assert "this recipe should run here" in out.splitlines()[-1]


def test_for_scripts_it_has_a_shape_that_stays(
    doctor: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, _ = doctor("--quick", "--json")
    found = json.loads(out)
    assert code == 0
    assert set(found) == {"cai", "recipe", "quick", "verdict", "counts", "findings"}
    assert set(found["counts"]) == {"ok", "warning", "failure"}
    assert sum(found["counts"].values()) == len(found["findings"])
    for one in found["findings"]:
        assert set(one) == {"group", "name", "verdict", "value", "text", "numbers"}


def test_a_missing_model_is_said_once_and_stops_a_run_too(
    doctor: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, _ = doctor("--quick", "--model", "./nowhere", "--json")
    found = json.loads(out)
    failed = [one for one in found["findings"] if one["verdict"] == "failure"]
    assert (code, [one["name"] for one in failed]) == (1, ["models"])
    code, _, err = doctor("--model", "./nowhere", command="run")
    assert (code, err.count("there is no such folder")) == (2, 1)


def test_a_run_is_told_all_that_would_stop_it(
    doctor: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cai.doctor.space.ROW_BYTES", 10**18)
    code, _, err = doctor("--set", "label.gold=[nowhere.jsonl]", command="run")
    assert code == 2
    assert "nowhere.jsonl" in err
    assert "choose another --out" in err
    code, _, err = doctor("--set", "engine.device=cuda", command="run")
    assert (code, err.count("torch finds no GPU")) == (2, 1)


def test_an_unknown_setting_is_a_usage_error(doctor: Callable[..., tuple[int, str, str]]) -> None:
    code, _, err = doctor("--quick", "--set", "sft.epochss=1")
    assert (code, "did you mean 'epochs'" in err) == (2, True)


def test_nothing_hides_the_rest() -> None:
    fine = Finding(group="g", name="fine", verdict="ok", value="1")

    def fails(error: Exception) -> Iterator[Finding]:
        yield fine
        raise error

    first, second = looked("g", "it", lambda: fails(EngineError("no such thing; make one")))
    assert (first, second.verdict, second.text) == (fine, "failure", "no such thing; make one")
    _, second = looked("g", "it", lambda: fails(KeyError("odd")))
    assert "KeyError: 'odd' (test_doctor.py:" in second.text
    assert worst([first, second]) == "failure"
    assert worst([]) == "ok"
    assert ending([first, second]).endswith("1 failures, 0 warnings, 1 ok")


def test_long_words_are_wrapped_under_the_name() -> None:
    said = "a sentence with the mend " * 12
    found = Finding(group="g", name="n", verdict="failure", value="v " * 60, text=said)
    shown = lines(found)
    assert max(map(len, shown)) <= WIDTH
    assert all(line.startswith(" " * 12) for line in shown[1:])
    assert " ".join(" ".join(shown).split()).endswith(said.strip())


def test_packages_are_judged_by_what_is_installed_and_asked_for(
    make_run: Callable[..., Run], by_name: Callable[..., dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert package("torch", ">=2.6").verdict == "ok"
    found = package("torch", ">=99")
    assert (found.verdict, found.text) == ("failure", "pip install 'torch>=99'")
    assert package("no-such-package", ">=1").value == "not installed (>=1)"

    plain = by_name(versions(make_run()))
    assert {"python", "torch", "trl"} <= set(plain)
    assert not {"openai", "tensorboard", "pytest"} & set(plain)
    fleet = make_run(judge="big", servers={"big": {"urls": ["http://127.0.0.1:1/v1"]}})
    assert by_name(versions(fleet))["openai"].verdict == "ok"

    def gone(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", gone)
    without = by_name(versions(fleet))
    assert without["openai"].verdict == "failure"
    assert "pip install 'openai" in without["openai"].text
    monkeypatch.setattr(metadata, "metadata", gone)
    assert [one.verdict for one in versions(fleet)] == ["warning"]


def test_a_training_that_cannot_fit_is_told_by_counting(
    make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,) = bounds(make_run(), 10**9)
    assert found.verdict == "ok"
    assert found.value.startswith("align-ppo needs at least")
    parameters = found.numbers["needed_bytes"] / 4 / 10  # eight for what learns, two that do not
    assert parameters == pytest.approx(1_312_896)
    (found,) = bounds(make_run(), 10**7)
    assert (found.verdict, "set align-ppo.lora_rank: 16" in found.text) == ("warning", True)
    (found,) = bounds(make_run("align-ppo.lora_rank=4"), 10**7)
    assert found.value.startswith("sft needs")
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    assert list(bounds(make_run(), 10**7)) == []


def test_the_quick_form_loads_no_weights(
    make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*arguments: Any, **options: Any) -> None:
        raise AssertionError("weights are loaded")

    monkeypatch.setattr("cai.models._pretrained", load)
    assert worst(quick(make_run())) != "failure"
