"""The critique-revise stage: its rows, its refusals, and that a kill changes nothing."""

import dataclasses
import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cai.supervised.critique_revise as stage
from cai.constitution import Constitution
from cai.engines.base import GenerateRequest
from cai.engines.transformers import TransformersEngine
from cai.errors import ConstitutionError, DataError, RunError
from cai.journal import read_records, read_rows
from cai.records import Prompt, Revision, SftRow, said_by
from cai.supervised import mixing
from cai.supervised.critique_revise import CritiqueReviseSettings
from cai.supervised.dialogue import Dialogue, split_by_room

Run = Callable[..., dict[str, int | float]]


def revisions(folder: Path) -> list[Revision]:
    return read_records(folder / "revisions.jsonl", Revision)


def sft_rows(folder: Path) -> list[SftRow]:
    return read_records(folder / "sft.jsonl", SftRow)


def test_rounds_choose_the_rows(run: Run, scripted: Any, tmp_path: Path) -> None:
    by_round = {}
    for name, rounds in (("all", "all"), ("last", "last"), ("some", (1, 3))):
        run(
            scripted(), tmp_path / name,
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


def test_rows_are_conversations_and_a_share_of_them_is_helpful(
    run: Run, scripted: Any, helpful: list[Prompt], tmp_path: Path
) -> None:
    counts = run(scripted(), tmp_path, rounds=1, helpful_share=0.6)
    rows = sft_rows(tmp_path)
    assert (counts["revision_rows"], counts["helpful_rows"]) == (12, 18)
    assert len(rows) == counts["rows"] == 30
    plain = [row for row in rows if row.source == "helpful"]
    # 18 answers to 5 prompts: every prompt three or four times, each time another draw.
    per_prompt = [sum(r.prompt_id == p.id for r in plain) for p in helpful]
    assert sorted(per_prompt) == [3, 3, 4, 4, 4]
    assert len({row.id for row in rows}) == 30
    assert [row.source for row in rows] != sorted(row.source for row in rows)
    for row in rows:
        assert [m["role"] for m in (*row.prompt, *row.completion)] == ["user", "assistant"]


def fails_half_of_the_roses(bad: Any, babble: Any) -> Callable[[GenerateRequest], Any]:
    """Says `bad` to every other draw of a helpful answer."""

    def say(request: GenerateRequest) -> Any:
        return bad if is_helpful(request) and request.seed % 2 else babble(request)

    return say


def is_helpful(request: GenerateRequest) -> bool:
    return "rose" in request.messages[-1]["content"]


def test_a_helpful_answer_may_begin_as_no_revision_may(
    run: Run, scripted: Any, babble: Any, tmp_path: Path
) -> None:
    def reply(request: GenerateRequest) -> str:
        polite = f"Certainly! Here are {request.seed} tips for planting: dig, water, wait."
        return polite if is_helpful(request) else babble(request)

    counts = run(scripted(reply), tmp_path, rounds=1, helpful_share=0.5)
    plain = [row for row in sft_rows(tmp_path) if row.source == "helpful"]
    assert len(plain) == counts["helpful_rows"] == 12
    assert counts["helpful_rows_omitted"] == counts["helpful_rows_missing"] == 0


@pytest.mark.parametrize("bad", ["", " \n", ("half an", "length")])
def test_a_helpful_answer_that_cannot_be_learned_from_is_replaced(
    run: Run, scripted: Any, babble: Any, tmp_path: Path, bad: Any
) -> None:
    engine = scripted(fails_half_of_the_roses(bad, babble))
    counts = run(engine, tmp_path, rounds=1, helpful_share=0.6)
    plain = [row for row in sft_rows(tmp_path) if row.source == "helpful"]
    assert len(plain) == counts["helpful_rows"] == 18
    assert all(row.completion[0]["content"].startswith("answer ") for row in plain)
    assert counts["helpful_rows_omitted"] > 0
    assert counts["helpful_rows_missing"] == 0


def test_no_helpful_prompt_is_asked_again_while_others_wait(
    run: Run, scripted: Any, babble: Any, red_team: list[Prompt], tmp_path: Path
) -> None:
    asked: list[str] = []

    def reply(request: GenerateRequest) -> str:
        if is_helpful(request):
            asked.append(request.messages[-1]["content"])
            return "" if len(asked) <= 3 else babble(request)
        return babble(request)

    counts = run(scripted(reply), tmp_path, prompts=red_team[:3], rounds=1)
    assert counts["helpful_rows"] == 3
    assert (len(asked), len(set(asked))) == (6, 5)
    assert asked[5] == asked[0]


def test_helpful_prompts_can_be_used_up(
    run: Run, scripted: Any, babble: Any, helpful: list[Prompt], tmp_path: Path
) -> None:
    def reply(request: GenerateRequest) -> str:
        return "Dig." if is_helpful(request) else babble(request)

    counts = run(scripted(reply), tmp_path, rounds=1, helpful_share=0.6)
    plain = [row for row in sft_rows(tmp_path) if row.source == "helpful"]
    assert sorted(row.prompt_id for row in plain) == sorted(p.id for p in helpful)
    assert (counts["helpful_rows"], counts["helpful_rows_missing"]) == (5, 13)
    assert counts["rows"] == 17
    # Each prompt says something new once, and then nothing new three times.
    assert counts["helpful_rows_omitted"] == 15


def test_no_red_team_prompts_are_an_error(run: Run, scripted: Any, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"name some under prompts\.red_team"):
        run(scripted(), tmp_path, prompts=[])


def test_a_helpful_share_without_helpful_prompts_is_an_error(
    run: Run, scripted: Any, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match=r"helpful_share asks for .* set helpful_share to 0"):
        run(scripted(), tmp_path, helpful_prompts=[])


def test_a_wide_engine_is_asked_more_at_once_and_says_the_same(
    run: Run, scripted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_CHUNK", 2)
    monkeypatch.setattr(mixing, "_CHUNK", 2)
    narrow, wide = scripted(), scripted()
    wide.width = 3
    for name, engine in (("narrow", narrow), ("wide", wide)):
        run(engine, tmp_path / name, rounds=2)
    for name in ("revisions.jsonl", "sft.jsonl"):
        assert (tmp_path / "wide" / name).read_bytes() == (tmp_path / "narrow" / name).read_bytes()
    assert (max(map(len, narrow.batches)), max(map(len, wide.batches))) == (2, 6)


class Killed(Exception):
    pass


@pytest.mark.parametrize("at", [1, 2, 4, 7, 9, 12, 15])
def test_killed_at_any_call_and_started_again_gives_the_same_files(
    run: Run, scripted: Any, tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_CHUNK", 4)
    run(scripted(), tmp_path / "whole", rounds=2)

    class Dying(scripted):
        def generate(self, requests: Any) -> Any:
            if len(self.batches) == at:
                raise Killed
            return super().generate(requests)

    broken = tmp_path / "broken"
    with pytest.raises(Killed):
        run(Dying(), broken, rounds=2)
    path = broken / "revisions.jsonl"
    if path.exists():  # the kill may also strike while a row is written
        path.write_bytes(path.read_bytes()[:-20])
    engine = scripted()
    counts = run(engine, broken, rounds=2)
    for name in ("revisions.jsonl", "sft.jsonl"):
        assert (broken / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert counts == run(scripted(), tmp_path / "whole", rounds=2)
    done = max(0, at // 5 * 4 - 1)
    assert sum(len(b) for b in engine.batches) == (12 - done) * 5 + 12


def test_rows_that_are_written_leave_the_memory(
    run: Run, scripted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_CHUNK", 4)
    monkeypatch.setattr("cai.supervised.mixing._CHUNK", 4)
    held: list[int] = []
    shares: list[float] = []

    def progress(done: int, total: int, note: str = "") -> None:
        # Not isinstance: the garbage collector knows objects that look like something else.
        held.append(sum(type(one) in (Revision, SftRow) for one in gc.get_objects()))
        shares.append(done / total)

    run(scripted(), tmp_path, rounds=2, helpful_share=0.8, progress=progress)
    assert len(read_records(tmp_path / "sft.jsonl", SftRow)) == 60
    assert 0 < max(held) <= 2 * 4  # of the chunk before, and its training rows
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_prompts_that_could_outgrow_the_context_are_dealt_with_before_any_work(
    run: Run, scripted: Any, red_team: list[Prompt], tmp_path: Path
) -> None:
    long = dataclasses.replace(
        red_team[0], id="long", messages=said_by("user", "why " * 100), source="set:13"
    )
    engine = scripted(context=120)
    with pytest.raises(DataError, match=r"^set:13: .*the model's context has 120; shorten it"):
        run(engine, tmp_path, prompts=[*red_team, long], max_new_tokens=20)
    assert engine.batches == []
    counts = run(engine, tmp_path, prompts=[long, *red_team], max_new_tokens=20, too_long="drop")
    assert (counts["prompts"], counts["prompts_too_long"]) == (12, 1)
    with pytest.raises(RunError, match="none of the 1 red-team prompts fits"):
        run(engine, tmp_path / "none", prompts=[long], max_new_tokens=20, too_long="drop")


def test_a_principle_is_measured_once_for_all_sets_of_tags(
    constitution: Constitution, scripted: Any, red_team: list[Prompt]
) -> None:
    measured: list[Any] = []

    class Measuring(scripted):  # type: ignore[misc]
        def count(self, messages: Any) -> int:
            measured.append(messages)
            return int(super().count(messages))

    prompts = [dataclasses.replace(p, tags=(f"tag-{n}",)) for n, p in enumerate(red_team)]
    found = split_by_room(
        prompts, Dialogue(constitution, True), Measuring(), CritiqueReviseSettings()
    )
    assert found == (prompts, 0)
    assert len(measured) == len(prompts) + len(constitution.principles)


@pytest.mark.parametrize("mode", ["critique", "direct"])
def test_the_room_that_is_reckoned_with_is_exactly_what_is_needed(
    run: Run, scripted: Any, tmp_path: Path, mode: str
) -> None:
    def longest(request: GenerateRequest) -> str:
        return f"w{request.seed % 1000} " + "w " * (request.max_new_tokens - 1)

    roomy = scripted(longest)
    run(roomy, tmp_path / "roomy", mode=mode, max_new_tokens=20, helpful_share=0.0)
    needed = max(roomy.count(r.messages) + 20 for batch in roomy.batches for r in batch)
    tight = scripted(longest, context=needed)
    run(tight, tmp_path / "tight", mode=mode, max_new_tokens=20, helpful_share=0.0)
    with pytest.raises(DataError, match="context"):
        run(
            scripted(longest, context=needed - 1), tmp_path / "small",
            mode=mode, max_new_tokens=20, helpful_share=0.0,
        )  # fmt: skip


def test_a_prompt_that_no_principle_is_for_is_an_error_before_any_work(
    run: Run, scripted: Any, constitution: Constitution, tmp_path: Path
) -> None:
    narrow = dataclasses.replace(
        constitution,
        principles=(dataclasses.replace(constitution.principle("harm"), applies_to=("helpful",)),),
    )
    engine = scripted()
    with pytest.raises(ConstitutionError, match=r"test.yaml: no principle .* tagged red-team"):
        run(engine, tmp_path, constitution=narrow)
    assert engine.batches == []


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


def test_progress_ends_at_its_total_and_never_goes_back(
    run: Run, scripted: Any, tmp_path: Path
) -> None:
    seen: list[tuple[int, int]] = []
    run(
        scripted(), tmp_path,
        progress=lambda done, total, note="": seen.append((done, total)),
    )  # fmt: skip
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert all(done <= total for done, total in seen)
    assert seen[-1][0] == seen[-1][1]


@pytest.mark.parametrize("mode", ["critique", "direct"])
def test_a_real_model_without_a_chat_template_goes_through(
    run: Run, red_team: list[Prompt], tiny_gpt2: Path, tmp_path: Path, mode: str
) -> None:
    engine = TransformersEngine(str(tiny_gpt2))
    counts = run(
        engine, tmp_path, prompts=red_team[:3], mode=mode, rounds=2, max_new_tokens=8,
        on_problem="keep", too_long="drop",
    )  # fmt: skip
    assert counts["prompts"] == 3
    calls = [s["call"] for row in read_rows(tmp_path / "revisions.jsonl") for s in [row["initial"]]]
    assert len(set(calls)) == 3
    again = tmp_path / "again"
    run(
        engine, again, prompts=red_team[:3], mode=mode, rounds=2, max_new_tokens=8,
        on_problem="keep", too_long="drop",
    )  # fmt: skip
    assert (again / "sft.jsonl").read_bytes() == (tmp_path / "sft.jsonl").read_bytes()
