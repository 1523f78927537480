"""Joining a Ray cluster, and what it has room for."""

from __future__ import annotations

import importlib.util
import logging
import os
import secrets
import socket
import sys
import time
from typing import Any

from cai.engines.ray.settings import JOINED, OWN, RaySettings
from cai.errors import EngineError

_CONNECT_SECONDS = 10.0
# Ray itself ends the process after so many seconds, or those of this variable of its own: more
# where a head is replaced. It says no more than that, so a run ends in half the time.
_RAY_ENDS, _RAY_ENDS_SECONDS = "RAY_gcs_rpc_server_reconnect_timeout_s", 60.0
_GONE_LOOKS = 3  # looks may be far apart
_SECONDS_BETWEEN_LOOKS = 1.0


def check_installed() -> None:
    """Checks that there is a ray to import, without importing it.

    Raises:
        EngineError: if there is none.
    """
    if importlib.util.find_spec("ray") is None:
        raise EngineError(
            "engine.ray asks models on a Ray cluster through the ray package, which is not "
            "installed; run: pip install 'ray>=2.50'"
        )


def connect(settings: RaySettings) -> None:
    """Joins the cluster, unless this process is in one already.

    Raises:
        EngineError: if there is none at that address, or it is of another version.
    """
    check_installed()
    if settings.address == OWN:
        _keep_to_oneself()
    import ray

    if ray.is_initialized():
        return
    _check_reachable(settings)
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    own: dict[str, Any] = {"include_dashboard": False} if settings.address == OWN else {}
    try:
        ray.init(address=settings.address, **quiet, **own)
    except Exception as error:  # some of ray's are no more than that
        raise EngineError(_why_not(settings, str(error))) from error


def room(settings: RaySettings, device: str | None, gpus_per_model: int = 1) -> tuple[int, float]:
    """How many workers the machines hold that are in the cluster now, and the GPUs of each.

    What others use of them is not looked at: workers wait for it.

    Raises:
        EngineError: if the head of the cluster is gone.
    """
    import ray

    pulse = Pulse()
    while not pulse.check():
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    gpus = settings.gpus
    if gpus is None:
        found = device != "cpu" and any(one.get("GPU") for one in machines)
        gpus = float(gpus_per_model) if found else 0.0
    return sum(_fitting(one, settings.cpus, gpus) for one in machines), gpus


class Pulse:
    """Whether the head of the cluster can still be reached.

    Nothing else tells: workers answer on when the head is gone, and whatever is asked of the head
    then waits until ray ends the process.
    """

    def __init__(self) -> None:
        self._silent_since = 0.0
        self._missed = 0

    def check(self) -> bool:
        """Looks once: whether the head could be reached.

        Raises:
            EngineError: if it could not be in several looks, over half a minute or half of what
                Ray is told to wait.
        """
        import ray

        address = ray.get_runtime_context().gcs_address
        try:
            _reach(address)
        except OSError as error:
            now = time.monotonic()
            if self._missed == 0:
                self._silent_since = now
            self._missed += 1
            if self._missed >= _GONE_LOOKS and now - self._silent_since > _gone_seconds():
                raise EngineError(
                    f"Ray: the head of the cluster at {address} is gone ({error}); what was "
                    "answered is stored: begin the cluster again, and then the same command"
                ) from error
            return False
        self._missed = 0
        return True


def _gone_seconds() -> float:
    return float(os.environ.get(_RAY_ENDS, _RAY_ENDS_SECONDS)) / 2


def holdings() -> str:
    """What the cluster has, in words."""
    import ray

    machines = [node for node in ray.nodes() if node["Alive"]]
    total = ray.cluster_resources()
    return (
        f"{len(machines)} machine{'s' if len(machines) > 1 else ''} with CPU "
        f"{total.get('CPU', 0):g}, GPU {total.get('GPU', 0):g}"
    )


def _keep_to_oneself() -> None:
    """Sets what ray reads when it is imported, for a cluster that is of use to this run alone."""
    # How ray says that no other machine will join: all listen on the loopback address alone.
    os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Nor may others on this machine join. Ray's own way would leave a token in the home folder.
    if "RAY_AUTH_MODE" not in os.environ and "ray" not in sys.modules:
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}


def _check_reachable(settings: RaySettings) -> None:
    # ray would try for half a minute.
    if settings.address in (None, OWN, JOINED):
        return
    try:
        _reach(str(settings.address))
    except OSError as error:
        raise EngineError(_why_not(settings, str(error))) from error


def _reach(address: str) -> None:
    host, _, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()


def _fitting(machine: dict[str, float], cpus: float, gpus: float) -> int:
    # A worker that is to use neither would fit without end: one per machine then.
    wanted = {"CPU": cpus, "GPU": gpus}
    counts = [int(machine.get(name, 0.0) / each) for name, each in wanted.items() if each > 0]
    return min(counts, default=1)


def _why_not(settings: RaySettings, why: str) -> str:
    first = " ".join(why.split())[:300]
    if "Version mismatch" in why:
        mend = "every machine needs the same versions of ray and Python"
    elif "token" in why.lower():
        mend = "give this process the cluster's token, as every machine of it has it"
    elif settings.address == OWN:
        mend = "is there enough memory, and is the machine not too busy?"
    elif settings.address == JOINED:
        mend = "begin one with `ray start --head`, or set engine.ray.address to local"
    else:
        mend = "is it running, and is this machine part of it?"
    return f"engine.ray.address: no Ray cluster at {settings.address} ({first}); {mend}"
