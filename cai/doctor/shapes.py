"""How large a model is, without its weights: it is built on torch's `meta` device."""

from __future__ import annotations

from dataclasses import dataclass

from cai.weights import base_of, resolve

FLOAT32 = 4  # bytes: what is trained, and saved, is float32


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """Numbers of weights: all of them, and those of LoRA adapters of some rank."""

    parameters: int
    adapter: int = 0

    def trained(self, lora_rank: int) -> int:
        """How many of them learn."""
        return self.adapter if lora_rank else self.parameters


def shape_of(name: str, *, lora_rank: int = 0) -> Shape:
    """The shape of a causal language model, or of an encoder.

    Raises:
        EngineError: if it is an adapter that names no base.
        OSError: if there is no such model.
    """
    import torch
    from transformers import AutoConfig, AutoModel, AutoModelForCausalLM

    from cai.adapters import with_lora

    source = resolve(base_of(name) or name)
    config = AutoConfig.from_pretrained(
        source.path, revision=source.revision, trust_remote_code=False
    )
    with torch.device("meta"):
        try:
            model = AutoModelForCausalLM.from_config(config)
        except ValueError:  # an encoder
            model = AutoModel.from_config(config)
        parameters = sum(one.numel() for one in model.parameters())
        if not lora_rank:
            return Shape(parameters=parameters)
        adapted = with_lora(model, rank=lora_rank, seed=0)
    learns = sum(one.numel() for one in adapted.parameters() if one.requires_grad)
    return Shape(parameters=parameters, adapter=learns)
