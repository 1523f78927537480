"""What is known of a model before vLLM loads it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import AutoConfig, GenerationConfig, PretrainedConfig, PreTrainedTokenizerBase

from cai.errors import EngineError
from cai.models import context_in
from cai.weights import Source, base_of, resolve, tokenizer_home

_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # those that all releases take


@dataclass(frozen=True, kw_only=True, slots=True)
class Adapter:
    """A LoRA adapter: its folder, and the room that vLLM is to make for its rank."""

    folder: str
    rank: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What vLLM is told of a model, and what it is asked by.

    `cache_per_token` is in elements of the model's dtype; `vocabulary` is how many tokens have a
    logit, which may be fewer than the tokenizer has.
    """

    weights: Source
    tokenizer: Source
    adapter: Adapter | None
    context: int
    vocabulary: int
    stops: frozenset[int]
    cache_per_token: int


def facts_of(name: str, tokenizer: PreTrainedTokenizerBase) -> Facts:
    """Reads the configurations of a model, and of its adapter if it is one.

    Raises:
        EngineError: if vLLM cannot run that adapter.
    """
    base = base_of(name)
    weights = resolve(base or name)
    config = AutoConfig.from_pretrained(
        weights.path, revision=weights.revision, trust_remote_code=False
    )
    text = config.get_text_config()
    return Facts(
        weights=weights,
        tokenizer=resolve(tokenizer_home(name)),
        adapter=None if base is None else _adapter(name),
        context=context_in(config),
        vocabulary=int(text.vocab_size),
        stops=_stops(weights, config, tokenizer),
        cache_per_token=_cache_per_token(text),
    )


def _adapter(name: str) -> Adapter:
    folder = Path(resolve(name).path)
    fields = json.loads((folder / "adapter_config.json").read_text("utf-8"))
    mend = "merge it into its base and give that folder, or set engine.kind to transformers"
    if whole := fields.get("modules_to_save"):
        raise EngineError(
            f"model {name!r}: vLLM cannot run an adapter that has modules of its own "
            f"({', '.join(whole)}); {mend}"
        )
    ranks = [int(fields["r"]), *map(int, (fields.get("rank_pattern") or {}).values())]
    room = next((rank for rank in _RANKS if rank >= max(ranks)), None)
    if room is None:
        raise EngineError(
            f"model {name!r}: vLLM takes adapters up to rank {_RANKS[-1]}, and this one has "
            f"{max(ranks)}; {mend}"
        )
    return Adapter(folder=str(folder.resolve()), rank=room)


def _stops(
    weights: Source, config: PretrainedConfig, tokenizer: PreTrainedTokenizerBase
) -> frozenset[int]:
    """The tokens that end an answer, as `cai.models.stop_ids` has them of a loaded model."""
    try:
        generation = GenerationConfig.from_pretrained(weights.path, revision=weights.revision)
    except OSError:  # there is no such file, and a model would make its own
        generation = GenerationConfig.from_model_config(config)
    configured = generation.eos_token_id
    extra = configured if isinstance(configured, list) else [configured]
    return frozenset(int(token) for token in [tokenizer.eos_token_id, *extra] if token is not None)


def _cache_per_token(config: Any) -> int:
    """Elements of keys and values; an estimate for models that are no plain transformers."""
    heads = getattr(config, "num_attention_heads", None) or 1
    groups = getattr(config, "num_key_value_heads", None) or heads
    size = getattr(config, "head_dim", None) or config.hidden_size // heads
    return int(2 * config.num_hidden_layers * groups * size)
