"""Packed, recomputed, compiled and mixed-precision passes against plain padded ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    MistralConfig,
    OPTConfig,
    PreTrainedConfig,
    PreTrainedModel,
    Qwen2Config,
)

from cai import onednn
from cai.adapters import with_lora
from cai.alignment.ppo import passes
from cai.alignment.ppo.batches import TokenSequence, collate
from cai.alignment.ppo.networks import TokenPolicy, ValueModel
from cai.alignment.ppo.packing import STEP, pack
from cai.alignment.ppo.passes import Computing, layers_of
from cai.models import load_causal, load_tokenizer

CPU = torch.device("cpu")
SIZES = [(3, 3), (1, 1), (30, 64), (2, 40), (60, 1)]


def sequences(vocabulary: int) -> list[TokenSequence]:
    generator = torch.Generator().manual_seed(3)

    def tokens(count: int) -> tuple[int, ...]:
        return tuple(torch.randint(4, vocabulary, (count,), generator=generator).tolist())

    return [TokenSequence(tokens(prompt), tokens(response)) for prompt, response in SIZES]


def random_model(config: PreTrainedConfig) -> PreTrainedModel:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return AutoModelForCausalLM.from_config(config).eval()


SMALL = {"vocab_size": 99, "hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 2}
IDS = {"pad_token_id": 1, "bos_token_id": 2, "eos_token_id": 2}
ROTARY = SMALL | IDS | {"intermediate_size": 64, "num_key_value_heads": 2}


def opt() -> PreTrainedConfig:
    own = {"ffn_dim": 64, "word_embed_proj_dim": 32, "max_position_embeddings": 128}
    return OPTConfig(**SMALL, **IDS, **own)


def results(
    model: PreTrainedModel,
    computing: Computing | None = None,
    *,
    padded: bool = False,
    trims: bool = True,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Log-probabilities of the sequences, and the gradients of a weighted sum of them."""
    policy = TokenPolicy(model, temperature=0.8, banned_ids=(0, 3), computing=computing)
    if padded:
        policy._hidden_states.__dict__.update(_packs=False, _linears=[])
        policy._head = []
    if not trims:
        policy._hidden_states.__dict__["_trims"] = False
    model.zero_grad()
    batch = collate(sequences(int(model.config.vocab_size)), CPU)
    scores = policy(batch)
    weights = torch.arange(len(batch.targets)) % 5 - 1.5
    (scores.logprobs * weights).sum().backward()  # type: ignore[no-untyped-call]
    found = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    return scores.logprobs.detach(), found


def assert_same(
    one: tuple[Tensor, dict[str, Tensor]], other: tuple[Tensor, dict[str, Tensor]]
) -> None:
    torch.testing.assert_close(one[0], other[0], rtol=1e-5, atol=1e-4)
    assert one[1].keys() == other[1].keys()
    largest = max(float(each.abs().max()) for each in other[1].values())
    for name in one[1]:  # a key's bias has no effect, so its gradient is rounding alone
        torch.testing.assert_close(one[1][name], other[1][name], rtol=1e-4, atol=1e-5 * largest)


@pytest.mark.parametrize("family", ["llama", "qwen2", "gpt2", "opt", "shared keys", "cai-mini"])
def test_packed_passes_are_the_padded_ones(
    family: str, make_policy: Callable[..., PreTrainedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onednn, "_LEAST", 0)
    if family == "cai-mini":
        model = load_causal(family, tokenizer=load_tokenizer(family), device="cpu")
    elif family in ("opt", "shared keys"):
        model = random_model(opt() if family == "opt" else Qwen2Config(**ROTARY))
    else:
        model = make_policy(family)
    assert TokenPolicy(model)._hidden_states._packs
    assert TokenPolicy(model)._hidden_states._trims
    padded = results(model, padded=True)
    assert_same(results(model), padded)
    assert_same(results(model, trims=False), padded)


@pytest.mark.parametrize(
    "config",
    [
        MistralConfig(**ROTARY, sliding_window=8),
        BloomConfig(**IDS, vocab_size=99, hidden_size=32, n_layer=2, n_head=4),
    ],
    ids=lambda config: config.model_type,
)
def test_what_packing_would_be_wrong_for_is_padded(config: PreTrainedConfig) -> None:
    model = random_model(config)
    assert not TokenPolicy(model)._hidden_states._packs
    assert_same(results(model), results(model, padded=True))


def test_a_model_that_packing_changes_is_found_out_by_trying(
    make_policy: Callable[..., PreTrainedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing in the configuration says so: it reads no position ids.
    model = make_policy("gpt2")
    embed = model.base_model.wpe.forward
    monkeypatch.setattr(
        model.base_model.wpe, "forward", lambda ids: embed(torch.arange(ids.shape[1])[None])
    )
    assert not TokenPolicy(model)._hidden_states._packs


def test_a_stream_has_every_token_and_a_round_number_of_rows() -> None:
    batch = collate([TokenSequence((10, 11), (12, 13, 14)), TokenSequence((20,), (21,))], CPU)
    stream = pack(batch)
    assert stream.input_ids.tolist() == [[10, 11, 12, 13, 20] + [0] * (STEP - 5)]
    assert stream.position_ids.tolist() == [[0, 1, 2, 3, 0] + [0] * (STEP - 5)]
    assert stream.spans == ((0, 4), (4, 5))
    assert stream.places.tolist() == [1, 2, 3, 4, 0, *range(5, STEP)]


def test_values_packed_and_padded(make_scorer: Callable[..., PreTrainedModel]) -> None:
    value = ValueModel.from_scorer(make_scorer("llama"))
    batch = collate(sequences(60), CPU)
    packed = value(batch)
    states = value._states()
    assert states._packs
    states.__dict__["_packs"] = False
    torch.testing.assert_close(packed, value(batch), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("adapted", [False, True])
@pytest.mark.parametrize("family", ["llama", "gpt2", "mistral"])
def test_gradient_checkpointing_computes_layers_twice_to_the_same_gradients(
    family: str,
    adapted: bool,
    make_policy: Callable[..., PreTrainedModel],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = MistralConfig(**ROTARY, sliding_window=8)
    model = random_model(window) if family == "mistral" else make_policy(family)
    if adapted:
        model = with_lora(model, rank=2, seed=0)
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.constant_(parameter, 0.1)
    plain = results(model)
    calls: list[int] = []
    twice = passes._twice
    monkeypatch.setattr(passes, "_twice", lambda *a, **k: calls.append(1) or twice(*a, **k))
    layers = layers_of(getattr(model, "get_base_model", lambda: model)().base_model)
    kinds = {type(layer): type(layer).forward for layer in layers}
    for kind, forward in kinds.items():
        counted = lambda *a, forward=forward, **k: calls.append(2) or forward(*a, **k)  # noqa: E731
        monkeypatch.setattr(kind, "forward", counted)
    again = results(model, Computing(gradient_checkpointing=True))
    # Each layer once by the checkpoint, computed in it, and once more in the backward pass. The
    # first trial of packing has no gradient, so nothing is checkpointed there.
    assert calls.count(1) == len(layers)
    assert calls[-len(layers) :] == [2] * len(layers)
    assert_same(again, plain)
    assert not any("forward" in layer.__dict__ for layer in layers)


def test_gradient_checkpointing_keeps_less(make_policy: Callable[..., PreTrainedModel]) -> None:
    model = make_policy("llama")
    batch = collate(sequences(60), CPU)

    def kept(computing: Computing) -> int:
        policy, sizes = TokenPolicy(model, computing=computing), []
        policy(batch)  # the first call tries what the model can
        hooks = torch.autograd.graph.saved_tensors_hooks
        with hooks(lambda each: sizes.append(each.numel()) or each, lambda each: each):
            policy(batch)
        return sum(sizes)

    assert kept(Computing(gradient_checkpointing=True)) < kept(Computing()) / 2


def test_mixed_precision_stays_near_and_its_scores_are_float32() -> None:
    model = load_causal("cai-mini", tokenizer=load_tokenizer("cai-mini"), device="cpu")
    exact, _ = results(model)
    mixed, gradients = results(model, Computing(precision="bfloat16"))
    assert mixed.dtype == torch.float32
    assert all(each.dtype == torch.float32 for each in gradients.values())
    difference = (mixed - exact).abs()
    # bfloat16 has 8 bits, and the log-probability of random tokens is near -15.
    assert 0 < float(difference.mean()) < 0.15
    assert float(difference.max()) < 0.6


@pytest.mark.parametrize("rank", [0, 2])
def test_mixed_precision_is_packed_too(rank: int) -> None:
    model = load_causal("cai-mini", tokenizer=load_tokenizer("cai-mini"), device="cpu")
    if rank:
        model = with_lora(model, rank=rank, seed=0)
    mixed = Computing(precision="bfloat16")
    policy = TokenPolicy(model, computing=mixed)
    policy(collate(sequences(int(model.config.vocab_size)), CPU))
    assert policy._hidden_states._packs
    (scores, found), (padded, expected) = results(model, mixed), results(model, mixed, padded=True)
    assert float((scores - padded).abs().mean()) < 0.15
    one, other = (
        torch.cat([each[name].flatten() for name in expected]) for each in (found, expected)
    )
    assert float(torch.cosine_similarity(one, other, dim=0)) > 0.999


def test_compiled_passes_are_the_plain_ones(
    make_policy: Callable[..., PreTrainedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = []

    def traced(body: PreTrainedModel, **options: object) -> object:
        compiled.append(body)
        return compile_(body, backend="eager", **options)  # code generation takes minutes

    compile_ = torch.compile
    monkeypatch.setattr(torch, "compile", traced)
    model = make_policy("llama")
    assert_same(results(model, Computing(compile=True)), results(model, padded=True))
    assert compiled == [model.base_model]
