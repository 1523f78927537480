"""Clusters: one of this machine alone, one that goes away, and one that is not there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cai.engines.ray.pool import Pool
from cai.engines.ray.settings import RaySettings
from cai.errors import EngineError

pytest.importorskip("ray", reason="run tests/ray/run")


def test_a_cluster_of_this_machine_alone_listens_to_nobody_else(tmp_path: Path) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    ports = subprocess.run(
        [sys.executable, "-c", _LOCAL], env=own | {"HOME": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    asks_for_a_token, *found = ports.stdout.split()
    assert asks_for_a_token == "True"
    assert not (tmp_path / ".ray").exists()  # whoever has that file could join
    assert len(found) > 3
    assert {address.removeprefix("::ffff:") for address in found} == {"127.0.0.1"}


_LOCAL = """
import psutil
from cai.engines.ray.pool import Pool
from cai.engines.ray.settings import RaySettings
Pool(RaySettings(address="local")).check()
from ray._raylet import AuthenticationMode, get_authentication_mode
print(get_authentication_mode() == AuthenticationMode.TOKEN)
own = psutil.Process()
for process in (own, *own.children(recursive=True)):
    for one in process.net_connections("inet"):
        if one.status == "LISTEN":
            print(one.laddr.ip)
"""


@pytest.mark.parametrize(
    "killed", [("gcs_server",), ("gcs_server", "raylet"), ("gcs_server", "ray::Worker")]
)
def test_a_cluster_that_goes_away_is_said_to_be_gone(killed: tuple[str, ...]) -> None:
    """Also while workers answer on, and when they are gone too: ray itself would say neither."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    own["RAY_gcs_rpc_server_reconnect_timeout_s"] = "20"  # the run ends after half of that
    command = subprocess.run(
        [sys.executable, "-c", _GONE, *killed], env=own, capture_output=True, text=True, check=False
    )
    told = r"the cluster at \S+ is gone .*then the same command"
    assert re.search(told, command.stdout), command.stderr


_GONE = """
import os
import sys
from contextlib import suppress
from functools import partial
import psutil
from cai.engines import kinds
from cai.engines.base import ChooseRequest
from cai.engines.ray.pool import Pool
from cai.engines.ray.settings import RaySettings
from cai.errors import EngineError
from cai.records import said_by
prepare = partial(kinds.prepare, "transformers")
pool = Pool(RaySettings(address="local", workers=1))
engine = kinds.on_workers(prepare("cai-mini"), again=prepare, name="cai-mini", pool=pool).load()
asked = [
    ChooseRequest(messages=said_by("user", f"{n} {'cake ' * 150}"), options=("A", "B"))
    for n in range(4000)
]
answers = engine.stream(asked)
next(answers)
left = set(sys.argv[1:])
for process in psutil.Process().children(recursive=True):
    with suppress(psutil.NoSuchProcess):  # some end with what was killed before
        for name in sys.argv[1:]:
            if process.name().startswith(name):
                process.kill()
                left.discard(name)
assert not left, f"not there: {left}"
try:
    for found in answers:
        pass
except EngineError as error:
    print(error, flush=True)
    os._exit(0)  # ray would wait for the cluster
"""


def test_where_no_cluster_is_that_is_said(cluster: Any) -> None:
    import ray

    ray.shutdown()
    with pytest.raises(
        EngineError, match=r"engine\.ray\.address: no Ray cluster at 127\.0\.0\.1:9"
    ):
        Pool(RaySettings(address="127.0.0.1:9")).check()
