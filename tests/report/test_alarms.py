"""The report's section on alarms, from files as a training leaves them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from cai.commands.endings import ending
from cai.journal import write_rows
from cai.report import html
from cai.report.alarms import alarms
from cai.report.reading import RunFiles


def watch(folder: Path, *, text: str = "", counts: dict[str, int] | None = None) -> None:
    """Adds a watched training of 12 updates, in which the length drifts away after the ninth."""
    stage = folder / "align-ppo"
    rows = [
        {
            "step": step,
            "phrases": {f"a phrase of five words{text}": 0.1},
            "look": {"step": step, "scores": [1.0, 2.0], "rewards": [step, 0.0]}
            if step % 4 == 0
            else None,
            "readings": {}
            if step < 8
            else {"length": {"value": step / 6, "limit": 1.5, "raised": step > 9}},
        }
        for step in range(13)
    ]
    write_rows(stage / "watch.jsonl", rows)
    alarm = {
        "step": 10, "alarm": "length", "title": "The length drifts", "action": "warn",
        "value": 1.67, "limit": 1.5, "text": f"answers are long{text}", "mend": "read them",
    }  # fmt: skip
    write_rows(stage / "alarms.jsonl", [alarm] if counts else [])
    manifest = json.loads((stage / "manifest.json").read_text())
    manifest["counts"] |= counts or {}
    (stage / "manifest.json").write_text(json.dumps(manifest))


def test_the_section_shows_what_was_raised(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    assert alarms(RunFiles(folder)) is None
    assert "Alarms for reward hacking" not in html.page(RunFiles(folder))
    watch(folder, text="<script>", counts={"alarms": 1, "model_update": 12})
    page = html.page(RunFiles(folder))
    assert "1 alarm</span>" in page
    assert "answers are long&lt;script&gt;" in page
    assert "<script>" not in page
    assert page.count('class="mark"') == 1
    assert "The alarms only warned" in page


def test_a_quiet_run_says_so(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    watch(folder)
    assert "no alarm</span> Nothing that was watched over 12 updates" in html.page(RunFiles(folder))


def test_how_a_run_ended_is_said_everywhere(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    back = {"alarms": 1, "model_update": 4, "rolled_back_after": 10}
    watch(folder, counts=back)
    assert "Its model is the policy of update 4" in " ".join(html.page(RunFiles(folder)).split())
    assert ending(back) == "rolled back to the policy of update 4 by an alarm after update 10"
    assert ending({"alarms": 1, "stopped_after": 9}) == "stopped by an alarm after update 9"
    planned = {"updates_planned": 32, "stopped_after": 9}
    assert ending(planned) == "stopped by an alarm after update 9 of 32 planned"
    assert ending({"alarms": 2}) == "2 alarms raised, see the report"
    assert ending({"alarms": 0}) == ending({}) == ""


def test_a_run_that_the_kl_budget_ended_says_so(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    counts = {"alarms": 0, "model_update": 11, "updates_planned": 32, "kl_budget_after": 12}
    watch(folder)
    path = folder / "align-ppo" / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"counts": manifest["counts"] | counts}))
    page = " ".join(html.page(RunFiles(folder)).split())
    assert "passed its limit. The answers of update 12 of 32 were further from the SFT" in page
    assert ending(counts) == "ended by kl_budget after update 12 of 32 planned"
    assert ending(counts | {"alarms": 1}).endswith("of 32 planned; 1 alarm raised, see the report")


def test_a_single_reading_is_no_curve(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    watch(folder)
    path = folder / "align-ppo" / "watch.jsonl"
    rows = path.read_text().splitlines()
    read = [row for row in map(json.loads, rows) if "length" in row["readings"]]
    assert len(read) > 1
    write_rows(path, read[:1])
    assert "<h3>Length</h3>" not in html.page(RunFiles(folder))
    write_rows(path, read[:2])
    assert "<h3>Length</h3>" in html.page(RunFiles(folder))
