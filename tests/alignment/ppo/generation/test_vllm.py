"""What can be tried of the adapter to vLLM without a GPU: what it asks, reads and refuses."""

from __future__ import annotations

import importlib.metadata
import inspect
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.adapters import with_lora
from cai.alignment.ppo import PPOConfig, PPOTrainer
from cai.alignment.ppo.generation.generator import Drawn, Sampling
from cai.alignment.ppo.generation.settings import GenerationSettings
from cai.alignment.ppo.generation.vllm import (
    VLLMGenerator,
    _bases_kept,
    check_installed,
    read,
    request,
)
from cai.alignment.ppo.networks import TokenPolicy
from cai.engines.turns import next_turn_test
from cai.errors import EngineError
from cai.models import load_causal, load_tokenizer
from cai.records import Prompt

Make = Callable[..., PreTrainedModel]


def sampling(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, **changes: int
) -> Sampling:
    return Sampling(
        policy=TokenPolicy(model, temperature=0.7, banned_ids=[3, 5]), tokenizer=tokenizer,
        stop_ids=frozenset({2, 9}), max_new_tokens=6, longest=20, **changes,
    )  # fmt: skip


def test_it_is_refused_where_vllm_is_missing(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase, prompts: list[Prompt]
) -> None:
    assert not list(importlib.metadata.distributions(name="vllm"))
    with pytest.raises(EngineError, match=r"not installed; .*pip install 'vllm>=0.22.0,<=0.31.0'"):
        PPOTrainer(
            policy=make_policy(), tokenizer=tokenizer, prompts=prompts,
            reward=lambda answers: [0.0] * len(answers),
            settings=PPOConfig(generation=GenerationSettings(engine="vllm"), max_new_tokens=6),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("0.19.1", "vllm 0.19.1 does not fit"),
        ("0.32.0", "vllm 0.32.0 does not fit"),
        ("0.30.1+cu129", None),
    ],
)
def test_versions_that_fit_are_those_of_trl(
    version: str, said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda _: version)
    if said is None:
        check_installed()
    else:
        with pytest.raises(EngineError, match=said):
            check_installed()


def test_places_that_cannot_work_are_refused(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "0.30.0")
    model = make_policy()
    if not torch.cuda.is_available():
        with pytest.raises(EngineError, match="needs a GPU"):
            VLLMGenerator(sampling(model, tokenizer), GenerationSettings())
    with pytest.raises(EngineError, match="serves one training process"):
        VLLMGenerator(
            sampling(model, tokenizer, processes=2),
            GenerationSettings(server="http://localhost:8000"),
        )


def test_trls_adapter_takes_what_it_is_given() -> None:
    """The names by which it is called; TRL checks none of them before a GPU is there."""
    from trl.generation.vllm_generation import VLLMGeneration

    made = inspect.signature(VLLMGeneration.__init__).parameters
    assert {
        "model", "accelerator", "processing_class", "mode", "server_base_url",
        "gpu_memory_utilization", "max_model_length", "temperature", "max_completion_length",
        "logprobs", "generation_kwargs",
    } <= set(made)  # fmt: skip
    assert made["top_p"].default == 1.0
    assert made["top_k"].default == 0
    assert made["min_p"].default == 0.0
    assert made["repetition_penalty"].default == 1.0
    assert list(inspect.signature(VLLMGeneration.generate).parameters)[1:4] == [
        "prompts", "images", "num_generations",
    ]  # fmt: skip
    assert list(inspect.signature(VLLMGeneration.sync_weights).parameters) == ["self"]


def test_the_request_bans_and_stops_as_the_policy_does(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase
) -> None:
    asked = request(sampling(make_policy(), tokenizer))
    assert asked["stop_token_ids"] == [2, 9]
    assert asked["logit_bias"] == {3: -100.0, 5: -100.0}
    assert "stop" not in asked


def test_a_base_model_stops_where_the_next_turn_begins(transcript_writer: Path) -> None:
    own = load_tokenizer(str(transcript_writer))
    model = load_causal(str(transcript_writer), tokenizer=own, device="cpu")
    asked = request(sampling(model, own))
    assert asked["stop"] == ["\n\nHuman:"]
    tokens = own(" Hello.\n\nHuman:", add_special_tokens=False).input_ids
    (drawn,) = read(
        [tokens], [[[-0.5]] * len(tokens)], stop_ids=frozenset({0}), stopped=next_turn_test(own)
    )
    assert drawn.finished
    (cut,) = read(
        [tokens[:2]], [[[-0.5]] * 2], stop_ids=frozenset({0}), stopped=next_turn_test(own)
    )
    assert not cut.finished


def test_reading_takes_the_log_probability_of_each_token() -> None:
    found = read([[7, 2], [7]], [[[-1.0], [-2.0]], [[-0.25]]], stop_ids=frozenset({2}))
    assert found == [
        Drawn(tokens=(7, 2), finished=True, logprobs=(-1.0, -2.0)),
        Drawn(tokens=(7,), finished=False, logprobs=(-0.25,)),
    ]


@pytest.mark.parametrize("logprobs", [None, [[[-1.0]]], [[[-1.0], [None]]], [[[-1.0], [math.inf]]]])
def test_answers_without_their_log_probabilities_are_refused(
    logprobs: list[list[list[float | None]]] | None,
) -> None:
    with pytest.raises(EngineError, match="log-probabilities for 2 tokens"):
        read([[7, 2]], logprobs, stop_ids=frozenset({2}))


def test_merging_and_unmerging_leaves_the_frozen_weights_bit_for_bit(make_policy: Make) -> None:
    """TRL merges adapters into the live model for every sync; rounding would let it drift."""
    model = with_lora(make_policy(), rank=4, seed=1)
    with torch.no_grad():
        for name, one in model.named_parameters():
            if "lora_B" in name:
                one.normal_(generator=torch.Generator().manual_seed(2)).mul_(0.3)
    before = {name: one.clone() for name, one in model.state_dict().items()}

    def sync() -> None:
        model.merge_adapter()
        model.unmerge_adapter()

    sync()
    assert any(not torch.equal(before[name], one) for name, one in model.state_dict().items())
    model.load_state_dict(before)
    with _bases_kept(model):
        sync()
    assert all(torch.equal(before[name], one) for name, one in model.state_dict().items())
