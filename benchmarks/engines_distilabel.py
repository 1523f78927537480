"""Critique-revise as a pipeline of distilabel 1.5, with its `TransformersLLM`.

    PYTHON benchmarks/engines_distilabel.py WORK OUT

A part of `benchmarks/engines.py`, run by the interpreter of an environment that has distilabel.
WORK is JSON: the `model` (a folder), `rounds`, `temperature`, `max_new_tokens`, `batch` (rows that
go through a step together), `pipeline_batch` (prompts that the pipeline of transformers is given
together), and `rows`. A row has the `prompt` and, for each step after the answer, the conversation
that is shown, in which {answer} and {critique} stand for what was said before. OUT is written as
JSON: the texts that were written, the seconds from the first prompt to the last text, and the
versions.

The pipeline is what distilabel's guide makes of such a chain: a task for each step, and each task
has its own process and its own copy of the model. Its LLM gives the pipeline of transformers one
prompt at a time, and has no setting for that: `pipeline_batch` sets it below its surface. A
critique that finds nothing is not followed by a revision, as in our stage.
"""

import json  # annotations stay objects here, for distilabel reads them
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import transformers  # here, or each step's process would import it for itself
from distilabel.models.llms import TransformersLLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts, StepInput
from distilabel.steps.tasks import Task

Row = dict[str, Any]

# As `cai.supervised.problems.finds_nothing`, which this environment lacks.
_NO_ISSUE = re.compile(r"(?:\w+:\s*(?:[^.!?\n]{1,200}\.\s*)?)?no issue", re.IGNORECASE)


class BatchedLLM(TransformersLLM):
    """A `TransformersLLM` whose pipeline takes several prompts at once."""

    pipeline_batch: int = 1

    def load(self) -> None:
        super().load()
        self._pipeline._batch_size = self.pipeline_batch


class Say(Task):
    """One step: `shown` names the column of its conversations, `said` the one of its texts."""

    shown: str
    said: str
    answer: str = ""
    critique: str = ""

    @property
    def inputs(self) -> list[str]:
        return [name for name in (self.shown, self.answer, self.critique) if name]

    @property
    def outputs(self) -> list[str]:
        return [self.said, f"wrote_{self.said}", f"began_{self.said}", f"ended_{self.said}"]

    def format_input(self, row: Row) -> list[dict[str, str]]:
        before = {
            "{answer}": row[self.answer] if self.answer else "",
            "{critique}": row[self.critique] if self.critique else "",
        }
        return [
            {"role": turn["role"], "content": before.get(turn["content"], turn["content"])}
            for turn in row[self.shown]
        ]

    def format_output(self, output: str | None, row: Row | None = None) -> Row:
        return {self.said: (output or "").strip()}

    def process(self, inputs: StepInput) -> Iterator[list[Row]]:
        began = time.time()
        kept = [bool(self.critique and _NO_ISSUE.match(row[self.critique])) for row in inputs]
        asked = [row for row, keep in zip(inputs, kept, strict=True) if not keep]
        said = iter([row for rows in super().process(asked) for row in rows] if asked else [])
        out = [
            {**row, self.said: row[self.answer], "model_name": ""} if keep else next(said)
            for row, keep in zip(inputs, kept, strict=True)
        ]
        times = {f"began_{self.said}": began, f"ended_{self.said}": time.time()}
        yield [
            {**row, f"wrote_{self.said}": not keep, **times}
            for row, keep in zip(out, kept, strict=True)
        ]


def pipeline_for(work: Row, cache: str) -> Pipeline:
    def say(shown: str, said: str, answer: str = "", critique: str = "") -> Say:
        llm = BatchedLLM(
            model=work["model"],
            torch_dtype="float32",
            pipeline_batch=work["pipeline_batch"],
            generation_kwargs={
                "max_new_tokens": work["max_new_tokens"],
                "temperature": work["temperature"],
                "repetition_penalty": 1.0,
            },
        )
        return Say(
            name=said, llm=llm, shown=shown, said=said, answer=answer, critique=critique,
            input_batch_size=work["batch"], add_raw_input=False, add_raw_output=False,
        )  # fmt: skip

    with Pipeline(name="critique-revise", cache_dir=cache) as pipeline:
        last: Any = LoadDataFromDicts(data=work["rows"], batch_size=work["batch"])
        steps = [say("prompt", "answer_0")]
        for number in range(1, work["rounds"] + 1):
            answer, critique = f"answer_{number - 1}", f"critique_{number}"
            steps.append(say(f"to_critique_{number}", critique, answer))
            steps.append(say(f"to_revise_{number}", f"answer_{number}", answer, critique))
        for step in steps:
            last.connect(step)
            last = step
    return pipeline


def main() -> None:
    work = json.loads(Path(sys.argv[1]).read_text())
    with tempfile.TemporaryDirectory(prefix="cai-distilabel-") as cache:
        done = pipeline_for(work, cache).run(use_cache=False)
        rows = done["default"]["train"].to_list()
    began = min(row["began_answer_0"] for row in rows)
    ended = max(row[f"ended_answer_{work['rounds']}"] for row in rows)
    steps = [name.removeprefix("wrote_") for name in rows[0] if name.startswith("wrote_")]
    found = {
        "texts": [row[step] for row in rows for step in steps if row[f"wrote_{step}"]],
        "seconds": ended - began,
        "versions": {
            "distilabel": version("distilabel"),
            "transformers": transformers.__version__,
            "torch": torch.__version__,
        },
    }
    Path(sys.argv[2]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
