"""Every form of a file of comparisons: which prompt, answers, gold and annotators come of it."""

from __future__ import annotations

import csv
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict

from cai.errors import DataError
from cai.feedback.given import Source
from cai.records import Comparison, Label, Preference, Said, content_id, said_by, to_row

HH = "\n\nHuman: How do I pick a lock?\n\nAssistant: Why?\n\nHuman: For fun.\n\nAssistant: {}"
USER = {"role": "user", "content": "Which colour?"}
OWN = {"prompt": "Which colour?", "response_a": "blue", "response_b": "green"}


def said(role: str, text: str) -> dict[str, str]:
    return {"role": role, "content": text}


FORMS: dict[str, dict[str, Any]] = {
    "own": {**OWN, "label": "a"},
    "own, a probability": {**OWN, "label": 1},
    "llmbar": {"input": "Which colour?", "output_1": "blue", "output_2": "green", "label": 1},
    "pandalm": {"instruction": "Which colour?", "input": "", "response1": "blue",
                "response2": "green", "annotator1": 1},
    "tulu": {"prompt": "Which colour?\n", "completion_a": "blue", "completion_b": "green",
             "preference": "a-is-slightly-better", "model_a": "m", "model_b": "n"},
    "transcripts": {"chosen": "\n\nHuman: Which colour?\n\nAssistant: blue",
                    "rejected": "\n\nHuman: Which colour?\n\nAssistant: green"},
    "implicit prompt": {"chosen": [USER, said("assistant", "blue")],
                        "rejected": [USER, said("assistant", "green")]},
    "explicit prompt": {"prompt": [USER], "chosen": [said("assistant", "blue")],
                        "rejected": [said("assistant", "green")]},
    "prompt and conversations": {"prompt": "Which?", "chosen": [USER, said("assistant", "blue")],
                                 "rejected": [USER, said("assistant", "green")]},
    "plain texts": {"prompt": "Which colour?", "chosen": " blue ", "rejected": "green"},
    "oasst": {"messages": [USER], "chosen": "blue", "rejected": "green", "chosen_rank": 0,
              "rejected_rank": 1},
    "alpaca": {"instruction": "Which", "input": "colour?", "chosen": "blue", "rejected": "green"},
    "ranks": {"prompt": "Which colour?", "responses": ["green", "blue"], "ranks": [2, 1]},
    "ratings": {"prompt": "Which colour?", "answers": ["green", "blue"], "ratings": [2, "5"]},
    "ultrafeedback": {"instruction": "Which colour?", "completions": [
        {"response": "blue", "overall_score": 7.5, "model": "m", "annotations": {}},
        {"response": "green", "overall_score": 7.0, "model": "n", "annotations": {}}]},
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_same_pair(form: str, rows: Any) -> None:
    found = rows(FORMS[form])
    (pair,) = found.comparisons
    assert pair.prompt[0]["content"].split() == ["Which", "colour?"]
    assert [turn["role"] for turn in pair.prompt] == ["user"]
    assert {pair.response_a.text, pair.response_b.text} == {"blue", "green"}
    assert found.worth("blue") == [1.0]
    (label,) = found.gold
    assert (label.status, label.principle, label.calls) == ("ok", "", ())
    assert label.annotator == ("annotator1" if form == "pandalm" else "gold")
    assert found.counts["rows_read"] == found.counts["comparisons"] == 1


@pytest.mark.parametrize("form", ["own", "llmbar", "pandalm", "tulu"])
def test_answers_that_have_a_side_keep_it(form: str, rows: Any) -> None:
    (pair,) = rows(FORMS[form]).comparisons
    assert pair.response_a.text == "blue"


def test_chosen_answers_stand_on_either_side(rows: Any) -> None:
    found = rows(*({"prompt": f"{n}?", "chosen": "yes", "rejected": "no"} for n in range(100)))
    assert 30 < sum(pair.response_a.text == "yes" for pair in found.comparisons) < 70
    assert found.worth("yes") == [1.0] * 100


def test_transcripts_share_all_but_the_last_answer(rows: Any) -> None:
    found = rows(
        {"chosen": HH.format("Ok."), "rejected": HH.format("No.")},
        # They part before the last answer: what was preferred is more than one.
        {"chosen": HH.format("a"), "rejected": HH.replace("Why?", "What?").format("b")},
        {"chosen": HH.format("a"), "rejected": HH.format("b") + "\n\nHuman: c"},
        # The answer that is not there yet, and one that says nothing.
        {"chosen": HH.format("a") + "\n\nHuman: c", "rejected": HH.format("a") + "\n\nHuman: d"},
        {"chosen": HH.replace("lock", "nose").format("Ok."),
         "rejected": HH.replace("lock", "nose").format("")},
        {"chosen": HH.format("same"), "rejected": HH.format("same ")},
    )  # fmt: skip
    assert [m["role"] for m in found.comparisons[0].prompt] == ["user", "assistant", "user"]
    assert {found.comparisons[1].response_a.text, found.comparisons[1].response_b.text} == {
        "Ok.",
        "",
    }
    assert found.counts["rows_read"] == 6
    assert found.counts["comparisons"] == 2
    assert found.counts["pairs_cut_early"] == 3
    assert found.counts["pairs_identical"] == 1


def test_ties(rows: Any) -> None:
    texts = {"prompt": "Which?", "chosen": "blue", "rejected": "green"}
    found = rows(
        {**OWN, "label": "TIE"},
        {**OWN, "prompt": "2", "label": 0.5},
        {**FORMS["llmbar"], "input": "3", "label": 0},
        {**FORMS["pandalm"], "instruction": "4", "annotator1": 0},
        {**FORMS["tulu"], "prompt": "5", "preference": "tie"},
        {**texts, "prompt": "6", "chosen_rank": 1, "rejected_rank": 1},
        {**texts, "prompt": "7", "score_chosen": 8.5, "score_rejected": 8.5},
        {**FORMS["ranks"], "prompt": "8", "ranks": [1, 1]},
    )
    assert found.counts["gold_ties"] == len(found.gold) == 8
    assert {(label.status, label.p_a) for label in found.gold} == {("tie", 0.5)}


def test_several_annotators_of_a_pair(rows: Any) -> None:
    pandalm = {**FORMS["pandalm"], "input": "Mine.", "annotator1": 1, "annotator2": 0,
               "annotator3": 2, "cmp_key": "bloom-7b_opt-7b"}  # fmt: skip
    tulu = {**FORMS["tulu"], "evaluator": "annotator_1", "completion_a_is_acceptable": "no"}
    other = {**tulu, "evaluator": "annotator_2", "preference": "b-is-better",
             "completion_a": "green", "completion_b": "blue",
             "model_a": "n", "model_b": "m"}  # fmt: skip
    found = rows(pandalm, tulu, other)
    first, second = found.comparisons
    assert first.prompt[0]["content"] == "Which colour?\n\nMine."
    assert (first.response_a.model, first.response_b.model) == ("bloom-7b", "opt-7b")
    assert (second.response_a.model, second.response_b.model) == ("m", "n")
    assert [(one.annotator, one.p_a) for one in found.gold] == [
        ("annotator1", 1.0),
        ("annotator2", 0.5),
        ("annotator3", 0.0),
        # Shown the other way round, it is the same pair, and the same answer was preferred.
        ("annotator_1", 1.0),
        ("annotator_2", 1.0),
    ]
    assert found.gold[3].words == ("a-is-slightly-better", "a acceptable: no")
    assert found.counts["pairs_duplicate"] == 1
    assert found.counts["gold_conflicting"] == 2
    assert len({one.id for one in found.gold}) == 5


def test_what_a_row_of_our_own_may_say(rows: Any) -> None:
    found = rows(
        {**OWN, "label": 0.7, "annotator": "Ann", "id": "row 1", "tags": ["x", "y"],
         "model_a": "m", "principle": "kind"},
        {**OWN, "tags": "y, z"},
        tags=("w",),
    )  # fmt: skip
    named, plain = found.comparisons
    assert (named.principle, plain.principle) == ("kind", "")
    assert (named.tags, plain.tags) == (("w", "x", "y"), ("w", "y", "z"))
    assert named.source.endswith("given.jsonl:1 (id row 1)")
    assert named.response_a.model == "m"
    (label,) = found.gold
    assert (label.p_a, label.annotator, label.principle) == (0.7, "Ann", "kind")
    # Under a principle of its own it is another comparison.
    assert named.id != plain.id
    assert named.prompt_id == plain.prompt_id


def test_rows_of_a_run_are_forms_too(made: Any, tmp_path: Path) -> None:
    prompt = said_by("user", "Which colour?")
    name = content_id([dict(message) for message in prompt])
    pair = Comparison(
        id=content_id(name, "blue ", "green"),
        prompt_id=name,
        pair=3,
        prompt=prompt,
        tags=("red-team",),
        response_a=Said(text="blue ", call="1", finish="length"),
        response_b=Said(text="green", call="2"),
    )
    preference = Preference(
        id="1",
        prompt=prompt,
        chosen=said_by("assistant", "yes"),
        rejected=said_by("assistant", "no"),
        probability=0.8,
        comparison_id="2",
        prompt_id=name,
        principles=("kind",),
    )
    (tmp_path / "1.jsonl").write_text(json.dumps(to_row(pair)) + "\n")
    (tmp_path / "2.jsonl").write_text(json.dumps(to_row(preference)) + "\n")
    found = made(*(Source(path=str(tmp_path / f"{n}.jsonl")) for n in (1, 2)))
    again = found.comparisons[0]
    assert (again.id, again.prompt_id, again.pair, again.tags) == (pair.id, name, 3, ("red-team",))
    assert (again.response_a.text, again.response_a.finish) == ("blue ", "length")
    assert again.response_a.call == "", "what was said is given here, and no call made it"
    assert found.worth("yes") == [0.8]


def test_kinds_of_files(made: Any, tmp_path: Path) -> None:
    row = {**OWN, "label": "b"}
    (tmp_path / "1.json").write_text(json.dumps([row]))
    (tmp_path / "2.jsonl.gz").write_bytes(gzip.compress(json.dumps(row).encode() + b"\n"))
    with (tmp_path / "3.csv").open("w", newline="") as file:
        csv.writer(file).writerows([list(row), list(row.values())])
    Dataset.from_list([row]).to_parquet(str(tmp_path / "4.parquet"))
    files = sorted(tmp_path.iterdir())
    DatasetDict({"test": Dataset.from_list([row])}).save_to_disk(str(tmp_path / "5"))
    for source in (*(Source(path=str(f)) for f in files),
                   Source(path=str(tmp_path / "5"), split="test")):  # fmt: skip
        found = made(source)
        assert [one.response_a.text for one in found.comparisons] == ["blue"]
        assert [one.p_a for one in found.gold] == [0.0]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"prompt": "a", "tags": []}, "given.jsonl:2: no form of comparisons has the columns "
         "prompt, tags; rename them to one of: response_a, response_b; "),
        ({**OWN, "label": "c"}, "given.jsonl:2: label: 'c' is not possible; use a, b, tie, or the "
         "probability that A is better, from 0 to 1"),
        ({**OWN, "label": 2}, ":2: label: 2 is not possible"),
        ({**OWN, "label": True}, ":2: label: True is not possible"),
        ({**OWN, "response_a": None}, ":2: response_a: missing, not an answer; fill it in"),
        ({**OWN, "response_a": {"id": 1}}, ":2: response_a: an object without text; add one named"),
        ({**OWN, "response_a": [USER, USER]}, ":2: response_a: give one turn, the assistant's"),
        ({**OWN, "prompt": " "}, ":2: prompt: the prompt is empty"),
        ({**OWN, "principle": 3}, ":2: principle: the value 3, not a principle's id"),
        ({"response_a": "a", "response_b": "b"}, ":2: no prompt; the columns are: response_a, "),
        ({**FORMS["llmbar"], "label": 3}, ":2: label: 3 is not possible; use 1, 2, 0"),
        ({**FORMS["pandalm"], "annotator1": "x"}, ":2: annotator1: 'x' is not possible; use 1"),
        ({**FORMS["tulu"], "preference": "a"}, ":2: preference: 'a' is not possible; use a-is"),
        ({"chosen": "a", "rejected": "b"}, ":2: chosen and rejected are answers without a prompt"),
        ({"prompt": "a", "chosen": [said("bot", "b")], "rejected": "c"}, ":2: chosen[0].role: "),
        ({"prompt": "a", "chosen": "b", "rejected": "c", "probability": 1.5},
         ":2: probability: 1.5 is not possible; use one from 0 to 1"),
        ({**FORMS["ranks"], "ranks": [1]}, ":2: ranks: 1 values for 2 responses; give one"),
        ({**FORMS["ranks"], "ranks": 1}, ":2: ranks: the value 1 for 2 responses"),
        ({**FORMS["ranks"], "ranks": [1, "best"]}, ":2: ranks[1]: the value 'best', not a number"),
        ({**FORMS["ranks"], "ranks": [1, True]}, ":2: ranks[1]: true or false, not a number"),
        ({**FORMS["ranks"], "responses": ["one"]}, ":2: responses: 1 answer, not a list of two"),
        ({**FORMS["ranks"], "responses": "one"}, ":2: responses: the value 'one', not a list"),
        ({**FORMS["ranks"], "responses": ["a", None]}, ":2: responses[1]: missing, not an answer"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_file_line_field_and_mend(
    rows: Any, row: Any, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        rows(OWN, row)
    assert message in str(caught.value)


def test_values_that_were_texts(rows: Any) -> None:
    """Scripts that read "True" as a value: PandaLM's test set has six such answers."""
    found = rows({**FORMS["pandalm"], "response1": True, "response2": 42, "annotator1": "1.0"})
    assert found.comparisons[0].response_a.text == "True"
    assert found.comparisons[0].response_b.text == "42"
    assert found.worth("True") == [1.0]


def test_gold_is_what_labels_are_made_of(rows: Any) -> None:
    (label,) = rows(FORMS["own"]).gold
    assert isinstance(label, Label)
    assert (label.logprobs_ab, label.logprobs_ba, label.calls, label.words) == ((), (), (), ())


def test_the_examples_of_the_documentation_are_what_it_says(rows: Any) -> None:
    text = (Path(__file__).parents[3] / "docs" / "comparisons.md").read_text("utf-8")
    decoder, examples = json.JSONDecoder(), []
    for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL):
        rest = block.strip()
        while rest:
            row, end = decoder.raw_decode(rest)
            examples.append(row)
            rest = rest[end:].strip()
    found = [rows({**row, "principle": None}) for row in examples]
    assert [len(one.comparisons) for one in found] == [1, 1, 1, 3, 1, 1, 1, 1]
    assert [[label.p_a for label in one.gold if label.p_a == 0.5] for one in found] == [
        *([], [], [], [0.5], [], []),
        [0.5],
        [],
    ]
