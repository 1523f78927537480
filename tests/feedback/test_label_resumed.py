"""The stage killed, edited by hand and started again: its files come out as in an unbroken run."""

import math
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cai.constitution import Constitution, JudgeFewShot, Principle
from cai.engines.base import ChooseRequest
from cai.errors import RunError
from cai.feedback import judging
from cai.feedback.comparing import Unpaired
from cai.feedback.label import run
from cai.feedback.settings import LabelSettings
from cai.journal import read_records
from cai.progress import silent
from cai.records import Label, Prompt, derive_seed
from tests.feedback.cut import cut_anywhere

Engines = Callable[..., Any]
Contents = Callable[[Path], dict[str, bytes]]
SETTINGS = LabelSettings(pairs_per_prompt=2, principles=2)


def test_a_file_cut_at_any_byte_is_completed_to_the_same_bytes(
    stage: Any, contents: Contents, tmp_path: Path
) -> None:
    """Every state that a kill can leave: rows reach disk in order, the last one may be torn."""
    whole = tmp_path / "whole"
    stage(whole)
    expected = contents(whole)
    for folder in cut_anywhere(tmp_path, expected, count=8):
        stage(folder)
        assert contents(folder) == expected


def test_every_row_boundary_and_a_torn_row_behind_it_are_resumed_from(
    stage: Any,
    contents: Contents,
    prompts: list[Prompt],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judging, "_LEAST", 16)  # several chunks, of unequal size
    some = {"prompts": prompts[:8], "settings": replace(SETTINGS, principles="all")}
    whole = tmp_path / "whole"
    stage(whole, **some)
    expected = contents(whole)
    rows = expected["labels.jsonl"].splitlines(keepends=True)
    assert len(rows) > 3 * 16
    folder = tmp_path / "cut"
    rng = random.Random(0)
    for kept, row in enumerate([*rows, b""]):
        torn = row[: rng.randrange(len(row) or 1)]
        stage_at(folder, expected, labels=b"".join(rows[:kept]) + torn)
        stage(folder, **some)
        assert contents(folder) == expected, f"cut after {kept} labels and {torn!r}"


def test_a_wide_engine_goes_on_where_a_narrow_one_was_cut(
    stage: Any,
    contents: Contents,
    engine: Engines,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judging, "_LEAST", 16)
    whole = tmp_path / "whole"
    stage(whole)
    expected = contents(whole)
    wide = {"policy": engine(), "judge": engine()}
    for one in wide.values():
        one.width = 3
    for folder in (tmp_path / "fresh", *cut_anywhere(tmp_path, expected, count=4)):
        stage(folder, **wide)
        assert contents(folder) == expected


def stage_at(folder: Path, expected: dict[str, bytes], *, labels: bytes) -> None:
    """The folder as a kill leaves it while pairs are judged."""
    folder.mkdir(exist_ok=True)
    (folder / "preferences.jsonl").unlink(missing_ok=True)
    (folder / "comparisons.jsonl").write_bytes(expected["comparisons.jsonl"])
    (folder / "labels.jsonl").write_bytes(labels)


def test_rows_that_are_whole_are_kept_byte_for_byte_and_not_asked_again(
    stage: Any, contents: Contents, engine: Engines, tmp_path: Path
) -> None:
    """Only the chunk that was cut is asked again, and only what it lacks is added."""
    whole = tmp_path / "whole"
    stage(whole)
    expected = contents(whole)
    rows = expected["labels.jsonl"].splitlines(keepends=True)
    # What is there already is told from what is new by a mark that no stage would write.
    marked = b"".join(row.replace(b'"words": []', b'"words": ["kept"]') for row in rows[:270])
    assert marked.count(b"kept") == 270
    folder = tmp_path / "cut"
    stage_at(folder, expected, labels=marked)
    judge = engine()
    stage(folder, judge=judge)
    assert contents(folder)["labels.jsonl"] == marked + b"".join(rows[270:])
    assert len(judge.asked) == 2 * (len(rows) - 256)


def test_what_people_did_to_the_files_is_put_in_order(
    stage: Any, contents: Contents, tmp_path: Path
) -> None:
    """Rows out of their order, doubled, of another judge, or of a comparison that is gone."""
    whole = tmp_path / "whole"
    counts = stage(whole)
    expected = contents(whole)
    rows = expected["labels.jsonl"].splitlines(keepends=True)
    shuffled = random.Random(0).sample(rows, len(rows))
    foreign = rows[0].replace(b'"fake"', b'"other"').replace(b'{"id": "', b'{"id": "0')
    gone = rows[1].replace(b'id": "', b'id": "gone')
    for number, labels in enumerate(
        ([*shuffled], [*rows, rows[3]], [foreign, *rows[1:]], [*rows, gone], [*rows[9:], *rows[:9]])
    ):
        folder = tmp_path / str(number)
        stage_at(folder, expected, labels=b"".join(labels))
        assert stage(folder) == counts
        assert contents(folder) == expected


def test_a_prompt_without_a_pair_is_remembered(
    stage: Any, engine: Engines, prompts: list[Prompt], tmp_path: Path
) -> None:
    """What is known of the prompts is in the folder: going on needs no policy."""

    def none() -> Any:
        raise AssertionError("there is nothing left to sample")

    usual = engine().say
    same = [prompt.messages for prompt in prompts[::5]]
    policy = engine(say=lambda r: "same" if r.messages in same else usual(r), context=150)
    longer = Prompt(id="long", messages=({"role": "user", "content": "word " * 90},))
    given: dict[str, Any] = {
        "prompts": [*prompts, longer],
        "settings": replace(SETTINGS, too_long="drop"),
    }
    counts = stage(tmp_path, **given, policy=policy)
    assert (counts["pairs_alike"], counts["prompts_too_long"]) == (28, 1)
    run_again = run(
        **given,
        constitution=Constitution(
            name="test", principles=(Principle(id="kind", comparison="Which answer is kinder?"),)
        ),
        judge=engine(),
        policy=none,
        folder=tmp_path,
        progress=silent,
    )
    assert (run_again["pairs_alike"], run_again["prompts_too_long"]) == (28, 1)
    rows = read_records(tmp_path / "unpaired.jsonl", Unpaired)
    assert [(row.prompt_id, row.pairs, row.why) for row in rows] == [
        ("long", 2, "too_long"),
        *((prompt.id, 2, "same") for prompt in prompts[::5]),
    ]


@pytest.mark.parametrize("lifetime", [0, 1, 200, 400, 800])
def test_a_stage_that_dies_in_a_call_goes_on(
    stage: Any,
    contents: Contents,
    engine: Engines,
    killed: type[BaseException],
    tmp_path: Path,
    lifetime: int,
) -> None:
    stage(tmp_path / "whole")
    folder = tmp_path / "killed"
    mortal = engine(lifetime=lifetime)
    with pytest.raises(killed):
        stage(folder, policy=mortal, judge=mortal)
    stage(folder)
    assert contents(folder) == contents(tmp_path / "whole")


@pytest.mark.parametrize("name", ["comparisons.jsonl", "labels.jsonl"])
def test_a_row_taken_out_of_the_middle_is_made_again(
    stage: Any, contents: Contents, tmp_path: Path, name: str
) -> None:
    """What a person may do who follows the advice to delete a damaged line."""
    stage(tmp_path)
    expected = contents(tmp_path)
    rows = expected[name].splitlines(keepends=True)
    (tmp_path / name).write_bytes(b"".join(row for row in rows if row != rows[5]))
    stage(tmp_path)
    assert contents(tmp_path) == expected


def test_a_finished_stage_asks_the_judge_nothing(
    stage: Any, engine: Engines, tmp_path: Path
) -> None:
    first = stage(tmp_path)
    judge = engine()
    assert stage(tmp_path, judge=judge) == first
    assert judge.asked == []


@pytest.mark.parametrize(
    "form",
    [
        {"reason_tokens": 8, "samples": 3},
        {"form": "score"},
        {"form": "score", "reason_tokens": 8, "samples": 2},
        {"few_shots": 2},
    ],
    ids=["samples", "score", "score with samples", "few shots"],
)
def test_a_kill_changes_nothing_in_any_form(
    stage: Any,
    contents: Contents,
    engine: Engines,
    killed: type[BaseException],
    constitution: Constitution,
    tmp_path: Path,
    form: dict[str, Any],
) -> None:
    def by_text(request: Any) -> list[float]:
        text = request.messages[-1]["content"]
        weights = [1 + derive_seed(0, text, option) / 2**62 for option in request.options]
        return [math.log(weight / sum(weights)) for weight in weights]

    shots = tuple(
        JudgeFewShot(principle="kind", prompt=f"Why {n}?", better="So.", worse="No.")
        for n in range(3)
    )
    given: dict[str, Any] = {
        "settings": replace(SETTINGS, **form),
        "constitution": replace(constitution, judge_few_shots=shots),
    }
    judge = engine(prefer=by_text)
    stage(tmp_path / "whole", **given, judge=judge)
    verdicts_only = len([one for one in judge.asked if isinstance(one, ChooseRequest)])
    expected = contents(tmp_path / "whole")
    for number, lifetime in enumerate((verdicts_only // 2, len(judge.asked) - 1)):
        folder = tmp_path / f"killed-{number}"
        with pytest.raises(killed):
            stage(folder, **given, judge=engine(prefer=by_text, lifetime=lifetime))
        whole, _, torn = expected["labels.jsonl"].partition(b"\n")
        (folder / "labels.jsonl").write_bytes(whole + b"\n" + torn[:40])
        stage(folder, **given, judge=engine(prefer=by_text))
        assert contents(folder) == expected
    labels = read_records(tmp_path / "whole" / "labels.jsonl", Label)
    chains = 2 * form.get("samples", 1) if "reason_tokens" in form else 0
    assert {len(label.chains) for label in labels} == {chains}
    assert {len(label.scores) for label in labels} == {2 if "form" in form else 0}


def test_a_resumed_stage_stops_where_an_unbroken_one_does(
    stage: Any,
    contents: Contents,
    engine: Engines,
    prompts: list[Prompt],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An unreadable beginning stops it at once, unreadable verdicts later on only in the sum."""
    monkeypatch.setattr(judging, "_LEAST", 16)

    def mute(first: int, last: int) -> Any:
        texts = [f"plant {number}?" for number in range(first, last)]
        usual = engine().prefer

        def prefer(request: Any) -> Any:
            silent = any(text in request.messages[-1]["content"] for text in texts)
            return (-9.0, -9.0) if silent else usual(request)

        return engine(prefer=prefer, say=lambda request: "Hm.")

    some = {"prompts": prompts[:30]}
    for _ in range(2):
        judge = mute(0, 4)
        with pytest.raises(RunError, match="of 16 verdicts 0 were refused and 16 name no answer"):
            stage(tmp_path / "stopped", **some, judge=judge)
    assert judge.asked == []
    whole = tmp_path / "whole"
    stage(whole, **some, judge=mute(4, 8))
    expected = contents(whole)
    rows = expected["labels.jsonl"].splitlines(keepends=True)
    folder = tmp_path / "cut"
    stage_at(folder, expected, labels=b"".join(rows[:20]))
    stage(folder, **some, judge=mute(4, 8))
    assert contents(folder) == expected


def test_what_is_known_to_be_missing_is_written_down_once(
    stage: Any, contents: Contents, engine: Engines, prompts: list[Prompt], tmp_path: Path
) -> None:
    """A prompt that has one pair of two, and the row of that one is deleted by hand, twice."""
    policy = engine(say=lambda request: f"{request.seed % 2} {request.messages[-1]['content']}")
    some = {"prompts": prompts[:12], "policy": policy}
    stage(tmp_path, **some)
    expected, unpaired = contents(tmp_path), (tmp_path / "unpaired.jsonl").read_bytes()
    assert {row.pairs for row in read_records(tmp_path / "unpaired.jsonl", Unpaired)} == {1}
    path = tmp_path / "comparisons.jsonl"
    for _ in range(2):
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
        stage(tmp_path, **some)
        assert contents(tmp_path) == expected
        assert (tmp_path / "unpaired.jsonl").read_bytes() == unpaired
