"""What the trainers share, apart from the training itself (see supervised/test_sft.py)."""

from pathlib import Path

import datasets
import pytest
import torch
from trl import DPOConfig, SFTConfig

from cai.alignment.preference import PreferenceSettings
from cai.errors import RecipeError
from cai.journal import write_rows
from cai.quiet import quiet
from cai.reward.train import RewardSettings
from cai.supervised.sft import SftSettings
from cai.training import last_metrics, trl_config


def config(tmp_path: Path, **user: object) -> SFTConfig:
    return trl_config(
        SFTConfig,
        section="sft",
        folder=tmp_path,
        own={"learning_rate": 1e-3, "seed": 3},
        user=user,
        defaults={"warmup_steps": 0.1},
    )


def test_ours_then_the_users_then_defaults(tmp_path: Path) -> None:
    made = config(tmp_path, weight_decay=1, logging_steps=5)
    assert (made.learning_rate, made.seed, made.warmup_steps) == (1e-3, 3, 0.1)
    assert (made.weight_decay, made.logging_steps) == (1, 5)
    assert Path(made.output_dir) == tmp_path / "checkpoints"
    assert made.report_to == []
    assert config(tmp_path, warmup_steps=7).warmup_steps == 7


@pytest.mark.parametrize("name", ["activation_checkpointing", "gradient_checkpointing"])
@pytest.mark.filterwarnings("ignore:.gradient_checkpointing. is deprecated")
def test_recomputing_activations_is_off_unless_asked_for_by_either_name(
    tmp_path: Path, name: str
) -> None:
    assert config(tmp_path).gradient_checkpointing is False
    assert config(tmp_path, **{name: True}).gradient_checkpointing is True


@pytest.mark.parametrize(
    ("user", "message"),
    [
        ({"warmup_stps": 1}, r"^sft\.trl\.warmup_stps: SFTConfig has no such .* 'warmup_steps'"),
        ({"seed": 1}, r"^sft\.trl\.seed: cai sets this itself; use the settings of `sft`"),
        ({"save_strategy": "no"}, r"^sft\.trl\.save_strategy: cai sets this itself"),
        ({"trust_remote_code": True}, r"^sft\.trl\.trust_remote_code: cai sets this itself"),
        ({"hub_token": "secret"}, r"^sft\.trl\.hub_token: cai sets this itself(?!.*secret)"),
        ({"eval_strategy": "steps"}, r"^sft\.trl\.eval_strategy: cai sets this itself"),
        ({"packing": 1}, r"^sft\.trl\.packing: 1 is not of type bool"),
        ({"max_steps": 1.5}, r"^sft\.trl\.max_steps: 1\.5 is not of type int"),
        ({"max_steps": True}, r"^sft\.trl\.max_steps: True is not of type int"),
        ({"optim": "sgdd"}, r"^sft\.trl: SFTConfig refuses this"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, user: dict[str, object], message: str
) -> None:
    with pytest.raises(RecipeError, match=message):
        config(tmp_path, **user)


@pytest.mark.parametrize("kind", [SftSettings, RewardSettings, PreferenceSettings])
@pytest.mark.parametrize(
    ("name", "value"),
    [("learning_rate", 0.0), ("epochs", 0.0), ("batch_size", 0), ("max_length", 1)],
)
def test_a_schedule_that_cannot_work_is_refused(kind: type, name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be"):
        kind(**{name: value})


@pytest.mark.parametrize(
    ("kind", "name"),
    [(SftSettings, "lora_rank"), (PreferenceSettings, "lora_rank"),
     (PreferenceSettings, "nll_weight")],
)  # fmt: skip
def test_a_negative_setting_is_refused_by_its_own_name(kind: type, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be at least 0$"):
        kind(**{name: -1})


def test_a_training_that_is_to_stay_on_the_cpu_does_so_beside_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in (
        (torch.cuda, "is_available"),
        (torch.cuda, "is_bf16_supported"),
        (torch.accelerator, "is_available"),
    ):
        monkeypatch.setattr(module, name, lambda: True)
    made = trl_config(SFTConfig, section="sft", folder=tmp_path, own={}, user={}, device="cpu")
    assert (made.use_cpu, made.device.type) == (True, "cpu")
    assert (made.bf16, made.dataloader_pin_memory) == (False, False)


def test_every_trainer_has_its_own_fields(tmp_path: Path) -> None:
    own: dict[str, object] = {}
    made = trl_config(DPOConfig, section="align-dpo", folder=tmp_path, own=own, user={"beta": 0.2})
    assert made.beta == 0.2
    with pytest.raises(RecipeError, match=r"align-dpo\.trl\.packing: DPOConfig has no such"):
        trl_config(DPOConfig, section="align-dpo", folder=tmp_path, own=own, user={"packing": True})


def test_last_metrics_are_the_last_of_each(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    assert last_metrics(path) == {}
    write_rows(
        path,
        [{"step": 1, "loss": 3.0, "eval_loss": 2.0}, {"step": 2, "loss": 1.0, "eval_loss": None}],
    )
    assert last_metrics(path) == {"steps": 2, "loss": 1.0, "eval_loss": 2.0}


def test_quiet_leaves_things_as_they_were() -> None:
    assert not datasets.are_progress_bars_disabled()
    with quiet():
        assert datasets.are_progress_bars_disabled()
    assert not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        with quiet():
            pass
        assert datasets.are_progress_bars_disabled()
    finally:
        datasets.enable_progress_bars()
