"""Several answers to each prompt, drawn before anybody says which of them are compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cai.batching import chunks
from cai.engines.base import Engine, at_once
from cai.errors import RunError
from cai.feedback.sample.draws import ATTEMPTS, request, said
from cai.feedback.sample.pairs import alike
from cai.feedback.sample.settings import SampleSettings
from cai.journal import append_rows
from cai.progress import Progress
from cai.records import Answers, Prompt, Said, from_row, to_row

_PROMPTS_PER_CHUNK = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Pool:
    """The answers to one prompt, of all models, no two of them (nearly) the same text."""

    prompt: Prompt
    answers: tuple[Said, ...]


def draw(
    prompts: Sequence[Prompt], author: Engine, number: int, settings: SampleSettings
) -> list[Answers]:
    """What one model says to each prompt: its share of `settings.pool` answers.

    An answer that is like an earlier one of the same prompt is drawn again, and left out if it
    stays so.

    Args:
        number: of the model among those that answer.
    """
    shares = range(number, settings.pool, settings.models)
    waiting = [(prompt, answer) for prompt in prompts for answer in shares]
    kept: dict[str, dict[int, Said]] = {prompt.id: {} for prompt in prompts}
    for attempt in range(ATTEMPTS):
        completions = author.generate([request(p, n, attempt, settings) for p, n in waiting])
        again = []
        for (prompt, answer), completion in zip(waiting, completions, strict=True):
            new = said(completion, answer, author, settings)
            own = kept[prompt.id]
            if any(alike(new, old, settings.min_difference) for old in own.values()):
                again.append((prompt, answer))
            else:
                own[answer] = new
        waiting = again
    return [
        Answers(
            prompt_id=prompt.id,
            author=number,
            answers=tuple(kept[prompt.id][answer] for answer in sorted(kept[prompt.id])),
        )
        for prompt in prompts
    ]


class Pools:
    """The file of all answers, of which no more is in memory than where each row begins."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._starts: dict[int, dict[str, int]] = {}
        self._answers = 0
        self._find_rows()

    def gather(
        self,
        prompts: Sequence[Prompt],
        authors: Iterator[Engine],
        settings: SampleSettings,
        progress: Progress,
    ) -> None:
        """Asks one model after the other, so that only one has to be in memory.

        Rows that are in the file already are kept.

        Args:
            authors: `settings.models` of them, whom nobody else holds on to.
        """
        for number, author in enumerate(authors):
            done = self._starts.get(number, {})
            waiting = [prompt for prompt in prompts if prompt.id not in done]
            for first, chunk in chunks(waiting, at_once(author, _PROMPTS_PER_CHUNK)):
                append_rows(self._path, map(to_row, draw(chunk, author, number, settings)))
                asked = number * len(prompts) + len(done) + first + len(chunk)
                progress(asked, settings.models * len(prompts), "prompts answered")
        self._find_rows()

    def read(self, prompts: Sequence[Prompt], settings: SampleSettings) -> list[Pool]:
        """The pool of each prompt.

        What a later model says like an earlier one is left out: the same pair of texts must not
        be met twice.
        """
        pools = []
        with self._path.open("rb") as file:
            for prompt in prompts:
                kept: list[Said] = []
                for author in sorted(self._starts):
                    file.seek(self._starts[author][prompt.id])
                    row = from_row(Answers, json.loads(file.readline()))
                    kept += [
                        new
                        for new in row.answers
                        if not any(alike(new, old, settings.min_difference) for old in kept)
                    ]
                pools.append(Pool(prompt=prompt, answers=tuple(kept)))
        return pools

    def counts(self, prompts: int, settings: SampleSettings) -> dict[str, int]:
        """`answers` to that many prompts, and `answers_alike`: left out, as each was like another
        of the same model."""
        missing = prompts * settings.pool - self._answers
        return {"answers": self._answers, "answers_alike": missing}

    def _find_rows(self) -> None:
        self._starts, self._answers = {}, 0
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            while (start := file.tell(), line := file.readline())[1].endswith(b"\n"):
                try:
                    row = json.loads(line)
                    self._starts.setdefault(row["author"], {})[row["prompt_id"]] = start
                    self._answers += len(row["answers"])
                except (ValueError, KeyError, TypeError) as error:
                    raise RunError(
                        f"{self._path}: damaged row at byte {start} ({error}); delete the stage's "
                        "folder and run the stage again"
                    ) from None
