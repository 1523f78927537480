"""From training examples to padded batches.

Examples become rows of token ids with a loss weight per token. A pool of rows is sorted by
length and cut into batches of about equal area, so that padding is rare; the batches are then
shuffled. Everything follows from the seeds.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from cai.mini.parts import Example
from cai.mini.tokenizer import CONTEXT, END, PAD, ROLES, role_token

TASKS = ("assistant", "critique", "revision", "judge", "encyclopedia", "drill")
PROMPT = len(TASKS)  # the group of learned tokens that no assistant says


@dataclass(frozen=True, slots=True)
class Row:
    """One example as tokens: ``weights[i]`` and ``groups[i]`` belong to the token ``ids[i]``."""

    ids: list[int]
    weights: list[float]
    groups: list[int]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows padded on the right, and where in them something is learned.

    ``ids`` is [rows, length]. ``positions`` are flat indices into it; the token after position
    ``positions[i]`` is ``targets[i]``, learned with ``weights[i]``, counted in ``groups[i]``.
    """

    ids: Tensor
    positions: Tensor
    targets: Tensor
    weights: Tensor
    groups: Tensor


def derive(*parts: object) -> int:
    """A 63-bit seed that follows from ``parts``."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def encode(examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast) -> list[Row]:
    """Token ids as the chat template gives them, with loss weights.

    Of a turn, the text carries the turn's weight, of an assistant's turn also the end token.

    Raises ``ValueError`` for an example that is longer than the model's context.
    """
    texts = sorted({turn.text for example in examples for turn in example.turns})
    backend = tokenizer.backend_tokenizer
    encodings = backend.encode_batch_fast(texts, add_special_tokens=False)
    pieces = {text: encoding.ids for text, encoding in zip(texts, encodings, strict=True)}
    special = {role: backend.token_to_id(role_token(role)) for role in ROLES}
    end = backend.token_to_id(END)
    rows = []
    for example in examples:
        ids: list[int] = []
        weights: list[float] = []
        groups: list[int] = []
        task = TASKS.index(example.task)
        for turn in example.turns:
            piece = pieces[turn.text]
            said = turn.role == "assistant"
            ids += [special[turn.role], *piece, end]
            weights += [0.0, *[turn.weight] * len(piece), turn.weight if said else 0.0]
            groups += [task if said else PROMPT] * (len(piece) + 2)
        if len(ids) > CONTEXT:
            raise ValueError(f"a {example.task} example has {len(ids)} tokens, over {CONTEXT}")
        rows.append(Row(ids, weights, groups))
    return rows


def collate(rows: Sequence[Row], pad: int) -> Batch:
    """One batch of ``rows``, padded to the longest."""
    length = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), length), pad)
    positions: list[int] = []
    targets: list[int] = []
    weights: list[float] = []
    groups: list[int] = []
    for index, row in enumerate(rows):
        ids[index, : len(row.ids)] = torch.tensor(row.ids)
        for place, weight in enumerate(row.weights):
            if weight and place:
                positions.append(index * length + place - 1)
                targets.append(row.ids[place])
                weights.append(weight)
                groups.append(row.groups[place])
    return Batch(
        ids,
        torch.tensor(positions),
        torch.tensor(targets),
        torch.tensor(weights),
        torch.tensor(groups),
    )


def cut(rows: Sequence[Row], *, area: int, seed: int, pad: int) -> list[Batch]:
    """All ``rows`` in shuffled batches of at most ``area`` tokens, padding included.

    A row longer than ``area`` gets a batch of its own.
    """
    rng = random.Random(seed)
    order = sorted(rng.sample(rows, len(rows)), key=lambda row: len(row.ids))
    groups: list[list[Row]] = [[]]
    for row in order:
        if groups[-1] and (len(groups[-1]) + 1) * len(row.ids) > area:
            groups.append([])
        groups[-1].append(row)
    rng.shuffle(groups)
    return [collate(group, pad) for group in groups if group]


def pad_id(tokenizer: PreTrainedTokenizerFast) -> int:
    """The id of the padding token."""
    return int(tokenizer.backend_tokenizer.token_to_id(PAD))
