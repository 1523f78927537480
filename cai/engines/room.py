"""Whether a request leaves a model room to answer."""

from __future__ import annotations

from cai.engines.base import ChooseRequest, GenerateRequest
from cai.errors import EngineError


def check_fits(
    tokens: int, context: int, *, model: str, request: GenerateRequest | ChooseRequest, index: int
) -> None:
    """Checks that prompt and answer fit; nothing is ever cut off in silence.

    Raises:
        EngineError: naming the request, the `index` + 1st of its call.
    """
    if tokens > context:
        start = request.messages[-1]["content"][:60]
        raise EngineError(
            f"request {index + 1} ({start!r}…) needs {tokens} tokens, more than the "
            f"{context} of {model}; shorten it or lower max_new_tokens"
        )
