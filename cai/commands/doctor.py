"""`cai doctor`: what was found, and whether it will work."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable

from cai import __version__
from cai.commands.printing import print_json
from cai.commands.runs import open_run
from cai.console import say


def doctor(arguments: Namespace) -> int:
    """Prints the findings as they come; 1 if one is a failure."""
    work = open_run(arguments)
    # Only here, for it takes seconds: who misspelt a setting need not wait.
    from cai.doctor.examine import full, quick
    from cai.doctor.finding import Finding, worst
    from cai.doctor.sharing import shareable
    from cai.doctor.text import as_json, ending, lines

    found: list[Finding] = []
    looked: Iterable[Finding] = quick(work) if arguments.quick else full(work, progress=_trying)
    if not arguments.json:
        print(f"cai {__version__} doctor: {work.recipe.name}")
    group = ""
    for each in looked:
        one = shareable(each, work.recipe)
        found.append(one)
        if arguments.json:
            continue
        if one.group != group:
            group = one.group
            print(f"\n{group}")
        print("\n".join(lines(one)), flush=True)
    if arguments.json:
        about = {"cai": __version__, "recipe": work.recipe.name, "quick": arguments.quick}
        print_json(as_json(found, **about))
    else:
        print(f"\n{ending(found)}")
    return int(worst(found) == "failure")


def _trying(done: int, total: int, note: str = "") -> None:
    """Names the step that is tried, to whoever waits for it at a terminal."""
    if note and sys.stderr.isatty():
        say(f"  trying  {note} ({done + 1} of {total})")
