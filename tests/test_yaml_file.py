"""YAML as constitutions and recipes are written in it."""

from pathlib import Path

import pytest

from cai import yaml_file
from cai.errors import ConstitutionError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: no", "no"),
        ("a: 2026-01-01", "2026-01-01"),
        ("a: 1e-5", 1e-5),
        ("a: .5", 0.5),
        ("a: 010", "010"),
        ("a: 12", 12),
        ("a: -3", -3),
        ("a: 1.2.3", "1.2.3"),
        ("a: true", True),
        ("a: ~", None),
        ("a:", None),
        ("a: 12:30", "12:30"),
        ("a: .", "."),
        ("a: <<", "<<"),
    ],
)
def test_plain_values_mean_what_yaml_1_2_says(tmp_path: Path, text: str, value: object) -> None:
    path = tmp_path / "values.yaml"
    path.write_text(text)
    data = yaml_file.read(path, ConstitutionError).data
    assert data == {"a": value}
    assert type(data["a"]) is type(value)
    path.write_text(yaml_file.dump(data))
    assert yaml_file.read(path, ConstitutionError).data == data


@pytest.mark.parametrize(
    ("given", "kind", "told"),
    [
        ("my prompts.jsonl", "array", "'my prompts.jsonl' is not a list; write [my prompts.jsonl]"),
        ("3", "array", "3 is not a list; put it in brackets"),
        ("x" * 80, "array", "... is not a list; put it in brackets"),
        ("[a", "array", "'[a' is not a list; put it in brackets"),
        ("a, b", "array", "'a, b' is not a list; write [a, b]"),
        ("3", "string", "3 is not a text; put it in quotes"),
        ("{a: 1}", "array", "a mapping (name: value) is not a list"),
    ],
)
def test_a_value_of_the_wrong_form_is_told_the_right_one(given: str, kind: str, told: str) -> None:
    text = f'"{given}"' if given == "[a" else given
    document = yaml_file.parse(Path("x.yaml"), f"a: {text}", ConstitutionError)
    (problem,) = yaml_file.check(document, {"properties": {"a": {"type": kind}}})
    assert problem.text.endswith(told)


def test_a_missing_file_is_told_its_neighbours_but_no_hidden_ones(tmp_path: Path) -> None:
    for name in (".mines.yaml", "mine.yaml"):
        (tmp_path / name).touch()
    with pytest.raises(ConstitutionError, match=r"did you mean 'mine\.yaml'\?$"):
        yaml_file.read(tmp_path / ".mines.yml", ConstitutionError)
