"""Who begins when, and what each sequence says: the loop around the passes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from cai.engines.continuous.attention import Beginning
from cai.engines.continuous.cohort import Cohort
from cai.engines.continuous.order import in_order
from cai.engines.continuous.passes import begin, beginning_of, follow
from cai.engines.decoding import Sampled, draw, uniforms
from cai.engines.prefix.attention import shared_attention
from cai.engines.prefix.forward import Way
from cai.heads import Head
from cai.models import common_prefix
from cai.onednn import linears_of, through_onednn
from cai.rms_norm import fast_norms, norms_of

# Begun in one pass. On a CPU that much stays in its cache; a GPU is kept busy by more.
_ROWS = {"cpu": 64}
_MANY_ROWS = 512
_COHORTS = 4  # at least so many fit the budget together, so that one can join while others go on
_LEAST_SHARED = 64  # tokens: asking for fewer apart costs more than keeping them per sequence
_DRAWN = {"cpu": 1 << 19}  # probabilities at once
_MANY_DRAWN = 1 << 26


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A prompt to continue by at most `length` tokens; `seed` decides its draws."""

    prompt: list[int]
    length: int
    seed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How tokens are chosen, and what ends a sequence. Temperature 0 is greedy.

    `stopped` is a further test on the new tokens of one sequence, asked after each token.
    """

    temperature: float
    top_p: float
    stop_ids: frozenset[int]
    banned_ids: Sequence[int]
    stopped: Callable[[Sequence[int]], bool] | None = None


class Flow:
    """Continues sequences; each depends on its own prompt and seed alone."""

    def __init__(self, wanted: Sequence[Wanted], manner: Manner, *, head: Head, way: Way) -> None:
        self._wanted = wanted
        self._manner = manner
        self._head = head
        self._way = way
        self._device = head.model.device
        self._linears, self._norms = linears_of(head.model), norms_of(head.model)
        prompts = [one.prompt for one in wanted]
        # One token of each prompt is left to its cohort, which reads off it what is said first.
        first, most = prompts[0], min(map(len, prompts)) - 1
        shared = min((common_prefix(first, other) for other in prompts[1:]), default=0)
        self._shared = min(shared, most) if min(shared, most) >= _LEAST_SHARED else 0
        self._beginning: Beginning | None = None
        self._own = [prompt[self._shared :] for prompt in prompts]
        self._waiting = deque(in_order(self._own))
        self._cohorts: list[Cohort] = []
        self._new: dict[int, list[int]] = {}

    @property
    def unfinished(self) -> int:
        """How many sequences have not ended."""
        return len(self._waiting) + len(self._new)

    def under_way(self) -> tuple[int, int]:
        """How many sequences, and how many tokens they come to at most."""
        sizes = [len(self._own[row]) + self._wanted[row].length for row in self._new]
        return len(sizes), sum(sizes)

    def start_over(self) -> None:
        """Gives the memory of sequences under way back; they will begin again."""
        self._waiting.extendleft(reversed(list(self._new)))
        self._cohorts, self._new, self._beginning = [], {}, None

    def advance(self, budget: int) -> list[tuple[int, Sampled]]:
        """One pass: the next cohort begins if it fits, or else all say their next token.

        Args:
            budget: the most tokens, prompts and what may be said, that there is memory for.

        Returns:
            The sequences that have ended, by their numbers.
        """
        with self._computing():
            return self._pass(self._joining(budget))

    @contextmanager
    def _computing(self) -> Iterator[None]:
        """For one pass: whoever gets results in between finds the model as it was."""
        model = self._head.model
        with (
            torch.inference_mode(),
            shared_attention(model),
            through_onednn(self._linears),
            fast_norms(self._norms),
        ):
            yield

    def _pass(self, joining: list[int]) -> list[tuple[int, Sampled]]:
        if not joining:
            logits = follow(self._cohorts, beginning=self._start(), head=self._head, way=self._way)
            return self._say(self._cohorts, logits)
        for row in joining:
            self._new[row] = []
        cohort, logits = begin(
            joining,
            [self._own[row] for row in joining],
            beginning=self._start(),
            room=max(self._wanted[row].length for row in joining),
            noise=self._noise(joining),
            head=self._head,
            way=self._way,
        )
        self._cohorts.append(cohort)
        return self._say([cohort], logits)

    def _start(self) -> Beginning:
        if self._beginning is None:
            shared = self._wanted[0].prompt[: self._shared]
            self._beginning = beginning_of(shared, head=self._head, way=self._way)
        return self._beginning

    def _joining(self, budget: int) -> list[int]:
        """Takes the next cohort from those who wait, if it fits beside those under way."""
        rows: list[int] = []
        widest = longest = 0
        most = _ROWS.get(self._device.type, _MANY_ROWS)
        for row in self._waiting:
            wide = max(widest, len(self._own[row]))
            long = max(longest, self._wanted[row].length)
            if rows and (len(rows) == most or (len(rows) + 1) * (wide + long) > budget // _COHORTS):
                break
            rows.append(row)
            widest, longest = wide, long
        used = sum(cohort.size for cohort in self._cohorts)
        if not rows or (used and used + len(rows) * (widest + longest) > budget):
            return []
        for _ in rows:
            self._waiting.popleft()
        return rows

    def _noise(self, rows: Sequence[int]) -> Tensor | None:
        if self._manner.temperature == 0:
            return None
        longest = max(self._wanted[row].length for row in rows)
        return uniforms([self._wanted[row].seed for row in rows], longest).to(self._device)

    def _say(self, cohorts: list[Cohort], logits: Tensor) -> list[tuple[int, Sampled]]:
        tokens = self._chosen(cohorts, logits)
        found: list[tuple[int, Sampled]] = []
        said = iter(tokens.tolist())
        start = 0
        for cohort in cohorts:
            count = len(cohort.rows)
            cohort.tokens[:count] = tokens[start : start + count]
            cohort.said += 1
            start += count
            for slot, row in enumerate(cohort.rows):
                token = next(said)
                if not cohort.ended[slot]:
                    ended = self._hear(row, token)
                    if ended is not None:
                        cohort.ended[slot] = True
                        found.append((row, ended))
            cohort.close_up()
        self._cohorts = [cohort for cohort in self._cohorts if cohort.rows]
        return found

    def _hear(self, row: int, token: int) -> Sampled | None:
        """Adds a token to a sequence; returns it when it has ended."""
        new, stopped = self._new[row], self._manner.stopped
        new.append(token)
        finished = token in self._manner.stop_ids or (stopped is not None and stopped(new))
        if not finished and len(new) < self._wanted[row].length:
            return None
        return Sampled(self._new.pop(row), finished)

    def _chosen(self, cohorts: list[Cohort], logits: Tensor) -> Tensor:
        """[N] tokens from logits [N, vocabulary], which are changed."""
        manner = self._manner
        logits[:, list(manner.banned_ids)] = -torch.inf
        if manner.temperature == 0:
            return logits.argmax(-1)
        noise = torch.cat(
            [each.noise[: len(each.rows), each.said] for each in cohorts if each.noise is not None]
        )
        at_once = max(1, _DRAWN.get(self._device.type, _MANY_DRAWN) // logits.shape[1])
        return torch.cat(
            [
                draw(
                    logits[first : first + at_once],
                    noise[first : first + at_once],
                    temperature=manner.temperature,
                    top_p=manner.top_p,
                )
                for first in range(0, len(logits), at_once)
            ]
        )
