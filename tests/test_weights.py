"""What names a model's weights, and names that stand for no model."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest
from peft import LoraConfig, get_peft_model

from cai.errors import EngineError
from cai.models import context_of, load_causal, load_scorer, load_tokenizer
from cai.quiet import quiet
from cai.weights import weights_digest


def test_a_folder_is_named_by_its_content_and_not_by_its_place(tiny_gpt2, tmp_path):
    moved = shutil.copytree(tiny_gpt2, tmp_path / "moved")
    before = weights_digest(str(tiny_gpt2))
    assert weights_digest(str(moved)) == before
    (moved / "notes.md").write_text("read by nobody")
    assert weights_digest(str(moved)) == before
    (moved / "config.json").write_text("{}")
    assert weights_digest(str(moved)) != before


@pytest.fixture
def adapter(tiny_model, tmp_path):
    """The folders of a base, and of an adapter on it that changes what it says."""
    base = shutil.copytree(tiny_model, tmp_path / "base")
    config = LoraConfig(
        r=2, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False
    )
    with quiet():
        get_peft_model(load_causal(str(base)), config).save_pretrained(tmp_path / "adapter")
    return base, tmp_path / "adapter"


def test_an_adapter_is_named_by_its_weights_and_those_of_its_base(adapter):
    base, folder = adapter
    before = weights_digest(str(folder))
    assert context_of(str(folder)) == context_of(str(base))
    (base / "generation_config.json").write_text("{}")
    assert weights_digest(str(folder)) != before


@pytest.mark.filterwarnings("error::FutureWarning")  # peft has one for transformers
def test_an_adapter_is_merged_into_its_base(adapter):
    base, folder = adapter
    plain, merged = load_causal(str(base)), load_causal(str(folder))
    scorer = load_scorer(str(folder), tokenizer=load_tokenizer(str(base)))
    name = "model.layers.0.self_attn.q_proj.weight"
    weights = [model.get_parameter(name) for model in (plain, merged, scorer)]
    assert not weights[0].equal(weights[1])
    assert weights[1].equal(weights[2])
    for model in (merged, scorer):
        assert not any("lora" in name for name, _ in model.named_parameters())
        assert all(parameter.requires_grad for parameter in model.parameters())


def test_an_adapter_without_a_tokenizer_speaks_through_that_of_its_base(adapter, tiny_gpt2):
    base, folder = adapter
    own = load_tokenizer(str(base))
    assert load_tokenizer(str(folder)).get_vocab() == own.get_vocab()
    load_tokenizer(str(tiny_gpt2)).save_pretrained(folder)
    assert load_tokenizer(str(folder)).get_vocab() != own.get_vocab()


def test_an_adapter_that_is_a_pickle_or_has_no_base_is_refused(tmp_path):
    config = tmp_path / "adapter_config.json"
    config.write_text("{}")
    with pytest.raises(EngineError, match="names no base model"):
        load_causal(str(tmp_path))
    config.write_text('{"base_model_name_or_path": "cai-mini"}')
    (tmp_path / "adapter_model.bin").write_bytes(b"")
    for use in (load_causal, context_of, weights_digest):
        with pytest.raises(EngineError, match="save it as safetensors"):
            use(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("./nowhere", "'./nowhere': there is no such folder"),
        ("nobody/nothing", "'nobody/nothing' is neither a folder nor reachable on the hub"),
        ("not a name!", "'not a name!' is neither a folder nor reachable on the hub"),
    ],
)
def test_a_name_without_a_model_is_an_error(name, message):
    with pytest.raises(EngineError, match=re.escape(message)):
        weights_digest(name)


def test_a_hub_that_does_not_answer_is_asked_once(tmp_path):
    code = "from cai.weights import weights_digest; weights_digest('nobody/nothing')"
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "0",
        "HF_ENDPOINT": "http://127.0.0.1:1",  # refuses at once
        "HF_HOME": str(tmp_path),
    }
    asked = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert "EngineError: model 'nobody/nothing' is neither" in asked.stderr
    assert "Retrying" not in asked.stderr
