"""The scripts of benchmarks/ are run by hand; that they fit the package is seen here."""

import runpy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig, LlamaForCausalLM, LlamaModel

from cai.engines.decoding import sample, uniforms
from cai.models import encode_chat, load_tokenizer

FOLDER = Path(__file__).parents[1] / "benchmarks"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py"))
ELSEWHERE = {"judge_vllm.py", "ppo_trl.py"}  # run in environments of their own


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name not in ELSEWHERE])
def test_a_benchmark_finds_all_that_it_imports(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    found = runpy.run_path(str(FOLDER / name), run_name="benchmark")
    assert found["__doc__"]


@pytest.fixture
def ppo_work(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.syspath_prepend(str(FOLDER))
    return runpy.run_path(str(FOLDER / "ppo_work.py"), run_name="benchmark")


def test_operations_of_a_pass_are_those_that_torch_counts(ppo_work: dict[str, Any]) -> None:
    shape = ppo_work["Shape"](
        vocab_size=50, hidden_size=32, intermediate_size=48, num_hidden_layers=3,
        num_attention_heads=2,
    )  # fmt: skip
    model = LlamaModel(LlamaConfig(**asdict(shape), attn_implementation="eager")).eval()
    tokens = 11
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(input_ids=torch.arange(tokens)[None], use_cache=False)
    # It counts the half that the causal mask throws away, too.
    masked = 2 * 3 * 2 * 32 * tokens * (tokens - 1) / 2
    assert counter.get_total_flops() == ppo_work["passes"](shape, tokens) + masked


@pytest.mark.parametrize(("early", "mean"), [(True, 64 / 3), (False, 64.0)])
def test_answers_of_the_ppo_work_are_as_long_as_it_says(
    ppo_work: dict[str, Any], early: bool, mean: float
) -> None:
    work = ppo_work["Work"](shape="1.4 M", early=early, threads=1, most_updates=1)
    tokenizer = load_tokenizer("cai-mini")
    end = int(tokenizer.eos_token_id)
    config = LlamaConfig(
        **asdict(ppo_work["SHAPES"]["1.4 M"]), tie_word_embeddings=True, pad_token_id=0,
        eos_token_id=end, bos_token_id=None,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = LlamaForCausalLM(config).eval()
    ppo_work["set_end"](model, end, ppo_work["end_probability"](work) if early else 0.0)
    prompts = [one.messages for one in ppo_work["made_prompts"](work, tokenizer)]
    ids = [encode_chat(tokenizer, messages) for messages in prompts[:48]]
    assert all(24 <= len(each) <= 96 for each in (encode_chat(tokenizer, p) for p in prompts))
    said = sample(
        model, ids, uniforms=uniforms(range(len(ids)), 64), max_new_tokens=64,
        stop_ids=frozenset({end}), pad_id=0,
    )  # fmt: skip
    found = sum(len(one.tokens) for one in said) / len(said)
    assert found == pytest.approx(mean, abs=7 if early else 0)
