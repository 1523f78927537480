"""Making episodes: sampled answers with their log-probabilities, values and scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from cai.alignment.ppo.batches import TokenBatch, TokenSequence, collate, response_mask
from cai.alignment.ppo.config import PPOConfig
from cai.alignment.ppo.generation.generator import Generator, Sampling
from cai.alignment.ppo.generation.local import LocalGenerator
from cai.alignment.ppo.networks import TokenPolicy, ValueModel
from cai.batching import by_length
from cai.engines.decoding import Sampled
from cai.engines.turns import read_turn
from cai.engines.workers import in_order
from cai.errors import DataError
from cai.models import common_prefix, encode_chat, encode_full
from cai.records import Message, Prompt, derive_seed
from cai.reward.sources.answered import Answered, ReadsAnswers
from cai.reward.sources.scores import Scores
from cai.room import has_room

Item = TypeVar("Item")
Conversation = tuple[Message, ...]
# Scores of whole conversations, each ending with the assistant turn that is judged; or, from what
# reads more than that, of `Answered`.
RewardFunction = (
    Callable[[Sequence[Conversation]], Sequence[float] | Tensor | Scores] | ReadsAnswers
)


@dataclass(frozen=True, kw_only=True, slots=True)
class EncodedPrompt:
    """A prompt and the token ids that the policy continues."""

    prompt: Prompt
    ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What was sampled: per episode its prompt, its tokens, its text, and whether it ended.

    `drawn_logprobs` are log μ of each response token under the engine that drew it, where that is
    another than the trainer's own policy.
    """

    prompts: list[Prompt]
    sequences: list[TokenSequence]
    texts: list[str]
    finished: Tensor
    drawn_logprobs: list[tuple[float, ...]] | None = None

    @property
    def conversations(self) -> list[Conversation]:
        """Prompts with their answers as the last turn, as reward models read them."""
        return [
            (*prompt.messages, Message(role="assistant", content=text))
            for prompt, text in zip(self.prompts, self.texts, strict=True)
        ]

    def as_read(self, step: int, steps: int) -> Answered:
        """The same as sources of a reward read them, after `step` updates of `steps`."""
        return Answered(
            prompts=self.prompts,
            texts=self.texts,
            token_ids=[sequence.response for sequence in self.sequences],
            step=step,
            steps=steps,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenMatrix:
    """Numbers of the policy that sampled, [episodes, tokens], left-aligned and zero off `mask`."""

    mask: Tensor
    logprobs: Tensor
    reference_logprobs: Tensor
    values: Tensor


def encode_prompts(
    prompts: Sequence[Prompt],
    tokenizer: PreTrainedTokenizerBase,
    *,
    context: int,
    settings: PPOConfig,
) -> list[EncodedPrompt]:
    """Prompts as token ids, without those that leave no room for a whole answer in the context.

    Raises:
        DataError: if one does not fit and `too_long` is "error", or if none is left.
    """
    encoded = [
        EncodedPrompt(prompt=prompt, ids=tuple(encode_chat(tokenizer, prompt.messages)))
        for prompt in prompts
    ]
    fitting = [
        one
        for one in encoded
        if has_room(
            one.prompt,
            len(one.ids) + settings.max_new_tokens,
            context=context,
            section="align-ppo",
            too_long=settings.too_long,
        )
    ]
    if not fitting:
        raise DataError(
            f"none of {len(encoded)} prompts leaves room for an answer in the policy's context of "
            f"{context} tokens; lower align-ppo.max_new_tokens or give other prompts"
        )
    return fitting


def encode_demonstrations(
    conversations: Sequence[Conversation],
    tokenizer: PreTrainedTokenizerBase,
    *,
    context: int,
    banned_ids: Sequence[int],
) -> list[TokenSequence]:
    """Conversations whose last turn is an answer to imitate, up to its end token.

    Left out are those that do not fit the context or hold a token that no answer may hold.
    """
    found = []
    for conversation in conversations:
        whole = encode_full(tokenizer, conversation)
        asked = encode_chat(tokenizer, conversation[:-1])
        start = common_prefix(whole, asked)
        answer = whole[start:]
        if len(whole) <= context and start and answer and not set(answer) & set(banned_ids):
            found.append(TokenSequence(tuple(whole[:start]), tuple(answer)))
    return found


def pick(items: Sequence[Item], *, name: str, seed: int, first: int, count: int) -> list[Item]:
    """Places `first` … `first + count - 1` of an endless shuffled reading of `items`.

    Every pass over them has an order of its own, and depends on nothing but `name` and the seed.
    """
    orders: dict[int, list[int]] = {}
    picked = []
    for number in range(first, first + count):
        reading, place = divmod(number, len(items))
        if reading not in orders:
            generator = torch.Generator().manual_seed(derive_seed(seed, name, reading))
            orders[reading] = torch.randperm(len(items), generator=generator).tolist()
        picked.append(items[orders[reading][place]])
    return picked


def sample_answers(
    policy: TokenPolicy,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[EncodedPrompt],
    *,
    stop_ids: frozenset[int],
    settings: PPOConfig,
    update: int,
    episodes: Sequence[int] | None = None,
    generator: Generator | None = None,
) -> Answers:
    """One answer per prompt. Its randomness depends on (seed, update, episode) alone.

    `episodes` are the prompts' numbers in the batch, if they are not all of it. `generator` samples
    in the policy's place, if it is given.
    """
    numbers = range(len(prompts)) if episodes is None else episodes
    seeds = [derive_seed(settings.seed, "rollout", update, number) for number in numbers]
    ids = [prompt.ids for prompt in prompts]
    sampler = generator or LocalGenerator(
        Sampling(
            policy=policy, tokenizer=tokenizer, stop_ids=stop_ids,
            max_new_tokens=settings.max_new_tokens, longest=max(map(len, ids), default=0),
        )
    )  # fmt: skip
    drawn = sampler.generate(ids, seeds) if ids else []
    sampled = [Sampled(list(one.tokens), one.finished) for one in drawn]
    logprobs = [one.logprobs for one in drawn if one.logprobs is not None]
    return Answers(
        prompts=[prompt.prompt for prompt in prompts],
        sequences=[
            TokenSequence(prompt.ids, one.tokens)
            for prompt, one in zip(prompts, drawn, strict=True)
        ],
        texts=[read_turn(tokenizer, one, stop_ids).text for one in sampled],
        finished=torch.tensor([one.finished for one in drawn], device=policy.model.device),
        drawn_logprobs=logprobs if sampler.holds_copy else None,
    )


@torch.no_grad()
def measure(
    sequences: Sequence[TokenSequence],
    *,
    policy: TokenPolicy,
    reference: TokenPolicy | None,
    value: ValueModel,
    micro_batch_tokens: int,
) -> TokenMatrix:
    """Log-probabilities and values of every response token, computed once per rollout.

    Without `reference`, the reference is the policy with its LoRA adapters switched off.
    """
    device = policy.model.device
    workers = policy.computing.workers(device)
    at_once = max(1, micro_batch_tokens // workers)
    groups = list(by_length([len(one) for one in sequences], at_once))
    batches = [collate([sequences[index] for index in group], device) for group in groups]
    mask = response_mask(sequences, device)
    dtype = torch.promote_types(policy.model.dtype, torch.float32)

    def matrix_of(numbers_of: Callable[[TokenBatch], Tensor]) -> Tensor:
        matrix = torch.zeros(mask.shape, device=device, dtype=dtype)
        # Whether there are gradients, each thread knows for itself.
        found = in_order(torch.no_grad()(numbers_of), batches, workers=workers)
        for group, batch, numbers in zip(groups, batches, found, strict=True):
            rows = torch.tensor(group, device=device)[batch.rows]
            columns = torch.cat([torch.arange(len(sequences[i].response)) for i in group])
            matrix[rows, columns.to(device)] = numbers
        return matrix

    def logprobs_of(network: TokenPolicy) -> Tensor:
        with network.held():
            return matrix_of(lambda batch: network(batch).logprobs)

    with nullcontext() if reference is not None else policy.as_reference():
        reference_logprobs = logprobs_of(reference or policy)
    logprobs = logprobs_of(policy)
    with value.held():
        values = matrix_of(lambda batch: value(batch))
    return TokenMatrix(
        mask=mask, logprobs=logprobs, reference_logprobs=reference_logprobs, values=values
    )
