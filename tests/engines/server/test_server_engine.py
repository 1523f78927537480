"""The engine for servers: what it gives, and that no fault of theirs changes it."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cai.budget import Budget, BudgetError, Price
from cai.engines.base import IMPOSSIBLE, ChooseRequest, GenerateRequest
from cai.engines.cache import CachedEngine, CallCache
from cai.engines.server.engine import ServerEngine
from cai.engines.server.settings import ServerSettings
from cai.engines.transformers import TransformersEngine
from cai.errors import EngineError
from cai.records import said_by
from cai.weights import resolve

Serve = Callable[..., Any]


def asked(count: int, *, text: str = "question", temperature: float = 1.0) -> list[GenerateRequest]:
    return [
        GenerateRequest(
            messages=said_by("user", f"{text} {number}"),
            max_new_tokens=20,
            seed=number,
            temperature=temperature,
        )
        for number in range(count)
    ]


def chosen(count: int) -> list[ChooseRequest]:
    return [
        ChooseRequest(messages=said_by("user", f"pair {number}"), options=("A", "B"))
        for number in range(count)
    ]


def engine(*urls: str, **settings: Any) -> ServerEngine:
    usual = {"concurrency": 16, "timeout_seconds": 10.0, "patience_minutes": 1.0}
    return ServerEngine("plants", ServerSettings(urls=urls, **{**usual, **settings}))


def expected_texts(serving: Any, requests: list[GenerateRequest]) -> list[str]:
    return [serving.said([dict(m) for m in one.messages], one.seed) for one in requests]


def expected_logprobs(serving: Any, requests: list[ChooseRequest]) -> list[list[float]]:
    shares = [serving.preferred([dict(m) for m in one.messages]) for one in requests]
    return [[math.log(share[letter]) for letter in "AB"] for share in shares]


@pytest.mark.parametrize("logprobs", ["ids", "top"])
def test_texts_and_probabilities_are_those_of_the_server(
    serve: Serve, serving: Any, logprobs: str
) -> None:
    one = engine(serve("--logprobs", logprobs).url)
    requests = asked(40)
    texts = one.generate(requests)
    assert [text.text for text in texts] == expected_texts(serving, requests)
    assert {text.finish for text in texts} == {"stop"}
    assert one.way() == logprobs
    choices = one.choose(chosen(20))
    for choice, values in zip(choices, expected_logprobs(serving, chosen(20)), strict=True):
        assert choice.logprobs == pytest.approx(values)
        assert choice.votes == 0
    assert one.context == 512


def test_without_log_probabilities_verdicts_are_shares_of_votes(serve: Serve, serving: Any) -> None:
    one = engine(serve("--logprobs", "none").url, votes=400)
    for choice, values in zip(
        one.choose(chosen(4)), expected_logprobs(serving, chosen(4)), strict=True
    ):
        assert choice.votes == 400
        # Four standard errors of the widest share.
        assert [math.exp(v) for v in choice.logprobs] == pytest.approx(
            [math.exp(v) for v in values], abs=4 * 0.5 / math.sqrt(400)
        )


def test_every_fault_is_outlasted_and_no_row_is_wrong(serve: Serve, serving: Any) -> None:
    server = serve("--faults", 0.3, "--hang", 0.5, "--seconds", 0.01)
    one = engine(server.url, timeout_seconds=5.0)
    requests = asked(200)
    assert [text.text for text in one.generate(requests)] == expected_texts(serving, requests)
    for choice, values in zip(
        one.choose(chosen(50)), expected_logprobs(serving, chosen(50)), strict=True
    ):
        assert choice.logprobs == pytest.approx(values)
    assert server.counts()["faults"] > 50


def test_a_full_server_is_asked_less_at_once(serve: Serve, serving: Any) -> None:
    server = serve("--places", 4, "--seconds", 0.02)
    requests = asked(300)
    texts = engine(server.url, concurrency=64).generate(requests)
    assert [text.text for text in texts] == expected_texts(serving, requests)
    # Were it asked 64 at a time to the end, nearly all it says would be that it is full.
    assert server.counts()["full"] < 300


def test_several_servers_share_the_load_and_do_without_one_that_dies(
    serve: Serve, serving: Any
) -> None:
    lasting, dying = serve("--seconds", 0.02), serve("--seconds", 0.02)
    one = engine(lasting.url, dying.url)
    requests = asked(400)
    found: dict[int, str] = {}
    shared = 0
    for batch in one.stream(requests):
        found.update((index, result.text) for index, result in batch)
        if len(found) > 60 and not shared:
            shared = dying.counts()["requests"]
            dying.kill()
    assert [found[index] for index in range(400)] == expected_texts(serving, requests)
    assert shared > 15
    # And it is asked again when it is there again.
    again = serve("--port", dying.port)
    for number in range(50):
        one.generate(asked(20, text=f"later {number}"))
        if again.counts()["requests"]:
            break
    assert again.counts()["requests"]


def test_what_is_finished_is_stored_before_a_request_fails(serve: Serve, tmp_path: Path) -> None:
    server = serve("--seconds", 0.01)
    inner = engine(server.url)
    cache = CallCache(tmp_path / "calls.sqlite")
    one = CachedEngine(lambda: inner, identity=inner.identity, cache=cache)
    requests = asked(60)
    poisoned = [*requests[:40], *asked(1, text="far too long"), *requests[40:]]
    with pytest.raises(
        EngineError, match=r"request 41 \('far too long 0'…\).*lower max_new_tokens"
    ):
        one.generate(poisoned)
    before = server.counts()["requests"]
    assert one.count_of_calls.made >= 40
    again = one.generate(requests)
    assert sum(text.cached for text in again) == one.count_of_calls.cached >= 40
    assert server.counts()["requests"] - before == 60 - one.count_of_calls.cached


def test_a_request_that_fails_ends_the_waiting_of_all_others(serve: Serve) -> None:
    server = serve("--seconds", 0.02)
    one = engine(server.url, concurrency=4)
    requests = [*asked(3), *asked(1, text="far too long"), *asked(1000)]
    found: list[int] = []
    with pytest.raises(EngineError, match="request 4 "):
        found.extend(index for batch in one.stream(requests) for index, _ in batch)
    assert {0, 1, 2} <= set(found)
    # What was under way is answered, and no more is sent: not what was waiting for a place either.
    assert len(found) < 20
    assert server.counts()["requests"] < 20


def test_requests_are_sent_in_their_order(serve: Serve) -> None:
    one = engine(serve("--seconds", 0.02).url, concurrency=4)
    found = [index for batch in one.stream(asked(200)) for index, _ in batch]
    assert sorted(found) == list(range(200))
    # Four are under way at once, and may overtake each other; none may be left waiting.
    assert max(abs(index - place) for place, index in enumerate(found)) <= 16


def test_each_result_is_stored_as_it_comes(serve: Serve, tmp_path: Path) -> None:
    inner = engine(serve("--seconds", 0.05).url, concurrency=2)
    cache = CallCache(tmp_path / "calls.sqlite")
    one = CachedEngine(lambda: inner, identity=inner.identity, cache=cache)
    stored: list[int] = []
    add = cache.add

    def spied(results: Any) -> None:
        rows = list(results)
        stored.append(len(rows))
        add(rows)

    cache.add = spied  # type: ignore[method-assign]
    one.generate(asked(12))
    assert sum(stored) == 12
    assert max(stored) <= 2


def test_a_refusal_is_an_answer_and_no_failure(serve: Serve) -> None:
    one = engine(serve().url)
    for text in ("FORBIDDEN PROMPT", "FORBIDDEN ANSWER"):
        (answer,) = one.generate(asked(1, text=text))
        assert (answer.text, answer.finish) == ("", "refused")
    (choice,) = one.choose(
        [ChooseRequest(messages=said_by("user", "FORBIDDEN PROMPT"), options=("A", "B"))]
    )
    assert choice.logprobs == (IMPOSSIBLE, IMPOSSIBLE)


KEY = "sk-not-to-be-seen-0123456789"


def test_a_key_is_sent_and_never_seen(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = serve("--key", KEY).url
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert engine(url, key_file=str(file)).generate(asked(1))[0].finish == "stop"
    monkeypatch.setenv("PLANTS_KEY", KEY)
    assert engine(url, key_env="PLANTS_KEY").generate(asked(1))[0].finish == "stop"
    monkeypatch.setenv("PLANTS_KEY", f"{KEY}-expired")
    with pytest.raises(EngineError, match=r"refuses the key \(HTTP 401: bad key .*PLANTS_KEY") as e:
        engine(url, key_env="PLANTS_KEY").generate(asked(1))
    assert KEY not in str(e.value)
    with pytest.raises(EngineError, match="name the key's place by key_env or key_file"):
        engine(url).generate(asked(1))
    monkeypatch.delenv("PLANTS_KEY")
    with pytest.raises(EngineError, match="PLANTS_KEY is not set"):
        engine(url, key_env="PLANTS_KEY")


def test_a_model_that_is_not_there_is_named_with_those_that_are(serve: Serve) -> None:
    with pytest.raises(EngineError, match=r"has no model 'trees'; set `model` .*: plants"):
        engine(serve().url, model="trees").generate(asked(1))
    # Hosted services know more names than they list, so the request itself tells.
    with pytest.raises(EngineError, match=r"no model 'trees', or no chat completions"):
        engine(serve("--owner", "somebody").url, model="trees").generate(asked(1))


def test_servers_of_different_models_are_not_mixed(serve: Serve) -> None:
    one = engine(serve().url, serve("--root", "/models/others").url)
    with pytest.raises(EngineError, match="do not serve the same"):
        one.meet()


def test_a_server_that_stays_away_stops_the_run(serve: Serve) -> None:
    server = serve()
    server.kill()
    one = engine(server.url, patience_minutes=1 / 60)
    with pytest.raises(EngineError, match=r"has not answered for .* no connection"):
        one.generate(asked(3))
    with pytest.raises(EngineError, match="no connection"):
        one.meet()


def test_fields_that_a_server_does_not_take_are_learned(serve: Serve, serving: Any) -> None:
    refusing = serve("--rejects", "max_tokens", "--instead", "use max_completion_tokens")
    requests = asked(5)
    texts = engine(refusing.url).generate(requests)
    assert [text.text for text in texts] == expected_texts(serving, requests)
    seedless = serve("--rejects", "seed")
    (text,) = engine(seedless.url).generate(asked(1))
    assert text.text == serving.said([{"role": "user", "content": "question 0"}], None)
    one_by_one = serve("--rejects", "n", "logprobs", "--logprobs", "none")
    (choice,) = engine(one_by_one.url, votes=6).choose(chosen(1))
    assert (choice.votes, choice.requests) == (6, 6)


def test_one_rate_holds_for_all_that_a_run_sends(serve: Serve) -> None:
    from time import monotonic

    one = engine(serve().url, requests_per_minute=600)
    began = monotonic()
    one.generate(asked(25))
    # Ten of them may go at once; the others wait a tenth of a second each.
    assert monotonic() - began > 1.4


def test_identities_keep_apart_what_may_be_different_weights() -> None:
    def identity(*urls: str, **settings: Any) -> Any:
        return engine(*urls, **settings).identity

    here, there = "http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"
    assert identity(here, there) == identity(there, here)
    assert identity(here) != identity(there)
    assert identity(here, revision="1") == identity(there, revision="1")
    assert identity(here, revision="1") != identity(here, revision="2")
    assert identity(here) != identity(here, body={"reasoning_effort": "none"})
    assert identity(here) != identity(here, model="trees")


def test_a_served_model_says_what_it_says_in_this_process(serve: Serve) -> None:
    """Greedy and sampled texts, and log-probabilities of options of one and of two tokens."""
    weights = resolve("cai-mini").path
    own = TransformersEngine("cai-mini", device="cpu", dtype="float32")
    ids = engine(serve("--weights", weights).url, timeout_seconds=60.0)
    prompts = [said_by("user", f"How do I {verb} a plant?") for verb in ("water", "burn")]
    requests = [
        GenerateRequest(messages=one, max_new_tokens=16, seed=seed, temperature=temperature)
        for seed, one in enumerate(prompts)
        for temperature in (0.0, 0.8)
    ]
    for there, here in zip(ids.generate(requests), own.generate(requests), strict=True):
        assert (there.text, there.finish) == (here.text, here.finish)
        assert there.prompt_tokens == here.prompt_tokens
    shown = [ChooseRequest(messages=one, options=("A", "B", "Yes", "No", "10")) for one in prompts]
    assert ids.way() == "ids"
    for there_, here_ in zip(ids.choose(shown), own.choose(shown), strict=True):
        assert there_.logprobs == pytest.approx(here_.logprobs, abs=1e-3)
    assert [ids.count(one) for one in prompts] == [own.count(one) for one in prompts]
    counting = engine("http://127.0.0.1:9/v1", tokenizer=weights)  # which asks nobody
    assert [counting.count(one) for one in prompts] == [own.count(one) for one in prompts]


def test_without_a_tokenizer_tokens_are_estimated(serve: Serve) -> None:
    assert engine(serve("--logprobs", "top").url).count(said_by("user", "a" * 300)) == 108


@pytest.mark.parametrize("verb", ["generate", "choose"])
def test_a_budget_is_never_exceeded_and_what_it_bought_is_kept(
    serve: Serve, tmp_path: Path, verb: str
) -> None:
    inner = engine(serve("--logprobs", "none").url, votes=4)
    price, budget = Price(prompt=100.0, completion=100.0), Budget(usd=0.15)
    cache = CallCache(tmp_path / "calls.sqlite")
    one = CachedEngine(
        lambda: inner, identity=inner.identity, cache=cache, budget=budget, price=price
    )
    with pytest.raises(BudgetError, match=r"of 0\.15 US dollars are spent"):
        getattr(one, verb)(asked(500) if verb == "generate" else chosen(500))
    spent = one.count_of_calls.spent["plants"]
    assert 0.05 < spent.usd <= 0.15
    assert spent.usd == pytest.approx((spent.prompt_tokens + spent.new_tokens) / 1e4)
    assert one.count_of_calls.made == spent.calls > 0
