"""The commands that work on runs, and `init` and `chat`."""

from __future__ import annotations

import dataclasses
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cai.cli import DEFAULT_RECIPE
from cai.commands.endings import ending
from cai.commands.printing import print_json
from cai.console import say, stage_progress
from cai.errors import ConstitutionError, EngineError, RecipeError, RunError
from cai.naming import did_you_mean
from cai.shipped import find, locate
from cai.store import Manifest, RunFolder, write_text

if TYPE_CHECKING:
    from cai.budget import Budget
    from cai.pipeline import StageStatus
    from cai.recipe import Flag
    from cai.run import Run

# What a stage left out, changed or could not reach, for the line that says it is done.
_LEFT_OUT = {
    "prompts_duplicate": "duplicate prompts dropped",
    "prompts_cut_early": "prompts cut where their two transcripts part",
    "prompts_too_long": "prompts too long and dropped",
    "labels_voted": "labels that are shares of votes",
    "pairs_duplicate": "duplicate pairs dropped",
    "pairs_cut_early": "pairs dropped whose conversations part before the last answer",
    "pairs_principle_unknown": "pairs dropped under principles that are not here",
    "gold_set_pairs_principle_unknown": "gold pairs dropped under principles that are not here",
    "helpful_rows_missing": "helpful answers fewer than helpful_share asks for",
}


def init(arguments: Namespace) -> int:
    """Copies what users edit into a folder; existing files are left alone."""
    folder = Path(arguments.folder)
    for name in ("constitution", "prompts", DEFAULT_RECIPE):
        source = find(name)
        if source is None:
            raise RunError(f"{name} did not come with this installation; install cai again")
        files = sorted(p for p in source.rglob("*") if p.is_file()) if source.is_dir() else [source]
        for file in files:
            target = folder / name / file.relative_to(source) if source.is_dir() else folder / name
            if target.exists():
                say(f"kept     {target}")
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            # Whole or not at all: a torn file would be kept by the next try.
            write_text(target, file.read_text("utf-8"))
            say(f"wrote    {target}")
    say("edit constitution/default.yaml, then: cai run")
    return 0


def run(arguments: Namespace) -> int:
    """Runs all stages of a recipe and reports."""
    work = open_run(arguments)
    if arguments.plan:
        return _plan(work, as_json=arguments.json)
    with work.folder.held():
        # Only here, for it takes seconds: a misspelt setting, a plan, or a folder in use need not.
        from cai import pipeline, summary
        from cai.doctor.start import admit
        from cai.report import html
        from cai.report.table import render

        admit(work)
        pipeline.snapshot(work)
        say(f"{work.recipe.name}: {work.recipe.model} under {work.recipe.constitution}")
        made = [_run_stage(work, name)[1] for name in pipeline.stage_names(work)]
        headline = summary.write(work.folder, pipeline.stage_names(work))
        page = html.write(work.folder.path)
    if not any(made):
        say("everything is up to date")
    if arguments.json:
        print_json(headline)
    else:
        print(render(headline))
        print(f"report: {page}")
    return 0


def _plan(work: Run, *, as_json: bool) -> int:
    from cai import planning, preflight

    preflight.check_all(work, without=("servers",))
    planned = planning.plan(work, show=stage_progress)
    if as_json:
        print_json([dataclasses.asdict(one) for one in planned])
    else:
        print(work.folder.path)
        print(planning.as_text(planned))
    return 0


def stage(arguments: Namespace) -> int:
    """Runs one stage of a recipe; the last one also sums up the run."""
    from cai import pipeline, preflight, summary
    from cai.report.table import render

    name, overrides = asked_stage(arguments)
    work = open_run(arguments, overrides)
    with work.folder.held():
        for other in pipeline.status(work, pipeline.needed_by(work, name)):
            if other.state == "stale":
                say(f"note: {other.stage} is stale ({'; '.join(other.why)}); `cai run` renews it")
        pipeline.check_settings(work, [name])
        preflight.check_servers(work, [name])
        if name == "label":
            preflight.check_comparisons(work)
        pipeline.snapshot(work)
        manifest, _ = _run_stage(work, name)
        result = {"stage": name, "counts": manifest.counts, "seconds": manifest.seconds}
        if name == "evaluate":
            headline = summary.write(work.folder, pipeline.stage_names(work))
            result["evaluation"] = headline["evaluation"]
            if not arguments.json:
                print(render(headline))
    if arguments.json:
        print_json(result)
    else:
        print(work.folder.stage(name))
    return 0


def asked_stage(arguments: Namespace) -> tuple[str, list[Flag]]:
    """The stage that a command names, and what its own flags override."""
    from cai.recipe import Flag

    overrides = []
    name: str = arguments.stage
    if name == "align":
        name = f"align-{arguments.method}"
    elif name == "eval":
        name = "evaluate"
    elif name == "label" and _is_recipe(arguments.judge) and not arguments.recipe:
        # As in `cai label --judge RECIPE`: no model is a YAML file, and the recipe names the judge.
        arguments.recipe = arguments.judge
    elif name == "label" and arguments.judge:
        overrides.append(Flag("--judge", "judge", arguments.judge))
    if name == "label" and (arguments.comparisons or arguments.tags):
        given = _comparisons(arguments)
        overrides.append(Flag("--comparisons", "label.comparisons", given))
        if not arguments.recipe:
            # What is found of the judge shall be about these pairs, and nobody asked for others.
            overrides.append(Flag("--comparisons", "label.gold", []))
    return name, overrides


def status(arguments: Namespace) -> int:
    """Prints how each stage stands."""
    from cai import pipeline

    work = open_run(arguments)
    states = pipeline.status(work)
    if arguments.json:
        print_json([_as_json(state) for state in states])
        return 0
    print(work.folder.path)
    for state in states:
        made = f"  {state.manifest.finished}" if state.manifest else ""
        ended = ending(state.manifest.counts) if state.manifest else ""
        told = "; ".join((*state.why, *([ended] if ended else ())))
        why = f"  ({told})" if told else ""
        print(f"  {state.stage:16} {state.state:8}{made}{why}")
    return 0


def _as_json(state: StageStatus) -> dict[str, Any]:
    ended = ending(state.manifest.counts) if state.manifest else ""
    return {
        "stage": state.stage, "state": state.state, "why": list(state.why), "ended": ended or None
    }  # fmt: skip


def report(arguments: Namespace) -> int:
    """Writes the report of a run folder."""
    from cai.report import html

    folder = Path(arguments.run_folder)
    if not folder.is_dir():
        raise RunError(f"{folder}: there is no such run; `cai run` makes one")
    print(html.write(folder))
    return 0


def why(arguments: Namespace) -> int:
    """Shows the trail of a row; 1 if asking again gave another result."""
    from cai.lineage import rows, text, trace
    from cai.run import reopen

    folder = Path(arguments.run_folder)
    if not folder.is_dir():
        raise RunError(f"{folder}: there is no such run; `cai run` makes one")
    found = rows.find(folder, arguments.id)
    if len(found) > 1:
        say(f"{len(found)} rows have this id; choose one, by its id or its FILE:LINE")
        if arguments.json:
            print_json([{"id": one.id, "place": one.place} for one in found])
        else:
            print(text.listing(found))
        return 0
    trail = trace.trail(reopen(folder), found[0], replay=arguments.replay)
    if arguments.json:
        print_json(dataclasses.asdict(trail))
    else:
        print(text.as_text(trail))
        if not arguments.replay and trail.calls:
            say(f"to ask again: cai why {arguments.id} {folder} --replay")
    return int(any(call.again is not None and not call.same_again for call in trail.calls))


def chat(arguments: Namespace) -> int:
    """Answers lines from standard input until it ends."""
    if not 0 <= arguments.temperature < float("inf"):
        raise EngineError(f"--temperature {arguments.temperature:g}: give 0 or more, such as 0.7")
    if arguments.max_new_tokens < 1:
        raise EngineError(f"--max-new-tokens {arguments.max_new_tokens}: give 1 or more")
    from cai.engines.base import GenerateRequest
    from cai.engines.transformers import TransformersEngine
    from cai.records import Message, derive_seed

    engine = TransformersEngine(arguments.model)
    engine.load()
    history: list[Message] = []
    say(f"{arguments.model}: type a message; an empty line ends the chat")
    while (line := _ask()) is not None:
        history.append(Message(role="user", content=line))
        request = GenerateRequest(
            messages=tuple(history),
            max_new_tokens=arguments.max_new_tokens,
            temperature=arguments.temperature,
            seed=derive_seed(arguments.seed, len(history)),
        )
        try:
            (completion,) = engine.generate([request])
        except EngineError as error:
            raise EngineError(f"{error}; start a new chat") from None
        print(completion.text)
        history.append(Message(role="assistant", content=completion.text))
    return 0


def open_run(arguments: Namespace, overrides: Sequence[Flag] = ()) -> Run:
    """The run that a command's recipe and flags describe."""
    from cai import recipe as recipes
    from cai.run import Run

    path = locate(arguments.recipe or DEFAULT_RECIPE)
    if not path.exists():
        known = {str(one) for at in (path.parent, Path("runs")) for one in at.glob("[!.]*.y*ml")}
        hint = did_you_mean(str(path), known) if known else "`cai init` writes one to begin with"
        raise RecipeError(f"{path}: no such recipe; {hint}")
    settings = recipes.load(path, [*_flag_overrides(arguments), *overrides, *arguments.set])
    if not locate(settings.constitution).exists():
        raise ConstitutionError(
            f"{settings.constitution}: there is no such constitution; "
            "give one with --constitution FILE"
        )
    folder = Path(arguments.out) if arguments.out else Path("runs") / settings.name
    return Run(settings, RunFolder(folder), budget=_budget(arguments), crew=arguments.crew)


def _budget(arguments: Namespace) -> Budget:
    from cai.budget import Budget

    minutes = arguments.budget_minutes
    for name, limit in (
        ("calls", arguments.budget_calls),
        ("minutes", minutes),
        ("usd", arguments.budget_usd),
    ):
        if limit is not None and not 0 <= limit < float("inf"):
            raise RunError(f"--budget-{name} {limit:g}: give a number that is not negative")
    return Budget(
        calls=arguments.budget_calls,
        seconds=None if minutes is None else 60 * minutes,
        usd=arguments.budget_usd,
    )


def _flag_overrides(arguments: Namespace) -> list[Flag]:
    """Flags are shorter names of recipe settings. Own prompts are evaluated on a part of them."""
    from cai.recipe import Flag

    given = [
        Flag("--model", "model", arguments.model),
        Flag("--constitution", "constitution", arguments.constitution),
        Flag("--seed", "seed", arguments.seed),
        Flag("--engine", "engine.kind", arguments.engine),
        Flag("--prompt-column", "prompts.column", arguments.prompt_column),
        Flag("--limit", "prompts.limit", arguments.limit),
        Flag("--prompts", "prompts.red_team", arguments.prompts),
        Flag("--prompts", "prompts.heldout_red_team", [] if arguments.prompts else None),
        Flag("--helpful-prompts", "prompts.helpful", arguments.helpful_prompts),
        Flag(
            "--helpful-prompts",
            "prompts.heldout_helpful",
            [] if arguments.helpful_prompts else None,
        ),
    ]
    return [flag for flag in given if flag.value is not None]


def _comparisons(arguments: Namespace) -> list[dict[str, Any]]:
    if not arguments.comparisons:
        raise RecipeError("--tags: they are those of --comparisons SOURCE; give one")
    tags = [tag.strip() for tag in (arguments.tags or "").split(",") if tag.strip()]
    return [{"path": s, "tags": tags, "limit": arguments.limit} for s in arguments.comparisons]


def _run_stage(work: Run, name: str) -> tuple[Manifest, bool]:
    from cai import costs, pipeline
    from cai.stages.gate import judge_line, reward_line

    manifest, made = pipeline.run_stage(work, name, show=stage_progress)
    say(_stage_line(manifest, made))
    if made and (told := costs.told(work.calls_made().spent)):
        say(f"{'cost':16} {told}")
    if name == "label" and (told := judge_line(work)):
        say(f"{'judge':16} {told}")
    if name == "reward" and (told := reward_line(work)):
        say(f"{'reward model':16} {told}")
    return manifest, made


def _stage_line(manifest: Manifest, made: bool) -> str:
    if not made:
        return f"{manifest.stage:16} up to date"
    calls = manifest.calls + manifest.cached_calls
    asked = f", {calls} model calls ({manifest.cached_calls} known)" if calls else ""
    left_out = "".join(
        f", {count} {text}"
        for name, text in _LEFT_OUT.items()
        if (count := manifest.counts.get(name))
    )
    ended = ending(manifest.counts)
    tail = f"; {ended}" if ended else ""
    return f"{manifest.stage:16} done in {manifest.seconds:.0f} s{asked}{left_out}{tail}"


def _ask() -> str | None:
    if sys.stdin.isatty():
        sys.stderr.write("> ")
        sys.stderr.flush()
    return sys.stdin.readline().strip() or None


def _is_recipe(judge: str | None) -> bool:
    return judge is not None and Path(judge).suffix in {".yaml", ".yml"}
