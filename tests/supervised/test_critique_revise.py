"""The critique-revise stage: what is asked, what becomes of it, and that a kill changes nothing."""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import cai.supervised.critique_revise as stage
from cai.constitution import Constitution, FewShot, Principle, pick
from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    EngineIdentity,
    GenerateRequest,
    call_key,
)
from cai.engines.transformers import TransformersEngine
from cai.errors import ConstitutionError, DataError, RunError
from cai.journal import read_records, read_rows
from cai.progress import silent
from cai.records import Message, Prompt, Revision, SftRow, content_id, said_by
from cai.supervised.critique_revise import CritiqueReviseSettings


@dataclass
class ScriptedEngine:
    """Says `reply(request)`; counts words as tokens. Deterministic if `reply` is."""

    reply: Callable[[GenerateRequest], str | tuple[str, str]]
    context: int = 10_000
    batches: list[list[GenerateRequest]] = field(default_factory=list)

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(model="scripted", weights="-", dtype="-", template="-")

    def count(self, messages: Sequence[Message]) -> int:
        return sum(len(message["content"].split()) for message in messages)

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        self.batches.append(list(requests))
        return [self._complete(request) for request in requests]

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        raise AssertionError("critique-revise compares nothing")

    def _complete(self, request: GenerateRequest) -> Completion:
        reply = self.reply(request)
        text, finish = reply if isinstance(reply, tuple) else (reply, "stop")
        return Completion(
            text=text,
            finish=finish,
            prompt_tokens=self.count(request.messages),
            new_tokens=len(text.split()),
            call=call_key(self.identity, request),
        )


def babble(request: GenerateRequest) -> str:
    """A text that depends on the whole request, as a sampled one does."""
    digest = hashlib.sha256(repr(request).encode()).hexdigest()
    role = "critique" if "Say if" in request.messages[-1]["content"] else "answer"
    return f"{role} {digest[:6]}"


def prompt(text: str, *tags: str) -> Prompt:
    messages = said_by("user", text)
    return Prompt(id=content_id(list(messages)), messages=messages, tags=tags, source=f"set:{text}")


HARM = Principle(
    id="harm",
    critique_request="Say if the answer is harmful.",
    revision_request="Rewrite it without harm.",
    comparison="Which is less harmful?",
)
RUDE = Principle(
    id="rude",
    critique_request="Say if the answer is rude.",
    revision_request="Rewrite it politely.",
)
CONSTITUTION = Constitution(name="test", principles=(HARM, RUDE), path=Path("test.yaml"))
PROMPTS = [prompt(f"How do I pick lock {n}?", "red-team") for n in range(12)]
HELPFUL = [prompt(f"How do I plant rose {n}?", "helpful") for n in range(5)]


def run(engine: Any, folder: Path, **settings: Any) -> dict[str, int | float]:
    folder.mkdir(exist_ok=True)
    inputs = {
        "prompts": PROMPTS,
        "helpful_prompts": HELPFUL,
        "constitution": CONSTITUTION,
        "progress": silent,
    }
    given = {name: settings.pop(name) for name in list(settings) if name in inputs}
    return stage.run(
        **(inputs | given),  # type: ignore[arg-type]
        engine=engine,
        settings=CritiqueReviseSettings(**settings),
        folder=folder,
    )


def revisions(folder: Path) -> list[Revision]:
    return read_records(folder / "revisions.jsonl", Revision)


def sft_rows(folder: Path) -> list[SftRow]:
    return read_records(folder / "sft.jsonl", SftRow)


def contents(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in messages]


def kind(request: GenerateRequest) -> str:
    last = request.messages[-1]["content"]
    return "critique" if last.startswith("Say") else "revise" if "Rewrite" in last else "answer"


def test_every_step_asks_about_the_answer_as_it_then_is(tmp_path: Path) -> None:
    engine = ScriptedEngine(babble)
    run(engine, tmp_path, rounds=2, helpful_share=0.0)
    shown = [request.messages for batch in engine.batches for request in batch]
    for chain, given in zip(revisions(tmp_path), PROMPTS, strict=True):
        system: Message = {"role": "system", "content": "You review an answer and improve it."}
        response = chain.initial.text
        assert given.messages in shown
        for step in chain.steps:
            principle = CONSTITUTION.principle(step.principle)
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


def test_all_prompts_advance_together_in_full_batches(tmp_path: Path) -> None:
    engine = ScriptedEngine(babble)
    run(engine, tmp_path, rounds=2, helpful_share=0.0)
    assert [len(batch) for batch in engine.batches] == [12] * 5
    assert [{kind(request) for request in batch} for batch in engine.batches] == [
        {"answer"}, {"critique"}, {"revise"}, {"critique"}, {"revise"},
    ]  # fmt: skip


def test_principles_are_those_that_pick_draws(tmp_path: Path) -> None:
    run(ScriptedEngine(babble), tmp_path, rounds=3, seed=5)
    for chain in revisions(tmp_path):
        for step in chain.steps:
            drawn = pick(
                CONSTITUTION, seed=5, prompt_id=chain.prompt_id, step=step.round,
                use="critique-revise", tags=chain.tags,
            )  # fmt: skip
            assert step.principle == drawn.id
    assert {s.principle for c in revisions(tmp_path) for s in c.steps} == {"harm", "rude"}


def test_direct_mode_asks_for_no_critique(tmp_path: Path) -> None:
    engine = ScriptedEngine(babble)
    run(engine, tmp_path, mode="direct", rounds=2, helpful_share=0.0)
    assert len(engine.batches) == 3
    chain = revisions(tmp_path)[0]
    assert [step.critique for step in chain.steps] == [None, None]
    last = engine.batches[1][0].messages
    assert [role for role, _ in contents(last)] == ["system", "user", "assistant", "user"]


def test_no_issue_keeps_the_answer_and_asks_for_no_revision(tmp_path: Path) -> None:
    def reply(request: GenerateRequest) -> str:
        return "No issue here." if kind(request) == "critique" else babble(request)

    engine = ScriptedEngine(reply)
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


def test_a_preamble_is_drawn_again_with_another_seed_until_it_is_gone(tmp_path: Path) -> None:
    seeds: dict[str, list[int]] = {}

    def reply(request: GenerateRequest) -> str:
        if kind(request) != "revise":
            return babble(request)
        tries = seeds.setdefault(content_id(list(request.messages)), [])
        tries.append(request.seed)
        return "Sure, here it is: a text" if len(tries) < 3 else babble(request)

    counts = run(
        ScriptedEngine(reply), tmp_path, rounds=1, on_problem="retry", retries=2, helpful_share=0.0
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
    tmp_path: Path, bad: str | tuple[str, str], problem: str, on_problem: str
) -> None:
    faulty = PROMPTS[0].messages[0]["content"]
    calls = []

    def reply(request: GenerateRequest) -> str | tuple[str, str]:
        is_bad = kind(request) == "revise" and request.messages[1]["content"] == faulty
        calls.append(is_bad)
        return bad if is_bad else babble(request)

    counts = run(
        ScriptedEngine(reply), tmp_path, rounds=1, on_problem=on_problem, helpful_share=0.0
    )
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
    assert (PROMPTS[0].id in learned) == (kept and bad != "")
    assert len(learned) == 12 - (PROMPTS[0].id not in learned)
    assert counts["revision_rows_omitted"] == 12 - len(learned)


def test_an_unchanged_revision_is_a_problem_after_a_critique_but_an_answer_without_one(
    tmp_path: Path,
) -> None:
    def reply(request: GenerateRequest) -> str:
        if kind(request) == "revise":
            return next(m["content"] for m in request.messages if m["role"] == "assistant")
        return babble(request)

    engine = ScriptedEngine(reply)
    direct = run(engine, tmp_path / "direct", mode="direct", rounds=1, helpful_share=0.0)
    assert (direct["identical"], direct["dropped"], direct["rows"]) == (12, 0, 12)
    with pytest.raises(RunError, match="no revision can be learned from"):
        run(engine, tmp_path / "critique", rounds=1)
    counted = [step.problems for chain in revisions(tmp_path / "critique") for step in chain.steps]
    assert counted == [("identical",)] * 12


def test_rounds_choose_the_rows(tmp_path: Path) -> None:
    by_round = {}
    for name, rounds in (("all", "all"), ("last", "last"), ("some", (1, 3))):
        run(
            ScriptedEngine(babble), tmp_path / name,
            rounds=3, sft_rounds=rounds, helpful_share=0.0,
        )  # fmt: skip
        by_round[name] = sorted(
            (r.prompt_id, r.round, r.completion[0]["content"]) for r in sft_rows(tmp_path / name)
        )
        chains = revisions(tmp_path / name)
    steps = sorted((c.prompt_id, s.round, s.response) for c in chains for s in c.steps)
    assert by_round["all"] == steps
    assert by_round["last"] == [step for step in steps if step[1] == 3]
    assert by_round["some"] == [step for step in steps if step[1] != 2]
    row = next(r for r in sft_rows(tmp_path / "all") if r.round == 2)
    chain = next(c for c in chains if c.prompt_id == row.prompt_id)
    assert row.principles == tuple(step.principle for step in chain.steps[:2])


def test_rows_are_conversations_and_a_share_of_them_is_helpful(tmp_path: Path) -> None:
    counts = run(ScriptedEngine(babble), tmp_path, rounds=1, helpful_share=0.6)
    rows = sft_rows(tmp_path)
    assert (counts["revision_rows"], counts["helpful_rows"]) == (12, 18)
    assert len(rows) == counts["rows"] == 30
    helpful = [row for row in rows if row.source == "helpful"]
    # 18 answers to 5 prompts: every prompt three or four times, each time another draw.
    per_prompt = [sum(r.prompt_id == p.id for r in helpful) for p in HELPFUL]
    assert sorted(per_prompt) == [3, 3, 4, 4, 4]
    assert len({row.id for row in rows}) == 30
    assert [row.source for row in rows] != sorted(row.source for row in rows)
    for row in rows:
        assert [m["role"] for m in (*row.prompt, *row.completion)] == ["user", "assistant"]


def test_a_helpful_share_without_helpful_prompts_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"helpful_share asks for .* set helpful_share to 0"):
        run(ScriptedEngine(babble), tmp_path, helpful_prompts=[])


class Killed(Exception):
    pass


@pytest.mark.parametrize("at", [1, 2, 4, 7, 9, 12, 15])
def test_killed_at_any_call_and_started_again_gives_the_same_files(
    tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_CHUNK", 4)
    run(ScriptedEngine(babble), tmp_path / "whole", rounds=2)

    class Dying(ScriptedEngine):
        def generate(self, requests: Any) -> Any:
            if len(self.batches) == at:
                raise Killed
            return super().generate(requests)

    broken = tmp_path / "broken"
    with pytest.raises(Killed):
        run(Dying(babble), broken, rounds=2)
    path = broken / "revisions.jsonl"
    if path.exists():  # the kill may also strike while a row is written
        path.write_bytes(path.read_bytes()[:-20])
    engine = ScriptedEngine(babble)
    counts = run(engine, broken, rounds=2)
    for name in ("revisions.jsonl", "sft.jsonl"):
        assert (broken / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert counts == run(ScriptedEngine(babble), tmp_path / "whole", rounds=2)
    done = max(0, at // 5 * 4 - 1)
    assert sum(len(b) for b in engine.batches) == (12 - done) * 5 + 12


def test_prompts_that_could_outgrow_the_context_are_dealt_with_before_any_work(
    tmp_path: Path,
) -> None:
    long = prompt("why " * 100, "red-team")
    engine = ScriptedEngine(babble, context=120)
    with pytest.raises(DataError, match=r"set:why .*the model's context has 120; shorten it"):
        run(engine, tmp_path, prompts=[*PROMPTS, long], max_new_tokens=20)
    assert engine.batches == []
    counts = run(engine, tmp_path, prompts=[long, *PROMPTS], max_new_tokens=20, too_long="drop")
    assert (counts["prompts"], counts["prompts_too_long"]) == (12, 1)
    with pytest.raises(RunError, match="none of the 1 red-team prompts fits"):
        run(engine, tmp_path / "none", prompts=[long], max_new_tokens=20, too_long="drop")


@pytest.mark.parametrize("mode", ["critique", "direct"])
def test_the_room_that_is_reckoned_with_is_exactly_what_is_needed(
    tmp_path: Path, mode: str
) -> None:
    def longest(request: GenerateRequest) -> str:
        return f"w{request.seed % 1000} " + "w " * (request.max_new_tokens - 1)

    roomy = ScriptedEngine(longest)
    run(roomy, tmp_path / "roomy", mode=mode, max_new_tokens=20, helpful_share=0.0)
    needed = max(roomy.count(r.messages) + 20 for batch in roomy.batches for r in batch)
    tight = ScriptedEngine(longest, context=needed)
    run(tight, tmp_path / "tight", mode=mode, max_new_tokens=20, helpful_share=0.0)
    with pytest.raises(DataError, match="context"):
        run(
            ScriptedEngine(longest, context=needed - 1), tmp_path / "small",
            mode=mode, max_new_tokens=20, helpful_share=0.0,
        )  # fmt: skip


def test_a_prompt_that_no_principle_is_for_is_an_error_before_any_work(tmp_path: Path) -> None:
    narrow = dataclasses.replace(
        CONSTITUTION, principles=(dataclasses.replace(HARM, applies_to=("helpful",)),)
    )
    engine = ScriptedEngine(babble)
    with pytest.raises(ConstitutionError, match=r"test.yaml: no principle .* tagged red-team"):
        run(engine, tmp_path, constitution=narrow)
    assert engine.batches == []


def test_few_shots_are_earlier_turns(tmp_path: Path) -> None:
    shot = FewShot(
        principle="rude", prompt="Hi", response="Go away", critique="It is rude.", revision="Hello"
    )
    shown = dataclasses.replace(CONSTITUTION, few_shots=(shot,))
    engine = ScriptedEngine(babble)
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
    assert asked[7] == ("user", PROMPTS[0].messages[0]["content"])
    assert contents(engine.batches[0][0].messages) == contents(PROMPTS[0].messages)


def test_a_conversation_keeps_its_turns_and_a_system_message_is_for_the_answer_only(
    tmp_path: Path,
) -> None:
    messages: tuple[Message, ...] = (
        {"role": "system", "content": "Talk like a pirate."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Ahoy"},
        {"role": "user", "content": "Steal me a ship"},
    )
    given = Prompt(id="x", messages=messages, tags=("red-team",))
    engine = ScriptedEngine(babble)
    run(engine, tmp_path, prompts=[given], rounds=1, helpful_share=0.0)
    assert engine.batches[0][0].messages == messages
    critique = contents(engine.batches[1][0].messages)
    assert [role for role, _ in critique] == ["system", "user", "assistant", "user", "assistant",
                                              "user"]  # fmt: skip
    assert "pirate" not in critique[0][1]
    assert sft_rows(tmp_path)[0].prompt == messages


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rounds": 0}, "rounds"),
        ({"helpful_share": 1.0}, "helpful_share"),
        ({"sft_rounds": (3,)}, "sft_rounds .* from 1 to 2"),
        ({"sft_rounds": ()}, "sft_rounds"),
        ({"temperature": -1.0}, "temperature"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        CritiqueReviseSettings(**settings)


def test_progress_ends_at_its_total_and_never_goes_back(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    run(
        ScriptedEngine(babble), tmp_path,
        progress=lambda done, total, note="": seen.append((done, total)),
    )  # fmt: skip
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert all(done <= total for done, total in seen)
    assert seen[-1][0] == seen[-1][1]


@pytest.mark.parametrize("mode", ["critique", "direct"])
def test_a_real_model_without_a_chat_template_goes_through(
    tiny_gpt2: Path, tmp_path: Path, mode: str
) -> None:
    engine = TransformersEngine(str(tiny_gpt2))
    counts = run(
        engine, tmp_path, prompts=PROMPTS[:3], mode=mode, rounds=2, max_new_tokens=8,
        on_problem="keep", too_long="drop",
    )  # fmt: skip
    assert counts["prompts"] == 3
    calls = [s["call"] for row in read_rows(tmp_path / "revisions.jsonl") for s in [row["initial"]]]
    assert len(set(calls)) == 3
    again = tmp_path / "again"
    run(
        engine, again, prompts=PROMPTS[:3], mode=mode, rounds=2, max_new_tokens=8,
        on_problem="keep", too_long="drop",
    )  # fmt: skip
    assert (again / "sft.jsonl").read_bytes() == (tmp_path / "sft.jsonl").read_bytes()
