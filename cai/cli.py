"""The command line. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from cai import __version__
from cai.errors import CaiError
from cai.ranks import world_of

DEFAULT_RECIPE = "runs/quickstart.yaml"

_STAGES = {
    "critique-revise": "answer red-team prompts, criticise and revise: makes the SFT rows",
    "sft": "fine-tune the model on the revisions",
    "label": "sample pairs of answers and label them under the constitution",
    "reward": "train the reward model on the labels",
    "align": "align the fine-tuned model with PPO or DPO",
    "eval": "compare initial, fine-tuned and aligned models on held-out prompts",
}

_VERSION_HELP = "a file, a run's folder, or git:REVISION:FILE"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code (2 for an error the user can mend)."""
    arguments = parser().parse_args(argv)
    if not hasattr(arguments, "command"):
        parser().print_help()
        return 0
    # Tokenizers warn about threads when a trainer forks; one process at a time needs no advice.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Stages show their own progress. Libraries read this once, when they are imported.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    module, _, function = arguments.command.partition(".")
    try:
        commands = importlib.import_module(f"cai.commands.{module}")
        command = getattr(commands, function)
        world = world_of(os.environ)
        if not world.alone:
            from cai.commands.together import together

            return together(arguments, command, world)
        return int(command(arguments) or 0)
    except CaiError as error:
        if arguments.debug:
            raise
        print(f"cai: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("cai: stopped; the same command goes on from here", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        from cai.disk import refusal

        refused = refusal(error)
        if refused is None or arguments.debug:
            raise
        print(f"cai: error: {refused}", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    root = argparse.ArgumentParser(
        prog="cai",
        description="Align a language model by a constitution.",
        epilog="Every command works without arguments, on the embedded model and "
        f"{DEFAULT_RECIPE}.",
    )
    root.add_argument("--version", action="version", version=f"cai {__version__}")
    root.set_defaults(debug=False, crew=None)
    commands = root.add_subparsers(title="commands", metavar="COMMAND")

    init = _add(commands, "init", "copy the constitution, prompts and recipe to edit them")
    init.add_argument("folder", nargs="?", default=".", help="where to (default: here)")

    run = _add(commands, "run", "run every stage that is missing or stale, then report")
    _recipe_flags(run)
    run.add_argument(
        "--plan", action="store_true", help="print what would run, why, and its cost; run nothing"
    )

    status = _add(commands, "status", "say which stages are done, stale or missing, and why")
    _recipe_flags(status)

    doctor = _add(
        commands, "doctor", "say whether a recipe will run here, and how to mend what will not",
        command="doctor.doctor",
    )  # fmt: skip
    _recipe_flags(doctor)
    doctor.add_argument(
        "--quick", action="store_true", help="load no weights, and ask servers only for a sign"
    )

    for name, help_text in _STAGES.items():
        stage = _add(commands, name, help_text, command="runs.stage")
        stage.set_defaults(stage=name)
        _recipe_flags(stage)
        if name == "label":
            stage.add_argument(
                "--judge",
                nargs="?",
                const="",
                metavar="MODEL",
                help="let a model judge (default); MODEL if it is not the recipe's",
            )
            stage.add_argument(
                "--comparisons",
                action="append",
                metavar="SOURCE",
                help="judge these pairs of answers instead of sampling some (repeatable)",
            )
            stage.add_argument(
                "--tags",
                metavar="TAG,TAG",
                help="of the pairs, such as red-team: which principles apply to them",
            )
        if name == "align":
            stage.add_argument("--method", choices=("ppo", "dpo"), default="ppo")

    report = _add(commands, "report", "write report.html of a run")
    report.add_argument("run_folder", nargs="?", default="runs/quickstart", metavar="RUN_DIR")

    why = _add(commands, "why", "show where a row comes from, back to the prompt")
    why.add_argument("id", metavar="ID", help="of any row of a run, or of a prompt; or its start")
    why.add_argument("run_folder", nargs="?", default="runs/quickstart", metavar="RUN_DIR")
    why.add_argument("--replay", action="store_true", help="ask the models again, and compare")
    why.add_argument("--json", action="store_true", help="print the trail as JSON")

    chat = _add(commands, "chat", "talk to a model")
    chat.add_argument("model", nargs="?", default="cai-mini", help="name or folder")
    chat.add_argument("--temperature", type=float, default=0.7)
    chat.add_argument("--max-new-tokens", type=int, default=96)
    chat.add_argument("--seed", type=int, default=0)

    constitution = commands.add_parser(
        "constitution", help="check, show and compare constitution files"
    )
    constitution.set_defaults(command="constitution.show_help", parser=constitution)
    inner = constitution.add_subparsers(title="commands", metavar="COMMAND")
    check = _add(inner, "check", "find errors in constitution files", command="constitution.check")
    check.add_argument("files", nargs="*", metavar="FILE")
    check.add_argument("--recipe", help="look whether its prompts can meet every principle")
    check.add_argument(
        "--format", choices=("text", "github"), default="text", help="github: as annotations"
    )
    check.add_argument("--json", action="store_true", help="print findings as JSON")
    show = _add(inner, "show", "print a constitution for people", command="constitution.show")
    show.add_argument(
        "source", nargs="?", default="constitution/default.yaml", metavar="FILE", help=_VERSION_HELP
    )
    show.add_argument("--format", choices=("text", "markdown", "html"), default="text")
    test = _add(inner, "test", "run the tests of principles", command="constitution.test")
    test.add_argument("file", nargs="?", default="constitution/default.tests.yaml", metavar="FILE")
    test.add_argument("--recipe", default=DEFAULT_RECIPE, help="whose judge and critic decide")
    test.add_argument("--model", help="the critic and the judge, if not the recipe's")
    test.add_argument("--judge", metavar="MODEL", help="the judge, if it is another model")
    test.add_argument(
        "--min-probability",
        type=float,
        default=0.6,
        metavar="P",
        help="of the better answer, above which a comparison passes; 0.5 is what a judge gives who "
        "follows the order of the answers (default: 0.6)",
    )
    test.add_argument("--junit", metavar="FILE", help="write the outcomes as JUnit XML as well")
    test.add_argument("--json", action="store_true", help="print the outcomes as JSON")
    diff = _add(inner, "diff", "say what an edit means", command="constitution.diff")
    diff.add_argument("old", metavar="OLD", help=_VERSION_HELP)
    diff.add_argument("new", metavar="NEW")
    diff.add_argument(
        "--run", metavar="RUN_DIR", help="say which of its draws move, and what renewing it costs"
    )
    diff.add_argument("--json", action="store_true", help="print the changes as JSON")
    told = _add(
        inner, "report", "say what each principle did in a run", command="constitution.report"
    )
    told.add_argument("run_folder", nargs="?", default="runs/quickstart", metavar="RUN_DIR")
    told.add_argument(
        "--without",
        metavar="ID",
        help="train the reward model again without this principle's labels, and compare",
    )
    told.add_argument("--json", action="store_true", help="print the report as JSON")
    importing = _add(
        inner,
        "import",
        "make a constitution of the paper's JSON, Hugging Face's, or lines of text",
        command="constitution.import_",
    )
    importing.add_argument("files", nargs="+", metavar="FILE")
    importing.add_argument("--name", default="imported", help="what to call the constitution")
    importing.add_argument("--out", metavar="FILE", help="where to write it (default: print it)")
    exporting = _add(
        inner, "export", "write a constitution in another form", command="constitution.export"
    )
    exporting.add_argument(
        "source", nargs="?", default="constitution/default.yaml", metavar="FILE", help=_VERSION_HELP
    )
    exporting.add_argument(
        "--format",
        required=True,
        choices=("paper-critiques", "paper-comparisons", "huggingface", "text"),
    )
    exporting.add_argument("--out", metavar="FILE", help="where to write it (default: print it)")
    return root


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    help_text: str,
    *,
    command: str | None = None,
) -> argparse.ArgumentParser:
    added = commands.add_parser(name, help=help_text, description=help_text)
    added.set_defaults(command=command or f"runs.{name}")
    added.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return added


def _recipe_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "recipe", nargs="?", metavar="RECIPE", help=f"what to run (default: {DEFAULT_RECIPE})"
    )
    command.add_argument("--model", help="the model to align: cai-mini, a folder or a hub name")
    command.add_argument("--constitution", metavar="FILE")
    command.add_argument(
        "--prompts", action="append", metavar="SOURCE", help="red-team prompts (repeatable)"
    )
    command.add_argument(
        "--helpful-prompts", action="append", metavar="SOURCE", help="helpful prompts (repeatable)"
    )
    command.add_argument("--prompt-column", metavar="NAME")
    command.add_argument("--limit", type=int, metavar="N", help="at most N prompts per source")
    command.add_argument("--seed", type=int)
    command.add_argument(
        "--engine", metavar="KIND", help="what runs models: transformers (default) or vllm"
    )
    command.add_argument("--out", metavar="RUN_DIR", help="default: runs/ and the recipe's name")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override any setting of the recipe, such as sft.epochs=2 (repeatable)",
    )
    command.add_argument(
        "--budget-calls", type=int, metavar="N", help="stop before more model calls than that"
    )
    command.add_argument(
        "--budget-minutes", type=float, metavar="M", help="stop before more time than that"
    )
    command.add_argument(
        "--budget-usd",
        type=float,
        metavar="USD",
        help="stop before the models cost more than that, by the recipe's prices",
    )
    command.add_argument("--json", action="store_true", help="print the result as JSON")


if __name__ == "__main__":
    sys.exit(main())
