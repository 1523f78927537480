"""judge.json: from the files of a label folder, with gold and without."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cai.errors import RunError
from cai.feedback.merge import Pooling
from cai.feedback.trust import card
from cai.feedback.trust.cases import cases, judged_pairs, read_gold
from cai.feedback.trust.gate import GateSettings, verdict
from cai.journal import write_rows
from cai.records import Chain, Comparison, Label, to_row

Pairs = Callable[..., Comparison]
Labels = Callable[..., Label]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(
        pairs: list[Comparison], labels: list[Label], gold: list[Label], *, sub: str = ""
    ) -> Path:
        folder = tmp_path / sub
        folder.mkdir(exist_ok=True)
        for name, rows in (("comparisons", pairs), ("labels", labels), ("gold", gold)):
            if rows:
                write_rows(folder / f"{name}.jsonl", map(to_row, rows))
        return tmp_path

    return make


def weights(_: Comparison) -> Mapping[str, float]:
    return {"kind": 3.0, "true": 1.0}


def measured(folder: Path) -> dict[str, Any]:
    return card.measure(folder, annotator="judge", tie_margin=0.01, weights=weights, overrides={})


def test_overall_gold_meets_the_merged_labels_and_each_principle(
    write: Write, pair: Pairs, label: Labels
) -> None:
    folder = write(
        [pair("c")],
        [label("c", 0.9, principle="kind"), label("c", 0.2, principle="true")],
        [label("c", 1.0, by="gold"), label("c", 0.0, by="ann", principle="true"),
         label("c", 1.0, by="ann", principle="unasked")],
    )  # fmt: skip
    found = list(cases(judged_pairs(folder, "judge"), read_gold(folder), weights, {}))
    said = [(one.principle, one.annotator, one.direct, one.gold, one.verdict) for one in found]
    assert said == [
        ("", "gold", True, 1.0, 1.0),
        ("kind", "gold", False, 1.0, 1.0),
        ("true", "gold", False, 1.0, 0.0),
        ("true", "ann", True, 0.0, 0.0),
    ]
    # As merged: the weighted mean of log-odds, of 9 to 1 thrice and 1 to 4 once.
    odds = (9**3 / 4) ** (1 / 4)
    assert found[0].probability == pytest.approx(odds / (1 + odds))
    assert (found[0].longer, found[0].own) == (-1, 1)


def test_what_overrides_is_heard_alone(write: Write, pair: Pairs, label: Labels) -> None:
    folder = write(
        [pair("c")],
        [label("c", 0.9, principle="kind"), label("c", 0.2, principle="true")],
        [label("c", 1.0, by="gold")],
    )
    judged, gold = judged_pairs(folder, "judge"), read_gold(folder)
    merged = next(cases(judged, gold, weights, {"true": ["kind"]}))
    assert merged.probability == pytest.approx(0.2)


def test_the_verdict_is_that_of_the_preference_and_the_probability_is_not_clamped(
    write: Write, pair: Pairs, label: Labels
) -> None:
    chains = (Chain(view="ab", reason="", logprobs=()), Chain(view="ba", reason="", logprobs=()))
    reasoned: dict[str, Any] = {"chains": chains, "logprobs_ab": (-1.0, -1.0)}
    folder = write(
        [pair("c")],
        [label("c", 0.99, principle="one", **reasoned),
         label("c", 0.3, principle="two", **reasoned),
         label("c", 0.3, principle="three", **reasoned)],
        [label("c", 0.8, by="gold")],
    )  # fmt: skip
    judged, gold = list(judged_pairs(folder, "judge")), read_gold(folder)
    sure = next(cases(judged, gold, lambda _: {}, {}))
    assert sure.verdict == 1.0
    votes = next(cases(judged, gold, lambda _: {}, {}, Pooling(clamp=0.6)))
    assert votes.verdict == 0.0  # two votes of one size against one
    assert votes.probability == sure.probability
    assert (votes.gold, votes.gold_probability) == (1.0, 0.8)


def test_a_verdict_that_cannot_be_read_is_none_and_all_ties_are_one(
    write: Write, pair: Pairs, label: Labels
) -> None:
    folder = write(
        [pair("mute"), pair("even")],
        [label("mute", None, principle="kind"), label("even", 0.5, principle="kind"),
         label("even", None, principle="true")],
        [label("mute", 1.0, by="gold"), label("even", 1.0, by="gold")],
    )  # fmt: skip
    found = list(cases(judged_pairs(folder, "judge"), read_gold(folder), weights, {}))
    assert [one.verdict for one in found if one.principle == ""] == [None, 0.5]


def test_without_gold_it_says_what_is_missing_and_how_to_get_it(
    write: Write, pair: Pairs, label: Labels
) -> None:
    folder = write([pair("c")], [label("c", 0.9, principle="kind")], [])
    told = measured(folder)
    assert told["accuracy"] is None
    assert told["metrics"]["margin"] is None
    assert "label.gold" in told["missing"]["margin"]
    assert told["sampled"]["labels"]["ok"] == 1
    found = verdict(told, GateSettings())
    assert (found.passed, found.stops) == (None, False)
    assert found.text.startswith("Not measured: there is no gold")
    with pytest.raises(
        RunError, match=r"label.calibration: temperature cannot be fitted: there is"
    ):
        card.temperature_for(told, "temperature")
    assert card.temperature_for(told, "none") is None


@pytest.mark.parametrize("sub", ["", "gold"])
def test_gold_is_read_from_both_places(write: Write, pair: Pairs, label: Labels, sub: str) -> None:
    names = [str(n) for n in range(60)]
    says = {name: 0.9 if int(name) % 2 else 0.1 for name in names}
    write(
        [pair(name) for name in names],
        [label(name, p, principle="kind") for name, p in says.items()],
        [label(name, float(p > 0.5 or name == "0"), by="gold", principle="kind")
         for name, p in says.items()],
        sub=sub,
    )  # fmt: skip
    folder = write([pair("c")], [label("c", 0.9, principle="kind")], []) if sub else None
    told = measured(folder or write([], [], []))
    assert told["n"] == 60
    assert told["accuracy"]["value"] == pytest.approx(59 / 60)
    assert told["by_principle"]["kind"]["gold"] == "principle"
    assert told["by_category"]["helpful"]["accuracy"] == told["accuracy"]
    assert told["by_annotator"]["gold"]["n"] == 60
    assert told["sampled"]["labels"]["labels"] == (1 if sub else 60)
    assert card.temperature_for(told, "temperature") == told["calibration"]["temperature"]["value"]
    assert verdict(told, GateSettings()).passed is True
    card.write(folder or write([], [], []), told)
    path = (folder or write([], [], [])) / card.JUDGE
    assert json.loads(path.read_text("utf-8")) == told


def test_a_pair_in_both_places_counts_once(write: Write, pair: Pairs, label: Labels) -> None:
    for sub in ("", "gold"):
        names = ["both", f"in {sub}"]
        folder = write(
            [pair(name) for name in names],
            [label(name, 0.9, principle="kind") for name in names],
            [label(name, 1.0, by="gold", principle="kind") for name in names],
            sub=sub,
        )
    told = measured(folder)
    assert (told["n"], told["prompts"]) == (3, 3)
    assert told["between_annotators"]["annotators"] == {"gold": 3}


def test_a_judge_that_decides_nothing_is_measured_as_such(
    write: Write, pair: Pairs, label: Labels
) -> None:
    names = [str(n) for n in range(60)]
    folder = write(
        [pair(name) for name in names],
        [label(name, 0.5, principle="kind") for name in names],
        [label(name, 1.0, by="gold") for name in names],
    )
    told = measured(folder)
    assert told["accuracy"]["value"] is None
    assert told["forced"]["value"] == 0.5
    assert (told["decides"], told["best_baseline"]) == (0.0, None)
    assert verdict(told, GateSettings()).stops


def test_somebody_elses_labels_are_not_the_judges(write: Write, pair: Pairs, label: Labels) -> None:
    folder = write([pair("c")], [label("c", 0.9, by="judge"), label("c", 0.1, by="person")], [])
    assert [len(labels) for _, labels in judged_pairs(folder, "judge")] == [1]
