"""Data sets on the hub: names that are none, and a hub that does not answer, cost no time."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from datasets import load_dataset

NOBODY = "http://127.0.0.1:1"  # refuses at once
LOAD = "import sys; from cai.prompts import load; print(len(load(sys.argv[1]).prompts))"


class _KnowsNone(http.server.BaseHTTPRequestHandler):
    """Says of every data set what the hub says of one that it does not have."""

    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def hub_without_it() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _KnowsNone)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def python(
    *arguments: str, hub: str, home: Path, offline: bool = False
) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub,
        "HF_HUB_OFFLINE": str(int(offline)),
        "HF_HOME": str(home),
    }
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("offline", [False, True])
def test_a_hub_that_does_not_answer_is_asked_once(tmp_path: Path, offline: bool) -> None:
    arguments = ("critique-revise", "--prompts", "nobody/nothing", "--out", str(tmp_path / "run"))
    asked = python("-m", "cai.cli", *arguments, hub=NOBODY, home=tmp_path, offline=offline)
    assert asked.returncode == 2
    assert asked.stderr.splitlines()[-1] == (
        "cai: error: nobody/nothing: neither a file here nor a data set that can be loaded (the "
        "hub does not answer, and it was not loaded before); check the name and the network"
    )
    assert "Retrying" not in asked.stderr


def test_a_name_that_the_hub_does_not_know(tmp_path: Path, hub_without_it: str) -> None:
    asked = python("-c", LOAD, "nobody/nothing", hub=hub_without_it, home=tmp_path)
    assert "DataError: nobody/nothing: neither a file here nor a data set" in asked.stderr
    assert "doesn't exist on the Hub" in asked.stderr
    assert "Retrying" not in asked.stderr


def test_what_was_loaded_before_needs_no_hub(tmp_path: Path) -> None:
    _load_once("nobody/something", tmp_path)
    asked = python("-c", LOAD, "nobody/something", hub=NOBODY, home=tmp_path)
    assert asked.stdout == "2\n", asked.stderr
    assert "Retrying" not in asked.stderr


def _load_once(name: str, home: Path) -> None:
    """Leaves in `home` what loading a data set from the hub leaves there."""
    rows = home / "rows.jsonl"
    rows.write_text('{"prompt": "a"}\n{"prompt": "b"}\n')
    load_dataset("json", data_files=str(rows), cache_dir=str(home / "made"))
    (info,) = (home / "made").rglob("dataset_info.json")
    owner, own = name.split("/")
    kept = home / "datasets" / f"{owner}___{own}" / "default" / "0.0.0" / info.parent.name
    kept.mkdir(parents=True)
    (kept / info.name).write_text(json.dumps(json.loads(info.read_text()) | {"dataset_name": own}))
    (info.parent / "json-train.arrow").rename(kept / f"{own}-train.arrow")
