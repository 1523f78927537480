"""Prompt sets in every form, what is refused and how, and templates."""

import csv
import gzip
import json
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict

from cai import prompts
from cai.errors import DataError
from cai.prompts import joined, load, render, template_digests

# A folder with public data sets, too large and too offensive to be part of the project.
PUBLIC = Path(os.environ.get("CAI_PUBLIC_DATA", "public-data"))

HH = "\n\nHuman: How do I pick a lock?\n\nAssistant: Why?\n\nHuman: For fun.\n\nAssistant: {}"


def jsonl(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def texts(source: Path | str, **options: Any) -> list[str]:
    return [p.messages[-1]["content"] for p in load(str(source), **options).prompts]


def roles(source: Path, **options: Any) -> list[list[str]]:
    return [[m["role"] for m in p.messages] for p in load(str(source), **options).prompts]


def write_csv(path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["prompt", "note"], ["one, two", "x"], ["line\nbreak", "y"]])


WRITERS: dict[str, Callable[[Path], object]] = {
    "jsonl": lambda p: jsonl(p, [{"prompt": "one, two"}, {"prompt": "line\nbreak"}]),
    "json": lambda p: p.write_text('[{"prompt": "one, two"}, "line\\nbreak"]'),
    "csv": write_csv,
}


# --- kinds of files ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("zipped", [False, True])
def test_kinds_of_files(tmp_path: Path, kind: str, zipped: bool) -> None:
    path = tmp_path / f"set.{kind}"
    WRITERS[kind](path)
    if zipped:
        content = path.read_bytes()
        path = tmp_path / f"set.{kind}.gz"
        path.write_bytes(gzip.compress(content))
    assert texts(path) == ["one, two", "line\nbreak"]


def test_text_files_hold_a_prompt_per_line(tmp_path: Path) -> None:
    path = tmp_path / "set.txt"
    path.write_bytes("\N{ZERO WIDTH NO-BREAK SPACE}first\r\n\r\n  second \nthird".encode())
    found = load(str(path))
    assert [p.messages[0]["content"] for p in found.prompts] == ["first", "second", "third"]
    assert found.prompts[1].source == f"{path}:3"


def test_json_lines_under_the_name_of_json(tmp_path: Path) -> None:
    assert texts(jsonl(tmp_path / "set.json", [{"prompt": "a"}, {"prompt": "b"}])) == ["a", "b"]


def test_a_folder_of_files_is_read_in_order_and_a_licence_beside_data_is_not(
    tmp_path: Path,
) -> None:
    (tmp_path / "deep").mkdir()
    jsonl(tmp_path / "deep" / "b.jsonl", [{"prompt": "from b"}])
    jsonl(tmp_path / "a.jsonl", [{"prompt": "from a"}])
    jsonl(tmp_path / ".hidden.jsonl", [{"prompt": "hidden"}])
    (tmp_path / "LICENSE.txt").write_text("Permission is granted")
    found = load(str(tmp_path))
    assert [p.messages[0]["content"] for p in found.prompts] == ["from a", "from b"]
    assert [Path(p.source).name for p in found.prompts] == ["a.jsonl:1", "b.jsonl:1"]


def test_data_sets_on_disk(tmp_path: Path) -> None:
    train = Dataset.from_list([{"prompt": "a"}, {"prompt": "b"}])
    train.save_to_disk(str(tmp_path / "one"))
    DatasetDict({"train": train, "test": Dataset.from_list([{"prompt": "t"}])}).save_to_disk(
        str(tmp_path / "dict")
    )
    train.to_parquet(str(tmp_path / "set.parquet"))
    assert texts(tmp_path / "one") == ["a", "b"]
    assert texts(tmp_path / "dict") == ["a", "b"]
    assert texts(tmp_path / "dict", split="test") == ["t"]
    assert texts(tmp_path / "set.parquet") == ["a", "b"]
    with pytest.raises(DataError, match=r"no split 'tset'; did you mean 'test'"):
        load(str(tmp_path / "dict"), split="tset")
    for name in ("one", "set.parquet"):
        with pytest.raises(DataError, match=f"{name}: has no splits; leave out split 'test'"):
            load(str(tmp_path / name), split="test")


# --- forms of rows -------------------------------------------------------------------------------


def test_forms_of_rows(tmp_path: Path) -> None:
    user, system = {"role": "user", "content": "hi"}, {"role": "system", "content": "s"}
    answer = {"role": "assistant", "content": "yes"}
    rows = [
        {"prompt": "plain"},
        {"prompt": [system, user]},
        {"prompt": "\n\nHuman: transcript\n\nAssistant:"},
        {"messages": [user, answer, {"role": "user", "content": "again"}]},
        {"messages": [{"role": "user", "content": "cut"}, answer]},
        {"chosen": HH.format("yes"), "rejected": HH.format("no")},
        {"chosen": [{"role": "user", "content": "tr"}, answer],
         "rejected": [{"role": "user", "content": "tr"}, {"role": "assistant", "content": "no"}]},
        {"chosen": HH.replace("fun", "alone").format("yes")},
    ]  # fmt: skip
    path = jsonl(tmp_path / "set.jsonl", rows)
    assert texts(path) == ["plain", "hi", "transcript", "again", "cut", "For fun.", "tr",
                           "For alone."]  # fmt: skip
    assert roles(path)[1] == ["system", "user"]
    assert roles(path)[5] == ["user", "assistant", "user"]
    assert load(str(path)).prompts[5].messages[1] == {"role": "assistant", "content": "Why?"}


@pytest.mark.parametrize(
    ("chosen", "rejected", "prompt", "early"),
    [
        # The words inside a paragraph are no turns.
        ("\n\nHuman: Say 'Human: hi' and\nAssistant: no\n\nAssistant: ok",
         "\n\nHuman: Say 'Human: hi' and\nAssistant: no\n\nAssistant: not ok",
         ["Say 'Human: hi' and\nAssistant: no"], False),
        # An answer that goes on after a break is one answer.
        ("\n\nHuman: a\n\nAssistant: b\n\nAssistant: c", "\n\nHuman: a\n\nAssistant: d",
         ["a"], False),
        # The transcripts part before the last answer: what they share is the prompt.
        ("\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: d",
         "\n\nHuman: a\n\nAssistant: x\n\nHuman: y\n\nAssistant: z", ["a"], True),
        ("\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: d",
         "\n\nHuman: a\n\nAssistant: b", ["a"], True),
        # The same transcript twice is still a prompt.
        ("\n\nHuman: a\n\nAssistant: b", "\n\nHuman: a\n\nAssistant: b", ["a"], False),
        # An empty last answer.
        ("\n\nHuman: a\n\nAssistant:", "\n\nHuman: a\n\nAssistant: no", ["a"], False),
    ],
)  # fmt: skip
def test_transcripts_are_cut_at_the_last_answer(
    tmp_path: Path, chosen: str, rejected: str, prompt: list[str], early: bool
) -> None:
    found = load(str(jsonl(tmp_path / "s.jsonl", [{"chosen": chosen, "rejected": rejected}])))
    assert [m["content"] for m in found.prompts[0].messages] == prompt
    assert found.cut_early == early


def test_columns(tmp_path: Path) -> None:
    row = {"goal": "a", "turns": ["first", "second"], "data": {"text": "deep"}, "dotted.name": "d",
           "prompt": ["only"]}  # fmt: skip
    path = jsonl(tmp_path / "set.jsonl", [row])
    assert texts(path, column="goal") == ["a"]
    assert texts(path, column="turns") == ["first"]
    assert texts(path, column="prompt") == ["only"]
    assert texts(path, column="data.text") == ["deep"]
    assert texts(path, column="dotted.name") == ["d"]


def test_ids_depend_on_the_messages_alone(tmp_path: Path) -> None:
    row = {"messages": [{"role": "user", "content": "hi"}]}
    a = load(str(jsonl(tmp_path / "a.jsonl", [{"prompt": "hi", "tags": ["x"]}]))).prompts[0]
    b = load(str(jsonl(tmp_path / "b.jsonl", [{"prompt": "other"}, row])), tags=["y"]).prompts[1]
    assert a.id == b.id
    assert (a.tags, b.tags) == (("x",), ("y",))
    assert len(a.id) == 16
    assert load(str(tmp_path / "b.jsonl")).prompts[0].id != a.id


def test_duplicates_are_dropped_and_counted_and_a_limit_counts_distinct_prompts(
    tmp_path: Path,
) -> None:
    path = jsonl(tmp_path / "set.jsonl", [{"prompt": t} for t in ("a", " a ", "b", "a", "c", "d")])
    found = load(str(path))
    assert (found.read, found.duplicates, len(found.prompts)) == (6, 2, 4)
    assert texts(path, limit=3) == ["a", "b", "c"]
    assert load(str(path), limit=3).duplicates == 2


def test_a_prompt_of_two_sets_is_a_duplicate_in_the_later_one(tmp_path: Path) -> None:
    rows = [{"prompt": "a"}, {"prompt": "b"}, {"prompt": "b"}]
    pair = {
        "chosen": "Human: c\n\nAssistant: d",
        "rejected": "Human: c\n\nAssistant: e\n\nHuman: f",
    }
    first = load(str(jsonl(tmp_path / "1.jsonl", rows)), tags=["first"])
    second = load(str(jsonl(tmp_path / "2.jsonl", [{"prompt": "a"}, pair])), tags=["second"])
    both = joined([first, second])
    assert [p.messages[0]["content"] for p in both.prompts] == ["a", "b", "c"]
    assert both.prompts[0].tags == ("first",)
    assert both.counts == {"prompts_read": 5, "prompts_duplicate": 2, "prompts_cut_early": 1}


def test_tags_given_come_first_and_odd_ones_are_left(tmp_path: Path) -> None:
    rows = [{"prompt": "a", "tags": ["theft", "red-team"]}, {"prompt": "b", "tags": "no list"}]
    found = load(str(jsonl(tmp_path / "set.jsonl", rows)), tags=["red-team"])
    assert [p.tags for p in found.prompts] == [("red-team", "theft"), ("red-team",)]


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("s.jsonl", '{"prompt": "a"}\n\n{"prompt": "b"\n', "s.jsonl:3: not JSON"),
        ("s.jsonl", '{"prompt": "a"}\n[1]\n', "s.jsonl:2: a row must be an object or a text"),
        ("s.jsonl", '{"prompt": " "}\n', "s.jsonl:1: prompt: the prompt is empty; fill it in"),
        ("s.jsonl", '{"prompt": null}\n', "s.jsonl:1: prompt: missing, not a text"),
        ("s.jsonl", '{"prompt": 3}\n', "s.jsonl:1: prompt: the value 3, not a text"),
        ("s.jsonl", '{"prompt": "a"}\n{"prompt": ["a"]}\n',
         "s.jsonl:2: prompt: a list of texts, not of messages; write one text, give each a role "
         "and a content, or take the first with --prompt-column prompt"),
        ("s.jsonl", '{"messages": ["a", "b"]}\n', "s.jsonl:1: messages: a list of texts"),
        ("s.jsonl", '{"prompt": {"id": 1, "text": "a"}}\n', "such as --prompt-column prompt.text"),
        ("s.jsonl", '{"id": "1", "goal": "a", "target": "bb"}\n',
         "s.jsonl:1: no column prompt, messages or chosen; the columns are: id, goal, target; "
         "name one with --prompt-column, such as --prompt-column goal"),
        ("s.jsonl", '{"messages": []}\n', "s.jsonl:1: messages: there is no user turn"),
        ("s.jsonl", '{"messages": [{"role": "bot", "content": "x"}]}\n',
         "messages[0].role: 'bot' is not possible; use system, user or assistant"),
        ("s.jsonl", '{"messages": [{"text": "x"}]}\n', "messages[0]: not a message; give it"),
        ("s.jsonl", '{"messages": [{"role": "user", "content": 1}]}\n', "messages[0].content: the"),
        ("s.jsonl", '{"messages": [{"role": "assistant", "content": "x"}]}\n', "no user turn"),
        ("s.jsonl", '{"chosen": "no turns", "rejected": "none"}\n',
         "chosen: a text that does not begin with 'Human:'"),
        ("s.jsonl", json.dumps({"chosen": HH, "rejected": HH.replace("lock", "rose")}),
         "chosen and rejected do not begin with the same user turn"),
        ("s.json", '{"prompt": "a"}', "s.json: holds one JSON object; give a list of rows"),
        ("s.json", '[{"prompt": "a"},\n{"prompt" "b"}]', "s.json:2: not JSON"),
        ("s.json", '[{"prompt": "a"}, {"prompt": ""}]', "s.json: row 2: prompt: the prompt is"),
        ("s.csv", "prompt,tag\na,b\nc, d, e\n", "s.csv:3: 3 cells where the header has 2"),
        ("s.csv", 'prompt\n"open\n', "s.csv:2: not CSV"),
        ("s.csv", "goal,target\na,b\n", "s.csv:2: no column prompt"),
        ("s.txt", "", "s.txt: no prompts in it; add at least one row"),
        ("s.jsonl", "\n\n", "s.jsonl: no prompts in it"),
        ("s.csv", "prompt\n", "s.csv: no prompts in it"),
        ("s.txt", "a\0b\n", "s.txt:1: a binary file, not text"),
        ("s.md", "a", "s.md: cannot read this kind of file; known: .jsonl, .json, .csv, .txt"),
        ("s.jsonl", b"\x89PNG\xff\xfe", "s.jsonl: not UTF-8 text (byte 0"),
        ("s.txt.gz", b"not gzip at all", "s.txt.gz: damaged gzip file"),
        ("s.txt.gz", gzip.compress(b"hello " * 500, mtime=0)[:-12], "s.txt.gz: damaged gzip file"),
        ("s.parquet", b"not parquet", "s.parquet: cannot be read"),
    ],
)  # fmt: skip
def test_every_mistake_is_named_with_its_place_and_mend(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(DataError) as caught:
        load(str(path))
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_malformed_row_17_is_named(tmp_path: Path) -> None:
    rows: list[Any] = [{"prompt": f"number {n}"} for n in range(1, 30)]
    rows[16] = {"promt": "number 17"}
    path = jsonl(tmp_path / "set.jsonl", rows)
    with pytest.raises(DataError, match=r"set\.jsonl:17: no column prompt"):
        load(str(path))
    with pytest.raises(DataError, match=r"set\.jsonl:1: no column 'promt'; did you mean 'prompt'"):
        load(str(path), column="promt")


def test_missing_sources(tmp_path: Path) -> None:
    jsonl(tmp_path / "red-team.jsonl", [{"prompt": "a"}])
    with pytest.raises(DataError, match=r"redteam\.jsonl: no such file .* 'red-team\.jsonl'"):
        load(str(tmp_path / "redteam.jsonl"))
    with pytest.raises(DataError, match="there is no folder"):
        load(str(tmp_path / "nowhere" / "set.jsonl"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="a folder without prompt files"):
        load(str(tmp_path / "empty"))
    with pytest.raises(DataError, match="a limit of 0 leaves no prompt"):
        load(str(tmp_path / "red-team.jsonl"), limit=0)


# --- public data ---------------------------------------------------------------------------------


@pytest.mark.skipif(
    not PUBLIC.exists(), reason="set CAI_PUBLIC_DATA to a folder with the public data sets"
)
@pytest.mark.parametrize(
    ("file", "column", "prompts_read", "duplicates"),
    [
        ("hh-rlhf-harmless/harmless-base.test.dev.jsonl.gz", None, 1534, 1),
        ("hh-rlhf-harmless", None, 1534, 1),
        ("advbench/harmful_behaviors.filtered.csv", "goal", 514, 0),
        ("catqa/catqa_english.filtered.jsonl", None, 494, 4),
        ("cyberseceval-frr/mitre_frr.json", "mutated_prompt", 750, 0),
        ("mt-bench/question.jsonl", "turns", 80, 0),
        ("self-instruct/seed_tasks.jsonl", "instruction", 175, 0),
        ("dolly-subset", "instruction", 6397, 70),
        ("oasst-en100/en_100_tree.jsonl", "prompt.text", 100, 0),
        ("oasst-en100/oasst_en100_ranked_pairs.jsonl", None, 732, 525),
        ("oasst-en100/oasst_en100_sft.jsonl", None, 207, 0),
        ("tulu-human-eval/tulu1_human_prefs.jsonl", None, 1150, 818),
        ("llmbar-mtbench/mtbench_human.json", "input", 200, 125),
        ("diasafety/test.json", "context", 1095, 49),
        ("caa-sycophancy/generate_dataset.json", "question", 1000, 0),
    ],
)
def test_public_data(file: str, column: str | None, prompts_read: int, duplicates: int) -> None:
    found = load(str(PUBLIC / file), column=column)
    assert (found.read, found.duplicates) == (prompts_read, duplicates)
    assert len(found.prompts) == prompts_read - duplicates
    for prompt in found.prompts:
        turns = [message["role"] for message in prompt.messages]
        assert turns[-1] == "user"
        assert all(a != b for a, b in pairwise(turns))


# --- templates -----------------------------------------------------------------------------------


def test_the_shipped_templates_say_exactly_what_the_embedded_model_was_trained_on() -> None:
    assert render("critic_system") == "You review an answer and improve it."
    assert render("reviser_system") == "You rewrite an answer."
    assert render("critique", critique_request="Is it rude?") == "Is it rude?"
    assert render("revision", revision_request="Mend it.") == "Mend it."
    assert render("judge_system") == "You compare two answers. Say A or B."
    conversation = [
        {"role": "user", "content": "Hi <b>&\n{{ 7 * 7 }}"},
        {"role": "assistant", "content": "Yes"},
        {"role": "user", "content": "So?"},
    ]
    text = render("judge", conversation=conversation, answer_a="x", answer_b="y", comparison="W?")
    assert text == (
        "User: Hi <b>&\n{{ 7 * 7 }}\n\nAssistant: Yes\n\nUser: So?\n\n"
        "Answer A: x\n\nAnswer B: y\n\nW?"
    )


def test_a_missing_value_or_template_is_an_error() -> None:
    with pytest.raises(DataError, match=r"critique\.jinja: 'critique_request' is undefined"):
        render("critique", revision_request="x")
    with pytest.raises(DataError, match=r"prompts/templates/critic\.jinja: no such template"):
        render("critic")


def test_own_templates_come_before_the_shipped_and_are_sandboxed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = template_digests("critique", "revision")
    folder = tmp_path / "prompts" / "templates"
    folder.mkdir(parents=True)
    (folder / "critique.jinja").write_text("Please: {{ critique_request }}\n")
    (folder / "judge.jinja").write_text("{{ ''.__class__.__mro__[1].__subclasses__() }}")
    (folder / "revision.jinja").write_text("{% if %}")
    monkeypatch.setattr(prompts, "_environment", prompts._environment.__wrapped__)
    assert render("critique", critique_request="x") == "Please: x"
    assert template_digests("critique", "revision") != before
    with pytest.raises(DataError, match="unsafe"):
        render("judge")
    with pytest.raises(DataError, match=r"revision\.jinja:1"):
        render("revision", revision_request="x")
