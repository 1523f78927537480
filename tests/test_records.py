"""Rows and records, and the names of content, against plain definitions of both."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cai.engines.base import ChooseRequest, EngineIdentity, GenerateRequest, call_key
from cai.records import (
    AnswerScore,
    Chain,
    Comparison,
    Label,
    Prompt,
    Revision,
    RevisionStep,
    Said,
    Score,
    from_row,
    read_json,
    said_by,
    to_row,
)

texts = st.text(st.characters(exclude_categories=()), max_size=12)  # lone surrogates among them
reals = st.floats(allow_nan=False)
said = st.builds(
    Said, text=texts, call=texts, finish=texts, model=texts, temperature=st.none() | reals
)
messages = texts.map(lambda text: said_by("user", text))
names = st.lists(texts, max_size=3).map(tuple)
numbers = st.lists(reals, max_size=3).map(tuple)
chains = st.builds(Chain, view=st.just("ab"), reason=texts, logprobs=numbers)
scores = st.builds(AnswerScore, expected=st.none() | reals, mass=reals, logprobs=numbers)
steps = st.builds(
    RevisionStep,
    round=st.integers(),
    principle=texts,
    critique=st.none() | said,
    revision=st.none() | said,
    problems=names,
    response=texts,
)
records = st.one_of(
    st.builds(Prompt, id=texts, messages=messages, tags=names, source=texts),
    st.builds(
        Comparison,
        id=texts,
        prompt_id=texts,
        pair=st.integers(),
        prompt=messages,
        tags=names,
        response_a=said,
        response_b=said,
    ),
    st.builds(
        Label,
        id=texts,
        comparison_id=texts,
        principle=texts,
        annotator=texts,
        status=st.just("ok"),
        p_a=st.none() | st.floats(allow_nan=False),
        logprobs_ab=numbers,
        logprobs_ba=numbers,
        calls=names,
        chains=st.lists(chains, max_size=2).map(tuple),
        scores=st.lists(scores, max_size=2).map(tuple),
        words=names,
    ),
    st.builds(
        Revision,
        id=texts,
        prompt_id=texts,
        prompt=messages,
        tags=names,
        initial=said,
        steps=st.lists(steps, max_size=2).map(tuple),
    ),
    st.builds(
        Score,
        id=texts,
        model=texts,
        prompt_id=texts,
        prompt=messages,
        tags=names,
        response=said,
        harmful=st.none() | st.booleans(),
        evasive=st.none(),
        helpful=st.none(),
        unparseable=st.none(),
        decided_by=st.just("oracle"),
        reward=st.none() | st.floats(allow_nan=False),
        kl_to_sft=st.none(),
        details=st.dictionaries(texts, st.integers(), max_size=2),
    ),
)


@given(records)
def test_a_row_holds_what_dataclasses_say_and_comes_back(record: Any) -> None:
    row = to_row(record)
    assert row == dataclasses.asdict(record)
    assert list(row) == list(dataclasses.asdict(record))
    assert from_row(type(record), json.loads(json.dumps(row))) == record


@pytest.mark.parametrize("missing", [field.name for field in dataclasses.fields(Said)])
def test_a_row_needs_every_field_without_a_default(missing: str) -> None:
    whole = Said(text="a", call="b")
    row = to_row(whole)
    del row[missing]
    if missing not in ("text", "call"):
        assert from_row(Said, row) == whole
    else:
        with pytest.raises(TypeError, match=missing):
            from_row(Said, row)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(values, st.booleans())
def test_json_is_read_as_python_reads_it(value: Any, ascii_only: bool) -> None:
    """Numbers of any size, infinities and lone surrogates too, escaped or not."""
    text = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    found = read_json(text)
    assert found == json.loads(text) == value
    assert repr(found) == repr(value)  # 1, 1.0 and True are equal


def test_json_that_is_not_strict_is_read_and_damaged_json_is_not() -> None:
    assert math.isnan(read_json('{"a": NaN}')["a"])
    for damaged in (b'{"a": ', b"\xff", b"", b"{'a': 1}"):
        with pytest.raises(ValueError):  # noqa: PT011 - which one is Python's own affair
            read_json(damaged)


def plain_key(identity: EngineIdentity, request: GenerateRequest | ChooseRequest) -> str:
    """The definition, in the words of the standard library."""
    fields = dataclasses.asdict(request)
    if isinstance(request, GenerateRequest) and request.temperature == 0:
        fields |= {"seed": 0, "top_p": 1.0}
    named = dataclasses.asdict(identity)
    if identity.kind == "transformers":  # keys are older than the second kind of engine
        del named["kind"]
    value = [type(request).__name__, named, fields]
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


requests = st.one_of(
    st.builds(ChooseRequest, messages=messages, options=names),
    st.builds(
        GenerateRequest,
        messages=messages,
        max_new_tokens=st.integers(1),
        temperature=st.sampled_from([0, 0.0, 0.7, 1.0]),
        top_p=st.floats(0, 1),
        seed=st.integers(0),
    ),
)


@given(st.builds(EngineIdentity, model=texts, weights=texts, dtype=texts, template=texts), requests)
def test_a_call_is_named_by_the_digest_of_its_canonical_json(
    identity: EngineIdentity, request: GenerateRequest | ChooseRequest
) -> None:
    assert call_key(identity, request) == plain_key(identity, request)


def test_no_field_of_a_request_is_left_out_of_its_name() -> None:
    """A field that is added to a request must enter its key, or two calls would be one."""
    assert [field.name for field in dataclasses.fields(ChooseRequest)] == ["messages", "options"]
    assert [field.name for field in dataclasses.fields(GenerateRequest)] == [
        "messages",
        "max_new_tokens",
        "temperature",
        "top_p",
        "seed",
    ]
