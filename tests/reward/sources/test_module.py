"""Finding, digesting and importing a user's function."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cai.errors import RecipeError
from cai.reward.sources.module import load, locate, source_digest

WHERE = "align-ppo.rewards[0].function"


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Two functions of which one needs a module beside it, and a package; unique names."""
    own = f"own_{abs(hash(request.node.name))}"
    (tmp_path / f"{own}.py").write_text(
        f"import {own}_beside\nfrom {own}_package.inner import four\n"
        f"def brevity(completions, **kwargs):\n    return [{own}_beside.ONE for _ in completions]\n"
        "value = 3\n"
    )
    (tmp_path / f"{own}_beside.py").write_text("ONE = 1.0\n")
    package = tmp_path / f"{own}_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inner.py").write_text("from . import deeper\nfour = deeper.FOUR\n")
    (package / "deeper.py").write_text("FOUR = 4\ndef number(**_): return [FOUR]\n")
    return tmp_path / own


def test_functions_are_found_by_module_and_by_file(folder: Path) -> None:
    name = folder.name
    for given in (f"{name}:brevity", f"{name}.py:brevity", f"{folder}.py:brevity"):
        found = locate(given, [folder.parent], where=WHERE)
        assert found.path == folder.with_suffix(".py").resolve()
        assert load(found, where=WHERE)(completions=["a", "b"]) == [1.0, 1.0]
    inner = locate(f"{name}_package.deeper:number", [folder.parent], where=WHERE)
    assert load(inner, where=WHERE)() == [4]
    assert str(folder.parent) not in sys.path


def test_the_recipes_folder_comes_first(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / f"{folder.name}.py").write_text("def brevity(**_): return []\n")
    found = locate(f"{folder.name}:brevity", [other, folder.parent], where=WHERE)
    assert found.path.parent == other.resolve()


def test_installed_functions_are_found_without_being_imported() -> None:
    found = locate("trl.rewards.format_rewards:think_format_reward", [Path()], where=WHERE)
    assert found.path.name == "format_rewards.py"
    assert len(source_digest(found)) == 64
    assert load(found, where=WHERE)(completions=[[{"content": "a"}]]) == [0.0]


def test_the_digest_follows_the_code_and_all_it_imports(folder: Path) -> None:
    name = f"{folder.name}:brevity"

    def digest() -> str:
        return source_digest(locate(name, [folder.parent], where=WHERE))

    seen = {digest()}
    for file in ("{}.py", "{}_beside.py", "{}_package/inner.py", "{}_package/deeper.py"):
        with (folder.parent / file.format(folder.name)).open("a") as opened:
            opened.write("# changed\n")
        seen.add(digest())
    assert len(seen) == 5
    (folder.parent / "unrelated.py").write_text("x = 1\n")
    assert digest() in seen
    assert folder.name not in sys.modules


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("brevity", "write module:function"),
        (":brevity", "write module:function"),
        ("a:b c", "write module:function"),
        ("nowhere_at_all:brevity", "no module 'nowhere_at_all' in"),
        ("nowhere.py:brevity", "no file nowhere.py in"),
    ],
)
def test_names_that_lead_nowhere_are_refused(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=rf"^align-ppo\.rewards\[0\]\.function: .*{said}"):
        locate(name, [tmp_path], where=WHERE)


def test_modules_that_cannot_serve_are_refused(folder: Path) -> None:
    def made(function: str) -> object:
        return load(locate(f"{folder.name}:{function}", [folder.parent], where=WHERE), where=WHERE)

    with pytest.raises(RecipeError, match=r"'brevty' is not there in .*; it has brevity"):
        made("brevty")
    with pytest.raises(RecipeError, match="'value' is no function"):
        made("value")
    folder.with_name("broken_rewards.py").write_text("raise OSError('no key')\n")
    broken = locate("broken_rewards:f", [folder.parent], where=WHERE)
    with pytest.raises(RecipeError, match=r"broken_rewards\.py fails .*OSError: no key"):
        load(broken, where=WHERE)
    folder.with_name("statistics.py").write_text("def f(**_): return []\n")
    with pytest.raises(RecipeError, match="rename the file"):
        load(locate("statistics:f", [folder.parent], where=WHERE), where=WHERE)
