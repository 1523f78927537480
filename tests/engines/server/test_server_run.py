"""`cai label` with a judge behind a server: what its rows say, and what stands nowhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cai import cli
from cai.store import call_store

KEY = "sk-not-to-be-seen-0123456789"


@pytest.fixture
def label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, Path]]:
    """Labels 12 pairs of which the server's filter refuses one; code, what was said, run folder."""
    pairs = [
        {"prompt": f"How do I grow plant {n}?", "chosen": f"Water it {n}.", "rejected": "No."}
        for n in range(11)
    ]
    pairs.append({"prompt": "FORBIDDEN PROMPT", "chosen": "One.", "rejected": "Two."})
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in pairs))
    monkeypatch.setenv("PLANTS_KEY", KEY)

    def run(url: str, **settings: Any) -> tuple[int, str, Path]:
        recipe = tmp_path / "r.yaml"
        server = {"urls": [url], "model": "plants", "key_env": "PLANTS_KEY", **settings}
        values = {
            "judge": "big",
            "servers": {"big": server},
            "prices": {"big": {"prompt": 1.0, "completion": 2.0}},
            "label": {"comparisons": [str(file)], "principles": 1},
        }
        recipe.write_text(json.dumps(values, indent=1))
        code = cli.main(["label", str(recipe), "--out", str(tmp_path / "run")])
        captured = capsys.readouterr()
        return code, captured.out + captured.err, tmp_path / "run"

    return run


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_labels_by_votes_say_so_and_the_key_stands_nowhere(
    serve: Callable[..., Any], label: Callable[..., tuple[int, str, Path]]
) -> None:
    code, said, run = label(serve("--logprobs", "none", "--key", KEY).url)
    assert code == 0, said
    labels = rows(run / "label" / "labels.jsonl")
    read = [one for one in labels if one["p_a"] is not None]
    assert len(read) == 11
    for one in read:
        assert one["votes"] == 32
        assert one["interval"][0] <= one["p_a"] <= one["interval"][1]
    (refused,) = (one for one in labels if one["p_a"] is None)
    assert (refused["status"], refused["interval"]) == ("refused", [])
    assert "11 labels that are shares of votes" in said
    (cost,) = rows(run / "costs.jsonl")
    assert cost["stage"] == "label"
    assert cost["usd"] == pytest.approx(
        (cost["prompt_tokens"] + 2 * cost["new_tokens"]) / 1e6, abs=1e-6
    )
    assert "US dollars" in said
    everywhere = [path for path in run.rglob("*") if path.is_file()]
    for path in [*everywhere, *call_store().parent.iterdir()]:
        assert KEY.encode() not in path.read_bytes(), path
    assert KEY not in said


def test_labels_by_log_probabilities_have_no_votes(
    serve: Callable[..., Any], label: Callable[..., tuple[int, str, Path]]
) -> None:
    code, said, run = label(serve("--key", KEY).url)
    assert code == 0, said
    for one in rows(run / "label" / "labels.jsonl"):
        assert (one["votes"], one["interval"]) == (0, [])
    assert "shares of votes" not in said


def test_what_is_spent_is_written_while_it_is_spent(
    serve: Callable[..., Any],
    label: Callable[..., tuple[int, str, Path]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve("--key", KEY)
    code, said, run = label(server.url)
    assert code == 0, said
    (whole,) = rows(run / "costs.jsonl")
    run.rename(run.parent / "first")
    monkeypatch.setenv("CAI_CACHE", str(run.parent / "another store"))
    monkeypatch.setattr("cai.costs._SECONDS_BETWEEN_ROWS", 0.0)
    code, said, run = label(server.url)
    assert code == 0, said
    parts = rows(run / "costs.jsonl")
    assert len(parts) > 1
    for name in ("calls", "prompt_tokens", "new_tokens", "usd"):
        assert sum(part[name] for part in parts) == pytest.approx(whole[name], abs=1e-9)


def test_a_wrong_key_is_told_in_a_line_without_it(
    serve: Callable[..., Any], label: Callable[..., tuple[int, str, Path]]
) -> None:
    code, said, run = label(serve("--key", f"another-{KEY}").url)
    assert code == 2
    assert "refuses the key" in said.splitlines()[-1]
    assert "put a valid key into PLANTS_KEY" in said
    assert KEY not in said
    assert not (run / "label").exists()


def test_a_key_that_expires_on_the_way_stops_the_run_and_loses_nothing(
    serve: Callable[..., Any],
    label: Callable[..., tuple[int, str, Path]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The revision keeps what was answered through another address.
    first = serve("--key", KEY, "--key-lasts", 45)
    code, said, run = label(first.url, revision="1")
    assert code == 2
    assert "refuses the key" in said.splitlines()[-1]
    assert "PLANTS_KEY; what is finished is kept" in said
    assert KEY not in said
    assert not (run / "label").exists()
    monkeypatch.setenv("PLANTS_KEY", "sk-a-new-one")
    second = serve("--key", "sk-a-new-one")
    code, said, run = label(second.url, revision="1")
    assert code == 0, said
    resumed = rows(run / "label" / "labels.jsonl")
    run.rename(run.parent / "resumed")
    monkeypatch.setenv("CAI_CACHE", str(run.parent / "another store"))
    monkeypatch.setenv("PLANTS_KEY", KEY)
    whole = serve("--key", KEY)
    code, said, run = label(whole.url, revision="1")
    assert code == 0, said
    assert rows(run / "label" / "labels.jsonl") == resumed
    assert second.counts()["requests"] < whole.counts()["requests"]
