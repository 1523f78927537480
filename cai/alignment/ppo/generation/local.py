"""The policy itself as its sampler: nothing can be stale, and nothing needs a correction."""

from __future__ import annotations

from collections.abc import Sequence

from cai.alignment.ppo.generation.generator import Drawn, Sampling
from cai.engines.decoding import sample, uniforms
from cai.engines.turns import next_turn_test


class LocalGenerator:
    """Samples in transformers, with the weights that are trained.

    An answer depends on its prompt and its seed alone, so that a resumed run says what it would
    have said. Answers that have ended leave the batch.
    """

    holds_copy = False

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling
        self._stopped = next_turn_test(sampling.tokenizer)

    def sync(self) -> None:
        """Nothing to do: these are the weights that are trained."""

    def generate(self, prompts: Sequence[Sequence[int]], seeds: Sequence[int]) -> list[Drawn]:
        """One answer to each prompt, drawn by the uniform numbers of its seed."""
        asked = self._sampling
        with asked.policy.fast():
            sampled = sample(
                asked.policy.plain,
                prompts,
                uniforms=uniforms(seeds, asked.max_new_tokens),
                max_new_tokens=asked.max_new_tokens,
                stop_ids=asked.stop_ids,
                pad_id=int(asked.tokenizer.pad_token_id),
                temperature=asked.policy.temperature,
                banned_ids=asked.policy.banned_ids,
                stopped=self._stopped,
            )
        return [Drawn(tokens=tuple(one.tokens), finished=one.finished) for one in sampled]
