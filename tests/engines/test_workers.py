"""Passes side by side: the same results in the same order, and no error lost."""

import threading
import time
from contextlib import closing, contextmanager

import pytest
import torch

from cai.engines.base import ChooseRequest
from cai.engines.memory import TokenBudget
from cai.engines.transformers import TransformersEngine
from cai.engines.workers import in_order
from cai.errors import EngineError
from cai.records import said_by


@contextmanager
def with_threads(count):
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    yield
    torch.set_num_threads(before)


def threads_of_a_new_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    return found[0]


def test_results_come_in_order(two_threads):
    both = threading.Barrier(2, timeout=10)  # so both workers are needed to get on

    def run(item):
        both.wait()
        time.sleep(0.01 * (item % 2 == 0))  # the first of two ends last
        return item, torch.get_num_threads(), threading.current_thread()

    found = list(in_order(run, range(8), workers=2))
    assert [item for item, _, _ in found] == list(range(8))
    assert {threads for _, threads, _ in found} == {1}
    assert len({thread for _, _, thread in found}) == 2
    assert torch.get_num_threads() == threads_of_a_new_thread() == 2


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_surfaces_in_its_place_and_ends_the_rest(two_threads, workers):
    ran = []
    error = ValueError("the third")

    def run(item):
        ran.append(item)
        if item == 2:
            raise error
        return item

    with closing(in_order(run, range(100), workers=workers)) as results:
        assert [next(results), next(results)] == [0, 1]
        with pytest.raises(ValueError, match="the third") as caught:
            next(results)
    assert caught.value is error
    assert 2 in ran
    assert len(ran) < 100
    assert torch.get_num_threads() == threads_of_a_new_thread() == 2


def test_leaving_early_waits_for_what_is_running(two_threads):
    begun, ended = [], []

    def run(item):
        begun.append(item)
        time.sleep(0.02)
        ended.append(item)

    with closing(in_order(run, range(100), workers=2)) as results:
        next(results)
    assert sorted(begun) == sorted(ended)
    assert len(ended) < 100
    assert torch.get_num_threads() == threads_of_a_new_thread() == 2


def test_one_item_needs_no_worker(two_threads):
    run = threading.current_thread
    assert list(in_order(lambda _: run(), [1], workers=2)) == [threading.current_thread()]
    assert list(in_order(lambda _: run(), [], workers=2)) == []


class Memory:
    """Room for some tokens at once, whoever asks for them; a batch holds ten per index."""

    def __init__(self, room):
        self.room, self.used, self.tried, self.done = room, 0, [], set()
        self.lock = threading.Lock()

    def run(self, batch):
        size = 10 * len(batch)
        with self.lock:
            self.tried.append(size)
            if self.used + size > self.room:
                raise MemoryError
            self.used += size
        time.sleep(0.005)
        with self.lock:
            self.used -= size
        self.done.update(batch)


def cut(left, tokens):
    each = max(1, tokens // 10)
    for first in range(0, len(left), each):
        yield left[first : first + each]


def test_workers_share_the_budget(two_threads):
    memory, budget = Memory(80), TokenBudget(80)
    budget.spend(range(40), cut=cut, run=memory.run, workers=2)
    assert memory.done == set(range(40))
    assert memory.tried == [40] * 10
    assert budget.tokens == 80


@pytest.mark.parametrize("room", [70, 20, 10])
def test_where_the_memory_runs_out_one_goes_on_alone(two_threads, room):
    memory, budget = Memory(room), TokenBudget(80)
    budget.spend(range(40), cut=cut, run=memory.run, workers=2)
    assert memory.done == set(range(40))
    assert budget.tokens <= room
    with pytest.raises(EngineError, match="a single request"):
        TokenBudget(80).spend(range(4), cut=cut, run=Memory(5).run, workers=2)


def judgements():
    """Under a budget of 300 tokens these are many batches; each shares a beginning."""
    return [
        ChooseRequest(
            messages=said_by(
                "user", f"{'word ' * (20 + 7 * pair)}\n\nWhich is kinder? {'so ' * n}"
            ),
            options=("A", "B", "neither of them"),
        )
        for pair in range(8)
        for n in range(6)
    ]


@pytest.fixture(scope="module")
def alone():
    """An engine that has read the judgements with one worker, and what it said."""
    engine = TransformersEngine("cai-mini", device="cpu", token_budget=300)
    with with_threads(1):
        return engine, engine.choose(judgements())


def engine_like(engine):
    """With room for two workers, and what the other one knows of the model."""
    new = TransformersEngine("cai-mini", device="cpu", token_budget=600, identity=engine.identity)
    vars(new).update(_model=engine._model, _way=engine._way)
    return new


def test_an_engine_says_the_same_with_two_workers(alone, two_threads, monkeypatch):
    engine, said = alone
    used = []

    def seen(run, items, *, workers):
        used.append((workers, len(items)))
        return in_order(run, items, workers=workers)

    monkeypatch.setattr("cai.engines.memory.in_order", seen)
    assert engine_like(engine).choose(judgements()) == said
    with with_threads(1):
        assert engine.choose(judgements()) == said
    (two, batches), (one, as_many) = used
    assert (two, one) == (2, 1)
    assert batches == as_many > 4


def test_an_error_in_a_pass_surfaces_and_leaves_the_engine_whole(alone, two_threads):
    engine = engine_like(alone[0])
    attention = engine._model.config._attn_implementation

    def fail(_module, _args):
        raise RuntimeError("shapes")

    hook = engine._model.base_model.layers[2].register_forward_pre_hook(fail)
    with pytest.raises(RuntimeError, match="shapes"):
        engine.choose(judgements())
    hook.remove()
    assert engine._model.config._attn_implementation == attention
    assert engine.choose(judgements()) == alone[1]
    assert torch.get_num_threads() == threads_of_a_new_thread() == 2


def test_an_error_in_the_encoding_surfaces(alone, two_threads):
    engine = engine_like(alone[0])
    long = ChooseRequest(messages=said_by("user", "word " * 2000), options=("A", "B"))
    with pytest.raises(EngineError, match=r"request 49 .* needs \d+ tokens, more than"):
        engine.choose([*judgements(), long])
    assert engine.choose(judgements()) == alone[1]
