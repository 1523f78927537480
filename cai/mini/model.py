"""The embedded model: where it lies, and what shape it has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import LlamaConfig

NAME = "cai-mini"
TEMPERATURE = 0.7
"""At which its answers are drawn: at 1, a model this small slips in too many of them."""


def folder() -> Path:
    """The Hugging Face folder with the embedded model's weights and tokenizer."""
    return Path(__file__).parent / "weights"


def resolve(name: str) -> str:
    """A model name as a loader takes it: ``cai-mini`` becomes its folder, others stay."""
    return str(folder()) if name == NAME else name


def shape(vocabulary: int, *, end: int, pad: int) -> LlamaConfig:
    """The architecture: 1.3 million parameters at 2,560 tokens."""
    # A name is resolved often, and needs none of this.
    from transformers import LlamaConfig

    from cai.mini.tokenizer import CONTEXT

    return LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=128,
        intermediate_size=352,
        num_hidden_layers=5,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=CONTEXT,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        attention_bias=False,
        mlp_bias=False,
        bos_token_id=None,
        eos_token_id=end,
        pad_token_id=pad,
    )
