"""The other ways to write many answers with transformers: `generate`, and its continuous batching.

A part of `benchmarks/engines.py`. Both are given token ids; that they need no chat template and no
tokenizer is to their advantage.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import (
    ContinuousBatchingConfig,
    GenerationConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from cai.engines.base import GenerateRequest
from cai.models import device_for, encode_chat, load_causal, load_tokenizer, stop_ids


class Plain:
    """A model, and requests as token ids in the order in which they came."""

    def __init__(self, name: str, requests: Sequence[GenerateRequest]) -> None:
        self.tokenizer: PreTrainedTokenizerBase = load_tokenizer(name)
        on_gpu = device_for().type == "cuda"
        self.model: PreTrainedModel = load_causal(
            name,
            tokenizer=self.tokenizer,
            dtype=torch.bfloat16 if on_gpu else torch.float32,  # as our engine has it
        )
        self.ids = [encode_chat(self.tokenizer, request.messages) for request in requests]
        self._stops = sorted(stop_ids(self.model, self.tokenizer))
        first = requests[0]
        self._config = GenerationConfig(
            do_sample=True,
            temperature=first.temperature,
            top_k=0,
            top_p=1.0,
            max_new_tokens=first.max_new_tokens,
            eos_token_id=self._stops,
            pad_token_id=self.tokenizer.pad_token_id,
        )

    def in_batches(self, size: int, most: int | None = None) -> int:
        """Batches of neighbours by `generate`, padded on the left; returns the new tokens."""
        new = 0
        ids = self.ids[:most]
        for first in range(0, len(ids), size):
            batch = self.tokenizer.pad(
                {"input_ids": ids[first : first + size]}, return_tensors="pt", padding_side="left"
            ).to(self.model.device)
            with torch.inference_mode():
                said = self.model.generate(**batch, generation_config=self._config)
            rows = said[:, batch["input_ids"].shape[1] :].tolist()
            new += sum(self._until_stop(row) for row in rows)
            self.tokenizer.batch_decode(rows, skip_special_tokens=True)
        return new

    def continuously(self, most: int | None = None) -> int:
        """All of them by `generate_batch`; returns the new tokens.

        On a CPU it finds no size for its cache by itself, so it gets room for all.
        """
        ids = self.ids[:most]
        longest = max(map(len, ids)) + int(self._config.max_new_tokens)
        page = 32
        said = self.model.generate_batch(
            ids,
            generation_config=self._config,
            continuous_batching_config=ContinuousBatchingConfig(
                page_size=page,
                num_blocks=256 * -(-longest // page),
                max_batch_tokens=4096,
                use_cuda_graph=False,
            ),
        )
        self.tokenizer.batch_decode(
            [each.generated_tokens for each in said.values()], skip_special_tokens=True
        )
        return sum(self._until_stop(each.generated_tokens) for each in said.values())

    def _until_stop(self, tokens: Sequence[int]) -> int:
        places = [place for place, token in enumerate(tokens, start=1) if token in self._stops]
        return min(places, default=len(tokens))
