"""What is said when a run stops because of a server: what happened, and how to mend it."""

from __future__ import annotations

from cai.engines.server.failures import Failure
from cai.engines.server.settings import ServerSettings
from cai.errors import EngineError

_KEPT = "what is finished is kept, and the same command goes on from there"


class AskFailedError(EngineError):
    """A request that no server answers; `failure` is the last one."""

    def __init__(self, text: str, failure: Failure) -> None:
        super().__init__(text)
        self.failure = failure


def told(
    name: str, url: str, failure: Failure, settings: ServerSettings, *, once: bool = False
) -> str:
    """The message for a failure that ends a run; `once`: nothing was tried again."""
    where = f"servers.{name}: {url}"
    model = settings.model or name
    if failure.status in (401, 403):
        if settings.key_env is None and settings.key_file is None:
            mend = "name the key's place by key_env or key_file"
        else:
            mend = f"put a valid key into {settings.key_env or settings.key_file}"
        return f"{where} refuses the key ({failure.why}); {mend}; {_KEPT}"
    if failure.status == 404:
        return (
            f"{where} has no model {model!r}, or no chat completions there ({failure.why}); set "
            "`model` to one of its models, and `urls` to the address before /chat/completions"
        )
    if failure.status == 429 and failure.final:
        return f"{where}: the account has nothing left to spend ({failure.why}); {_KEPT}"
    if failure.final:
        return f"{where} turns the request down ({failure.why}); {_mend(failure.why)}"
    if once:
        return f"{where} does not answer ({failure.why}); start the server, or name another"
    minutes = settings.patience_minutes
    return (
        f"{where} has not answered for {minutes:g} minutes of trying (at last: {failure.why}); "
        f"start the server again or name another, or raise patience_minutes; {_KEPT}"
    )


def _mend(why: str) -> str:
    if "context" in why or "maximum" in why or "too long" in why:
        return (
            "shorten the prompts, lower max_new_tokens, or set `context` to what the server reads"
        )
    return "see the server's documentation; `body` adds fields that it asks for"
