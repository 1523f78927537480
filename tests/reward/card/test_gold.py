"""Gold as pairs: whose word counts, which way round, and what training has met."""

from pathlib import Path

from cai.journal import write_rows
from cai.records import Comparison, Label, Said, said_by, to_row
from cai.reward.card.gold import read_gold


def write(folder: Path, given: dict[str, list[tuple[str, float | None]]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    comparisons = [
        Comparison(
            id=name, prompt_id=f"prompt {name}", prompt=said_by("user", "How?"), tags=("helpful",),
            response_a=Said(text=f"A of {name}", call=""),
            response_b=Said(text=f"B of {name}", call=""),
        )
        for name in given
    ]  # fmt: skip
    labels = [
        Label(
            id=f"{name} {i}", comparison_id=name, principle=principle, annotator="gold",
            status="invalid" if p is None else "ok", p_a=p, logprobs_ab=(), logprobs_ba=(),
            calls=(),
        )
        for name, said in given.items()
        for i, (principle, p) in enumerate(said)
    ]  # fmt: skip
    write_rows(folder / "comparisons.jsonl", map(to_row, comparisons))
    write_rows(folder / "gold.jsonl", map(to_row, labels))


def test_pairs_are_those_that_gold_decides(tmp_path: Path) -> None:
    write(tmp_path, {"x": [("", 1.0)], "y": [("no-crime", 0.2)], "tie": [("", 0.5)]})
    write(tmp_path / "gold", {"z": [("", 1.0), ("", 0.0), ("", 1.0)], "mute": [("", None)]})
    found = {one.preference.comparison_id: one for one in read_gold(tmp_path, {"prompt y"})}
    assert found.keys() == {"x", "y", "z"}
    x, y, z = (found[name].preference for name in "xyz")
    assert (x.chosen[0]["content"], x.rejected[0]["content"]) == ("A of x", "B of x")
    assert (y.chosen[0]["content"], y.probability, y.principles) == ("B of y", 0.8, ("no-crime",))
    assert (z.chosen[0]["content"], round(z.probability, 3)) == ("A of z", 0.667)
    assert [found[name].trained_on for name in "xyz"] == [False, True, False]


def test_two_principles_of_one_pair_are_two_questions(tmp_path: Path) -> None:
    write(tmp_path, {"x": [("kind", 1.0), ("brief", 0.0)]})
    found = [one.preference for one in read_gold(tmp_path, ())]
    assert {(one.principles, one.chosen[0]["content"]) for one in found} == {
        (("kind",), "A of x"),
        (("brief",), "B of x"),
    }


def test_a_pair_in_both_files_counts_once_and_no_gold_is_none(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gold"):
        write(folder, {"x": [("", 1.0)]})
    assert len(read_gold(tmp_path, ())) == 1
    assert read_gold(tmp_path / "nowhere", ()) == []
