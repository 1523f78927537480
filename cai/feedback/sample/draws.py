"""One answer: what is asked for it, with which seed, and what it becomes in a row.

Answers of a prompt are counted from 0, whichever way they are paired later. The models take turns,
and each goes through the temperatures in its own turns, so that every model answers at every
temperature. A draw's seed follows from the prompt and the answer's number alone: another choice of
pairs asks for the same answers again, which the store of calls has by then.
"""

from __future__ import annotations

from collections.abc import Iterator

from cai.engines.base import Completion, Engine, GenerateRequest
from cai.feedback.sample.settings import SampleSettings
from cai.records import Comparison, Prompt, Said, content_id, derive_seed
from cai.room import has_room

# A model that says the same thing this often when asked again has no second answer to give.
ATTEMPTS = 4


def fits(prompt: Prompt, policy: Engine, settings: SampleSettings) -> bool:
    """Whether the policy's context has room for the prompt and a whole answer.

    Raises:
        DataError: if not, and `too_long` is "error".
    """
    needed = policy.count(prompt.messages) + settings.max_new_tokens
    return has_room(
        prompt, needed, context=policy.context, section="label", too_long=settings.too_long
    )


def request(prompt: Prompt, number: int, attempt: int, settings: SampleSettings) -> GenerateRequest:
    """What is asked for answer `number`; `attempt` counts from 0 how often it was drawn again."""
    pair, second = divmod(number, 2)
    draw = f"second-{attempt}" if second else f"first-{attempt}" if attempt else "first"
    return GenerateRequest(
        messages=prompt.messages,
        max_new_tokens=settings.max_new_tokens,
        temperature=temperature(number, settings),
        seed=derive_seed(settings.seed, "sample", prompt.id, pair, draw),
    )


def temperature(number: int, settings: SampleSettings) -> float:
    """What answer `number` is sampled at."""
    turn = number // settings.models
    return settings.temperatures[turn % len(settings.temperatures)]


def possible(prompt: Prompt, settings: SampleSettings) -> Iterator[GenerateRequest]:
    """All that may have been asked for any answer to a prompt, of whichever model."""
    for number in range(settings.pool):
        for attempt in range(ATTEMPTS):
            yield request(prompt, number, attempt, settings)


def said(completion: Completion, number: int, author: Engine, settings: SampleSettings) -> Said:
    """Answer `number` as a row has it."""
    return Said(
        text=completion.text,
        call=completion.call,
        finish=completion.finish,
        model=author.identity.name,
        temperature=temperature(number, settings),
    )


def comparison(prompt: Prompt, pair: int, first: Said, second: Said, seed: int) -> Comparison:
    """The n-th pair of a prompt, in an order that says nothing about who is better.

    The order in which answers are given here may: the second may be one drawn again, or the worse
    by some score. So the position is drawn.
    """
    swapped = derive_seed(seed, "position", prompt.id, pair) & 1
    a, b = (second, first) if swapped else (first, second)
    return Comparison(
        id=content_id(prompt.id, a.text, b.text),
        prompt_id=prompt.id,
        pair=pair,
        prompt=prompt.messages,
        tags=prompt.tags,
        response_a=a,
        response_b=b,
    )
