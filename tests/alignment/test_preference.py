"""DPO with soft labels: the loss against float64, and the stage with TRL's real trainer."""

import math
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, LlamaForCausalLM
from trl import DPOConfig
from trl.trainer.dpo_trainer import DataCollatorForPreference

from cai.alignment.preference import PreferenceSettings, run, token_ids
from cai.alignment.soft_dpo import SoftLabelDPOTrainer, swap_costs
from cai.errors import RecipeError, RunError
from cai.journal import read_records, read_rows, write_rows
from cai.models import encode_chat, encode_full, load_causal, load_tokenizer
from cai.progress import Progress, silent
from cai.quiet import quiet
from cai.records import Preference, to_row
from cai.soft_labels import SoftLabelCollator, soft_term
from cai.training import trl_config
from tests.forked import ended, fork

SETTINGS = PreferenceSettings(
    epochs=3, batch_size=8, learning_rate=3e-3, max_new_tokens=8, trl={"save_steps": 4}
)


@pytest.fixture(scope="module")
def base(make_chat_tokenizer: Callable[..., Any], make_chat_model: Callable[..., Path]) -> str:
    texts = ["please tell me something kind and plain about gardens"]
    return str(make_chat_model(make_chat_tokenizer(texts), context=192))


@pytest.fixture(scope="module")
def rows(make_preference: Callable[..., Preference]) -> list[Preference]:
    """The answer that ends in "kind" is better; lengths and sureness vary."""
    rng = random.Random(0)
    words = ["gardens", "plain", "something", "about", "me", "<|end|> x"]
    return [
        make_preference(
            f"tell me about {index}",
            " ".join(rng.choices(words, k=rng.randint(1, 6))) + " kind",
            " ".join(rng.choices(words, k=rng.randint(1, 6))) + " mean",
            rng.choice([0.6, 0.8, 0.95, 1.0]),
            "train" if index < 40 else "heldout",
        )
        for index in range(48)
    ]


@pytest.fixture(scope="module")
def preferences(rows: list[Preference], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("label") / "preferences.jsonl"
    write_rows(path, map(to_row, rows))
    return path


@pytest.fixture(scope="module")
def trained(base: str, preferences: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dpo")
    run(preferences=preferences, model=base, settings=SETTINGS, folder=folder, progress=silent)
    return folder


# --- the loss ----------------------------------------------------------------------------------


def log_sigmoid(value: float) -> float:
    return -math.log1p(math.exp(-value))


@pytest.mark.parametrize("beta", [0.05, 0.5])
def test_the_soft_term_turns_the_hard_losses_into_expectations(beta: float) -> None:
    generator = torch.Generator().manual_seed(1)
    chosen, rejected = torch.randn(2, 64, generator=generator, dtype=torch.float64) * 5
    probabilities = torch.rand(64, generator=generator, dtype=torch.float64)
    lengths = tuple(torch.randint(1, 30, (2, 64), generator=generator))
    sigmoid, ipo = 0.0, 0.0
    hard_sigmoid, hard_ipo = 0.0, 0.0
    for c, r, p, m, n in zip(chosen, rejected, probabilities, *lengths, strict=True):
        h = beta * float(c - r)
        d, a = float(c / m - r / n), 1 / (2 * beta)
        p = float(p)
        sigmoid -= (p * log_sigmoid(h) + (1 - p) * log_sigmoid(-h)) / 64
        ipo += (p * (d - a) ** 2 + (1 - p) * (d + a) ** 2) / 64
        hard_sigmoid -= log_sigmoid(h) / 64
        hard_ipo += (d - a) ** 2 / 64
    for name, hard, soft in (("sigmoid", hard_sigmoid, sigmoid), ("ipo", hard_ipo, ipo)):
        costs = swap_costs(
            chosen,
            rejected,
            lengths=lengths,
            beta=beta,
            loss=name,  # type: ignore[arg-type]
        )
        term = soft_term(costs, probabilities)
        assert hard + term.item() == pytest.approx(soft, abs=1e-10)


def answer_logprob(model: LlamaForCausalLM, prompt: list[int], answer: list[int]) -> float:
    """Token by token in float64, without padding or batches."""
    logits = model(torch.tensor([prompt + answer])).logits[0]
    logprobs = logits.log_softmax(-1)
    return sum(logprobs[len(prompt) + i - 1, token].item() for i, token in enumerate(answer))


@pytest.mark.parametrize(("loss", "nll"), [("sigmoid", 0.0), ("sigmoid", 0.3), ("ipo", 0.0)])
def test_the_trainers_loss_is_the_soft_label_loss(
    base: str, rows: list[Preference], tmp_path: Path, loss: str, nll: float
) -> None:
    beta = 0.3
    tokenizer = load_tokenizer(base)
    ids = [token_ids(tokenizer, row) for row in rows[:6]]
    config = trl_config(
        DPOConfig,
        section="align-dpo",
        folder=tmp_path,
        own={
            "loss_type": [loss, "sft"] if nll else [loss],
            "loss_weights": [1.0, nll] if nll else [1.0],
            "beta": beta,
            "max_length": None,
            "remove_unused_columns": False,
            "precompute_ref_log_probs": True,
            "bf16": False,
            "use_cpu": True,
        },
        user={},
    )
    with quiet():
        trainer = SoftLabelDPOTrainer(
            model=load_causal(base, tokenizer=tokenizer),
            args=config,
            data_collator=SoftLabelCollator(DataCollatorForPreference(tokenizer.pad_token_id)),
            train_dataset=Dataset.from_list(ids),
            processing_class=tokenizer,
        )
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():  # away from the reference, where every loss is trivial
        for weight in trainer.model.parameters():
            weight += 0.05 * torch.randn(weight.shape, generator=generator)
    batch = trainer.data_collator([trainer.train_dataset[i] for i in range(6)])
    found = trainer.compute_loss(trainer.model, batch).item()

    policy = trainer.model.double()
    reference = LlamaForCausalLM.from_pretrained(base).double()
    policy.forward = LlamaForCausalLM.forward.__get__(policy)  # without TRL's fused head
    total, nlls, tokens = 0.0, 0.0, 0
    with torch.no_grad():
        for row in ids:
            ratios = []
            for side in ("chosen_ids", "rejected_ids"):
                own = answer_logprob(policy, row["prompt_ids"], row[side])
                ratios.append(own - answer_logprob(reference, row["prompt_ids"], row[side]))
                if side == "chosen_ids":
                    nlls, tokens = nlls - own, tokens + len(row[side])
            p = row["probability"]
            if loss == "sigmoid":
                h = beta * (ratios[0] - ratios[1])
                total -= p * log_sigmoid(h) + (1 - p) * log_sigmoid(-h)
            else:
                d = ratios[0] / len(row["chosen_ids"]) - ratios[1] / len(row["rejected_ids"])
                a = 1 / (2 * beta)
                total += p * (d - a) ** 2 + (1 - p) * (d + a) ** 2
    assert found == pytest.approx(total / 6 + nll * nlls / tokens, rel=2e-4)


# --- the stage ---------------------------------------------------------------------------------


def test_token_ids_are_those_of_every_other_part(base: str, rows: list[Preference]) -> None:
    tokenizer = load_tokenizer(base)
    for row in rows:
        ids = token_ids(tokenizer, row)
        assert ids["prompt_ids"] == encode_chat(tokenizer, row.prompt)
        for side, answer in (("chosen_ids", row.chosen), ("rejected_ids", row.rejected)):
            whole = encode_full(tokenizer, [*row.prompt, *answer])
            assert ids["prompt_ids"] + ids[side] == whole
            assert whole[-1] == tokenizer.eos_token_id
            assert whole.count(tokenizer.eos_token_id) == 2  # a text cannot end its own turn


def test_it_learns_the_preference(base: str, trained: Path, rows: list[Preference]) -> None:
    metrics = list(read_rows(trained / "metrics.jsonl"))
    names = {"loss", "rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies"}
    assert names <= set(metrics[0])
    assert metrics[-1]["rewards/margins"] > 0.4 > metrics[0]["rewards/margins"]
    steps = [row["step"] for row in metrics]
    assert steps == sorted(set(steps)), "a step was logged twice"

    tokenizer = load_tokenizer(base)
    start = load_causal(base)
    model = AutoModelForCausalLM.from_pretrained(trained / "model")
    better = 0
    heldout = [token_ids(tokenizer, row) for row in rows if row.split == "heldout"]
    with torch.no_grad():
        for ids in heldout:
            gains = [
                answer_logprob(model, ids["prompt_ids"], ids[side])
                - answer_logprob(start, ids["prompt_ids"], ids[side])
                for side in ("chosen_ids", "rejected_ids")
            ]
            better += gains[0] > gains[1]
    assert better >= len(heldout) - 1
    assert not (trained / "checkpoints").exists()
    samples = list(read_rows(trained / "samples.jsonl"))
    assert [row["prompt_id"] for row in samples] == [
        row.prompt_id for row in rows if row.split == "heldout"
    ]


def test_a_killed_training_goes_on_to_the_same_files(
    base: str, preferences: Path, trained: Path, tmp_path: Path
) -> None:
    def train(progress: Progress) -> None:
        run(
            preferences=preferences,
            model=base,
            settings=SETTINGS,
            folder=tmp_path,
            progress=progress,
        )

    def die(done: int, total: int, note: str = "") -> None:
        if done == 7:
            os.kill(os.getpid(), signal.SIGKILL)

    assert ended(fork(lambda: train(die))) == -signal.SIGKILL
    seen: list[int] = []
    train(lambda done, total, note="": seen.append(done))
    assert min(seen) == 4, "it should go on from the checkpoint"
    for name in ("model/model.safetensors", "model/config.json", "metrics.jsonl", "samples.jsonl"):
        assert (tmp_path / name).read_bytes() == (trained / name).read_bytes(), name


def test_adapters_are_merged(base: str, preferences: Path, tmp_path: Path) -> None:
    settings = PreferenceSettings(
        epochs=1, batch_size=8, learning_rate=1e-2, lora_rank=4, max_new_tokens=4
    )
    run(preferences=preferences, model=base, settings=settings, folder=tmp_path, progress=silent)
    before, after = (AutoModelForCausalLM.from_pretrained(p) for p in (base, tmp_path / "model"))
    changed = {
        name
        for (name, a), b in zip(before.named_parameters(), after.parameters(), strict=True)
        if not torch.equal(a, b)
    }
    assert changed
    assert all("proj" in name for name in changed)


def test_hard_labels_and_long_pairs(
    base: str,
    rows: list[Preference],
    make_preference: Callable[..., Preference],
    tmp_path: Path,
) -> None:
    long = make_preference("please", "zq" * 40, "mean", 0.9, "train")
    write_rows(tmp_path / "p.jsonl", map(to_row, [long, *rows[:16]]))
    settings = PreferenceSettings(
        epochs=1, batch_size=16, max_length=60, soft_labels=False, max_new_tokens=4, nll_weight=0.0
    )
    counts = run(
        preferences=tmp_path / "p.jsonl",
        model=base,
        settings=settings,
        folder=tmp_path,
        progress=silent,
    )
    assert (counts["rows"], counts["too_long"]) == (16, 1)
    first = next(iter(read_rows(tmp_path / "metrics.jsonl")))
    assert first["loss"] == pytest.approx(math.log(2), abs=1e-4)


def test_nothing_to_train_on_is_an_error(base: str, preferences: Path, tmp_path: Path) -> None:
    heldout = [row for row in read_records(preferences, Preference) if row.split == "heldout"]
    write_rows(tmp_path / "p.jsonl", map(to_row, heldout))
    with pytest.raises(RunError, match="label more prompts"):
        run(
            preferences=tmp_path / "p.jsonl",
            model=base,
            settings=SETTINGS,
            folder=tmp_path,
            progress=silent,
        )


@pytest.mark.parametrize("trl", [{"lr_sheduler_type": "constant"}, {"beta": 0.3}])
def test_trl_settings_are_checked(
    base: str, preferences: Path, tmp_path: Path, trl: dict[str, object]
) -> None:
    with pytest.raises(RecipeError, match=next(iter(trl))):
        run(
            preferences=preferences,
            model=base,
            settings=PreferenceSettings(trl=trl),
            folder=tmp_path,
            progress=silent,
        )
