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
