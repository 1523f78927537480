"""Where a model on servers is found, and how it is asked. Importing this loads nothing heavy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")

_MOST_AT_ONCE = 1000  # connections that the client holds open to one url

_OURS = frozenset(
    {
        *("model", "messages", "temperature", "top_p", "seed", "n", "stream"),
        *("max_tokens", "max_completion_tokens", "logprobs", "top_logprobs"),
        *("logprob_token_ids", "return_tokens_as_token_ids"),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerSettings:
    """A model behind one or several OpenAI-compatible servers.

    Attributes:
        urls: base addresses, such as http://gpu-1:8000/v1. Several share the load; all of them must
            serve the same weights.
        model: what the servers call the model; null: its name in this recipe.
        revision: names the weights, since no server tells a digest: change it when they change.
            Calls that are stored belong to model and revision. null: to model and urls, so that
            other urls are asked anew.
        key_env: the environment's variable that holds the key. Servers of your own need none.
        key_file: a file that holds the key instead.
        body: further fields of every request, for what one kind of server understands, such as
            {chat_template_kwargs: {enable_thinking: false}}.
        tokenizer: a folder or hub name whose tokenizer counts the prompt's tokens; null: the server
            is asked if it can count (vLLM can), and else they are estimated from the bytes.
        context: the most tokens of prompt and answer together; null: what the server says.
        votes: where a server gives no log-probabilities, so many short answers are drawn for each
            verdict, and their shares taken. With 16 the error of a share is an eighth at most; half
            of it costs four times as many.
        concurrency: the most requests at once at each url. Fewer are sent where a server turns
            requests away; 128 keeps a vLLM server's batches full.
        requests_per_minute: of a run, over all urls; null: no bound.
        tokens_per_minute: read and said, of a run, over all urls; null: no bound.
        timeout_seconds: for one try. A server that queues requests may take long over each.
        patience_minutes: how long one request is tried again before the run stops. It outlasts the
            restart of a server.
    """

    urls: tuple[str, ...] = ()
    model: str | None = None
    revision: str | None = None
    key_env: str | None = None
    key_file: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict, hash=False)
    tokenizer: str | None = None
    context: int | None = None
    votes: int = 16
    concurrency: int = 128
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    timeout_seconds: float = 600.0
    patience_minutes: float = 10.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "urls", tuple(url.rstrip("/") for url in self.urls))
        if not self.urls:
            raise ValueError("urls: none; give the server's base address, http://HOST:PORT/v1")
        if len(set(self.urls)) < len(self.urls):
            raise ValueError("urls: one of them is there twice")
        for url in self.urls:
            _check_url(url)
        # What is wrong with a key's place is told without its text: it may be the key itself.
        if self.key_env is not None and not _VARIABLE.fullmatch(self.key_env):
            raise ValueError("key_env: give the name of an environment variable, never the key")
        if self.key_env is not None and self.key_file is not None:
            raise ValueError("key_env and key_file: give one of them")
        if own := sorted(_OURS & self.body.keys()):
            raise ValueError(f"body: {own[0]} is set by the stages; leave it out")
        for name in ("votes", "concurrency"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        if self.concurrency > _MOST_AT_ONCE:
            raise ValueError(f"concurrency must be at most {_MOST_AT_ONCE}; name more urls")
        for name in ("context", "requests_per_minute", "tokens_per_minute"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be above 0")
        for name in ("timeout_seconds", "patience_minutes"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0")


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    # Recipes are copied into run folders: a secret in an address would be written there.
    if "@" in url or "?" in url or "#" in url:
        raise ValueError(
            "urls: an address with a user, password or query; give it without, and the key by "
            "key_env or key_file"
        )
    if not valid:
        raise ValueError(f"urls: {url!r} is no address of the form http://HOST:PORT/v1")
