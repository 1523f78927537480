"""Runs tests on mutated source: `python drive.py REPOSITORY` prints one JSON row per mutant.

All is imported, and all tests are collected, once. Each mutant then lives in a forked child, which
puts it into its module and runs the tests that are to notice it. The first row is of the source as
it is, with every test that any mutant names.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import hypothesis
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))
from mutants import MUTANTS, Mutant
from planting import plant

Row = dict[str, object]


class Driver:
    """A plugin of pytest: in the place of the tests it runs every mutant's.

    Args:
        tell: is given each row.
        report: where children leave what they say.
    """

    def __init__(self, tell: Callable[[Row], None], report: Path) -> None:
        self._tell, self._report = tell, report
        self._said: list[str] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        everything = list(dict.fromkeys(test for mutant in MUTANTS for test in mutant.tests))
        for mutant in [None, *MUTANTS]:
            self._report.write_text("{}", "utf-8")
            items = _chosen(session.items, everything if mutant is None else mutant.tests)
            child = os.fork()
            if not child:
                self._run(session, items, mutant)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            told: Row = {"name": mutant.name if mutant else "", "occurrences": 1, "code": status}
            self._tell(told | json.loads(self._report.read_text("utf-8")))
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._said.append(f"{report.nodeid}: {report.longreprtext}"[-2000:])

    def _run(
        self, session: pytest.Session, items: Sequence[pytest.Item], mutant: Mutant | None
    ) -> None:
        """The child's whole life; it exits as pytest would."""
        code = 99
        try:
            found = plant(mutant.module, mutant.old, mutant.new) if mutant else 1
            for item, after in zip(items, [*items[1:], None], strict=True):
                if found != 1 or self._said:
                    break
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            code = pytest.ExitCode.TESTS_FAILED if self._said else pytest.ExitCode.OK
            told = {"occurrences": found, "said": "\n".join(self._said)}
            self._report.write_text(json.dumps(told), "utf-8")
        except Exception as error:
            told = {"said": f"{type(error).__name__}: {error}"}
            self._report.write_text(json.dumps(told), "utf-8")
            raise
        finally:
            os._exit(code)


def _chosen(items: Sequence[pytest.Item], tests: Sequence[str]) -> list[pytest.Item]:
    """The items of some tests, each named whole or without its parameters."""
    found: dict[str, pytest.Item] = {}
    for test in tests:
        own = {i.nodeid: i for i in items if i.nodeid == test or i.nodeid.startswith(f"{test}[")}
        if not own:
            sys.exit(f"there is no test {test}")
        found |= own
    return list(found.values())


def main() -> None:
    os.chdir(sys.argv[1])
    sys.path.insert(0, sys.argv[1])
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    torch.set_num_threads(1)  # a child of a process with threads would wait for them
    # What fails need not be made small, and must not be remembered.
    hypothesis.settings.register_profile(
        "mutants", database=None, phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate]
    )
    hypothesis.settings.load_profile("mutants")
    files = list(dict.fromkeys(t.partition("::")[0] for mutant in MUTANTS for t in mutant.tests))
    rows = os.fdopen(os.dup(1), "w")  # pytest takes the other for itself
    said = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(said):
        driver = Driver(
            lambda row: print(json.dumps(row), file=rows, flush=True), Path(folder) / "report"
        )
        options = ["-q", "--assert=plain", "-p", "no:cacheprovider"]
        code = pytest.main([*options, *files], plugins=[driver])
    if code != pytest.ExitCode.OK:
        sys.exit(said.getvalue())


if __name__ == "__main__":
    main()
