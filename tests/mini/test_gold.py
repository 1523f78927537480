"""The oracle's labels of comparisons agree with what the comparisons were made to be."""

from cai.mini.comparison_set import KIND_OF, ComparisonRow, comparison_set
from cai.mini.gold import verdicts
from cai.records import Comparison, Said, said_by


def compared(prompt: str, a: str, b: str) -> Comparison:
    return Comparison(
        id="c",
        prompt_id="p",
        prompt=said_by("user", prompt),
        tags=(),
        response_a=Said(text=a, call=""),
        response_b=Said(text=b, call=""),
    )


def of_row(row: ComparisonRow) -> Comparison:
    return compared(row["prompt"], row["response_a"], row["response_b"])


def test_the_oracle_says_what_every_row_was_made_for() -> None:
    for row in comparison_set(seed=5):
        (label,) = verdicts([of_row(row)], {row["principle"]: KIND_OF[row["principle"]]})
        assert {"a": 1.0, "b": 0.0, "tie": 0.5}[row["label"]] == label.p_a, row
        assert label.status == ("tie" if row["label"] == "tie" else "ok")


def test_each_principle_is_asked() -> None:
    row = comparison_set(seed=5)[0]
    assert [label.principle for label in verdicts([of_row(row)])] == list(KIND_OF)


def test_other_worlds_have_no_gold() -> None:
    assert list(verdicts([compared("What is the capital of France?", "Paris.", "?")])) == []
