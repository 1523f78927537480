"""Servers of a recipe: each address is tried, and what it can do is found out by asking."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cai.doctor.servers import connections, servers
from cai.doctor.sharing import shareable
from cai.run import Run

KEY = "sk-not-to-be-seen-0123456789"


@pytest.fixture
def found(
    make_run: Callable[..., Run], by_name: Callable[..., dict], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, Any]]:
    """What is found of one server, whose settings are given."""
    monkeypatch.setenv("PLANTS_KEY", KEY)

    def look(*urls: str, **settings: Any) -> dict[str, Any]:
        server = {"urls": urls, "model": "plants", "key_env": "PLANTS_KEY", **settings}
        run = make_run(judge="big", servers={"big": server})
        made = by_name(shareable(one, run.recipe) for one in servers(run))
        text = json.dumps([[one.value, one.text] for one in made.values()])
        assert KEY not in text
        assert "127.0.0.1" not in text
        return made

    return look


def test_a_good_server_is_read_by_token_ids(
    serve: Callable[..., Any], found: Callable[..., dict[str, Any]]
) -> None:
    made = found(serve("--key", KEY).url)
    assert tuple(made) == ("big: urls[0]", "big: verdicts", "big: rate")
    assert {one.verdict for one in made.values()} == {"ok"}
    assert made["big: verdicts"].value == "log-probabilities of the options themselves"
    assert made["big: rate"].numbers["requests_per_second"] > 0


def test_a_dead_address_does_not_hide_the_one_that_answers(
    serve: Callable[..., Any], found: Callable[..., dict[str, Any]]
) -> None:
    gone = serve()
    gone.kill()
    made = found(gone.url, serve("--logprobs", "none").url, votes=8)
    assert made["big: urls[0]"].verdict == "failure"
    assert "urls[0] does not answer (no connection" in made["big: urls[0]"].text
    assert made["big: urls[1]"].verdict == "ok"
    assert made["big: verdicts"].verdict == "warning"
    assert "a share among 8 short answers" in made["big: verdicts"].text


@pytest.mark.parametrize(
    ("started", "settings", "said"),
    [
        (("--key", "another"), {}, "refuses the key"),
        (("--key", KEY), {"key_env": "NO_SUCH_VARIABLE"}, "NO_SUCH_VARIABLE is not set"),
        ((), {"model": "trees"}, "has no model 'trees'"),
    ],
)
def test_a_wrong_key_or_model_is_named_with_its_mend(
    started: tuple[str, ...], settings: dict[str, Any], said: str,
    serve: Callable[..., Any], found: Callable[..., dict[str, Any]],
) -> None:  # fmt: skip
    made = found(serve(*started).url, **settings)
    assert tuple(made) == ("big: urls[0]",)
    assert made["big: urls[0]"].verdict == "failure"
    assert said in made["big: urls[0]"].text


def test_more_connections_than_files_are_warned_of(
    make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    run = make_run(servers={"big": {"urls": ["http://127.0.0.1:1/v1"], "concurrency": 900}})
    assert list(connections(make_run())) == []
    for limit, verdict in ((1028, "ok"), (1027, "warning")):
        monkeypatch.setattr(resource, "getrlimit", lambda kind, limit=limit: (limit, limit))
        (one,) = connections(run)
        assert one.verdict == verdict
    assert "ulimit -n 2056" in one.text
