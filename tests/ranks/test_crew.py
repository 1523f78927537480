"""The leader calls, the others follow; who fails first says why. The board is in one process."""

from __future__ import annotations

from argparse import Namespace
from datetime import timedelta
from pathlib import Path

import pytest
import torch.distributed as dist
from torch.distributed import HashStore

from cai import cli
from cai.errors import RunError
from cai.ranks import World
from cai.ranks.crew import Crew, Dismissal, Order


def crews(count: int) -> list[Crew]:
    store = HashStore()
    return [Crew(World(rank=rank, size=count), store) for rank in range(count)]


def test_orders_are_read_by_all_in_order_until_they_are_dismissed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cai.ranks.crew._LAST_WORD", 0.0)
    leader, *others = crews(3)
    wanted = [Order(stage="sft", folder="a"), Order(stage="align-ppo", folder="b ü")]
    for one in wanted:
        leader.call(one)
    for other in others:
        assert [other.next(), other.next()] == wanted
    leader.dismiss(5)
    assert [other.next() for other in others] == [Dismissal(code=5)] * 2


def test_the_leader_waits_until_all_have_ended_what_they_were_called_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cai.ranks.crew.PATIENCE", timedelta(seconds=0.2))
    leader, first, second = crews(3)
    for _ in range(2):  # each order anew
        leader.call(Order(stage="sft", folder="a"))
        first.next()
        second.next()
        first.ended()
        with pytest.raises(RunError, match="process 0 of 3 has lost another"):
            leader.gather()
        second.ended()
        leader.gather()


def test_only_the_first_to_fail_says_why() -> None:
    assert [crew.fails_first() for crew in crews(3)] == [True, False, False]


def test_a_board_that_is_gone_is_said_in_a_line() -> None:
    class Gone(HashStore):
        def check(self, keys: list[str]) -> bool:
            raise dist.DistNetworkError("connection reset")

        def add(self, key: str, amount: int) -> int:
            raise dist.DistNetworkError("connection reset")

    crew = Crew(World(rank=1, size=2), Gone())
    with pytest.raises(RunError, match="process 1 of 2 has lost process 0"):
        crew.next()
    assert not crew.fails_first()


def test_other_commands_are_refused_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    said = []
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        assert cli.main(["status", "--out", str(tmp_path)]) == 2
        said.append(capsys.readouterr().err)
    assert "this command works in one process, and 2 were started" in said[0]
    assert said[1] == ""


def test_a_wrong_recipe_is_refused_before_the_processes_meet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    said = []
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        assert cli.main(["sft", "--out", str(tmp_path), "--set", "sft.epoch=2"]) == 2
        said.append(capsys.readouterr().err)
    assert "sft.epoch" in said[0]
    assert said[1] == ""


def test_what_label_judges_with_does_not_change_between_two_readings() -> None:
    """The processes read a command's flags before the command does so itself."""
    from cai.commands.runs import asked_stage

    arguments = cli.parser().parse_args(["label", "--judge", "runs/quickstart.yaml"])
    again = Namespace(**vars(arguments))
    assert asked_stage(again) == ("label", [])
    assert again.recipe == "runs/quickstart.yaml"
    assert arguments.recipe is None
