"""The two networks of PPO as functions of a batch of tokens: log-probabilities and values."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.adapters import twin
from cai.alignment.ppo.batches import TokenBatch
from cai.alignment.ppo.passes import Computing, HiddenStates
from cai.alignment.ppo.token_scores import TokenScores, token_scores
from cai.errors import EngineError
from cai.heads import head_is_all, logits_at
from cai.onednn import linears_of, through_onednn

# Logits of this many (token, vocabulary entry) pairs are alive at once: 128 MB in float32. More
# are computed again in the backward pass.
_LOGITS_AT_ONCE = 1 << 25

# As long as so many multiplications takes what becomes of a logit: its exponential, its gradient.
_PER_LOGIT = 400


class TokenPolicy:
    """A causal language model as the distribution that rollouts are drawn from.

    The distribution is that of `cai.engines.decoding.sample`: logits in float32 (in float64 where
    the model is), divided by the temperature, banned tokens left out. The head is applied to
    response positions only.

    Args:
        model: a causal language model, plain or with LoRA adapters, in evaluation mode (dropout
            would make the ratio of an unchanged policy differ from 1).
        entropy_gradient: whether entropies carry a gradient; only an entropy bonus needs one.
        computing: how its passes are computed.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        *,
        temperature: float = 1.0,
        banned_ids: Iterable[int] = (),
        entropy_gradient: bool = False,
        computing: Computing | None = None,
    ) -> None:
        self.model = model
        self.plain: PreTrainedModel = _without_wrapper(model)
        self.temperature = temperature
        self.banned_ids = tuple(sorted(banned_ids))
        self.entropy_gradient = entropy_gradient
        self._banned = torch.tensor(self.banned_ids, dtype=torch.long, device=model.device)
        self._head_is_all = head_is_all(self.plain)
        self.computing = computing or Computing()
        self._hidden_states = HiddenStates(self.plain.base_model, self.computing)
        self._head = linears_of(self.plain.get_output_embeddings())

    def __call__(self, batch: TokenBatch) -> TokenScores:
        """Scores of the batch's N response tokens."""
        count, targets = len(batch.targets), batch.targets
        if self._head_is_all:
            hidden = self._hidden_states(batch)
            # Rows beyond those of the batch make their number a round one; they are cut off again.
            targets = nn.functional.pad(targets, (0, len(hidden) - count))
            scores = self._score_chunks(hidden, targets)
        else:
            with self.computing.on(self.model.device):
                logits = logits_at(self.plain, batch.input_ids, batch.rows, batch.columns)
            scores = self._score(logits, targets)
        return TokenScores(scores.logprobs[:count], scores.entropies[:count])

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within it several threads may score at once."""
        if not self._head_is_all:
            yield
            return
        with self._hidden_states.held(), through_onednn(self._head):
            yield

    def work(self, batch: TokenBatch) -> float:
        """About how much there is to do in a pass, in multiplications."""
        vocabulary, hidden = map(int, self.plain.get_output_embeddings().weight.shape)
        head = vocabulary * (hidden + _PER_LOGIT)
        return sum(batch.lengths) * self._hidden_states.weights + len(batch.targets) * head

    @contextmanager
    def fast(self) -> Iterator[None]:
        """Within it, the model's own passes are computed as those of this class are."""
        with self._hidden_states.fast(), through_onednn(self._head):
            yield

    def _score_chunks(self, hidden: Tensor, targets: Tensor) -> TokenScores:
        rows = max(1, _LOGITS_AT_ONCE // int(self.plain.config.get_text_config().vocab_size))
        if len(hidden) <= rows:
            return self._score_hidden(hidden, targets)
        parts = [
            # Recomputed in the backward pass, so that only one chunk of logits is ever alive.
            checkpoint(
                self._score_hidden, states, wanted,
                use_reentrant=False, preserve_rng_state=False,
            )
            for states, wanted in zip(
                torch.split(hidden, rows), torch.split(targets, rows), strict=True
            )
        ]  # fmt: skip
        return TokenScores(*(torch.cat(column) for column in zip(*parts, strict=True)))

    @contextmanager
    def as_reference(self) -> Iterator[None]:
        """Within this, a model with LoRA adapters is the model it was before them."""
        with self.model.disable_adapter():
            yield

    @property
    def has_adapter(self) -> bool:
        """Whether the model carries LoRA adapters that can be switched off."""
        return self.model is not self.plain

    def _score_hidden(self, hidden: Tensor, targets: Tensor) -> TokenScores:
        with self.computing.on(self.model.device), through_onednn(self._head):
            logits = self.plain.get_output_embeddings()(hidden)
        return self._score(logits, targets)

    def _score(self, logits: Tensor, targets: Tensor) -> TokenScores:
        scores = token_scores(
            at_least_float32(logits), targets, temperature=self.temperature, banned=self._banned
        )
        if self.entropy_gradient:
            return scores
        return TokenScores(scores.logprobs, scores.entropies.detach())


class ValueModel(nn.Module):
    """Predicts, before each response token, the reward still to come.

    Args:
        body: a causal transformer that gives `last_hidden_state`, [B, L, H].
        head: from H to 1.
    """

    def __init__(self, body: PreTrainedModel, head: nn.Linear) -> None:
        super().__init__()
        self.body = body
        self.head = head
        self.computing = Computing()
        self._hidden_states: HiddenStates | None = None

    def forward(self, batch: TokenBatch) -> Tensor:
        """Values of the states before the batch's N response tokens: [N], at least float32."""
        states = self._states()(batch)[: len(batch.targets)]
        # The head is one row of weights: full precision costs nothing.
        return at_least_float32(self.head(states.to(self.head.weight.dtype)).squeeze(-1))

    def held(self) -> AbstractContextManager[None]:
        """Within it several threads may ask for values at once."""
        return self._states().held()

    def work(self, batch: TokenBatch) -> float:
        """About how much there is to do in a pass, in multiplications."""
        return sum(batch.lengths) * self._states().weights

    def _states(self) -> HiddenStates:
        """Made at the first pass: only then are adapters and settings in place."""
        body = _without_wrapper(self.body)
        made = self._hidden_states
        if made is None or made.body is not body or made.computing != self.computing:
            made = self._hidden_states = HiddenStates(body, self.computing)
        return made

    @classmethod
    def from_scorer(
        cls, scorer: PreTrainedModel, *, mean: float = 0.0, std: float = 1.0
    ) -> ValueModel:
        """Body and head of a reward model, which then predicts its normalised score.

        `mean` and `std` are those the reward is normalised by. The scorer's weights are taken
        over, not copied.

        Raises:
            EngineError: if the scorer is not a causal transformer with a linear `score` head.
        """
        head = getattr(scorer, "score", None)
        if not isinstance(head, nn.Linear) or head.out_features != 1:
            raise EngineError(
                f"{type(scorer).__name__} has no linear score head of one output; "
                "start the value model from the policy (ValueModel.from_policy)"
            )
        bias = torch.zeros_like(head.weight[0, :1]) if head.bias is None else head.bias
        return cls(scorer.base_model, _linear(head.weight / std, (bias - mean) / std))

    @classmethod
    def from_policy(cls, policy: PreTrainedModel, *, shared: bool = False) -> ValueModel:
        """A copy of the policy's body and a head that says 0 at first.

        For reward functions that are no causal model of the policy's tokens. A `shared` body is
        frozen and lies where the policy's lies, for adapters of its own.
        """
        plain = _without_wrapper(policy)
        body = twin(plain.base_model) if shared else copy.deepcopy(plain.base_model)
        like = plain.get_output_embeddings().weight
        return cls(body, _linear(torch.zeros_like(like[:1]), torch.zeros_like(like[0, :1])))


def at_least_float32(numbers: Tensor) -> Tensor:
    """Half precision becomes float32, where sums of logarithms are exact enough; float64 stays."""
    return numbers.to(torch.promote_types(numbers.dtype, torch.float32))


def banned_tokens(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, stop_ids: Iterable[int]
) -> tuple[int, ...]:
    """Tokens no answer may hold: special ones that end nothing, and ids without a token.

    Embedding matrices are often larger than the vocabulary; the spare rows decode to nothing.
    """
    special = set(tokenizer.all_special_ids) | {
        index for index, token in tokenizer.added_tokens_decoder.items() if token.special
    }
    size = int(_without_wrapper(model).get_output_embeddings().weight.shape[0])
    special.update(range(len(tokenizer), size))
    return tuple(sorted(i for i in special - set(stop_ids) if i < size))


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0], device="meta")  # draws no random numbers
    layer.weight = nn.Parameter(weight.detach().clone())
    layer.bias = nn.Parameter(bias.detach().clone())
    return layer


def _without_wrapper(model: Any) -> PreTrainedModel:
    """The model itself where peft has wrapped it (its layers keep the adapters)."""
    unwrap = getattr(model, "get_base_model", None)
    plain: PreTrainedModel = unwrap() if unwrap is not None else model
    return plain
