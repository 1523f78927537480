"""Bugs reach whoever holds a function, and none is thought planted that is not."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from tests.alignment.ppo.mutation.planting import plant

SOURCE = """
import contextlib, functools

LIMIT = 1

def plain(x):
    return x + 1

@functools.cache
def cached(x):
    def inner(y):
        return y + 2
    return inner(x)

@contextlib.contextmanager
def within():
    yield 3

class Thing:
    @property
    def size(self):
        return 4

    @staticmethod
    def still(x):
        return x + 5

    class Inner:
        def deep(self):
            return super().__hash__() * 0 + 6
"""


@pytest.fixture
def field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = "planted_field"
    (tmp_path / f"{name}.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop(name, None)
    return name


def test_a_bug_is_in_every_kind_of_function(field: str) -> None:
    module = importlib.import_module(field)
    plain, cached, within, thing = module.plain, module.cached, module.within, module.Thing
    for number, old in enumerate(("x + 1", "y + 2", "yield 3", "return 4", "x + 5", "* 0 + 6")):
        assert plant(field, old, f"{old} + 70") == 1  # and takes the one before back
        cached.cache_clear()
        with within() as entered:
            found = (plain(0), cached(0), entered, thing().size, thing.still(0),
                     thing.Inner().deep())  # fmt: skip
        assert found == tuple(i + 1 + 70 * (i == number) for i in range(6))


@pytest.mark.parametrize(("old", "count"), [("nothing", 0), ("return", 6)])
def test_what_stands_there_not_once_is_not_planted(field: str, old: str, count: int) -> None:
    assert plant(field, old, "raise") == count
    assert importlib.import_module(field).plain(0) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 1", "LIMIT = 2"),
        ("@functools.cache", ""),
        ("class Thing:", "class Thing(dict):"),
        ("def plain(x)", "def plain(x=1)"),
    ],
)
def test_what_is_no_function_s_code_is_refused(field: str, old: str, new: str) -> None:
    with pytest.raises(ValueError, match="not within a function"):
        plant(field, old, new)
