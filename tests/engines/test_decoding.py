import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cai.engines.decoding import draw, sample, uniforms
from cai.models import load_causal


@pytest.fixture(scope="module")
def model(tiny_model):
    return load_causal(str(tiny_model), device="cpu").double()


PROMPTS = [[5, 6, 7], [8, 9, 10, 11, 12, 13], [20], [30, 31, 32, 33]]


def alone(model, prompt, noise, length, temperature=1.0, top_p=1.0):
    """The slow reference: no cache, no padding, numpy's inverse transform, one token at a time."""
    tokens = list(prompt)
    new = []
    for step in range(length):
        with torch.no_grad():
            logits = model(torch.tensor([tokens])).logits[0, -1].numpy() / temperature
        p = np.exp(logits - logits.max())
        p /= p.sum()
        order = np.argsort(-p, kind="stable") if top_p < 1 else np.arange(len(p))
        p = p[order]
        if top_p < 1:
            p[np.cumsum(p) - p >= top_p] = 0
        cumulative = np.cumsum(p)
        token = int(order[np.searchsorted(cumulative, noise[step] * cumulative[-1], side="right")])
        tokens.append(token)
        new.append(token)
        if token == 3:
            break
    return new


@pytest.mark.parametrize("top_p", [1.0, 0.7])
def test_sampling_equals_the_slow_reference(model, top_p):
    noise = uniforms(range(4), 12)
    found = sample(
        model,
        PROMPTS,
        uniforms=noise,
        max_new_tokens=12,
        stop_ids=frozenset({3}),
        pad_id=0,
        temperature=0.7,
        top_p=top_p,
    )
    for prompt, row, sampled in zip(PROMPTS, noise.numpy(), found, strict=True):
        assert sampled.tokens == alone(model, prompt, row, 12, 0.7, top_p)


def test_a_sequence_does_not_depend_on_its_batch(model):
    arguments = {
        "max_new_tokens": 20,
        "stop_ids": frozenset(range(0, model.config.vocab_size, 9)),
        "pad_id": 0,
    }
    together = sample(model, PROMPTS, uniforms=uniforms(range(4), 20), **arguments)
    assert len({len(s.tokens) for s in together}) > 1, (
        "rows should leave the batch at different times"
    )
    for seed, prompt in enumerate(PROMPTS):
        (single,) = sample(model, [prompt], uniforms=uniforms([seed], 20), **arguments)
        assert single == together[seed]


def test_greedy_is_the_argmax(model):
    (greedy,) = sample(
        model, [PROMPTS[1]], uniforms=None, max_new_tokens=5, stop_ids=frozenset(), pad_id=0
    )
    tokens = list(PROMPTS[1])
    for token in greedy.tokens:
        with torch.no_grad():
            assert token == int(model(torch.tensor([tokens])).logits[0, -1].argmax())
        tokens.append(token)
    assert not greedy.finished


def test_stop_tokens_end_an_answer_and_banned_ones_are_never_said(model):
    everything = frozenset(range(model.config.vocab_size))
    (one,) = sample(
        model, [[5]], uniforms=uniforms([1], 5), max_new_tokens=5, stop_ids=everything, pad_id=0
    )
    assert one.finished
    assert len(one.tokens) == 1
    banned = [t for t in range(model.config.vocab_size) if t not in (7, 8)]
    (some,) = sample(
        model,
        [[5]],
        uniforms=uniforms([1], 30),
        max_new_tokens=30,
        stop_ids=frozenset(),
        pad_id=0,
        banned_ids=banned,
    )
    assert set(some.tokens) == {7, 8}


@given(
    st.lists(st.floats(-20, 20), min_size=2, max_size=30),
    st.floats(0, 1, exclude_max=True),
    st.floats(0.05, 1),
)
def test_a_token_without_probability_is_never_drawn(logits, uniform, top_p):
    row = torch.tensor([[*logits, -torch.inf]])
    token = int(draw(row, torch.tensor([uniform]), temperature=1.0, top_p=top_p))
    assert token < len(logits)


def test_draws_follow_the_distribution():
    logits = torch.tensor([[0.0, 1.0, 2.0, -torch.inf]]).expand(20_000, -1)
    tokens = draw(logits, uniforms([7], 20_000)[0], temperature=2.0, top_p=1.0)
    found = torch.bincount(tokens, minlength=4) / 20_000
    wanted = torch.softmax(logits[0] / 2.0, -1)
    assert torch.allclose(found, wanted.float(), atol=4 * (0.25 / 20_000) ** 0.5)
