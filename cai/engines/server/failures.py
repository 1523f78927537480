"""What a try that failed means: try again, and how soon, or stop and what to say.

==========================================  ====================================================
what happened                               what is done
==========================================  ====================================================
no connection, dropped, timed out           tried again; five in a row leave the url out a while
5xx, 408, 409, 425                          tried again
429, 503, 529                               tried again, after `Retry-After`; fewer at a time
429 of an exhausted quota                   stops: waiting does not help
an answer that is cut off or not understood tried again
400 by a content filter                     no failure: the request's answer is a refusal
401, 403, 404, other 4xx                    stops
==========================================  ====================================================
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

_MOST_WORDS = 300  # characters of what a server says
_LONGEST_WAIT = 600.0  # seconds that a server may ask for; what asks for more is asked sooner
_AGAIN = frozenset({408, 409, 425})
_BUSY = frozenset({429, 503, 529})


class Unreadable(ValueError):  # noqa: N818 - it is no error of ours, and is never seen
    """A server's answer that is cut off or not of the form it should have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """One try that failed.

    Attributes:
        why: in words, for whoever reads that the run has stopped.
        final: whether trying again cannot help.
        busy: whether the server has too much to do, so that it should get less.
        lost: whether there was no answer at all: the server itself may be gone.
        filtered: whether a content filter refused the prompt.
        after: seconds that the server asks to wait; None if it says nothing.
        status: of HTTP; None without an answer.
    """

    why: str
    final: bool = False
    busy: bool = False
    lost: bool = False
    filtered: bool = False
    after: float | None = None
    status: int | None = None


def of_status(status: int, headers: Mapping[str, str], body: Any) -> Failure:
    """What an HTTP status other than 2xx means."""
    words = _words(body)
    why = f"HTTP {status}{': ' + words if words else ''}"
    code = _field(body, "code") or _field(body, "type")
    if status == 400 and ("content_filter" in code or "content_policy" in code):
        return Failure(why=why, filtered=True, status=status)
    if status == 429 and "insufficient_quota" in code:
        return Failure(why=why, final=True, status=status)
    if status in _BUSY:
        return Failure(why=why, busy=True, after=retry_after(headers), status=status)
    if status >= 500 or status in _AGAIN:
        return Failure(why=why, after=retry_after(headers), status=status)
    return Failure(why=why, final=True, status=status)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that `Retry-After` asks for (RFC 9110, 10.2.3), as a number or a date."""
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time()
        except ValueError:
            return None
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def _words(body: Any) -> str:
    """What the server says, in a line."""
    said = _field(body, "message") or _field(body, "detail")
    if not said and isinstance(body, str) and "<" not in body:  # pages of proxies say nothing
        said = body
    return " ".join(said.split())[:_MOST_WORDS]


def _field(body: Any, name: str) -> str:
    """A field of an error, which servers put into `error` or not."""
    inner = body.get("error", body) if isinstance(body, Mapping) else None
    value = inner.get(name) if isinstance(inner, Mapping) else inner if name == "message" else None
    return "" if value is None else str(value)
