"""Models and rows for `memory.py`: random weights, made-up texts of set lengths."""

from __future__ import annotations

import random
from pathlib import Path

import torch
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    PreTrainedTokenizerBase,
)

from cai.adapters import merged, save_adapter, with_lora
from cai.journal import write_rows
from cai.models import encode_chat, load_scorer, load_tokenizer
from cai.records import Preference, SftRow, content_id, said_by, to_row
from cai.reward.adapter import describe

ROWS = 64
PROMPT, ANSWER = range(24, 97), 64  # tokens
SHAPE = {
    "hidden_size": 512,
    "intermediate_size": 1408,
    "num_hidden_layers": 8,
    "num_attention_heads": 8,
}


def make(folder: Path, *, rank: int) -> None:
    """Writes sft/, reward/ (model and adapter), full-reward/, sft.jsonl and preferences.jsonl."""
    tokenizer = load_tokenizer("cai-mini")
    make_models(folder, tokenizer, rank=rank)
    make_rows(folder, tokenizer)


def make_models(folder: Path, tokenizer: PreTrainedTokenizerBase, *, rank: int) -> None:
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=512,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=False,
        **SHAPE,
    )
    torch.manual_seed(0)
    sft = folder / "sft"
    LlamaForCausalLM(config).save_pretrained(sft)
    tokenizer.save_pretrained(sft)
    config.num_labels, config.cai_reward_mean, config.cai_reward_std = 1, 0.0, 1.0
    LlamaForSequenceClassification(config).save_pretrained(folder / "full-reward")
    tokenizer.save_pretrained(folder / "full-reward")

    scorer = load_scorer(str(sft), tokenizer=tokenizer)
    scorer.config.cai_reward_mean, scorer.config.cai_reward_std = 0.0, 1.0
    adapted = with_lora(scorer, rank=rank, seed=0, task="SEQ_CLS")
    model, adapter = folder / "reward" / "model", folder / "reward" / "adapter"
    save_adapter(adapted, adapter, base=str(sft))
    merged(adapted).save_pretrained(model)
    for path in (model, adapter):
        tokenizer.save_pretrained(path)
    describe(model, adapter, base=str(sft))


def make_rows(folder: Path, tokenizer: PreTrainedTokenizerBase) -> None:
    draws = random.Random(0)
    words = [
        text
        for index in range(len(tokenizer))
        if (text := tokenizer.decode([index]))[:1] == " " and text[1:].isalpha()
    ]

    def say(tokens: int) -> str:
        return "".join(draws.choices(words, k=max(1, tokens)))

    around = len(encode_chat(tokenizer, said_by("user", say(1)))) - 1
    rows, pairs = [], []
    for _ in range(ROWS):
        prompt = said_by("user", say(draws.choice(PROMPT) - around))
        chosen, rejected = (said_by("assistant", say(ANSWER - 1)) for _ in range(2))
        name = content_id(list(prompt))
        rows.append(
            SftRow(
                id=name,
                prompt=prompt,
                completion=chosen,
                prompt_id=name,
                source="helpful",
                round=0,
                principles=(),
            )
        )
        pairs.append(
            Preference(
                id=name,
                prompt=prompt,
                chosen=chosen,
                rejected=rejected,
                probability=1.0,
                comparison_id=name,
                prompt_id=name,
                principles=("kind",),
                split="train",
            )
        )
    write_rows(folder / "sft.jsonl", map(to_row, rows))
    write_rows(folder / "preferences.jsonl", map(to_row, pairs))
