import contextlib
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from cai.errors import RunError
from cai.store import Manifest, RunFolder, changed_inputs, fingerprint


def manifest(stage, inputs):
    return Manifest(
        stage=stage,
        fingerprint=fingerprint(inputs),
        inputs=inputs,
        started="",
        finished="",
        seconds=0.0,
        counts={},
        calls=0,
        cached_calls=0,
        packages={},
    )


def finish(folder, inputs, text):
    work = folder.work("sft", inputs)
    (work / "rows.jsonl").write_text(text)
    folder.commit(work, manifest("sft", inputs))


def test_a_stage_is_replaced_as_a_whole(tmp_path):
    folder = RunFolder(tmp_path / "run")
    finish(folder, {"seed": 0}, "old")
    (folder.stage("sft") / "extra").write_text("left over")
    finish(folder, {"seed": 1}, "new")
    assert sorted(p.name for p in folder.stage("sft").iterdir()) == ["manifest.json", "rows.jsonl"]
    assert folder.manifest("sft").inputs == {"seed": 1}
    assert list((tmp_path / "run" / ".work").iterdir()) == []


@pytest.mark.parametrize("renames_before_the_kill", [0, 1, 2])
def test_an_interrupted_swap_is_finished(tmp_path, monkeypatch, renames_before_the_kill):
    """Killed before, between and after the two renames: the new stage is there in the end."""
    folder = RunFolder(tmp_path / "run")
    finish(folder, {"seed": 0}, "old")
    from pathlib import Path

    rename, left = Path.rename, [renames_before_the_kill]

    class Killed(BaseException):
        pass

    def dying(self, target):
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", dying)
    with contextlib.suppress(Killed):
        finish(folder, {"seed": 1}, "new")
    monkeypatch.undo()
    with folder.held():
        assert folder.manifest("sft").inputs == {"seed": 1}
        assert (folder.stage("sft") / "rows.jsonl").read_text() == "new"
    assert list((tmp_path / "run" / ".work").iterdir()) == []


def test_work_goes_on_for_its_own_inputs_alone_and_the_last_other_work_is_kept(tmp_path):
    folder = RunFolder(tmp_path / "run")

    def work(seed):
        return folder.work("sft", {"seed": seed})

    (work(0) / "checkpoint").write_text("half")
    assert (work(0) / "checkpoint").read_text() == "half"
    assert not (work(1) / "checkpoint").exists(), "typed by mistake"
    assert (work(0) / "checkpoint").read_text() == "half", "and back"
    finish(folder, {"seed": 2}, "another, which even finished")
    assert (work(0) / "checkpoint").read_text() == "half", "and back"
    work(3), work(4)
    assert len(list((tmp_path / "run" / ".work").iterdir())) == 2
    assert not (work(0) / "checkpoint").exists()


def test_work_of_another_stage_with_a_longer_name_is_left_alone(tmp_path):
    folder = RunFolder(tmp_path / "run")
    works = [folder.work("align-ppo", {"seed": 0}), folder.work("align", {"seed": 0})]
    for seed in (1, 2, 3):
        folder.work("align", {"seed": seed})
    assert [work.exists() for work in works] == [True, False]


def test_the_second_process_is_told_who_holds_the_run(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from cai.store import RunFolder\n"
        "with RunFolder(Path(sys.argv[1])).held():\n    print('held', flush=True); time.sleep(60)"
    )
    folder = RunFolder(tmp_path / "run")
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(folder.path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RunError, match=f"in use by process {other.pid} on "), folder.held():
            pass
    finally:
        other.kill()
        other.wait()
    with folder.held():  # a killed holder holds nothing
        assert str(os.getpid()) in (folder.path / ".holder.json").read_text()


def test_changed_inputs_are_named_to_the_leaf():
    old = {"seed": 0, "constitution": {"harm": "a", "rude": "b"}, "gone": 1}
    new = {"seed": 0, "constitution": {"harm": "x", "rude": "b", "new": "c"}}
    assert changed_inputs(old, new) == ["constitution.harm", "constitution.new", "gone"]


def test_a_damaged_manifest_is_named(tmp_path):
    folder = RunFolder(tmp_path)
    (tmp_path / "sft").mkdir()
    (tmp_path / "sft" / "manifest.json").write_text("{")
    with pytest.raises(RunError, match=r"sft/manifest\.json: damaged manifest"):
        folder.manifest("sft")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    folder = RunFolder(tmp_path / "file" / "run")
    with pytest.raises(RunError, match=r"cannot be made .*; choose another"), folder.held():
        pass


@pytest.fixture
def far_from_utc(monkeypatch):
    """Local time is half a day ahead: where it is UTC, no test would tell one from the other."""
    monkeypatch.setenv("TZ", "FAR-12")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_time_is_utc(far_from_utc):
    from cai.store import now

    written = datetime.fromisoformat(now())
    assert abs((datetime.now(UTC) - written).total_seconds()) < 60
