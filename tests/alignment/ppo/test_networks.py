"""Log-probabilities and values: padding, chunks, bans, heads, adapters."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
from transformers import Gemma2Config, Gemma2ForCausalLM, PreTrainedModel, PreTrainedTokenizerBase

from cai.adapters import with_lora
from cai.alignment.ppo import TokenPolicy, ValueModel, networks
from cai.alignment.ppo.batches import TokenSequence, collate, response_mask
from cai.alignment.ppo.networks import banned_tokens
from cai.errors import EngineError

CPU = torch.device("cpu")
SEQUENCES = [
    TokenSequence((10, 11, 12), (13, 14, 1)),
    TokenSequence((20,), (21,)),
    TokenSequence((30, 31, 32, 33, 34, 35), (36, 37, 38, 39, 40, 1)),
    TokenSequence((50, 51), (52, 53, 54, 55)),
]


def slow_logprobs(
    model: PreTrainedModel, sequence: TokenSequence, temperature: float, banned: tuple[int, ...]
) -> list[float]:
    """One sequence, one token at a time, the softmax written out in float64."""
    found = []
    ids = list(sequence.prompt)
    for token in sequence.response:
        logits = model(input_ids=torch.tensor([ids])).logits[0, -1].double() / temperature
        kept = [i for i in range(len(logits)) if i not in banned]
        total = math.log(math.fsum(math.exp(float(logits[i])) for i in kept))
        found.append(float(logits[token]) - total)
        ids.append(token)
    return found


@pytest.mark.parametrize("family", ["llama", "qwen2", "gpt2"])
@torch.no_grad()
def test_logprobs_in_a_batch_equal_the_slow_ones_alone(
    family: str, make_policy: Callable[..., PreTrainedModel]
) -> None:
    model = make_policy(family)
    policy = TokenPolicy(model, temperature=0.7, banned_ids=(0, 2, 200))
    together = policy(collate(SEQUENCES, CPU)).logprobs.tolist()
    expected = [x for one in SEQUENCES for x in slow_logprobs(model, one, 0.7, (0, 2, 200))]
    assert together == pytest.approx(expected, abs=2e-5)


@torch.no_grad()
def test_values_do_not_depend_on_the_batch(make_scorer: Callable[..., PreTrainedModel]) -> None:
    for family in ("llama", "qwen2", "gpt2"):
        value = ValueModel.from_scorer(make_scorer(family))
        together = value(collate(SEQUENCES, CPU))
        alone = torch.cat([value(collate([one], CPU)) for one in SEQUENCES])
        torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-5)


@torch.no_grad()
def test_the_value_model_starts_as_the_normalised_reward_model(
    make_scorer: Callable[..., PreTrainedModel],
) -> None:
    scorer = make_scorer("llama")
    value = ValueModel.from_scorer(scorer, mean=0.3, std=2.0)
    # The state before the last token is the sequence without it: score that.
    prefix = torch.tensor([SEQUENCES[0].prompt + SEQUENCES[0].response[:-1]])
    score = float(scorer(input_ids=prefix).logits)
    values = value(collate([SEQUENCES[0]], CPU))
    assert float(values[-1]) == pytest.approx((score - 0.3) / 2.0, abs=1e-6)


@torch.no_grad()
def test_a_value_model_from_the_policy_says_zero(
    make_policy: Callable[..., PreTrainedModel],
) -> None:
    values = ValueModel.from_policy(make_policy("gpt2"))(collate(SEQUENCES, CPU))
    assert torch.equal(values, torch.zeros(14))


def test_a_scorer_without_a_linear_score_head_is_refused() -> None:
    with pytest.raises(EngineError, match="from_policy"):
        ValueModel.from_scorer(SimpleNamespace(score=None))  # type: ignore[arg-type]


def test_entropy_is_finite_and_right_with_banned_tokens(
    make_policy: Callable[..., PreTrainedModel],
) -> None:
    model = make_policy("llama")
    scored = TokenPolicy(model, banned_ids=(0, 3))(collate(SEQUENCES[:1], CPU))
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([[10, 11, 12, 13, 14]])).logits[0, 2:].double()
    logits[:, [0, 3]] = -math.inf
    for row, entropy in zip(logits.softmax(-1).tolist(), scored.entropies.tolist(), strict=True):
        assert entropy == pytest.approx(-sum(p * math.log(p) for p in row if p > 0), abs=1e-4)


def gradients(model: PreTrainedModel, policy: TokenPolicy) -> dict[str, torch.Tensor]:
    model.zero_grad()
    policy(collate(SEQUENCES, CPU)).logprobs.sum().backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def test_chunks_of_logits_change_nothing(
    make_policy: Callable[..., PreTrainedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_policy("qwen2")
    policy = TokenPolicy(model, temperature=0.9, banned_ids=(0,))
    whole, gradient = policy(collate(SEQUENCES, CPU)), gradients(model, policy)
    monkeypatch.setattr(networks, "_LOGITS_AT_ONCE", 3 * model.config.vocab_size)
    chunked, other = policy(collate(SEQUENCES, CPU)), gradients(model, policy)
    torch.testing.assert_close(chunked.logprobs, whole.logprobs)
    torch.testing.assert_close(chunked.entropies, whole.entropies)
    assert gradient.keys() == other.keys()
    for name in gradient:
        torch.testing.assert_close(other[name], gradient[name], atol=1e-6, rtol=1e-4)


@torch.no_grad()
def test_a_head_with_a_soft_cap_is_noticed() -> None:
    config = Gemma2Config(
        vocab_size=80, hidden_size=32, intermediate_size=32, num_hidden_layers=1, head_dim=16,
        num_attention_heads=2, num_key_value_heads=1, final_logit_softcapping=0.05,
        attn_implementation="eager", pad_token_id=0, eos_token_id=1, bos_token_id=2,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Gemma2ForCausalLM(config).eval()
    model.lm_head.weight.mul_(50)  # tied to the embeddings; large enough for the cap to bite
    found = TokenPolicy(model)(collate(SEQUENCES, CPU)).logprobs.tolist()
    expected = [x for one in SEQUENCES for x in slow_logprobs(model, one, 1.0, ())]
    assert found == pytest.approx(expected, abs=2e-5)


def test_banned_tokens(
    make_policy: Callable[..., PreTrainedModel], tokenizer: PreTrainedTokenizerBase
) -> None:
    end = int(tokenizer.convert_tokens_to_ids("<|end|>"))
    pad = int(tokenizer.pad_token_id)
    banned = banned_tokens(make_policy("llama"), tokenizer, {end})
    assert end not in banned
    assert pad in banned
    assert int(tokenizer.convert_tokens_to_ids("<|user|>")) in banned
    assert set(range(len(tokenizer), len(tokenizer) + 12)) <= set(banned)
    assert len(banned) == 4 + 12


@torch.no_grad()
@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_the_reference_of_an_adapter_is_the_model_before_it(
    family: str, make_policy: Callable[..., PreTrainedModel]
) -> None:
    before = TokenPolicy(make_policy(family))(collate(SEQUENCES, CPU)).logprobs
    policy = TokenPolicy(with_lora(make_policy(family), rank=2, seed=0))
    for name, parameter in policy.model.named_parameters():
        assert parameter.requires_grad == ("lora_" in name)
        if "lora_B" in name:
            parameter.fill_(0.3)
    changed = policy(collate(SEQUENCES, CPU)).logprobs
    with policy.as_reference():
        reference = policy(collate(SEQUENCES, CPU)).logprobs
    torch.testing.assert_close(reference, before)
    assert float((changed - before).abs().max()) > 1e-3


@pytest.mark.filterwarnings("error::FutureWarning")  # peft has one for transformers
def test_adapters_leave_the_global_generator_alone(
    make_policy: Callable[..., PreTrainedModel],
) -> None:
    state = torch.get_rng_state()
    with_lora(make_policy("llama"), rank=2, seed=0)
    assert torch.equal(torch.get_rng_state(), state)


def test_collate_points_at_the_predicting_positions() -> None:
    batch = collate(SEQUENCES[:2], CPU)
    assert batch.input_ids.tolist() == [[10, 11, 12, 13, 14], [20, 0, 0, 0, 0]]
    assert batch.rows.tolist() == [0, 0, 0, 1]
    assert batch.columns.tolist() == [2, 3, 4, 0]
    assert batch.targets.tolist() == [13, 14, 1, 21]
    assert response_mask(SEQUENCES[:2], CPU).tolist() == [[True] * 3, [True, False, False]]
