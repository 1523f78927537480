"""A hub model is loaded at the commit that named it, though the hub has moved on since."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import constants
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import AutoTokenizer

from cai import recipe
from cai.engines.base import ChooseRequest
from cai.engines.transformers import TransformersEngine
from cai.errors import EngineError
from cai.evaluation import run as evaluation
from cai.journal import write_rows
from cai.models import context_of, load_causal, load_scorer, load_tokenizer
from cai.progress import silent
from cai.quiet import quiet
from cai.records import Preference, SftRow, said_by, to_row
from cai.run import Run
from cai.stages import STAGES
from cai.store import RunFolder
from cai.weights import pin, resolve, weights_digest

NAME = "somebody/some-model"
OLD, NEW = "a" * 40, "b" * 40
BODY = "layers.0.self_attn.q_proj.weight"


class Hub:
    """The hub as it is known offline: what was fetched of NAME, and its newest commit."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "models--somebody--some-model"

    def put(self, commit: str, model: Path) -> None:
        shutil.copytree(model, self.folder / "snapshots" / commit)

    def newest(self, commit: str) -> None:
        (self.folder / "refs").mkdir(exist_ok=True)
        (self.folder / "refs" / "main").write_text(commit)


@pytest.fixture(scope="module")
def models(make_chat_model: Callable[..., Path]) -> dict[str, Path]:
    """Two models that differ in their weights, context and chat template."""
    made = {}
    for seed, commit in enumerate((OLD, NEW)):
        tokenizer = AutoTokenizer.from_pretrained(resolve("cai-mini").path)
        tokenizer.chat_template += f"{{# {seed} #}}"
        made[commit] = make_chat_model(
            tokenizer, context=512 + seed, seed=seed, tie_word_embeddings=True
        )
    return made


@pytest.fixture
def hub(models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    made = Hub(tmp_path / "hub")
    for commit, model in models.items():
        made.put(commit, model)
    made.newest(OLD)
    return made


def weight(model: Any) -> torch.Tensor:
    return model.base_model.get_parameter(BODY)


def test_what_was_digested_is_what_is_loaded(hub: Hub, models: dict[str, Path]) -> None:
    name = pin(NAME)
    assert (name, weights_digest(name)) == (f"{NAME}@{OLD}", OLD)
    hub.newest(NEW)
    assert (pin(name), weights_digest(name), weights_digest(NAME)) == (name, OLD, NEW)
    tokenizer = load_tokenizer(name)
    assert tokenizer.chat_template == load_tokenizer(str(models[OLD])).chat_template
    assert context_of(name) == 512
    expected = weight(load_causal(str(models[OLD])))
    assert weight(load_causal(name)).equal(expected)
    assert weight(load_scorer(name, tokenizer=tokenizer)).equal(expected)
    assert not weight(load_causal(NAME)).equal(expected)


def test_a_revision_may_be_asked_for(hub: Hub) -> None:
    (hub.folder / "refs" / "tuned").write_text(NEW)
    assert pin(f"{NAME}@tuned") == f"{NAME}@{NEW}"
    assert context_of(f"{NAME}@tuned") == 513
    with pytest.raises(EngineError, match=f"'{NAME}@gone' is neither a folder nor reachable"):
        pin(f"{NAME}@gone")


def test_a_folder_is_pinned_as_it_is(tiny_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / "a@b")
    assert pin(str(folder)) == str(folder)
    assert weights_digest(str(folder)) == weights_digest(str(tiny_model))
    assert pin("cai-mini") == "cai-mini"
    for use in (pin, weights_digest, context_of):
        with pytest.raises(EngineError, match="a folder has no revisions; leave out @main"):
            use(f"{folder}@main")


@pytest.mark.filterwarnings("ignore:Could not find a config file")  # peft, on saving
def test_an_adapter_keeps_the_base_that_it_was_digested_with(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    config = LoraConfig(
        r=2, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False
    )
    with quiet():
        get_peft_model(load_causal(NAME), config).save_pretrained(folder)
    load_tokenizer(NAME).save_pretrained(folder)
    plain = str(folder)
    name, digest, before = pin(plain), weights_digest(plain), weight(load_causal(plain))
    assert name == f"{folder}@{OLD}"
    hub.newest(NEW)
    assert (weights_digest(name), pin(name)) == (digest, name)
    assert weights_digest(plain) != digest
    tokenizer = load_tokenizer(name)
    assert context_of(name) == 512
    assert weight(load_causal(name)).equal(before)
    assert weight(load_scorer(name, tokenizer=tokenizer)).equal(before)
    # A revision that the adapter itself names needs no pinning.
    config_file = folder / "adapter_config.json"
    fields = json.loads(config_file.read_text())
    assert fields["base_model_name_or_path"] == NAME
    config_file.write_text(json.dumps({**fields, "revision": OLD}))
    assert weight(load_causal(plain)).equal(before)


def test_an_adapter_on_the_hub_is_refused(hub: Hub) -> None:
    """transformers would load it onto the newest commit of its base."""
    (hub.folder / "snapshots" / OLD / "adapter_config.json").write_text("{}")
    with pytest.raises(EngineError, match="is an adapter; download it and give its folder"):
        weights_digest(NAME)


def test_an_engine_stays_with_the_commit_of_its_identity(hub: Hub, models: dict[str, Path]) -> None:
    engine = TransformersEngine(NAME)
    hub.newest(NEW)
    assert (engine.identity.model, engine.identity.weights) == (NAME, OLD)
    request = ChooseRequest(messages=said_by("user", "a"), options=("A", "B"))
    (asked,), (expected,) = (
        each.choose([request]) for each in (engine, TransformersEngine(str(models[OLD])))
    )
    assert asked.logprobs == expected.logprobs


@pytest.fixture
def begun(hub: Hub, tmp_path: Path) -> Run:
    """A run over a hub model that has been digested, and changed since."""
    gentle = {"learning_rate": 1e-12, "epochs": 1}
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a")
    path = tmp_path / "r.yaml"
    values = {"model": NAME, "sft": gentle, "reward": {**gentle, "base": NAME}}
    path.write_text(json.dumps({**values, "prompts": {"heldout_helpful": [str(prompts)]}}))
    run = Run(recipe.load(path), RunFolder(tmp_path / "run"))
    assert run.digest_of(NAME) == OLD
    hub.newest(NEW)
    return run


def test_a_run_goes_on_with_the_commit_that_it_began_with(begun: Run) -> None:
    assert begun.digest_of(NAME) == OLD
    engine = begun.engine(NAME)
    assert (engine.identity.model, engine.identity.weights) == (NAME, OLD)
    assert engine.context == 512
    assert Run(begun.recipe, begun.folder).digest_of(NAME) == NEW


def test_training_starts_from_the_commit_that_was_digested(
    begun: Run,
    models: dict[str, Path],
    make_preference: Callable[..., Preference],
    tmp_path: Path,
) -> None:
    row = SftRow(
        id="a",
        prompt=said_by("user", "a"),
        completion=said_by("assistant", "b"),
        prompt_id="a",
        source="helpful",
        round=0,
        principles=(),
    )
    preference = make_preference("a", "b", "c", 0.9, "train")
    for stage, needed, rows in (
        ("sft", "critique-revise/sft.jsonl", [to_row(row)]),
        ("reward", "label/preferences.jsonl", [to_row(preference)] * 2),
    ):
        path = begun.folder.path / needed
        path.parent.mkdir(parents=True)
        write_rows(path, rows)
        (tmp_path / stage).mkdir()
        STAGES[stage].run(begun, tmp_path / stage, silent)
        weights = load_file(tmp_path / stage / "model" / "model.safetensors")
        for commit, model in models.items():
            start = load_file(model / "model.safetensors")[f"model.{BODY}"]
            assert weights[f"model.{BODY}"].allclose(start, atol=1e-6) is (commit == OLD)


def test_a_reward_model_of_its_own_is_an_input(begun: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(begun, "output_digest", lambda stage, file: f"{stage}/{file}")
    inputs = STAGES["reward"].inputs(begun)
    assert (inputs["model"], inputs["rows"]) == (OLD, "label/preferences.jsonl")


def test_the_commit_that_was_digested_is_evaluated(
    begun: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(evaluation, "run", lambda **kwargs: given.update(kwargs) or {})
    STAGES["evaluate"].run(begun, tmp_path, silent)
    assert given["models"]["initial"] == f"{NAME}@{OLD}"
    assert given["engines"]["initial"]().identity.weights == OLD
