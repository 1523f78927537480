"""Turns conversations into scores, exactly as the reward model saw them in training."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import torch
from torch import Tensor
from transformers import PreTrainedModel

from cai.batching import by_length
from cai.errors import EngineError
from cai.models import context_in, encode_full, load_scorer, load_tokenizer
from cai.onednn import linears_of, through_onednn
from cai.records import Message
from cai.reward.sources.settings import Statistics

Conversation = Sequence[Message]

# Where a model's config.json keeps the mean and standard deviation of its held-out rewards.
MEAN, STD = "cai_reward_mean", "cai_reward_std"


class Scorer:
    """A reward model's folder as a function.

    Args:
        name: a folder or hub name with one label; `cai.reward.train` makes such folders.
        normalised: whether scores have mean 0 and standard deviation 1 over the answers on which
            the model was measured (Bai et al. 2022 and InstructGPT fix only the mean; fixing the
            scale too gives KL coefficients the same meaning across reward models).
        token_budget: the most padded tokens that one batch may hold.
        model: the model of that name, where it is loaded already.

    Raises:
        EngineError: if the model cannot be loaded, or lacks the statistics that `normalised` needs.
    """

    def __init__(
        self,
        name: str,
        *,
        normalised: bool = False,
        device: str | None = None,
        token_budget: int = 8192,
        model: PreTrainedModel | None = None,
    ) -> None:
        self.name = name
        self.tokenizer = load_tokenizer(name)
        self.model = model or load_scorer(name, tokenizer=self.tokenizer, device=device)
        self.model.config.pad_token_id = self.tokenizer.pad_token_id
        self._token_budget = token_budget
        self._linears = linears_of(self.model)
        self._shift, self._scale = self._required_statistics() if normalised else (0.0, 1.0)

    @property
    def context(self) -> int:
        """The most tokens that a conversation may have."""
        return context_in(self.model.config)

    @property
    def statistics(self) -> tuple[float, float] | None:
        """Mean and standard deviation of the raw rewards on held-out answers, if it knows them."""
        mean, std = (getattr(self.model.config, key, None) for key in (MEAN, STD))
        return None if mean is None or std is None else (float(mean), float(std))

    def normalised(self, wanted: bool = True) -> Scorer:
        """The same model with scores of mean 0 and deviation 1 by its own statistics; or as it
        gives them.

        Raises:
            EngineError: if it has no statistics.
        """
        other = copy(self)
        other._shift, other._scale = self._required_statistics() if wanted else (0.0, 1.0)
        return other

    @property
    def normalised_by(self) -> Statistics:
        """What is subtracted from its raw rewards, and divides them."""
        return Statistics(self._shift, self._scale)

    def __call__(self, conversations: Sequence[Conversation]) -> Tensor:
        """The score of each conversation's last answer: [n], float32, on the CPU."""
        return self.score_ids([encode_full(self.tokenizer, each) for each in conversations])

    def fitting(self, conversations: Sequence[Conversation]) -> Tensor:
        """The same for texts that others wrote: one that does not fit loses tokens at its front.

        The end stays, where the answer is and where the score is read. It is always the text that
        is read, never ids that a policy sampled: these may cut a text otherwise than this model's
        tokenizer does, and a policy could learn to please by that alone.
        """
        ids = [encode_full(self.tokenizer, each) for each in conversations]
        return self.score_ids([each[-self.context :] for each in ids])

    @torch.inference_mode()
    def score_ids(self, sequences: Sequence[Sequence[int]]) -> Tensor:
        """The score of each sequence of this model's own token ids, as `encode_full` makes them.

        Raises:
            EngineError: if a sequence is longer than the model's context.
        """
        self._check_lengths(sequences)
        scores = torch.empty(len(sequences))
        with through_onednn(self._linears):
            self._score_into(scores, sequences)
        return (scores - self._shift) / self._scale

    def _score_into(self, scores: Tensor, sequences: Sequence[Sequence[int]]) -> None:
        for batch in by_length([len(each) for each in sequences], self._token_budget):
            ids, mask = right_padded([sequences[i] for i in batch], self.tokenizer.pad_token_id)
            logits = self.model(
                input_ids=ids.to(self.model.device),
                attention_mask=mask.to(self.model.device),
                use_cache=False,
            ).logits  # [batch, 1]
            scores[batch] = logits.squeeze(-1).float().cpu()

    def _required_statistics(self) -> tuple[float, float]:
        if self.statistics is None:
            raise EngineError(
                f"{self.name}: its config.json has no {MEAN} and {STD}, so its scores cannot be "
                "normalised; train it with `cai reward`, or add both"
            )
        return self.statistics

    def _check_lengths(self, sequences: Sequence[Sequence[int]]) -> None:
        longest = max(map(len, sequences), default=0)
        if longest > self.context:
            raise EngineError(
                f"a conversation of {longest} tokens does not fit the {self.context} of the reward "
                f"model {self.name}; shorten answers, or drop long prompts"
            )


def right_padded(sequences: Sequence[Sequence[int]], pad_id: int) -> tuple[Tensor, Tensor]:
    """Token ids and attention mask, both [n, longest], padded behind each sequence."""
    lengths = torch.tensor([len(each) for each in sequences])
    ids = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(each) for each in sequences], batch_first=True, padding_value=pad_id
    )
    return ids, (torch.arange(ids.shape[1]) < lengths[:, None]).long()
