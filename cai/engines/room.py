"""Whether a request leaves a model room to answer."""

from __future__ import annotations

from cai.engines.base import ChooseRequest, GenerateRequest
from cai.errors import EngineError


class TooLongError(EngineError):
    """A request leaves no room to answer: the `index` + 1st of its call; `text` says the rest."""

    def __init__(self, index: int, text: str) -> None:
        super().__init__(f"request {index + 1} {text}")
        self.index = index
        self.text = text


def check_fits(
    tokens: int, context: int, *, model: str, request: GenerateRequest | ChooseRequest, index: int
) -> None:
    """Checks that prompt and answer fit; nothing is ever cut off in silence.

    Raises:
        TooLongError: naming the request, the `index` + 1st of its call.
    """
    if tokens > context:
        start = request.messages[-1]["content"][:60]
        raise TooLongError(
            index,
            f"({start!r}…) needs {tokens} tokens, more than the {context} of {model}; shorten it "
            "or lower max_new_tokens",
        )
