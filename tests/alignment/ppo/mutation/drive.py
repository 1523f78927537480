"""Runs tests on mutated source: `python drive.py REPOSITORY` prints one JSON row per mutant.

Heavy libraries, and what of ours knows nothing of PPO or rewards, are imported once. Each mutant
then lives in a forked child, in which one module is compiled from its changed source and pytest
runs as always. The first row is of the source as it is, with every test that any mutant names.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import CodeType

import hypothesis
import peft  # noqa: F401
import pytest
import torch
import transformers.models.gpt2.modeling_gpt2
import transformers.models.llama.modeling_llama
import transformers.models.qwen2.modeling_qwen2  # noqa: F401
import trl  # noqa: F401

sys.path.insert(0, str(Path(__file__).parent))
from mutants import MUTANTS, Mutant

# Imported before any mutant; none of them may import a module that is mutated.
SHARED = (
    "cai.batching", "cai.conversations", "cai.engines.decoding", "cai.engines.turns", "cai.heads",
    "cai.journal", "cai.models", "cai.progress", "cai.recipe", "cai.training", "cai.weights",
)  # fmt: skip


class Loader(importlib.machinery.SourceFileLoader):
    """Compiles a module from changed source; what Python has cached of it is not read."""

    def __init__(self, mutant: Mutant, path: Path) -> None:
        super().__init__(mutant.module, str(path))
        self._source = path.read_text("utf-8").replace(mutant.old, mutant.new)

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec")


class Finder(importlib.abc.MetaPathFinder):
    """Finds the one module that is changed."""

    def __init__(self, mutant: Mutant, path: Path) -> None:
        self._mutant, self._path = mutant, path

    def find_spec(
        self, fullname: str, path: object, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._mutant.module:
            return None
        loader = Loader(self._mutant, self._path)
        return importlib.util.spec_from_file_location(fullname, self._path, loader=loader)


def code_of_tests(tests: Sequence[str], report: Path, mutant: Mutant | None, source: Path) -> int:
    """pytest's exit code in a child of its own; what it says goes to `report`."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 99
    try:
        if mutant is not None:
            sys.meta_path.insert(0, Finder(mutant, source))
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            options = ["-x", "-q", "--tb=line", "--assert=plain", "-p", "no:cacheprovider"]
            code = int(pytest.main([*options, *tests]))
        report.write_text(said.getvalue(), "utf-8")
    finally:
        os._exit(code)


def main() -> None:
    os.chdir(sys.argv[1])
    sys.path.insert(0, sys.argv[1])
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in SHARED:
        importlib.import_module(name)
    early = {mutant.module for mutant in MUTANTS} & set(sys.modules)
    if early:
        sys.exit(f"imported before they are mutated: {sorted(early)}")
    torch.set_num_threads(1)  # a child of a process with threads would wait for them
    # What fails need not be made small, and must not be remembered.
    hypothesis.settings.register_profile(
        "mutants", database=None, phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate]
    )
    hypothesis.settings.load_profile("mutants")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        everything = list(dict.fromkeys(test for mutant in MUTANTS for test in mutant.tests))
        for mutant in [None, *MUTANTS]:
            row: dict[str, object] = {"name": mutant.name if mutant else "", "occurrences": 1}
            source = Path(*mutant.module.split(".")).with_suffix(".py") if mutant else Path()
            if mutant is not None:
                row["occurrences"] = source.read_text("utf-8").count(mutant.old)
            if row["occurrences"] == 1:
                tests = mutant.tests if mutant else everything
                row["code"] = code_of_tests(tests, report, mutant, source)
                row["said"] = report.read_text("utf-8")[-2000:]
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
