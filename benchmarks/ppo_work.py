"""What both sides of `benchmarks/ppo.py` are given, and how many operations it takes."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    PreTrainedTokenizerBase,
)

from cai import prompts as prompt_sets
from cai.adapters import with_lora
from cai.models import encode_chat, load_tokenizer
from cai.records import Prompt, content_id, said_by
from cai.reward.adapter import describe
from cai.shipped import locate

LORA_RANK = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """A Llama's sizes."""

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int


SHAPES = {
    "1.4 M": Shape(
        vocab_size=2406, hidden_size=128, intermediate_size=352, num_hidden_layers=5,
        num_attention_heads=4,
    ),
    "30 M": Shape(
        vocab_size=32_000, hidden_size=384, intermediate_size=1024, num_hidden_layers=10,
        num_attention_heads=6,
    ),
    "0.5 B": Shape(
        vocab_size=64_000, hidden_size=1024, intermediate_size=4096, num_hidden_layers=26,
        num_attention_heads=16,
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One task, as `work.json` holds it for both sides."""

    shape: str
    early: bool
    threads: int
    most_updates: int
    batch_size: int = 64
    ppo_epochs: int = 4
    max_new_tokens: int = 64
    shortest_prompt: int = 24
    longest_prompt: int = 96
    learning_rate: float = 1e-6  # so small that lengths stay as they are


def write_work(work: Work, folder: Path) -> int:
    """Writes models, prompts and settings; returns how many parameters the policy has.

    Models are random, but one token, the end, is as likely as it takes: never, or such that answers
    have a third of the greatest length in the mean. So each side stops by its own means.
    """
    shape = SHAPES[work.shape]
    tokenizer = load_tokenizer("cai-mini")
    config = LlamaConfig(
        **asdict(shape), max_position_embeddings=1024, tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )  # fmt: skip
    torch.manual_seed(0)
    policy = LlamaForCausalLM(config).eval()
    set_end(policy, int(tokenizer.eos_token_id), end_probability(work) if work.early else 0.0)
    policy.save_pretrained(folder / "policy")
    tokenizer.save_pretrained(folder / "policy")
    config.num_labels = 1
    scorer = LlamaForSequenceClassification(config)
    scorer.model.load_state_dict(policy.model.state_dict())
    # The reward model is an adapter over the policy's base: with LoRA all weights can be shared.
    adapted = with_lora(scorer, rank=LORA_RANK, seed=1, task="SEQ_CLS", whole=["score"])
    adapted.save_pretrained(str(folder / "reward" / "adapter"))
    adapted.merge_and_unload().save_pretrained(folder / "reward" / "model")
    tokenizer.save_pretrained(folder / "reward" / "model")
    tokenizer.save_pretrained(folder / "reward" / "adapter")
    describe(
        folder / "reward" / "model", folder / "reward" / "adapter", base=str(folder / "policy")
    )
    rows = [
        {"id": one.id, "messages": list(one.messages), "ids": encode_chat(tokenizer, one.messages)}
        for one in made_prompts(work, tokenizer)
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "prompts.jsonl").write_text(text, "utf-8")
    (folder / "work.json").write_text(json.dumps(asdict(work)), "utf-8")
    return int(policy.num_parameters())


def made_prompts(work: Work, tokenizer: PreTrainedTokenizerBase) -> list[Prompt]:
    """Conversations of words, whose lengths in tokens are even over the range."""
    source = prompt_sets.load(str(locate("prompts/helpful.train.jsonl"))).prompts
    words = " ".join(one.messages[-1]["content"] for one in source).split()
    draw = random.Random(0)
    found = []
    for _ in range(4 * work.batch_size):
        size = draw.randint(work.shortest_prompt, work.longest_prompt)
        start = draw.randrange(len(words) - size)
        count = size
        while len(encode_chat(tokenizer, said(words, start, count))) > size:
            count -= 1
        messages = said(words, start, count)
        found.append(Prompt(id=content_id(messages), messages=messages))
    return found


def said(words: list[str], start: int, count: int) -> tuple[dict[str, str], ...]:
    return said_by("user", " ".join(words[start : start + count]))


def end_probability(work: Work) -> float:
    """Of the end at each token, for a mean length of a third of the greatest one."""
    wanted, low, high = work.max_new_tokens / 3, 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = (1 - (1 - middle) ** work.max_new_tokens) / middle
        low, high = (middle, high) if mean > wanted else (low, middle)
    return (low + high) / 2


@torch.no_grad()
def set_end(policy: LlamaForCausalLM, end: int, probability: float) -> None:
    """Gives the end token about this probability in every state.

    All embeddings get a common direction, which the layers of a random model leave nearly alone;
    the end's row gets more or less of it than the others.
    """
    weight = policy.get_input_embeddings().weight
    direction = torch.ones_like(weight[0]) * 0.1
    own = weight[end].clone()
    weight += direction
    ids = torch.randint(4, len(weight), (4, 48), generator=torch.Generator().manual_seed(0))
    low, high = -3.0, 3.0
    for _ in range(16):
        factor = (low + high) / 2 if probability else -3.0
        weight[end] = own + (1 + factor) * direction
        found = float(policy(input_ids=ids).logits.softmax(-1)[..., end].mean())
        low, high = (factor, high) if found < probability else (low, factor)


def operations(shape: Shape, prompts: list[int], answers: list[int], epochs: int) -> float:
    """Floating-point operations that one PPO update cannot do without.

    Each answer is generated once, read by the reference, the reward and the value model, and in
    every epoch goes forward and, at twice the cost, backward through policy and value model. What
    the policy said when it sampled and what the head would say of prompts need not be computed.
    """
    total = 0.0
    for prompt, answer in zip(prompts, answers, strict=True):
        body = passes(shape, prompt + answer)
        head = 2.0 * shape.hidden_size * shape.vocab_size * answer
        generated, scored = body + head, (body + head) + 2 * body
        total += generated + scored + epochs * 3 * (2 * body + head)
    return total


def passes(shape: Shape, tokens: int) -> float:
    """Operations of one sequence's forward pass below the head."""
    hidden = shape.hidden_size
    weights = shape.num_hidden_layers * (4 * hidden**2 + 3 * hidden * shape.intermediate_size)
    # Causal: each token attends to half of them in the mean, for scores and for values.
    attention = shape.num_hidden_layers * 2 * hidden * tokens * (tokens + 1) / 2
    return 2.0 * (weights * tokens + attention)
