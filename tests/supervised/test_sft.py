"""The SFT stage: what is trained on, that it is learned, and that a kill changes nothing."""

import contextlib
import json
from pathlib import Path

import pytest
import torch
from datasets import Dataset
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM
from trl import SFTConfig, SFTTrainer

import cai.supervised.sft as sft
from cai.engines.base import GenerateRequest
from cai.engines.transformers import TransformersEngine
from cai.errors import RecipeError, RunError
from cai.journal import read_rows, write_rows
from cai.models import encode_full, load_causal, load_tokenizer
from cai.progress import silent
from cai.quiet import quiet
from cai.records import SftRow, content_id, said_by, to_row
from cai.supervised.sft import SftSettings, encode

PAIRS = [(f"How do I plant rose {n}?", f"Dig hole {n} and give it water.") for n in range(24)]


def sft_row(request: str, answer: str) -> SftRow:
    return SftRow(
        id=content_id(request, answer),
        prompt=said_by("user", request),
        completion=said_by("assistant", answer),
        prompt_id=content_id(request),
        source="revision",
        round=1,
        principles=("p",),
    )


@pytest.fixture
def rows_path(tmp_path: Path) -> Path:
    path = tmp_path / "sft.jsonl"
    write_rows(path, [to_row(sft_row(*pair)) for pair in PAIRS])
    return path


def train(rows_path: Path, model: Path, folder: Path, **settings: object) -> dict[str, float]:
    folder.mkdir(exist_ok=True)
    chosen = SftSettings(**{"epochs": 2.0, "batch_size": 4, **settings})  # type: ignore[arg-type]
    return sft.run(
        rows_path=rows_path, model=str(model), settings=chosen, folder=folder, progress=silent
    )


def test_ids_are_those_of_every_other_stage_and_the_loss_is_on_the_answer_and_its_end(
    tiny_chat: Path,
) -> None:
    tokenizer = load_tokenizer(str(tiny_chat))
    row = sft_row(*PAIRS[0])
    encoded = encode(tokenizer, row.prompt, row.completion)
    assert encoded.input_ids == encode_full(tokenizer, [*row.prompt, *row.completion])
    learned = [i for i, m in zip(encoded.input_ids, encoded.completion_mask, strict=True) if m]
    assert tokenizer.decode(learned) == PAIRS[0][1] + "<|end|>"
    assert learned[-1] == tokenizer.eos_token_id


def test_trl_would_make_the_same_ids_from_the_conversation_but_for_what_follows_its_end(
    tiny_chat: Path, tmp_path: Path
) -> None:
    row = sft_row(*PAIRS[0])
    tokenizer = load_tokenizer(str(tiny_chat))
    with quiet():
        trainer = SFTTrainer(
            model=load_causal(str(tiny_chat), tokenizer=tokenizer),
            args=SFTConfig(output_dir=str(tmp_path), bf16=False, report_to="none", use_cpu=True),
            train_dataset=Dataset.from_list(
                [{"prompt": list(row.prompt), "completion": list(row.completion)}]
            ),
            processing_class=tokenizer,
        )
    theirs = trainer.train_dataset[0]
    ours = encode(tokenizer, row.prompt, row.completion)
    length = len(ours.input_ids)
    assert theirs["input_ids"][:length] == ours.input_ids
    assert tokenizer.decode(theirs["input_ids"][length:]) == "\n"
    labels = [i if m else -100 for i, m in zip(ours.input_ids, ours.completion_mask, strict=True)]
    assert theirs["labels"][:length] == labels


def test_a_transcript_model_learns_to_end_its_answer(tiny_gpt2: Path) -> None:
    tokenizer = load_tokenizer(str(tiny_gpt2))
    row = sft_row("Hello there", "Good day")
    encoded = encode(tokenizer, row.prompt, row.completion)
    learned = [i for i, m in zip(encoded.input_ids, encoded.completion_mask, strict=True) if m]
    assert tokenizer.decode(learned).strip() == "Good day<|endoftext|>"


def test_loss_is_the_mean_log_probability_of_the_answer_tokens(
    tiny_chat: Path, rows_path: Path, tmp_path: Path
) -> None:
    train(
        rows_path, tiny_chat, tmp_path / "out",
        batch_size=24, epochs=1.0, trl={"logging_steps": 1, "warmup_steps": 0},
    )  # fmt: skip
    tokenizer = load_tokenizer(str(tiny_chat))
    model = AutoModelForCausalLM.from_pretrained(tiny_chat).double()
    total, count = 0.0, 0
    for request, answer in PAIRS:
        row = encode(tokenizer, said_by("user", request), said_by("assistant", answer))
        with torch.no_grad():
            logits = model(torch.tensor([row.input_ids])).logits[0]
        for at in range(1, len(row.input_ids)):
            if row.completion_mask[at]:
                total -= logits[at - 1].log_softmax(-1)[row.input_ids[at]].item()
                count += 1
    logged = next(read_rows(tmp_path / "out/metrics.jsonl"))
    assert logged["step"] == 1
    assert logged["loss"] == pytest.approx(total / count, rel=1e-5)


def test_what_was_trained_is_what_the_model_then_says(
    tiny_chat: Path, rows_path: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    counts = train(rows_path, tiny_chat, folder, epochs=60.0, learning_rate=1e-2, batch_size=8)
    engine = TransformersEngine(str(folder / "model"))
    asked = [
        GenerateRequest(messages=said_by("user", request), max_new_tokens=40, temperature=0.0)
        for request, _ in PAIRS
    ]
    said = engine.generate(asked)
    right = sum(a.text == p[1] and a.finish == "stop" for a, p in zip(said, PAIRS, strict=True))
    assert right >= 20
    assert counts["rows"] == 24
    assert counts["loss"] < 0.1
    assert not (folder / "checkpoints").exists()
    assert not (folder / "model" / "training_args.bin").exists()


def test_rows_that_are_too_long_are_left_out_and_counted(tiny_chat: Path, tmp_path: Path) -> None:
    path = tmp_path / "sft.jsonl"
    rows = [sft_row("short?", "yes"), sft_row("long?", "very " * 200)]
    write_rows(path, map(to_row, rows))
    counts = train(path, tiny_chat, tmp_path / "out", max_length=64)
    assert (counts["rows"], counts["rows_too_long"]) == (1, 1)
    write_rows(path, [to_row(rows[1])])
    with pytest.raises(RunError, match=r"none of its 1 rows .* raise sft.max_length"):
        train(path, tiny_chat, tmp_path / "none", max_length=64)


class Killed(Exception):
    pass


@pytest.mark.parametrize("at", [1, 5, 11])
def test_killed_at_a_step_and_started_again_gives_the_same_files(
    tiny_chat: Path, rows_path: Path, tmp_path: Path, at: int
) -> None:
    options = {"trl": {"save_steps": 2, "logging_steps": 3}, "lora_rank": 0}
    train(rows_path, tiny_chat, tmp_path / "whole", **options)

    def kill(done: int, total: int, note: str = "") -> None:
        if done == at:
            raise Killed

    settings = SftSettings(epochs=2.0, batch_size=4, **options)  # type: ignore[arg-type]
    broken = tmp_path / "broken"
    broken.mkdir()
    with pytest.raises(Killed):
        sft.run(
            rows_path=rows_path, model=str(tiny_chat), settings=settings, folder=broken,
            progress=kill,
        )  # fmt: skip
    # A checkpoint that was being written when the kill struck, newer than any whole one.
    torn = broken / "checkpoints" / f"checkpoint-{at + 1}"
    torn.mkdir(parents=True)
    (torn / "trainer_state.json").write_text("{")
    steps: list[int] = []
    sft.run(
        rows_path=rows_path, model=str(tiny_chat), settings=settings, folder=broken,
        progress=lambda done, total, note="": steps.append(done),
    )  # fmt: skip
    assert steps[0] == (at - 1) // 2 * 2  # goes on from the last whole checkpoint
    assert (broken / "metrics.jsonl").read_text() == (tmp_path / "whole/metrics.jsonl").read_text()
    ours = load_file(broken / "model/model.safetensors")
    whole = load_file(tmp_path / "whole/model/model.safetensors")
    assert ours.keys() == whole.keys()
    assert all(torch.equal(ours[name], whole[name]) for name in whole)


def test_going_on_warns_of_nothing(
    tiny_model: Path, rows_path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Shares of all steps in the settings, and tied embeddings, which are saved once."""

    def kill(done: int, total: int, note: str = "") -> None:
        if done == 9:
            raise Killed

    steps: list[int] = []
    for progress in (kill, lambda done, *_: steps.append(done)):
        caplog.clear()
        with contextlib.suppress(Killed):
            sft.run(
                rows_path=rows_path, model=str(tiny_model), folder=tmp_path, progress=progress,
                settings=SftSettings(epochs=2.0, batch_size=4),
            )  # fmt: skip
    assert steps[0] == 8
    assert [record.getMessage() for record in caplog.records] == []


def test_a_finished_training_is_not_repeated(
    tiny_chat: Path, rows_path: Path, tmp_path: Path
) -> None:
    first = train(rows_path, tiny_chat, tmp_path / "out")
    before = (tmp_path / "out/model/model.safetensors").stat().st_mtime_ns
    assert train(rows_path, tiny_chat, tmp_path / "out") == first
    assert (tmp_path / "out/model/model.safetensors").stat().st_mtime_ns == before


def test_lora_leaves_a_plain_model_whose_weights_moved(
    tiny_chat: Path, rows_path: Path, tmp_path: Path
) -> None:
    train(rows_path, tiny_chat, tmp_path / "out", lora_rank=4, learning_rate=1e-2)
    before = load_file(tiny_chat / "model.safetensors")
    after = load_file(tmp_path / "out/model/model.safetensors")
    assert before.keys() == after.keys()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved
    assert all("_proj" in name for name in moved)
    AutoModelForCausalLM.from_pretrained(tmp_path / "out/model")


@pytest.mark.parametrize(
    ("trl", "message"),
    [
        ({"learning_rat": 1}, r"sft\.trl\.learning_rat: .* did you mean 'learning_rate'"),
        ({"learning_rate": 1e-3}, r"sft\.trl\.learning_rate: cai sets this itself"),
        ({"output_dir": "x"}, r"sft\.trl\.output_dir: cai sets this itself"),
        ({"weight_decay": "much"}, r"sft\.trl\.weight_decay: 'much' is not of type float"),
        ({"lr_scheduler_type": "sideways"}, r"sft\.trl: SFTConfig refuses this"),
    ],
)
def test_trl_settings_are_checked(
    tiny_chat: Path, rows_path: Path, tmp_path: Path, trl: dict[str, object], message: str
) -> None:
    with pytest.raises(RecipeError, match=message):
        train(rows_path, tiny_chat, tmp_path / "out", trl=trl)


def test_trl_settings_reach_the_trainer(tiny_chat: Path, rows_path: Path, tmp_path: Path) -> None:
    train(rows_path, tiny_chat, tmp_path / "out", trl={"max_steps": 3, "logging_steps": 1})
    rows = [json.loads(line) for line in (tmp_path / "out/metrics.jsonl").open()]
    assert [row["step"] for row in rows] == [1, 2, 3]
    assert {"loss", "grad_norm", "learning_rate", "mean_token_accuracy"} <= rows[0].keys()


def test_the_same_seed_gives_the_same_model_and_another_seed_another(
    tiny_chat: Path, rows_path: Path, tmp_path: Path
) -> None:
    weights = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        torch.manual_seed(len(weights))  # the caller's generator must not matter
        train(rows_path, tiny_chat, tmp_path / name, seed=seed, lora_rank=2)
        weights.append((tmp_path / name / "model/model.safetensors").read_bytes())
    assert weights[0] == weights[1]
    assert weights[0] != weights[2]
