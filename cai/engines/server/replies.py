"""What a server's answers say: texts, how they ended, and the probabilities of first tokens."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cai.engines.server.failures import Unreadable

_FILTERED = "content_filter"
_TOKEN_ID = re.compile(r"token_id:(\d+)")

UNSEEN_ENOUGH = 0.01
"""An option that a server does not list may have this probability at most to count as off the
options; else votes are asked for."""


class Text(NamedTuple):
    """One text and its `finish` as in a `Completion`."""

    text: str
    finish: str


class Usage(NamedTuple):
    """Tokens read and said, as the server counts them; None where it does not."""

    prompt: int | None
    new: int | None


def texts(answer: Mapping[str, Any]) -> list[Text]:
    """The texts of an answer, without space around them.

    Raises:
        Unreadable: if it has none.
    """
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices:
        raise Unreadable("choices")
    return [_text(choice) for choice in choices]


def usage(answer: Mapping[str, Any]) -> Usage:
    """What an answer says of its tokens."""
    found = answer.get("usage")
    fields = found if isinstance(found, Mapping) else {}
    counts = (fields.get("prompt_tokens"), fields.get("completion_tokens"))
    prompt, new = (one if isinstance(one, int) and one >= 0 else None for one in counts)
    return Usage(prompt, new)


class FirstTokens(NamedTuple):
    """The likeliest first tokens with their natural-log probabilities.

    `unlisted` is the most probability that a token has which is not among them.
    """

    values: Mapping[str, float]
    unlisted: float


def first_tokens(answer: Mapping[str, Any]) -> FirstTokens | None:
    """The likeliest first tokens by their texts; None if the server tells none.

    Raises:
        Unreadable: if the answer has no choices, or probabilities that are none.
    """
    place = _first_place(answer)
    listed = [_token(one) for one in place.get("top_logprobs") or []]
    if not listed:
        return None
    found: dict[str, float] = {}
    for token, value in listed:  # tokens of parts of a character may have one text
        found[token] = _log_add(found[token], value) if token in found else value
    total = math.fsum(math.exp(value) for _, value in listed)
    # The token that was drawn may stand in the list in place of a likelier one.
    ranked = [value for token, value in listed if token != place.get("token")]
    least = math.exp(min(ranked, default=0.0))
    return FirstTokens(found, max(0.0, min(least, 1 - total)))


def first_token_ids(answer: Mapping[str, Any]) -> dict[int, float]:
    """The same by token ids, where the server was asked to write these; others are left out."""
    found = {}
    for one in _first_place(answer).get("top_logprobs") or []:
        token, value = _token(one)
        if match := _TOKEN_ID.fullmatch(token):
            found[int(match[1])] = value
    return found


def completion_token_ids(answer: Mapping[str, Any]) -> dict[int, float]:
    """The first token's probabilities by id, of an answer in the older form of completions.

    Raises:
        Unreadable: if it has none.
    """
    try:
        listed = answer["choices"][0]["logprobs"]["top_logprobs"][0]
        return {
            int(match[1]): float(value)
            for token, value in listed.items()
            if (match := _TOKEN_ID.fullmatch(token))
        }
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        raise Unreadable("log-probabilities") from None


def of_options(first: FirstTokens, options: Sequence[str]) -> tuple[list[float | None], float]:
    """The log-probability of each option as the first token, and what may be unseen.

    Space around a token is no part of what is said: " A" is the option "A". An option that is no
    token of the list is None; the second value is the most probability that any of those can have:
    that of the listed tokens it begins with, and of one that is not listed.
    """
    values: list[float | None] = []
    unseen = 0.0
    said = [(token.strip(), value) for token, value in first.values.items()]
    for option in (one.strip() for one in options):
        own = [math.exp(value) for token, value in said if token == option]
        if math.fsum(own) > 0:
            values.append(math.log(math.fsum(own)))
            continue
        values.append(None)
        begun = [math.exp(value) for token, value in said if token and option.startswith(token)]
        unseen = max(unseen, math.fsum(begun) + first.unlisted)
    return values, unseen


def vote(text: Text, options: Sequence[str]) -> int | None:
    """Which option a sampled text says, by its place; None if none, or not clearly.

    It may stand in brackets or quotes, with a sign behind it. Words behind it on the same line make
    it something else: "A good answer" is no vote for A.
    """
    if text.finish == "refused":
        return None
    for place, option in enumerate(options):
        pattern = rf"[\s\W]*{re.escape(option.strip())}(?:\W*|[.:,;)\]*\n].*)"
        if re.fullmatch(pattern, text.text, re.DOTALL):
            return place
    return None


def _text(choice: Any) -> Text:
    message = choice.get("message") if isinstance(choice, Mapping) else None
    if not isinstance(message, Mapping):
        raise Unreadable("a message")
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal:
        return Text(refusal.strip(), "refused")
    content = message.get("content")
    if isinstance(content, list):  # parts, as some servers write them
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        content = "".join(part for part in parts if isinstance(part, str))
    if content is not None and not isinstance(content, str):
        raise Unreadable("text")
    reason = choice.get("finish_reason")
    finish = {"length": "length", _FILTERED: "refused"}.get(str(reason), "stop")
    return Text((content or "").strip(), finish)


def _first_place(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        raise Unreadable("choices")
    logprobs = choices[0].get("logprobs")
    places = logprobs.get("content") if isinstance(logprobs, Mapping) else None
    place = places[0] if isinstance(places, list) and places else {}
    return place if isinstance(place, Mapping) else {}


def _token(one: Any) -> tuple[str, float]:
    try:
        token, value = str(one["token"]), float(one["logprob"])
    except (KeyError, TypeError, ValueError):
        raise Unreadable("log-probabilities") from None
    if math.isnan(value) or value > 1e-3:
        raise Unreadable("probabilities between 0 and 1")
    return token, value


def _log_add(a: float, b: float) -> float:
    most = max(a, b)
    return most if math.isinf(most) else most + math.log(math.exp(a - most) + math.exp(b - most))
