"""Who an engine in this process would be, known without loading it."""

from __future__ import annotations

import hashlib

import torch

from cai.engines.base import FOLDER, EngineIdentity
from cai.errors import EngineError
from cai.models import device_for, load_tokenizer
from cai.weights import hub_name, is_folder, weights_digest

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def identity_of(
    model: str,
    *,
    kind: str = "transformers",
    device: str | None = None,
    dtype: str = "auto",
    weights: str | None = None,
) -> EngineIdentity:
    """The identity that an engine of that kind with these arguments would have.

    A folder is named by its weights alone, so that moving it does not repeat its calls.

    Args:
        weights: the model's `weights_digest`, if it is known.

    Raises:
        EngineError: if the dtype is unknown, or there is no such model.
    """
    if dtype == "auto":
        dtype = "bfloat16" if device_for(device).type == "cuda" else "float32"
    if dtype not in DTYPES:
        raise EngineError(f"dtype {dtype!r} is unknown; use auto, {', '.join(DTYPES)}")
    weights = weights or weights_digest(model)  # first: it names a model that is not there best
    template = str(load_tokenizer(model).chat_template)
    return EngineIdentity(
        model=FOLDER if is_folder(model) else hub_name(model),
        weights=weights,
        dtype=dtype,
        template=hashlib.sha256(template.encode()).hexdigest(),
        kind=kind,
    )
