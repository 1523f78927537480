"""Sequences side by side in one forward pass, with as little padding as possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class TokenSequence:
    """One episode as token ids; the response includes what ended it, if anything did."""

    prompt: tuple[int, ...]
    response: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.response)


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Sequences padded on the right, and where their N response tokens are predicted.

    Under causal attention a real token never sees padding behind it, so neither an attention mask
    nor position ids are needed, and absolute positions are right by themselves.

    input_ids: [B, L]; the last token of a sequence is left out, because it predicts nothing.
    rows, columns: [N] each, the position whose hidden state predicts (and values the state before)
        a response token; in the order of sequences, then of tokens.
    targets: [N], those response tokens.
    lengths: [B], how many ids of each row are real.
    """

    input_ids: Tensor
    rows: Tensor
    columns: Tensor
    targets: Tensor
    lengths: tuple[int, ...]


def collate(sequences: Sequence[TokenSequence], device: torch.device) -> TokenBatch:
    """The batch of these sequences. Padding is token 0, which is never read."""
    width = max(len(sequence) for sequence in sequences) - 1
    ids = torch.zeros(len(sequences), width, dtype=torch.long)
    rows: list[int] = []
    columns: list[int] = []
    targets: list[int] = []
    for row, sequence in enumerate(sequences):
        tokens = (sequence.prompt + sequence.response)[:-1]
        ids[row, : len(tokens)] = torch.tensor(tokens)
        start = len(sequence.prompt) - 1
        rows += [row] * len(sequence.response)
        columns += range(start, start + len(sequence.response))
        targets += sequence.response
    return TokenBatch(
        ids.to(device),
        torch.tensor(rows, device=device),
        torch.tensor(columns, device=device),
        torch.tensor(targets, device=device),
        tuple(len(sequence) - 1 for sequence in sequences),
    )


def response_mask(sequences: Sequence[TokenSequence], device: torch.device) -> Tensor:
    """[episodes, longest response]: True where a response has a token."""
    lengths = torch.tensor([len(sequence.response) for sequence in sequences], device=device)
    columns = torch.arange(int(lengths.max()), device=device)
    return columns[None, :] < lengths[:, None]
