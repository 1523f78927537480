"""A tiny model with a real tokenizer, and preferences that it can learn from."""

import random
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from tokenizers.decoders import ByteLevel
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from cai.journal import write_rows
from cai.records import Message, Preference, content_id, said_by, to_row

TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>NEWLINE"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def save_model(folder: Path, *, newline_after_end: bool) -> str:
    """A random two-layer Llama; its template may say more after the end of a turn."""
    specials = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevel()
    tokenizer.train_from_iterator(
        ["please tell me something kind and plain about gardens"] * 4,
        trainers.BpeTrainer(
            vocab_size=300,
            special_tokens=specials,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<|pad|>", eos_token="<|end|>"
    )
    fast.chat_template = TEMPLATE.replace("NEWLINE", "\n" if newline_after_end else "")
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=256,
        pad_token_id=fast.pad_token_id,
        eos_token_id=fast.eos_token_id,
        bos_token_id=None,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        LlamaForCausalLM(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_model(tmp_path_factory.mktemp("base"), newline_after_end=False)


@pytest.fixture(scope="session")
def newline_base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_model(tmp_path_factory.mktemp("newline"), newline_after_end=True)


def preference(
    prompt: str, chosen: str, rejected: str, probability: float, split: str
) -> Preference:
    messages = said_by("user", prompt)
    return Preference(
        id=content_id(prompt, chosen, rejected),
        prompt=messages,
        chosen=said_by("assistant", chosen),
        rejected=said_by("assistant", rejected),
        probability=probability,
        comparison_id=content_id(prompt),
        prompt_id=content_id(list(messages)),
        principles=("kind",),
        split=split,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="session")
def preferences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The answer with the word "kind" is better, whatever its length and whatever else it says."""
    rng = random.Random(0)
    words = ["gardens", "plain", "something", "about", "tell", "me", "please"]
    rows = []
    for index in range(96):
        said = [" ".join(rng.choices(words, k=rng.randint(2, 9))) for _ in range(2)]
        rows.append(
            preference(
                f"tell me about {index}",
                f"{said[0]} kind",
                f"{said[1]} mean",
                0.95,
                "train" if index < 64 else "heldout",
            )
        )
    path = tmp_path_factory.mktemp("label") / "preferences.jsonl"
    write_rows(path, map(to_row, rows))
    return path


@pytest.fixture
def conversations() -> list[list[Message]]:
    return [
        [*said_by("user", "please tell me"), *said_by("assistant", text)]
        for text in ("gardens", "something kind and plain about gardens", "", "a <|end|> b")
    ]
