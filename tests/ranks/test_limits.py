"""What several processes cannot do is refused before any work, with the setting and the mend."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from torch import nn

from cai.errors import RecipeError, RunError
from cai.ranks import World
from cai.ranks.limits import (
    Launch,
    check_ppo,
    check_started,
    check_trainer,
    launch_of,
    per_process,
)
from cai.supervised.sft import SftSettings, trainer_config

CONFIGS = sorted((Path(__file__).parents[2] / "docs" / "distributed").glob("*.yaml"))


def environment_of(path: Path) -> dict[str, str]:
    """What accelerate's own launcher would set for a configuration file."""
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser
    from accelerate.utils.launch import (
        prepare_deepspeed_cmd_env,
        prepare_multi_gpu_env,
    )

    arguments = launch_command_parser().parse_args(
        ["--config_file", str(path), "-m", "cai.cli", "sft"]
    )
    arguments, defaults, _ = _validate_launch_command(arguments)
    if arguments.use_deepspeed:
        arguments.deepspeed_fields_from_accelerate_config = ",".join(defaults.deepspeed_config)
        return dict(prepare_deepspeed_cmd_env(arguments)[1])
    return dict(prepare_multi_gpu_env(arguments))


def test_a_batch_is_shared_equally() -> None:
    assert per_process(16, World(), setting="sft.batch_size") == 16
    assert per_process(16, World(size=4), setting="sft.batch_size") == 4
    with pytest.raises(RecipeError, match=r"^sft.batch_size 10 cannot .* 4 proc.*; .* 8 or 12$"):
        per_process(10, World(size=4), setting="sft.batch_size")
    with pytest.raises(RecipeError, match=r"set it to 4$"):
        per_process(3, World(size=4), setting="sft.batch_size")
    with pytest.raises(RecipeError, match=r"^sft.batch_size 3 cannot be shared equally by 2"):
        trainer_config(SftSettings(batch_size=3), Path(), device="cpu", world=World(size=2))


@pytest.mark.parametrize(
    ("launch", "device", "lora_rank", "message"),
    [
        (Launch(sharding="FSDP"), "cpu", 0, "^sft: FSDP does nothing on the CPU"),
        (Launch(sharding="ZeRO-2"), "cpu", 0, "^sft: ZeRO-2 does nothing on the CPU"),
        (Launch(precision="bf16"), "cpu", 0, "mixed_precision: 'no'"),
        (Launch(sharding="ZeRO-3"), "cuda", 8, "^sft.lora_rank 8: .* use ZeRO-2, or"),
        (Launch(sharding="FSDP"), "cuda", 8, "^sft.lora_rank 8"),
        (Launch(sharding="FSDP", whole_at_the_end=False), "cuda", 0, "FULL_STATE_DICT"),
        (Launch(sharding="ZeRO-3", whole_at_the_end=False), "cuda", 0, "zero3_save_16bit_model"),
    ],
)
def test_what_a_trainer_cannot_do_is_refused(
    launch: Launch, device: str, lora_rank: int, message: str
) -> None:
    with pytest.raises(RecipeError, match=message):
        check_trainer(launch, section="sft", device=device, lora_rank=lora_rank)


def test_what_a_trainer_can_do_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    check_trainer(Launch(), section="sft", device="cpu", lora_rank=8)
    check_trainer(Launch(sharding="ZeRO-2", precision="bf16"), section="sft", device="cuda",
                  lora_rank=8)  # fmt: skip
    check_ppo(Launch())
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(RecipeError, match=r"^sft: FSDP does nothing on the CPU"):
        trainer_config(SftSettings(), Path(), device="cpu")


def test_ppo_says_what_does_not_reach_it() -> None:
    with pytest.raises(RecipeError, match=r"^align-ppo: .*ZeRO-3 .*torchrun.*align-ppo.lora_rank"):
        check_ppo(Launch(sharding="ZeRO-3"))
    with pytest.raises(RecipeError, match=r"^align-ppo: .*mixed_precision bf16"):
        check_ppo(Launch(precision="bf16"))


def test_the_shipped_configurations_are_understood_by_accelerate_and_by_us() -> None:
    found = {path.stem: launch_of(environment_of(path)) for path in CONFIGS}
    assert found == {
        "fsdp2": Launch(sharding="FSDP", precision="bf16"),
        "zero2": Launch(sharding="ZeRO-2", precision="bf16"),
        "zero3": Launch(sharding="ZeRO-3", precision="bf16"),
    }
    for path in CONFIGS:
        check_trainer(found[path.stem], section="sft", device="cuda")
        assert yaml.safe_load(path.read_text("utf-8"))["num_processes"] >= 2
    assert environment_of(CONFIGS[0])["FSDP_VERSION"] == "2"


def trainer(weights: nn.Module, processes: int) -> Any:
    return SimpleNamespace(
        model_wrapped=weights, accelerator=SimpleNamespace(num_processes=processes)
    )


def test_a_trainer_that_is_not_what_was_asked_for_does_not_start() -> None:
    plain = nn.Linear(2, 2)
    check_started(trainer(plain, 2), Launch(), World(size=2))
    with pytest.raises(RunError, match="2 processes were started, and the trainer works with 1"):
        check_started(trainer(plain, 1), Launch(), World(size=2))
    for kind in ("FSDP", "ZeRO-3"):
        with pytest.raises(RunError, match=f"{kind} was asked for, and no weight is cut"):
            check_started(trainer(plain, 2), Launch(sharding=kind), World(size=2))  # type: ignore[arg-type]
    for parameter in plain.parameters():
        parameter.ds_id = 0  # type: ignore[attr-defined]
    check_started(trainer(plain, 2), Launch(sharding="ZeRO-3"), World(size=2))
