"""Dry steps: what is measured, what follows from it, and what comes of a step that fails."""

from __future__ import annotations

import mmap
import operator
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from cai.alignment.ppo import PPOConfig
from cai.alignment.ppo.generation.generator import Sampling
from cai.alignment.ppo.networks import TokenPolicy
from cai.doctor.dry import training
from cai.doctor.dry.asking import asked_at_once
from cai.doctor.dry.fitting import MARGIN, largest_model, largest_size, line, predicted
from cai.doctor.dry.folder import dry_run, models_in_place, opened
from cai.doctor.dry.longest import longest
from cai.doctor.dry.meter import Meter
from cai.doctor.dry.parity import Heard, parity
from cai.doctor.dry.process import Steps
from cai.doctor.dry.step import Measured, Trial
from cai.doctor.dry.tried import _measured, tried
from cai.doctor.fit import fits, told
from cai.engines.base import ChooseRequest, GenerateRequest
from cai.errors import EngineError
from cai.models import device_for, encode_chat, load_causal, load_tokenizer
from cai.progress import silent
from cai.records import said_by
from cai.run import Run

GB = 10**9
# 1 GB at the start, 2 GB held, and 0.25 GB for each row.
TAKEN = Measured(
    unit="rows", configured=16, length=512, parameters=10**8, base=1 * GB, held=2 * GB,
    free=20 * GB, peaks={4: 4 * GB, 16: 7 * GB},
)  # fmt: skip


def test_the_largest_batch_is_where_the_line_meets_the_memory() -> None:
    assert line(TAKEN) == (3 * GB, GB / 4)
    assert largest_size(TAKEN) == 60  # 3 + 60 / 4 = 0.9 * 20
    assert predicted(TAKEN, 60) == MARGIN * TAKEN.free
    assert largest_size(replace(TAKEN, free=3 * GB)) == 0
    assert largest_size(replace(TAKEN, peaks={4: 4 * GB, 16: 4 * GB}, base=4 * GB)) is None


def test_one_size_says_what_it_holds_and_lays_the_rest_to_the_size() -> None:
    one = replace(TAKEN, peaks={4: 4 * GB})
    assert line(one) == (3 * GB, GB / 4)
    assert predicted(one, 16) == 7 * GB


def test_the_largest_model_grows_in_weights_and_less_in_what_is_kept_of_tokens() -> None:
    times = largest_model(TAKEN) / TAKEN.parameters
    assert 1 + 2 * times + 4 * times ** (2 / 3) == pytest.approx(18)
    assert largest_model(replace(TAKEN, free=1 * GB)) == 0


def test_what_a_step_says_of_its_stage() -> None:
    fine = told("sft", TAKEN)
    assert (fine.verdict, fine.value) == ("ok", "7.0 GB of 20.0 GB, at 16 rows of 512 tokens")
    assert fine.text.startswith("measured; would fit, extrapolated: up to 60 rows, or a model of ")
    assert fine.numbers["largest_rows"] == 60
    assert "100 times as many rows and more" in told("sft", replace(TAKEN, free=900 * GB)).text
    untried = told("sft", replace(TAKEN, peaks={4: 4 * GB}, free=6 * GB))
    assert untried.verdict == "failure"
    assert "measured at 4 rows, extrapolated from there" in untried.text
    assert "lower batch_size" in untried.text
    ran_out = told("sft", replace(TAKEN, peaks={}, short=4))
    assert (ran_out.verdict, ran_out.value) == ("failure", "more than 20.0 GB, at 4 rows")
    counted = told("sft", replace(TAKEN, peaks={}, held=30 * GB))
    assert (counted.verdict, counted.value) == ("failure", "at least 30.0 GB of 20.0 GB")
    assert "set lora_rank: 16" in counted.text
    # An engine takes the batch that fits.
    asked = replace(TAKEN, unit="tokens", configured=2048, peaks={512: 4 * GB, 2048: 7 * GB})
    assert told("label", replace(asked, free=5 * GB)).verdict == "ok"
    assert told("label", replace(asked, free=3 * GB)).verdict == "failure"


def test_memory_is_measured_and_what_will_not_fit_is_not_tried() -> None:
    sizes: list[int] = []

    def step(size: int) -> int:
        sizes.append(size)
        # Fresh pages: a tensor may lie in memory that an earlier test left to the C library.
        pages = mmap.mmap(-1, size * 1_000_000, flags=mmap.MAP_PRIVATE)
        kept = torch.frombuffer(pages, dtype=torch.uint8).fill_(1)
        return int(kept[0]) - 1

    meter = Meter(torch.device("cpu"))
    trial = Trial(unit="MB", configured=80, length=0, parameters=1, step=step)
    found = _measured(trial, meter)
    assert sizes == [20, 80]
    _, each = line(found)
    assert each == pytest.approx(1e6, rel=0.1)
    meter.free = meter.base + 40_000_000
    found = _measured(trial, meter)
    assert (sizes[2:], set(found.peaks)) == ([20], {20})

    def runs_out(size: int) -> int:
        raise torch.OutOfMemoryError(f"{size} MB")

    found = _measured(replace(trial, step=runs_out), meter)
    assert (dict(found.peaks), found.short) == ({}, 20)


@pytest.fixture
def dry(make_run: Callable[..., Run], tiny_model: Path, tmp_path: Path) -> Callable[..., Run]:
    """Makes a dry run of a tiny model, with overrides."""

    def make(*overrides: str) -> Run:
        folder = tmp_path / "dry"
        folder.mkdir()
        made = dry_run(make_run(f"model={tiny_model}", *overrides), folder)
        models_in_place(made)
        return opened(folder)

    return make


def test_a_dry_run_has_the_longest_prompts_and_copies_no_model(
    dry: Callable[..., Run], tiny_model: Path
) -> None:
    run = dry()
    assert len(run.training.prompts) == 8
    assert len(run.heldout.prompts) == 8
    for stage in ("sft", "reward"):
        folder = Path(run.model_folder(stage))
        assert (folder / "model.safetensors").is_symlink()
    assert load_causal(run.model_folder("sft")).num_parameters() > 0
    assert not (tiny_model / "config.json").is_symlink()
    assert "cai_reward_mean" not in (tiny_model / "config.json").read_text()


def test_the_longest_request_is_what_the_stages_own_code_asks(dry: Callable[..., Run]) -> None:
    run = dry()
    (requests,) = longest(run, "critique-revise").values()
    (request,) = requests
    assert isinstance(request, GenerateRequest)
    assert "well so so" in str(request.messages)  # a revision sees the answer that it revises
    asked = longest(run, "label")
    kinds = {type(one) for own in asked.values() for one in own}
    assert kinds == {GenerateRequest, ChooseRequest}
    assert {role for _, role in asked} == {"policy", "judge"}
    for (model, role), own in asked.items():
        for one in own:
            asked_at_once(run.uncached_engine(model, role), one, 256)


def test_what_must_be_held_and_does_not_fit_is_not_tried(
    dry: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = dry()
    monkeypatch.setattr("cai.doctor.dry.meter.free_bytes", lambda device: 0)
    monkeypatch.setattr("cai.doctor.dry.meter.Meter._resident", lambda *given: 1000)
    found = tried("sft", str(run.folder.path.parent))
    assert found is not None
    assert (dict(found.peaks), found.short) == ({}, None)
    assert found.held == 16 * found.parameters


@pytest.mark.parametrize("name", ["sft", "reward", "dpo"])
def test_a_training_step_holds_weights_gradients_and_moments(
    name: str, dry: Callable[..., Run]
) -> None:
    trial: Trial = getattr(training, name)(dry("sft.max_length=64", "reward.max_length=64",
                                               "align-dpo.max_length=64"))  # fmt: skip
    assert (trial.configured, trial.length) == (16, 64)
    held = trial.step(2)
    head = 32 if name == "reward" else 0  # in the place of the tied one
    assert held == pytest.approx(16 * (trial.parameters + head), rel=1e-3)


@pytest.mark.parametrize("rank", [0, 2])
def test_a_step_of_ppo_holds_what_its_models_share(rank: int, dry: Callable[..., Run]) -> None:
    from cai.doctor.dry.ppo import ppo

    run = dry(
        f"align-ppo.lora_rank={rank}", f"reward.lora_rank={rank}", "align-ppo.batch_size=4",
        "align-ppo.minibatch_size=2", "align-ppo.max_new_tokens=8",
        "align-ppo.compute.micro_batch_tokens=256",
    )  # fmt: skip
    trial = ppo(run)
    held = trial.step(256)
    if rank:
        assert held < 3 * 4 * trial.parameters  # adapters over one set of weights, or nearly
    else:
        # Policy and value model learn, and the reference does not.
        assert held == pytest.approx((16 + 16 + 4) * trial.parameters, rel=1e-2)


def test_a_sampler_is_heard_as_a_slow_reference_says(tiny_model: Path) -> None:
    name = str(tiny_model)
    tokenizer = load_tokenizer(name)
    model = load_causal(name, tokenizer=tokenizer)
    banned = (int(tokenizer.pad_token_id), 7)
    policy = TokenPolicy(model, temperature=0.7, banned_ids=banned)
    prompts = [encode_chat(tokenizer, said_by("user", text)) for text in ("Hi.", "Tell me more.")]
    sampling = Sampling(
        policy=policy, tokenizer=tokenizer, stop_ids=frozenset({3}), max_new_tokens=12, longest=99
    )
    drawn = Heard(sampling).generate(prompts, [1, 2])
    slow = load_causal(name, dtype=torch.float64)
    for prompt, one in zip(prompts, drawn, strict=True):
        assert len(one.tokens) == 12
        ids = torch.tensor([[*prompt, *one.tokens]])
        with torch.no_grad():
            logits = slow(input_ids=ids).logits[0, len(prompt) - 1 : -1] / 0.7
        logits[:, list(banned)] = -torch.inf
        expected = torch.log_softmax(logits, -1)[range(12), list(one.tokens)]
        assert list(one.logprobs or ()) == pytest.approx(expected.tolist(), abs=1e-5)


@pytest.mark.parametrize("overrides", [(), ("align-ppo.lora_rank=2",)])
def test_sampler_and_trainer_agree_before_and_after_an_update(
    overrides: tuple[str, ...], dry: Callable[..., Run]
) -> None:
    found = parity(dry("align-ppo.max_new_tokens=16", *overrides))
    assert max(found.before, found.after, found.restored) < 1e-4
    assert found.moved > 0.01  # a random model's adapters can move little


def test_so_do_those_of_a_base_model(dry: Callable[..., Run], tiny_gpt2: Path) -> None:
    found = parity(dry("align-ppo.max_new_tokens=16", f"model={tiny_gpt2}"))
    assert max(found.before, found.after, found.restored) < 1e-4


def test_a_sampler_that_is_not_the_policys_is_refused(
    dry: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cai.doctor.dry import parity as module

    def warmer(sampling: Sampling, settings: PPOConfig) -> Heard:
        heard = Heard(sampling)
        generate = heard.generate

        def other(*arguments: Any) -> Any:
            return [
                replace(one, logprobs=tuple(0.8 * value for value in one.logprobs or ()))
                for one in generate(*arguments)
            ]

        monkeypatch.setattr(heard, "generate", other)
        return heard

    monkeypatch.setattr(module, "generator_of", warmer)
    with pytest.raises(EngineError, match="samples from another distribution"):
        parity(dry("align-ppo.max_new_tokens=16"))


def test_a_step_that_dies_fails_or_hangs_is_told(tmp_path: Path) -> None:
    steps = Steps(tmp_path / "log.txt", limit=120)
    assert steps.made(operator.add, 2, 3) == 5
    with pytest.raises(EngineError, match="torch finds no GPU here"):
        steps.made(device_for, "cuda")
    with pytest.raises(RuntimeError, match=r"ValueError: .*invalid literal"):
        steps.made(int, "x")
    with pytest.raises(EngineError, match="memory runs out"):
        steps.made(signal.raise_signal, signal.SIGKILL)
    with pytest.raises(EngineError, match="exit code 3"):
        steps.made(os._exit, 3)
    with pytest.raises(EngineError, match="not done after 1 s"):
        Steps(tmp_path / "log.txt", limit=1).made(time.sleep, 60)


def test_stages_are_measured_in_processes_of_their_own(
    make_run: Callable[..., Run], tiny_model: Path, by_name: Callable[..., dict]
) -> None:
    run = make_run(f"model={tiny_model}", "sft.max_length=32", "sft.batch_size=2")
    found = by_name(fits(run, silent, stages=["sft", "critique-revise"]))
    assert {one.verdict for one in found.values()} == {"ok"}, found
    assert " at 2 rows of 32 tokens" in found["sft"].value
    assert 1e8 < found["sft"].numbers["needed_bytes"] < found["sft"].numbers["free_bytes"]
