"""A Ray cluster on this machine: a node with one CPU that stays, and further ones that may die."""

from __future__ import annotations

import importlib.util
import os
import secrets
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from cai.engines import kinds
from cai.engines.kinds import Unloaded
from cai.engines.ray.engine import RayEngine
from cai.engines.ray.pool import Pool
from cai.engines.ray.settings import RaySettings

if importlib.util.find_spec("ray"):
    # Read when ray is imported, and by the nodes: the loopback address alone, nothing is reported,
    # and nobody else may join.
    os.environ |= {
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(16),
    }

_NODE = {"num_cpus": 1, "node_ip_address": "127.0.0.1", "object_store_memory": 80 << 20}


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """A cluster of one node."""
    ray = pytest.importorskip("ray", reason="run tests/ray/run")
    from ray.cluster_utils import Cluster

    found = Cluster(initialize_head=True, head_node_args={**_NODE, "include_dashboard": False})
    yield found
    ray.shutdown()
    found.shutdown()


@pytest.fixture
def second_node(cluster: Any) -> Iterator[Any]:
    """A second node of it."""
    node = cluster.add_node(**_NODE)
    yield node
    if node in cluster.worker_nodes:
        cluster.remove_node(node)


@pytest.fixture
def make_pool(cluster: Any) -> Iterator[Callable[..., Pool]]:
    """Makes pools of the cluster's workers, which end with the test."""
    pools: list[Pool] = []

    def make(**settings: Any) -> Pool:
        pools.append(Pool(RaySettings(address=cluster.address, **settings)))
        return pools[-1]

    yield make
    for pool in pools:
        for number in tuple(pool._joined):
            pool.leave(number)


@pytest.fixture
def on_workers() -> Callable[..., RayEngine]:
    """A model as the transformers engine of a pool's workers."""

    def load(pool: Pool, model: str = "cai-mini", inner: Unloaded | None = None) -> RayEngine:
        prepare = partial(kinds.prepare, "transformers")
        found = kinds.on_workers(inner or prepare(model), again=prepare, name=model, pool=pool)
        engine = found.load()
        assert isinstance(engine, RayEngine)
        return engine

    return load
