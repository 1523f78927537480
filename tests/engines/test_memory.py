import pytest
import torch

from cai.batching import by_length
from cai.engines.base import ChooseRequest, GenerateRequest
from cai.engines.memory import MOST_TOKENS, TokenBudget, automatic_tokens, out_of_memory
from cai.engines.transformers import TransformersEngine
from cai.errors import EngineError
from cai.models import load_causal
from cai.records import said_by


class Device:
    """Runs batches of tokens, and fails as `error` does above `room` of them."""

    def __init__(self, room, error):
        self.room, self.error, self.tried, self.done = room, error, [], []

    def run(self, batch):
        self.tried.append(len(batch) * 10)
        if len(batch) * 10 > self.room:
            raise self.error
        self.done += batch


def cut(left, tokens):
    for batch in by_length([10] * len(left), tokens):
        yield [left[place] for place in batch]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate"),
        RuntimeError("not enough memory: you tried to allocate 8 bytes"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_batches_are_halved_until_they_fit(error):
    device, budget = Device(35, error), TokenBudget(160)
    budget.spend(range(20), cut=cut, run=device.run)
    assert sorted(device.done) == list(range(20))
    assert device.tried[:3] == [160, 80, 40]
    assert budget.tokens == 20  # what was learned is kept
    budget.spend(range(20, 24), cut=cut, run=device.run)
    assert max(device.tried[3:]) <= 40


def test_a_small_batch_that_fails_is_cut_at_once():
    device, budget = Device(15, MemoryError()), TokenBudget(100_000)
    budget.spend(range(4), cut=cut, run=device.run)
    assert sorted(device.done) == list(range(4))
    assert device.tried[:2] == [40, 20]


def test_one_request_that_does_not_fit_says_what_to_do():
    with pytest.raises(EngineError, match="memory ran out at a single request; take a smaller"):
        TokenBudget(40).spend(range(4), cut=cut, run=Device(5, MemoryError()).run)


def test_other_failures_are_not_hidden():
    with pytest.raises(RuntimeError, match="shapes"):
        TokenBudget(40).spend(range(4), cut=cut, run=Device(5, RuntimeError("shapes")).run)


def allocates_too_much_above(engine, tokens):
    """From here on, more than `tokens` at once ask torch's allocator for what no machine has."""
    seen = []

    def hook(_module, args, kwargs):
        ids = kwargs.get("input_ids")
        seen.append(ids.numel())
        if ids.numel() > tokens:
            torch.empty(1 << 50)

    engine._model.base_model.register_forward_pre_hook(hook, with_kwargs=True)
    return seen


def test_what_the_allocator_raises_is_known():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 50)
    assert out_of_memory(caught.value)
    assert not out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_the_engine_lives_through_a_full_memory(tiny_model):
    asked = [
        ChooseRequest(messages=said_by("user", f"{n} and " * 20), options=("A", "B"))
        for n in range(12)
    ]
    written = [
        GenerateRequest(messages=said_by("user", "word " * 20), max_new_tokens=6, seed=seed)
        for seed in range(12)
    ]
    whole = TransformersEngine(str(tiny_model), device="cpu")
    engine = TransformersEngine(str(tiny_model), device="cpu")
    engine.choose(asked[:2])  # the probe is over
    seen = allocates_too_much_above(engine, 200)
    for a, b in zip(engine.choose(asked), whole.choose(asked), strict=True):
        assert a.logprobs == pytest.approx(b.logprobs, abs=1e-5)
    assert max(seen) > 200
    assert engine.generate(written) == whole.generate(written)
    assert 200 / 4 < engine._budget.tokens <= 400
    allocates_too_much_above(engine, 10)
    with pytest.raises(EngineError, match="memory ran out"):
        engine.choose(asked)


def test_the_budget_follows_from_the_memory(tiny_model, monkeypatch):
    model = load_causal(str(tiny_model), device="cpu")
    found = []
    for free in (1 << 20, 1 << 21, 1 << 50, None):
        monkeypatch.setattr("cai.engines.memory.free_bytes", lambda _, free=free: free)
        found.append(automatic_tokens(model))
    assert 0 < found[0] < found[1] < MOST_TOKENS
    assert found[1] == pytest.approx(2 * found[0], abs=1)
    assert found[2:] == [MOST_TOKENS, MOST_TOKENS]
