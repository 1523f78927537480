"""Sequences that join and leave a running batch say what each would have said alone."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cai.engines.continuous import flow as flows
from cai.engines.continuous.attention import Beginning
from cai.engines.continuous.flow import Flow, Manner, Wanted
from cai.engines.continuous.order import in_order
from cai.engines.continuous.passes import begin
from cai.engines.continuous.probe import why_not_continued
from cai.engines.continuous.running import continued
from cai.engines.decoding import sample, uniforms
from cai.engines.memory import TokenBudget
from cai.engines.prefix import kernels
from cai.engines.prefix.attention import shared_attention
from cai.engines.prefix.forward import Way
from cai.errors import EngineError
from cai.heads import Head, head_is_all
from cai.models import load_causal

STOPS = frozenset(range(0, 900, 11))
COMMON = [(7 * i) % 800 + 1 for i in range(70)]  # long enough to be kept apart


@pytest.fixture(scope="module", params=[kernels.on_cpu, kernels.plain], ids=["fused", "plain"])
def way(request):
    return Way(kernel=request.param, trims=True)


@pytest.fixture(scope="module")
def head(tiny_model):
    model = load_causal(str(tiny_model), device="cpu").double()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(5)  # or every token would be about as likely as any other
    return Head(model, head_is_all(model))


def manner(**changes):
    usual = {"temperature": 0.8, "top_p": 1.0, "stop_ids": STOPS, "banned_ids": [0]}
    return Manner(**(usual | changes))


def wanted(count, *, common=()):
    """Prompts of unequal lengths, some of them equal or with a beginning of their own in common."""
    prompts = [[*common, *((31 * n + i) % 800 + 1 for i in range(1 + 5 * n % 23))] for n in range(count)]  # fmt: skip # noqa: E501
    prompts[3::4] = [prompts[2]] * len(prompts[3::4])
    prompts[1::4] = [[*common, *range(100, 120), *prompt[-3:]] for prompt in prompts[1::4]]
    return [
        Wanted(prompt=prompt, length=4 + 3 * (n % 5), seed=n) for n, prompt in enumerate(prompts)
    ]


def alone(head, asked, how):
    """One sequence after the other, by the model's own cache."""
    return [
        sample(
            head.model,
            [one.prompt],
            uniforms=uniforms([one.seed], one.length),
            max_new_tokens=one.length,
            stop_ids=how.stop_ids,
            pad_id=0,
            temperature=how.temperature,
            top_p=how.top_p,
            banned_ids=how.banned_ids,
        )[0]
        for one in asked
    ]


def run(flow, budget):
    done = {}
    while flow.unfinished:
        for number, sampled in flow.advance(budget):
            assert number not in done
            done[number] = sampled
    return [done[number] for number in range(len(done))]


@pytest.mark.parametrize("common", [(), COMMON], ids=["apart", "shared"])
@pytest.mark.parametrize("budget", [1, 300, 100_000])
def test_what_is_said_does_not_depend_on_who_else_is_there(head, way, common, budget, monkeypatch):
    monkeypatch.setattr(flows, "_ROWS", {"cpu": 6})
    asked, how = wanted(16, common=common), manner()
    expected = alone(head, asked, how)
    assert len({len(one.tokens) for one in expected}) > 4  # they leave at different times
    assert {one.finished for one in expected} == {True, False}
    assert run(Flow(asked, how, head=head, way=way), budget) == expected


@pytest.mark.parametrize("changes", [{"temperature": 0.0}, {"top_p": 0.6}], ids=["greedy", "top_p"])
def test_tokens_are_chosen_as_asked(head, way, changes):
    asked, how = wanted(12), manner(**changes)
    assert run(Flow(asked, how, head=head, way=way), 400) == alone(head, asked, how)


def test_a_further_test_ends_a_sequence(head, way):
    asked = wanted(6)
    how = manner(stop_ids=frozenset(), stopped=lambda tokens: len(tokens) == 3)
    for sampled in run(Flow(asked, how, head=head, way=way), 400):
        assert (len(sampled.tokens), sampled.finished) == (3, True)


def test_sequences_begin_while_others_go_on(head, way, monkeypatch):
    monkeypatch.setattr(flows, "_ROWS", {"cpu": 4})
    asked = wanted(40)
    flow = Flow(asked, manner(), head=head, way=way)
    under_way, left = [], 0
    while flow.unfinished:
        left += len(flow.advance(250))
        under_way.append((flow.under_way(), left))
    assert all(tokens <= 250 for (_, tokens), _ in under_way)
    joined = [
        (before[0][0], after[0][0])
        for before, after in pairwise(under_way)
        if after[0][0] > before[0][0]
    ]
    assert any(before > 0 for before, _ in joined[3:])  # not only when all others have ended


def test_what_prompts_share_is_computed_once(head, way):
    read = []

    def hook(_module, _args, kwargs):
        read.append(kwargs["input_ids"].numel())

    asked = [Wanted(prompt=[*COMMON, *range(1, 60)], length=5, seed=n) for n in range(8)]
    asked += [Wanted(prompt=[*COMMON, *range(200, 230), n], length=5, seed=n) for n in range(8)]
    handle = head.model.base_model.register_forward_pre_hook(hook, with_kwargs=True)
    try:
        flow = Flow(asked, manner(), head=head, way=way)
        flow.advance(100_000)
    finally:
        handle.remove()
    assert read == [len(COMMON), 59 + 30 + 8]


def test_memory_that_runs_out_costs_no_answer(head, way):
    asked, how = wanted(24), manner()
    expected = alone(head, asked, how)
    failures = iter([False] * 6 + [True] + [False] * 3 + [True])

    def hook(_module, _args, _kwargs):
        if next(failures, False):
            torch.empty(1 << 50)

    budget = TokenBudget(10_000)
    handle = head.model.base_model.register_forward_pre_hook(hook, with_kwargs=True)
    try:
        running = continued(asked, how, head=head, way=way, budget=budget, pad_id=0)
        found = [one for ended in running for one in ended]
    finally:
        handle.remove()
    assert dict(found) == dict(enumerate(expected))
    assert len(found) == len(asked)
    assert 0 < budget.tokens < 2_500


def test_one_sequence_that_does_not_fit_says_what_to_do(head, way):
    def hook(_module, _args, _kwargs):
        torch.empty(1 << 50)

    handle = head.model.base_model.register_forward_pre_hook(hook, with_kwargs=True)
    try:
        with pytest.raises(EngineError, match="memory ran out at a single request; take a smaller"):
            list(continued(wanted(5), manner(), head=head, way=way, budget=TokenBudget(999), pad_id=0))  # fmt: skip # noqa: E501
    finally:
        handle.remove()


@torch.inference_mode()
def test_ended_sequences_give_their_memory_back(head, way):
    prompts = [[*range(1, 9 + n % 2)] for n in range(16)]
    with shared_attention(head.model):
        cohort, _ = begin(
            range(16), prompts, beginning=Beginning(), room=4,
            noise=uniforms(range(16), 4), head=head, way=way,
        )  # fmt: skip
    before = {row: [states[row].clone() for states in cohort.keys] for row in range(16)}
    noise = cohort.noise.clone()
    for dead in ([0, 15], [1, 2, 3, 14], [4, 5, 6]):
        for slot, row in enumerate(cohort.rows):
            cohort.ended[slot] |= row in dead
        cohort.close_up()
        assert not set(cohort.rows) & set(dead)
        for slot, row in enumerate(cohort.rows):
            for states, own in zip(cohort.keys, before[row], strict=True):
                assert torch.equal(states[slot, :, : cohort.width], own[:, : cohort.width])
            assert torch.equal(cohort.noise[slot], noise[row])
            assert int(cohort.positions[slot]) == len(prompts[row])
            hidden = cohort.mask[slot, 0, 0] < 0
            assert hidden.tolist() == [True] * (9 - len(prompts[row])) + [False] * (
                4 + len(prompts[row])
            )
    assert len(cohort.rows) == 7
    assert cohort.keys[0].untyped_storage().nbytes() < before[0][0].nbytes * 9


def test_a_model_that_can_be_continued_is_known_by_trying(head, way):
    assert why_not_continued(head, way) == ""


def test_a_kernel_that_forgets_the_padding_is_found_out(head):
    def forgets(query, key, value, *, causal, scale, mask=None):
        return kernels.plain(query, key, value, causal=causal, scale=scale)

    assert "differ" in why_not_continued(head, Way(kernel=forgets, trims=True))


@settings(max_examples=50)
@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12), max_size=30))
def test_all_begin_and_equal_prompts_together(prompts):
    order = in_order(prompts)
    assert sorted(order) == list(range(len(prompts)))
    seen = [tuple(prompts[index]) for index in order]
    for prompt in set(seen):
        first = seen.index(prompt)
        assert seen[first : first + seen.count(prompt)] == [prompt] * seen.count(prompt)
