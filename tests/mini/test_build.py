"""The builder of the embedded model: tokenizer, forward pass, optimiser, training, smoke build."""

import dataclasses
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch.multiprocessing.spawn import start_processes
from torch.nn import functional
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from cai.mini import build, model, network
from cai.mini.batches import PROMPT, TASKS, Batch, collate, cut, encode
from cai.mini.examples import examples
from cai.mini.muon import orthogonalise
from cai.mini.parts import Example, Turn
from cai.mini.tokenizer import END, PAD, ROLES, role_token, train_tokenizer
from cai.mini.train import STREAMS, Settings, initialise, rate, train

TINY = Settings(tokens=6_000, pool=16, area=512, batches=1, checkpoint_seconds=0.0)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> PreTrainedTokenizerFast:
    folder = tmp_path_factory.mktemp("tokenizer")
    build.build_tokenizer(folder, seed=0, count=300)
    return AutoTokenizer.from_pretrained(folder)


def tiny_shape(tokenizer: PreTrainedTokenizerFast) -> LlamaConfig:
    end, pad = tokenizer.convert_tokens_to_ids([END, PAD])
    config = model.shape(len(tokenizer), end=end, pad=pad)
    config.update({"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2})
    config.update({"head_dim": 8})
    return config


def random_model(config: LlamaConfig) -> LlamaForCausalLM:
    """No zeros and no ones anywhere, so that every weight matters to the result."""
    network = initialise(config, 0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.add_(noise, alpha=0.3 if parameter.ndim == 1 else 0.1)
    return network


def letters_of(tokenizer: PreTrainedTokenizerFast, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def test_resolve_knows_the_embedded_model_only() -> None:
    assert model.resolve("cai-mini") == str(model.folder())
    assert model.resolve("org/other") == "org/other"


def test_every_byte_survives_the_tokenizer(tokenizer: PreTrainedTokenizerFast) -> None:
    text = "".join(map(chr, range(1, 0x250))) + " 🙂 漢字  two  spaces\n\n\ttabs"
    assert tokenizer.decode(letters_of(tokenizer, text)) == text


@pytest.mark.parametrize("mark", [*"AB0123456789", *"().,:;!?'\"-"])
def test_letters_digits_and_marks_are_single_tokens(
    tokenizer: PreTrainedTokenizerFast, mark: str
) -> None:
    (lone,) = letters_of(tokenizer, mark)
    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": "A?"}, {"role": "assistant", "content": mark}],
        tokenize=True,
        return_dict=False,
    )
    assert chat[-2:] == [lone, tokenizer.eos_token_id]
    if not mark.isalpha():
        assert letters_of(tokenizer, f"x{mark * 3}y")[1:-1] == [lone] * 3


def test_no_token_is_left_over_from_building_another() -> None:
    texts = ["hijack a van", "a jar of jam", "rack and pinion"] * 40
    trained = train_tokenizer(texts, vocabulary=400)
    assert trained.tokenize("hijack a car") == ["hijack", "Ġa", "Ġ", "c", "a", "r"]
    used = {token for text in texts for token in trained.tokenize(text)}
    longer = {token for token in trained.get_vocab() if len(token) > 1 and "<|" not in token}
    assert longer
    assert longer <= used
    assert trained.decode(letters_of(trained, "carjack")) == "carjack"


def test_template_marks_what_the_assistant_says(tokenizer: PreTrainedTokenizerFast) -> None:
    chat = [
        {"role": "system", "content": " Be kind. "},
        {"role": "user", "content": "Hello\n"},
        {"role": "assistant", "content": "Good day."},
    ]
    text = tokenizer.apply_chat_template(chat, tokenize=False)
    assert text == (
        "<|system|> Be kind. <|end|><|user|>Hello\n<|end|><|assistant|>Good day.<|end|>"
    )
    prompt = tokenizer.apply_chat_template(chat[:2], tokenize=False, add_generation_prompt=True)
    assert text == prompt + "Good day.<|end|>"
    both = tokenizer.apply_chat_template(chat, return_dict=True, return_assistant_tokens_mask=True)
    said = [
        token
        for token, mine in zip(both["input_ids"], both["assistant_masks"], strict=True)
        if mine
    ]
    assert said == [*letters_of(tokenizer, "Good day."), tokenizer.eos_token_id]
    assert tokenizer.eos_token == END
    assert tokenizer.pad_token == PAD
    with pytest.raises(Exception, match="unknown role: tool"):
        tokenizer.apply_chat_template([{"role": "tool", "content": ""}], tokenize=False)


def test_rows_are_the_chat_template_with_weights(tokenizer: PreTrainedTokenizerFast) -> None:
    for example in examples(3, count=40, progress=0.7):
        (row,) = encode([example], tokenizer)
        chat = [{"role": turn.role, "content": turn.text} for turn in example.turns]
        assert row.ids == tokenizer.apply_chat_template(chat, return_dict=False)
    judged = Example("judge", (Turn("user", "A or B?", 0.25), Turn("assistant", "B", 6.0)))
    (row,) = encode([judged], tokenizer)
    question = len(letters_of(tokenizer, "A or B?"))
    assert row.weights == [0.0, *[0.25] * question, 0.0, 0.0, 6.0, 6.0]
    assert row.groups[1] == PROMPT
    assert row.groups[-2] == TASKS.index("judge")


def test_too_long_an_example_is_refused(tokenizer: PreTrainedTokenizerFast) -> None:
    with pytest.raises(ValueError, match=r"assistant example has \d+ tokens, over 1024"):
        encode([Example("assistant", (Turn("user", "1" * 1024, 1.0),))], tokenizer)


def test_cut_keeps_every_learned_token_once(tokenizer: PreTrainedTokenizerFast) -> None:
    rows = encode(examples(5, count=60, progress=0.5), tokenizer)
    batches = cut(rows, area=600, seed=1, pad=tokenizer.pad_token_id)
    learned = sorted(
        (row.ids[i], row.weights[i], row.groups[i])
        for row in rows
        for i in range(1, len(row.ids))
        if row.weights[i]
    )
    found = sorted(
        triple
        for batch in batches
        for triple in zip(
            batch.targets.tolist(), batch.weights.tolist(), batch.groups.tolist(), strict=True
        )
    )
    assert [found[i][0::2] for i in range(len(found))] == [row[0::2] for row in learned]
    assert sum(weight for _, weight, _ in found) == pytest.approx(sum(w for _, w, _ in learned))
    for batch in batches:
        assert batch.ids.numel() <= 600
        assert torch.equal(batch.ids.reshape(-1)[batch.positions + 1], batch.targets)
    again = cut(rows, area=600, seed=1, pad=tokenizer.pad_token_id)
    assert all(torch.equal(one.ids, two.ids) for one, two in zip(batches, again, strict=True))


def some_batch(tokenizer: PreTrainedTokenizerFast, *, count: int = 6) -> Batch:
    rows = encode(examples(7, count=count, progress=0.9), tokenizer)
    return collate(rows, tokenizer.pad_token_id)


def test_forward_and_gradients_equal_transformers(tokenizer: PreTrainedTokenizerFast) -> None:
    config = tiny_shape(tokenizer)
    llama = random_model(config)
    batch = some_batch(tokenizer)
    parameters = dict(llama.named_parameters())
    head = parameters["model.embed_tokens.weight"]
    hidden = network.hidden_states(
        parameters, batch.ids, batch.positions, config, network.rotary_tables(config, 1024)
    )
    total, losses = network.weighted_loss(hidden, head, batch.targets, batch.weights, rows=37)
    total.backward()  # type: ignore[no-untyped-call]
    mine = {name: parameter.grad.clone() for name, parameter in parameters.items()}
    llama.zero_grad()
    mask = (batch.ids != tokenizer.pad_token_id).long()
    logits = llama(input_ids=batch.ids, attention_mask=mask).logits.flatten(0, 1)[batch.positions]
    expected = functional.cross_entropy(logits, batch.targets, reduction="none")
    torch.testing.assert_close(hidden @ head.T, logits, atol=2e-5, rtol=2e-5)
    torch.testing.assert_close(losses, expected, atol=2e-5, rtol=2e-5)
    (expected @ batch.weights).backward()  # type: ignore[no-untyped-call]
    for name, parameter in parameters.items():
        scale = parameter.grad.abs().max().item()
        torch.testing.assert_close(mine[name], parameter.grad, atol=1e-5 * scale, rtol=1e-4)


def test_gradient_of_the_loss_agrees_with_differences() -> None:
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True)

    targets = torch.tensor([0, 3, 6, 3, 1])
    weights = torch.tensor([1.0, 0.2, 6.0, 0.0, 1.0], dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda hidden, head: network.weighted_loss(hidden, head, targets, weights, rows=2)[0],
        (draw(5, 6), draw(7, 6)),
    )


@pytest.mark.parametrize("shape", [(3, 16, 16), (2, 12, 40), (2, 40, 12)])
def test_muon_update_is_nearly_the_polar_factor(shape: tuple[int, int, int]) -> None:
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    u, _, vh = torch.linalg.svd(matrices.double(), full_matrices=False)
    # In the singular basis the update must be diagonal, with values near one.
    turned = u.mT @ orthogonalise(matrices).double() @ vh.mT
    values = torch.diagonal(turned, dim1=-2, dim2=-1)
    assert values.min() > 0.3
    assert values.max() < 1.3
    torch.testing.assert_close(turned, torch.diag_embed(values), atol=1e-3, rtol=0)


def test_rates_rise_stay_and_fall_to_zero() -> None:
    settings = Settings(warmup=0.1, decay=0.5)
    assert rate(0.0, settings) < 0.02
    assert rate(0.1, settings) == rate(0.5, settings) == 1.0
    assert rate(0.75, settings) == pytest.approx(0.5)
    assert rate(1.0, settings) == 0.0


class Killed(Exception):
    """Stands for the end of the process."""


def test_killed_training_ends_with_the_same_weights(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    config, checkpoint = tiny_shape(tokenizer), tmp_path / "checkpoint.pt"
    whole = train(config, tokenizer, examples, TINY, report=lambda line: None)
    chatty = dataclasses.replace(TINY, report_seconds=0.0)
    lines = []

    def die(line: str) -> None:
        lines.append(line)
        if len(lines) in (2, 5):
            raise Killed

    for _ in range(2):
        with pytest.raises(Killed):
            train(config, tokenizer, examples, chatty, checkpoint=checkpoint, report=die)
    resumed = train(config, tokenizer, examples, chatty, checkpoint=checkpoint, report=die)
    for one, two in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, two)
    assert "100%" in lines[-1]
    assert any(f" {task} " in lines[-1] for task in TASKS)


def _train_in_process(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=STREAMS
    )
    tokenizer = AutoTokenizer.from_pretrained(folder)
    trained = train(tiny_shape(tokenizer), tokenizer, examples, TINY, report=lambda line: None)
    torch.save(trained.state_dict(), f"{folder}/{rank}.pt")
    dist.destroy_process_group()


def test_two_processes_train_what_one_trains(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    tokenizer.save_pretrained(tmp_path)
    alone = train(tiny_shape(tokenizer), tokenizer, examples, TINY, report=lambda line: None)
    # Forked: as what they import is there, this takes what the training takes.
    start_processes(  # type: ignore[no-untyped-call]
        _train_in_process, (str(tmp_path),), nprocs=STREAMS, start_method="fork"
    )
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in range(STREAMS))
    for name, parameter in alone.state_dict().items():
        assert torch.equal(first[name], second[name])
        torch.testing.assert_close(first[name], parameter, atol=2e-4, rtol=1e-3)


def test_smoke_build_writes_a_model_that_loads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "weights"
    assert build.main(["--smoke", "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert list(tmp_path.iterdir()) == [out]
    printed = capsys.readouterr().out
    assert "100%" in printed
    assert "judge.same_after_swap" in printed
    llama = LlamaForCausalLM.from_pretrained(out)
    tokenizer = AutoTokenizer.from_pretrained(out)
    assert llama.generation_config.eos_token_id == tokenizer.eos_token_id
    assert llama.generation_config.pad_token_id == tokenizer.pad_token_id
    assert llama.config.vocab_size == len(tokenizer)
    assert {role_token(role) for role in ROLES} <= set(tokenizer.all_special_tokens)
    # It has seen little but must have learned something: a guess loses log(2400) = 7.8 nats.
    batch = some_batch(tokenizer, count=40)
    hidden = llama.model(input_ids=batch.ids).last_hidden_state.flatten(0, 1)[batch.positions]
    loss = functional.cross_entropy(hidden @ llama.lm_head.weight.T, batch.targets)
    assert loss.item() < 6.0
