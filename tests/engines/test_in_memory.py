"""Roles with one model, and adapters over one base: their weights are in memory once."""

import gc
import shutil

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from cai import recipe
from cai.adapters import bytes_of, save_adapter, with_lora
from cai.engines.base import ChooseRequest, GenerateRequest
from cai.engines.cache import CachedEngine
from cai.engines.in_memory import InMemory
from cai.engines.kinds import prepare
from cai.engines.transformers import TransformersEngine
from cai.engines.turns import option_ids
from cai.models import load_causal
from cai.records import said_by
from cai.run import Run
from cai.store import RunFolder

ASKED = [
    GenerateRequest(messages=said_by("user", f"{text} " * 9), max_new_tokens=12, temperature=0.0)
    for text in ("rose", "lock", "rain")
]


@pytest.fixture(params=["tiny_model", "tiny_gpt2"])
def base(request, tmp_path):
    """A folder of its own, for it may be written over; token probabilities differ by much."""
    folder = tmp_path / "base"
    shutil.copytree(request.getfixturevalue(request.param), folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(5)
    model.save_pretrained(folder)
    return folder


def adapter(base, folder, seed):
    """A LoRA adapter that changes what its base says."""
    model = with_lora(AutoModelForCausalLM.from_pretrained(base), rank=2, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
    save_adapter(model, folder, base=str(base))
    return folder


def said(engine):
    return [answer.text for answer in engine.generate(ASKED)]


def test_adapters_over_one_base_keep_its_weights_once(base, tmp_path):
    names = [base, *(adapter(base, tmp_path / f"adapter-{seed}", seed) for seed in (1, 2))]
    shared = InMemory()
    engines = [
        prepare("transformers", str(name), device="cpu", in_memory=shared).load() for name in names
    ]
    alone = [said(TransformersEngine(str(name), device="cpu")) for name in names]
    assert [said(engine) for engine in engines] == alone
    assert len({str(texts) for texts in alone}) == 3
    models = [engine._model for engine in engines]
    own = sum(
        parameter.nbytes
        for model in models
        for name, parameter in model.named_parameters()
        if "lora_" in name
    )
    assert own > 0
    assert bytes_of(models) == bytes_of(models[:1]) + own


def test_an_adapter_says_what_it_says_merged(base, tmp_path):
    name = str(adapter(base, tmp_path / "adapter", 1))
    engine = TransformersEngine(name, device="cpu")
    merged = load_causal(name, tokenizer=engine._tokenizer, device="cpu")
    ids = engine._encoder.encode([request.messages for request in ASKED])
    option = engine.choose([ChooseRequest(messages=ASKED[0].messages, options=("A", "B"))])[0]
    for text, found in zip(("A", "B"), option.logprobs, strict=True):
        tokens = option_ids(engine._tokenizer, text)
        with torch.no_grad():
            logits = merged(torch.tensor([ids[0] + tokens])).logits[0].double()
        logits[:, engine._pad_id] = -torch.inf
        rows = logits.log_softmax(-1)[len(ids[0]) - 1 : -1]
        wanted = sum(float(row[token]) for row, token in zip(rows, tokens, strict=True))
        assert found == pytest.approx(wanted, abs=1e-4)
    assert engine._continues


def test_roles_with_one_model_share_one_engine(base, tmp_path, monkeypatch):
    loads = []

    def counted(name, **given):
        loads.append(name)
        return load_causal(name, **given)

    monkeypatch.setattr("cai.models.load_causal", counted)
    path = tmp_path / "r.yaml"
    path.write_text(f"{{model: {base}, critic: {base}, judge: {base}}}")
    settings = recipe.load(path)
    run = Run(settings, RunFolder(tmp_path / "run"))
    roles = [run.engine(name) for name in (settings.model, settings.critic, settings.judge)]
    assert all(isinstance(engine, CachedEngine) for engine in roles)
    for number, engine in enumerate(roles):
        engine.generate(
            [GenerateRequest(messages=said_by("user", "x"), max_new_tokens=2, seed=number)]
        )
        engine.choose([ChooseRequest(messages=said_by("user", f"{number}"), options=("A", "B"))])
    assert len(loads) == 1
    inner = {id(engine._inner) for engine in roles}
    assert len(inner) == 1
    del roles, engine  # a training that follows finds the memory free
    gc.collect()
    assert not run._in_memory._shared
    assert not run._in_memory._models


def test_a_model_that_was_made_anew_is_loaded_anew(base, tmp_path):
    shared = InMemory()

    def made():
        return prepare("transformers", str(base), device="cpu", in_memory=shared).load()

    before = made()
    first = said(before)
    model = AutoModelForCausalLM.from_pretrained(base)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.flip(0))
    model.save_pretrained(base)
    after = made()
    assert after is not before
    assert said(after) != first
    assert said(before) == first


def test_a_tokenizer_that_asks_for_more_tokens_grows_nobody_elses_model(tiny_model, tmp_path):
    folder = adapter(tiny_model, tmp_path / "adapter", 1)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokenizer.add_tokens(["<|more|>"])
    tokenizer.save_pretrained(folder)
    shared = InMemory()
    engines = [
        TransformersEngine(str(name), device="cpu", in_memory=shared)
        for name in (tiny_model, folder)
    ]
    sizes = [engine._model.get_input_embeddings().num_embeddings for engine in engines]
    assert sizes[1] == sizes[0] + 1 == len(tokenizer)
