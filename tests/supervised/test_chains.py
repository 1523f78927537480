"""Chains of critique and revision: what is asked, and what becomes of what is said."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cai.constitution import Constitution, FewShot, pick
from cai.engines.base import GenerateRequest
from cai.errors import RunError
from cai.journal import read_records
from cai.records import Message, Prompt, Revision, SftRow, content_id

Run = Callable[..., dict[str, int | float]]


def revisions(folder: Path) -> list[Revision]:
    return read_records(folder / "revisions.jsonl", Revision)


def sft_rows(folder: Path) -> list[SftRow]:
    return read_records(folder / "sft.jsonl", SftRow)


def contents(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in messages]


def kind(request: GenerateRequest) -> str:
    last = request.messages[-1]["content"]
    return "critique" if last.startswith("Say") else "revise" if "Rewrite" in last else "answer"


def test_every_step_asks_about_the_answer_as_it_then_is(
    run: Run, scripted: Any, red_team: list[Prompt], constitution: Constitution, tmp_path: Path
) -> None:
    engine = scripted()
    run(engine, tmp_path, rounds=2, helpful_share=0.0)
    shown = [request.messages for batch in engine.batches for request in batch]
    for chain, given in zip(revisions(tmp_path), red_team, strict=True):
        system: Message = {"role": "system", "content": "You review an answer and improve it."}
        response = chain.initial.text
        assert given.messages in shown
        for step in chain.steps:
            principle = constitution.principle(step.principle)
            assert step.critique is not None
            assert step.revision is not None
            first: tuple[Message, ...] = (
                system,
                *given.messages,
                {"role": "assistant", "content": response},
                {"role": "user", "content": principle.critique_request},
            )
            second: tuple[Message, ...] = (
                *first,
                {"role": "assistant", "content": step.critique.text},
                {"role": "user", "content": principle.revision_request},
            )
            assert first in shown
            assert second in shown
            response = step.revision.text
            assert step.response == response


def test_all_prompts_advance_together_in_full_batches(
    run: Run, scripted: Any, tmp_path: Path
) -> None:
    engine = scripted()
    run(engine, tmp_path, rounds=2, helpful_share=0.0)
    assert [len(batch) for batch in engine.batches] == [12] * 5
    assert [{kind(request) for request in batch} for batch in engine.batches] == [
        {"answer"}, {"critique"}, {"revise"}, {"critique"}, {"revise"},
    ]  # fmt: skip


def test_principles_are_those_that_pick_draws(
    run: Run, scripted: Any, constitution: Constitution, tmp_path: Path
) -> None:
    run(scripted(), tmp_path, rounds=3, seed=5)
    for chain in revisions(tmp_path):
        for step in chain.steps:
            drawn = pick(
                constitution, seed=5, prompt_id=chain.prompt_id, step=step.round,
                use="critique-revise", tags=chain.tags,
            )  # fmt: skip
            assert step.principle == drawn.id
    assert {s.principle for c in revisions(tmp_path) for s in c.steps} == {"harm", "rude"}


def test_direct_mode_asks_for_no_critique(run: Run, scripted: Any, tmp_path: Path) -> None:
    engine = scripted()
    run(engine, tmp_path, mode="direct", rounds=2, helpful_share=0.0)
    assert len(engine.batches) == 3
    chain = revisions(tmp_path)[0]
    assert [step.critique for step in chain.steps] == [None, None]
    last = engine.batches[1][0].messages
    assert [role for role, _ in contents(last)] == ["system", "user", "assistant", "user"]
    assert contents(last)[0][1] == "You rewrite an answer."


def test_no_issue_keeps_the_answer_and_asks_for_no_revision(
    run: Run, scripted: Any, babble: Any, tmp_path: Path
) -> None:
    def reply(request: GenerateRequest) -> str:
        return "No issue here." if kind(request) == "critique" else babble(request)

    engine = scripted(reply)
    counts = run(engine, tmp_path, rounds=2, helpful_share=0.0)
    assert counts["no_issue"] == counts["steps"] == 24
    assert not any(kind(request) == "revise" for batch in engine.batches for request in batch)
    for chain, row in zip(
        sorted(revisions(tmp_path), key=lambda c: c.prompt_id),
        sorted(sft_rows(tmp_path), key=lambda r: r.prompt_id),
        strict=True,
    ):
        assert all(step.revision is None for step in chain.steps)
        assert row.completion[0]["content"] == chain.initial.text


def test_a_preamble_is_drawn_again_with_another_seed_until_it_is_gone(
    run: Run, scripted: Any, babble: Any, tmp_path: Path
) -> None:
    seeds: dict[str, list[int]] = {}

    def reply(request: GenerateRequest) -> str:
        if kind(request) != "revise":
            return babble(request)
        tries = seeds.setdefault(content_id(list(request.messages)), [])
        tries.append(request.seed)
        return "Sure, here it is: a text" if len(tries) < 3 else babble(request)

    counts = run(
        scripted(reply), tmp_path, rounds=1, on_problem="retry", retries=2, helpful_share=0.0
    )
    assert all(len(tries) == len(set(tries)) == 3 for tries in seeds.values())
    assert (counts["preamble"], counts["dropped"]) == (12, 0)
    for chain in revisions(tmp_path):
        step = chain.steps[0]
        assert step.problems == ("preamble",)
        assert step.revision is not None
        assert step.response == step.revision.text
    assert not any("here it is" in row.completion[0]["content"] for row in sft_rows(tmp_path))


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ("", "empty"),
        (("half an", "length"), "truncated"),
        ("Revised answer: yes", "preamble"),
    ],
)
@pytest.mark.parametrize("on_problem", ["drop", "retry", "keep"])
def test_what_happens_to_a_faulty_revision_is_a_setting(
    run: Run,
    scripted: Any,
    babble: Any,
    red_team: list[Prompt],
    tmp_path: Path,
    bad: str | tuple[str, str],
    problem: str,
    on_problem: str,
) -> None:
    faulty = red_team[0].messages[0]["content"]
    calls = []

    def reply(request: GenerateRequest) -> str | tuple[str, str]:
        is_bad = kind(request) == "revise" and request.messages[1]["content"] == faulty
        calls.append(is_bad)
        return bad if is_bad else babble(request)

    counts = run(scripted(reply), tmp_path, rounds=1, on_problem=on_problem, helpful_share=0.0)
    chain = revisions(tmp_path)[0]
    step = chain.steps[0]
    assert step.problems == (problem,)
    assert counts[problem] == 1
    assert step.revision is not None
    kept = on_problem == "keep"
    assert step.response == (step.revision.text if kept else chain.initial.text)
    assert counts["dropped"] == (not kept)
    assert sum(calls) == (3 if on_problem == "retry" else 1)
    learned = {row.prompt_id for row in sft_rows(tmp_path)}
    assert (red_team[0].id in learned) == (kept and bad != "")
    assert len(learned) == 12 - (red_team[0].id not in learned)
    assert counts["revision_rows_omitted"] == 12 - len(learned)


def test_an_unchanged_revision_is_a_problem_after_a_critique_but_an_answer_without_one(
    run: Run, scripted: Any, babble: Any, tmp_path: Path
) -> None:
    def reply(request: GenerateRequest) -> str:
        if kind(request) == "revise":
            return next(m["content"] for m in request.messages if m["role"] == "assistant")
        return babble(request)

    engine = scripted(reply)
    direct = run(engine, tmp_path / "direct", mode="direct", rounds=1, helpful_share=0.0)
    assert (direct["identical"], direct["dropped"], direct["rows"]) == (12, 0, 12)
    with pytest.raises(RunError, match="no revision can be learned from"):
        run(engine, tmp_path / "critique", rounds=1)
    counted = [step.problems for chain in revisions(tmp_path / "critique") for step in chain.steps]
    assert counted == [("identical",)] * 12


def test_few_shots_are_earlier_turns(
    run: Run, scripted: Any, red_team: list[Prompt], constitution: Constitution, tmp_path: Path
) -> None:
    shot = FewShot(
        principle="rude", prompt="Hi", response="Go away", critique="It is rude.", revision="Hello"
    )
    shown = dataclasses.replace(constitution, few_shots=(shot,))
    engine = scripted()
    run(engine, tmp_path, constitution=shown, rounds=1, helpful_share=0.0)
    asked = contents(engine.batches[2][0].messages)
    assert asked[1:7] == [
        ("user", "Hi"),
        ("assistant", "Go away"),
        ("user", "Say if the answer is rude."),
        ("assistant", "It is rude."),
        ("user", "Rewrite it politely."),
        ("assistant", "Hello"),
    ]
    assert asked[7] == ("user", red_team[0].messages[0]["content"])
    assert contents(engine.batches[0][0].messages) == contents(red_team[0].messages)


def test_a_conversation_keeps_its_turns_and_a_system_message_is_for_the_answer_only(
    run: Run, scripted: Any, tmp_path: Path
) -> None:
    messages: tuple[Message, ...] = (
        {"role": "system", "content": "Talk like a pirate."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Ahoy"},
        {"role": "user", "content": "Steal me a ship"},
    )
    given = Prompt(id="x", messages=messages, tags=("red-team",))
    engine = scripted()
    run(engine, tmp_path, prompts=[given], rounds=1, helpful_share=0.0)
    assert engine.batches[0][0].messages == messages
    critique = contents(engine.batches[1][0].messages)
    assert [role for role, _ in critique] == ["system", "user", "assistant", "user", "assistant",
                                              "user"]  # fmt: skip
    assert "pirate" not in critique[0][1]
    assert sft_rows(tmp_path)[0].prompt == messages
