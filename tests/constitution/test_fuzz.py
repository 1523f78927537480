"""Whatever a file holds, `check` says what is wrong and where, or finds nothing wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cai import yaml_file
from cai.constitution import check, dump, load
from cai.errors import ConstitutionError

GOOD = (Path(__file__).parent / "good.yaml").read_text("utf-8")
FIELDS = (
    *("name", "version", "license", "extends", "defaults", "principles", "few_shots", "id"),
    *("title", "tags", "weight", "enabled", "stages", "applies_to", "exceptions", "overrides"),
    *("critique_request", "revision_request", "comparison", "rationale", "source", "tests"),
    *("prompt", "better", "worse", "response", "fault", "principle", "critique", "revision"),
)
PIECES = (
    *("\t", "\n", "  ", "- ", ": ", "? ", "| ", "> ", "&a ", "*a ", "<<: ", "!!int ", "!x ", "%"),
    *("{", "}", "[", "]", "'", '"', "#", "---\n", "...\n", "~", "1e999", "9" * 30, ".inf", "0x1f"),
    *("\u202e", "\u200b", "\ufeff", "\u2028", "\x00", "\x85", "é", "🙂", "yes", "null", "-1"),
    *FIELDS,
)

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what YAML counts as the end of a line

slow = settings(
    derandomize=True,
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def examine(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    findings, told = [], ""
    try:
        findings = check(path, {"critique-revise": [("red-team",)], "label": [("helpful",)]})
    except ConstitutionError as error:
        told = str(error)
    if told:
        assert told.startswith(str(path))
        assert "\n" not in told
        return
    lines = len(_BREAK.findall(text)) + 1
    assert all(1 <= one.problem.line <= lines + 1 for one in findings)
    assert all("\n" not in str(one.problem) or "\n" in text for one in findings)
    if any(one.severity == "error" for one in findings):
        with pytest.raises(ConstitutionError):
            load(path)
    else:
        constitution = load(path)
        path.write_text(dump(constitution), "utf-8")
        assert load(path) == constitution


@slow
@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), st.lists(st.sampled_from(PIECES))),
        max_size=4,
    )
)
def test_damaged_constitutions(tmp_path: Path, damages: list[tuple[float, int, list[str]]]) -> None:
    text = GOOD
    for where, cut, pieces in damages:
        at = int(where * len(text))
        text = text[:at] + "".join(pieces) + text[at + cut :]
    examine(tmp_path / "c.yaml", text)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=25,
)


@slow
@given(st.dictionaries(st.sampled_from(FIELDS), values, max_size=5), st.lists(values, max_size=3))
def test_any_data_in_the_place_of_a_constitution(
    tmp_path: Path, data: dict[str, Any], principles: list[Any]
) -> None:
    examine(tmp_path / "c.yaml", yaml_file.dump(data))
    examine(tmp_path / "c.yaml", yaml_file.dump({"name": "x", **data, "principles": principles}))


@slow
@given(st.text())
def test_any_text(tmp_path: Path, text: str) -> None:
    examine(tmp_path / "c.yaml", text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: " + "[" * 100_000, "nested too deep"),
        ("a:\n" + "".join(" " * n + "- \n" for n in range(200)), "nested too deep"),
        ("a: &x [1]\nb: [*x, *x]\n", r":2: aliases \(\*x\) are not supported"),
        ("name: !!python/name:os.system x\n", r":1: tags \(tag:yaml"),
        ("name: x\nweight: !!bool maybe\n", r":2: tags "),
        ("# " + "x" * 2**21, ":1: longer than 524,288 characters"),
        ("name: x\nprinciples:\n\t- id: a\n", ":3: not valid YAML"),
    ],
)
def test_bombs_are_defused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConstitutionError, match=message):
        check(path)


def test_an_endless_file_is_not_read_to_its_end() -> None:
    with pytest.raises(ConstitutionError, match="/dev/zero:1: longer than"):
        check("/dev/zero")


def test_thousands_of_principles_are_fine(tmp_path: Path) -> None:
    rows = [
        f"  - id: p{n}\n    comparison: Which answer is better for person {n} of case {n * 7}?\n"
        for n in range(3_000)
    ]
    path = tmp_path / "c.yaml"
    path.write_text("name: many\nprinciples:\n" + "".join(rows))
    assert {one.severity for one in check(path)} == {"warning"}
    assert len(load(path).principles) == 3_000
