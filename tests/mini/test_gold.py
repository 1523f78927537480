"""Gold of the embedded world is what its oracle says."""

from collections import Counter

from cai import constitution as constitutions
from cai.constitution import Constitution, Principle
from cai.mini.gold import KIND_OF, PER_PRINCIPLE, rows, verdicts
from cai.mini.world.reading import read_request
from cai.records import Comparison, Said, said_by

DEFAULT = constitutions.load("constitution/default.yaml")


def compared(row: dict[str, str]) -> Comparison:
    return Comparison(
        id="c", prompt_id="p", prompt=said_by("user", row["prompt"]), tags=(),
        response_a=Said(text=row["response_a"], call=""),
        response_b=Said(text=row["response_b"], call=""),
    )  # fmt: skip


def test_every_row_says_what_the_oracle_says() -> None:
    made = rows(DEFAULT)
    assert len(made) == PER_PRINCIPLE * len(KIND_OF)
    for row in made:
        found = verdicts([compared(row)], {row["principle"]: KIND_OF[row["principle"]]})  # type: ignore[arg-type]
        (label,) = found
        assert {"a": 1.0, "b": 0.0, "tie": 0.5}[row["label"]] == label.p_a, row
        assert label.status == ("tie" if row["label"] == "tie" else "ok")
        topic = read_request(row["prompt"])
        assert topic is not None
        assert topic.split != "train"
        assert row["tags"][0] in (DEFAULT.principle(row["principle"]).applies_to or row["tags"])


def test_no_position_and_no_length_gives_the_answer_away() -> None:
    made = rows(DEFAULT, per_principle=80, seed=1)
    decided = [row for row in made if row["label"] != "tie"]
    assert len(decided) == len(made) * 6 / 8
    assert 0.45 < Counter(row["label"] for row in decided)["a"] / len(decided) < 0.55
    longer = sum(
        (len(row["response_a"]) > len(row["response_b"])) == (row["label"] == "a")
        for row in decided
    )
    assert 0.4 < longer / len(decided) < 0.65


def test_other_principles_and_other_worlds_have_no_gold() -> None:
    own = Constitution(name="own", principles=(Principle(id="mine", comparison="Which?"),))
    assert rows(own) == []
    row = {"prompt": "What is the capital of France?", "response_a": "Paris.", "response_b": "?"}
    assert list(verdicts([compared(row)])) == []
