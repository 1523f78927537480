"""Devices, memory, threads and disks: what is warned of, and what passes in silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cai import container
from cai.doctor.machine import Gpu, Machine, machine, this_machine
from cai.doctor.shapes import Shape, shape_of
from cai.doctor.space import needed_bytes, stage_bytes

GB = 10**9
PLAIN = Machine(system="Linux x86_64", cores=8, threads=8, memory=32 * GB, free=20 * GB)
CARD = Gpu(name="A card", total=24 * GB, free=23 * GB, bfloat16=True)


@pytest.mark.parametrize(
    ("changed", "name", "verdict", "said"),
    [
        ({}, "device", "ok", "cpu"),
        ({"asked": "cuda"}, "device", "failure", "set engine.device to cpu"),
        ({"cuda_build": "12.8"}, "device", "warning", "see to the driver"),
        ({"gpu_is_there": True}, "device", "warning", "install torch anew"),
        ({"gpus": (CARD,)}, "cuda:0", "ok", "23.0 GB free of 24.0 GB"),
        ({"gpus": (replace(CARD, free=9 * GB),)}, "cuda:0", "warning", "another process"),
        ({"gpus": (replace(CARD, bfloat16=False),)}, "cuda:0", "ok", "float16"),
        ({"gpus": (CARD, replace(CARD, free=None))}, "cuda:1", "ok", "A card, 24.0 GB"),
        ({"gpus": (CARD, CARD)}, "cuda:0", "ok", "the first of 2"),
        ({"threads": 9}, "threads", "warning", "OMP_NUM_THREADS=8"),
        ({"threads": 2}, "threads", "warning", "most cores have nothing to do"),
        ({"threads": 2, "gpus": (CARD,)}, "threads", "ok", "2 of torch on 8 cores"),
        ({"limit": 8 * GB}, "memory", "ok", "of 8.0 GB the container's share of 32.0 GB"),
        ({"memory": None}, "memory", "ok", "not told"),
    ],
)
def test_what_is_said_of_a_machine(
    changed: dict[str, object], name: str, verdict: str, said: str, by_name: Callable[..., dict]
) -> None:
    found = by_name(machine(replace(PLAIN, **changed)))[name]
    assert found.verdict == verdict
    assert said in f"{found.value} {found.text}"


def test_this_machine_is_seen_as_the_system_says(by_name: Callable[..., dict]) -> None:
    seen = this_machine(None)
    assert seen.cores >= 1
    assert 0 < seen.free <= seen.memory
    assert "failure" not in {one.verdict for one in machine(seen)}


def test_a_containers_memory_and_cores_count(tmp_path: Path) -> None:
    assert container.memory_limit(tmp_path) is None
    assert container.memory_left(tmp_path) is None
    all_cores = container.usable_cores(tmp_path)
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert container.memory_left(tmp_path) is None
    assert container.usable_cores(tmp_path) == all_cores
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("700\n")
    (tmp_path / "memory.stat").write_text("anon 500\ninactive_file 200\n")
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert container.memory_limit(tmp_path) == 1000
    assert container.memory_left(tmp_path) == 500
    assert container.usable_cores(tmp_path) == 1


def test_so_do_those_of_the_older_kind_of_groups(tmp_path: Path) -> None:
    for name in ("memory", "cpu"):
        (tmp_path / name).mkdir()
    (tmp_path / "memory/memory.limit_in_bytes").write_text(f"{(1 << 63) - 4096}\n")
    (tmp_path / "cpu/cpu.cfs_quota_us").write_text("-1\n")
    (tmp_path / "cpu/cpu.cfs_period_us").write_text("100000\n")
    assert container.memory_limit(tmp_path) is None
    (tmp_path / "memory/memory.limit_in_bytes").write_text("1000\n")
    (tmp_path / "memory/memory.usage_in_bytes").write_text("600\n")
    assert container.memory_left(tmp_path) == 400


def test_a_stages_disk_is_that_of_its_checkpoints_and_its_model() -> None:
    shape = Shape(parameters=1000, adapter=10)
    assert stage_bytes("label", {}, shape) == (0, 0)
    assert stage_bytes("sft", {"lora_rank": 0}, shape) == (24_000, 4000)
    assert stage_bytes("sft", {"lora_rank": 4}, shape) == (4120, 4000)
    ensemble = {"lora_rank": 0, "ensemble": {"size": 3}}
    assert stage_bytes("reward", ensemble, shape) == (32_000, 12_000)
    ppo = {"lora_rank": 0, "checkpoints": {"keep": 2}}
    assert stage_bytes("align-ppo", ppo, shape) == (100_000, 4000)
    larger = replace(shape, parameters=3 * shape.parameters)
    assert stage_bytes("align-ppo", ppo, shape, value=larger) == (196_000, 4000)
    assert needed_bytes({"sft": (24.0, 4.0), "reward": (22.0, 5.0), "align-ppo": (10.0, 4.0)}) == 26


def test_a_models_weights_are_counted_without_loading_them() -> None:
    from cai.adapters import with_lora
    from cai.models import load_causal

    model = load_causal("cai-mini")
    found = shape_of("cai-mini", lora_rank=4)
    assert found.parameters == sum(one.numel() for one in model.parameters())
    adapted = with_lora(model, rank=4, seed=0)
    assert found.adapter == sum(one.numel() for one in adapted.parameters() if one.requires_grad)
