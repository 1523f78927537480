"""The commands that work on constitution files."""

from __future__ import annotations

import dataclasses
import re
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cai.commands.printing import print_json
from cai.console import say
from cai.errors import ConstitutionError, RunError
from cai.shipped import locate
from cai.store import RunFolder, write_text

if TYPE_CHECKING:
    from cai.constitution import Finding
    from cai.constitution.rules import Met


def show_help(arguments: Namespace) -> int:
    """Prints what `cai constitution` can do."""
    arguments.parser.print_help()
    return 0


def check(arguments: Namespace) -> int:
    """Prints findings as `file:line:column: severity: field: text`; 1 if one is an error.

    A file that cannot be read at all does not keep the others from being checked; the exit code
    is then 2.
    """
    from cai.constitution import check as checked
    from cai.constitution.showing import findings_as_annotations, findings_as_text

    met = _prompt_tags(arguments.recipe) if arguments.recipe else None
    findings, unreadable = [], []
    for file in arguments.files or ["constitution/default.yaml"]:
        try:
            findings += checked(file, met)
        except ConstitutionError as error:
            unreadable.append(str(error))
            if arguments.json or arguments.format == "github":
                findings.append(_as_finding(file, str(error)))
    if arguments.json:
        print_json([_finding(one) for one in findings])
    elif arguments.format == "github":
        print(findings_as_annotations(findings), end="")
    else:
        print(findings_as_text(findings) if findings or unreadable else "no findings\n", end="")
    for text in unreadable:
        print(f"cai: error: {text}", file=sys.stderr)
    if unreadable:
        return 2
    return 1 if any(one.severity == "error" for one in findings) else 0


def _finding(finding: Finding) -> dict[str, Any]:
    data = dataclasses.asdict(finding.problem)
    return {"severity": finding.severity, **data, "path": str(finding.problem.path)}


def _as_finding(file: str, told: str) -> Finding:
    """What kept a file from being read, at the line that it names."""
    from cai.constitution import Finding
    from cai.yaml_file import Problem

    found = re.match(r"(?P<path>.*?):(?P<line>\d+): (?P<text>.*)", told)
    if found:
        return Finding(
            "error", Problem(Path(found["path"]), int(found["line"]), 1, "", found["text"])
        )
    return Finding("error", Problem(Path(file), 1, 1, "", told))


def _prompt_tags(recipe: str) -> Met:
    """The sets of tags that the prompts of a recipe have, by stage."""
    from cai import recipe as recipes
    from cai.run import Run

    settings = recipes.load(locate(recipe))
    work = Run(settings, RunFolder(Path("runs") / settings.name))
    return {
        "critique-revise": {prompt.tags for prompt in work.red_team.prompts},
        "label": {prompt.tags for prompt in work.training.prompts},
    }


def show(arguments: Namespace) -> int:
    """Prints a constitution for people."""
    from cai.constitution import load_version
    from cai.constitution.showing import as_html, as_markdown, as_text

    render = {"text": as_text, "markdown": as_markdown, "html": as_html}[arguments.format]
    print(render(load_version(arguments.source)).rstrip("\n"))
    return 0


def diff(arguments: Namespace) -> int:
    """Prints what changed between two constitutions; 0 if nothing did, else 1.

    With a run, also which of its draws move and what bringing it up to date would cost.
    """
    from cai.constitution import difference, load_version, moved_draws
    from cai.constitution.showing import changes_as_text, draws_as_text

    old, new = load_version(arguments.old), load_version(arguments.new)
    changes = difference(old, new)
    data: dict[str, Any] = {"changes": [dataclasses.asdict(change) for change in changes]}
    text = [changes_as_text(changes)]
    if arguments.run:
        from cai import planning
        from cai.console import stage_progress
        from cai.run import reopen

        work = reopen(Path(arguments.run), under=new)
        settings = work.recipe.sections["critique-revise"]
        prompts, steps = work.red_team.prompts, settings["rounds"]
        moved = moved_draws(old, new, prompts, steps=steps, seed=work.recipe.seed)
        planned = planning.plan(work, show=stage_progress)
        data |= {
            "draws": len(prompts) * steps,
            "moved": [dataclasses.asdict(one) for one in moved],
            "plan": [dataclasses.asdict(one) for one in planned],
        }
        text += [draws_as_text(moved, len(prompts) * steps), planning.as_text(planned)]
    if arguments.json:
        print_json(data)
    else:
        print("\n\n".join(text))
    return 1 if changes else 0


def report(arguments: Namespace) -> int:
    """Prints what a run's constitution did, principle by principle."""
    from cai.report import principles
    from cai.report.reading import RunFiles

    folder = Path(arguments.run_folder)
    if not folder.is_dir():
        raise RunError(f"{folder}: there is no such run; `cai run` makes one")
    if arguments.without:
        return _influence(folder, arguments)
    files = RunFiles(folder)
    found, apart = principles.study(files)
    if not found:
        raise RunError(f"{folder}: no principle has been used yet; run critique-revise or label")
    if arguments.json:
        print_json(
            {
                "principles": [dataclasses.asdict(row) for row in found],
                "conflicts": [dataclasses.asdict(one) for one in apart],
            }
        )
    else:
        print(principles.as_text(found, apart))
    return 0


def _influence(folder: Path, arguments: Namespace) -> int:
    from cai import influence
    from cai.console import stage_progress
    from cai.run import reopen

    with stage_progress("reward") as progress:
        found = influence.measure(
            reopen(folder, stage="label"), arguments.without, progress=progress
        )
    if arguments.json:
        print_json(dataclasses.asdict(found))
    else:
        print(influence.as_text(found))
    return 0


def import_(arguments: Namespace) -> int:
    """Makes a constitution of other projects' files."""
    from cai.constitution import dump
    from cai.constitution.exchange import imported

    made = imported([Path(file) for file in arguments.files], name=arguments.name)
    _write_new(arguments.out, dump(made))
    pairs = sum(bool(one.critique_request) for one in made.principles)
    comparisons = sum(bool(one.comparison) for one in made.principles)
    say(
        f"{len(made.principles)} principles: {pairs} with a critique, {comparisons} with a "
        f"comparison; {len(made.few_shots)} worked examples"
    )
    return 0


def export(arguments: Namespace) -> int:
    """Writes a constitution in another project's form."""
    from cai.constitution import load_version
    from cai.constitution.exchange import exported

    _write_new(arguments.out, exported(load_version(arguments.source), arguments.format))
    return 0


def test(arguments: Namespace) -> int:
    """Runs the tests of a constitution's principles; 0 if all pass, 1 if one fails."""
    from cai import principle_tests
    from cai import recipe as recipes
    from cai.feedback.settings import LabelSettings
    from cai.run import Run

    if not 0 <= arguments.min_probability <= 1:
        raise ConstitutionError("--min-probability: give a number from 0 to 1, such as 0.6")
    given = [
        recipes.Flag(arguments.file, "constitution", arguments.file),
        recipes.Flag("--model", "critic", arguments.model),
        recipes.Flag("--model", "judge", arguments.model),
        recipes.Flag("--judge", "judge", arguments.judge),
    ]
    settings = recipes.load(
        locate(arguments.recipe), [one for one in given if one.value is not None]
    )
    work = Run(settings, RunFolder(Path("runs") / settings.name))
    if not any(one.tests for one in work.constitution.principles if one.enabled):
        raise ConstitutionError(
            f"{work.constitution.path}: no principle that is on has tests; add `tests:` to one"
        )
    label = settings.settings("label", LabelSettings)
    outcomes = principle_tests.run(
        work.constitution,
        judge=work.engine(settings.judge, "judge"),
        critic=work.engine(settings.critic, "critic"),
        settings=label.judging,
        book=label.shots(work.constitution),
        min_probability=arguments.min_probability,
    )
    if arguments.json:
        print_json([dataclasses.asdict(one) for one in outcomes])
    else:
        for one in outcomes:
            verdict = "ok  " if one.passed else "FAIL"
            print(f"{verdict} {one.name:32} {principle_tests.explain(one)}")
        passed = sum(one.passed for one in outcomes)
        print(f"{passed} of {len(outcomes)} passed")
    if arguments.junit:
        text = principle_tests.junit(outcomes, suite=work.constitution.name)
        _write(Path(arguments.junit), text)
    return 0 if all(one.passed for one in outcomes) else 1


def _write_new(name: str | None, text: str) -> None:
    """Prints the text, or writes it to a file that is not there yet: it might be someone's work."""
    if name is None:
        print(text, end="")
        return
    path = Path(name)
    if path.exists():
        raise ConstitutionError(f"{path}: there is such a file already; choose another --out")
    _write(path, text)
    say(f"wrote {path}")


def _write(path: Path, text: str) -> None:
    try:
        write_text(path, text)
    except OSError as cause:
        raise ConstitutionError(f"{path}: cannot be written: {cause.strerror}") from None
