"""An environment whose best policy is known: π* ∝ π_ref · exp(r / β) over all answers.

Six letters and an end token make answers that can all be written down. What a policy still loses
against π* is β·KL(π ‖ π*); it is compared with what the reference loses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerFast

from cai.alignment.ppo import (
    ComputeSettings,
    PPOConfig,
    PPOTrainer,
    TokenPolicy,
    ValueModel,
    ValueSettings,
)
from cai.alignment.ppo.batches import TokenSequence, collate
from cai.alignment.ppo.rollout import Conversation
from cai.records import Prompt, said_by

BETA = 0.5
WORTH = {"": -1.0, "a": 1.0, "b": 0.5, "c": 0.0, "d": 0.0, "e": -0.5, "f": -1.0}
SETTINGS = PPOConfig(
    batch_size=128, minibatch_size=128, ppo_epochs=2, gamma=1.0, lam=1.0,
    compute=ComputeSettings(micro_batch_tokens=4096),
    learning_rate=6e-3, lr_warmup_updates=0, value=ValueSettings(learning_rate=1e-2),
    kl_coefficient=BETA, kl_target=None, reward_clip=None, missing_eos_penalty=0.0,
)  # fmt: skip


def worth(conversations: Sequence[Conversation]) -> list[float]:
    """By the first letter, and more for saying it twice."""
    texts = [conversation[-1]["content"] for conversation in conversations]
    return [WORTH[text[:1]] + 0.7 * (len(text) == 2 and text[0] == text[1]) for text in texts]


class Answers(NamedTuple):
    """Every possible answer: its tokens, the log-probability of the whole, its worth."""

    sequences: list[TokenSequence]
    lengths: list[int]
    worth: Tensor

    def logprobs(self, policy: TokenPolicy) -> Tensor:
        with torch.no_grad():
            found = policy(collate(self.sequences, torch.device("cpu"))).logprobs.double()
        return torch.stack([part.sum() for part in found.split(self.lengths)])


def make_trainer(settings: PPOConfig) -> PPOTrainer:
    words = ["<|pad|>", "<|end|>", *"abcdef"]
    inner = Tokenizer(
        models.WordLevel(dict(zip(words, range(8), strict=True)), unk_token="<|pad|>")
    )
    inner.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    inner.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="<|pad|>", eos_token="<|end|>",
        chat_template="{% for message in messages %}{{ message.content }}"
        "{% if message.role == 'assistant' %}<|end|>{% endif %}{% endfor %}",
    )  # fmt: skip
    config = LlamaConfig(
        vocab_size=8, hidden_size=16, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, max_position_embeddings=16, pad_token_id=0, eos_token_id=1,
        bos_token_id=None,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        model.lm_head.weight.mul_(15)  # so that the reference prefers some letters to others
    return PPOTrainer(
        policy=model, value=ValueModel.from_policy(model), tokenizer=tokenizer, reward=worth,
        prompts=[Prompt(id="a", messages=said_by("user", "a"))], settings=settings,
    )  # fmt: skip


def every_answer(trainer: PPOTrainer) -> Answers:
    prompt, longest = trainer.prompts[0].ids, trainer.settings.max_new_tokens
    said: list[tuple[int, ...]] = [(token,) for token in range(1, 8)]
    if longest == 2:
        said = [(1,), *((a, b) for a in range(2, 8) for b in range(1, 8))]
    texts = [trainer.tokenizer.decode([t for t in tokens if t != 1]) for tokens in said]
    return Answers(
        [TokenSequence(prompt, tokens) for tokens in said],
        [len(tokens) for tokens in said],
        torch.tensor(worth([said_by("assistant", text) for text in texts]), dtype=torch.float64),
    )


@pytest.mark.parametrize(
    ("placement", "longest", "updates", "left"),
    # Of one-token answers both placements have the same optimum, of longer ones only the reward's
    # is over whole answers.
    [("reward", 1, 60, 0.01), ("loss", 1, 60, 0.01), ("reward", 2, 80, 0.1)],
)
def test_ppo_finds_the_best_policy(placement: str, longest: int, updates: int, left: float) -> None:
    trainer = make_trainer(
        replace(
            SETTINGS, kl_placement=placement, max_new_tokens=longest,
            total_episodes=updates * SETTINGS.batch_size,
        )
    )  # fmt: skip
    answers = every_answer(trainer)
    assert trainer.reference is not None
    reference = answers.logprobs(trainer.reference)
    assert float(reference.exp().sum()) == pytest.approx(1, abs=1e-5)
    best = (reference + answers.worth / BETA).log_softmax(0)

    def loss(logprobs: Tensor) -> float:
        return float(BETA * (logprobs.exp() * (logprobs - best)).sum())

    while not trainer.done:
        report = trainer.update()
    found = answers.logprobs(trainer.learner.policy)
    assert loss(reference) > 0.15
    assert loss(found) < left * loss(reference)
    # What it reports is what is: the KL to the reference of this very distribution.
    kl = float((found.exp() * (found - reference)).sum())
    assert report.metrics["objective/kl"] == pytest.approx(kl, abs=0.25)
    assert report.metrics["objective/kl_k3"] == pytest.approx(kl, abs=0.25)
