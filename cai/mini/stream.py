"""Endless, reproducible streams of training batches."""

from collections.abc import Callable

from transformers import PreTrainedTokenizerFast

from cai.mini.batches import Batch, cut, derive, encode, pad_id
from cai.mini.parts import Example

Source = Callable[..., list[Example]]
"""``source(seed, count=..., progress=...)``: examples that follow from the arguments alone."""

Position = tuple[int, int, float]
"""Chunk, batch within the chunk, and the progress at which the chunk was generated."""


class Stream:
    """Batches from a source, a chunk of examples at a time.

    A stream that is made with the ``position`` of another one goes on where that one stood.
    """

    def __init__(
        self,
        source: Source,
        tokenizer: PreTrainedTokenizerFast,
        *,
        seed: int,
        pool: int,
        area: int,
        position: Position | None = None,
    ) -> None:
        self._source = source
        self._tokenizer = tokenizer
        self._seed, self._pool, self._area = seed, pool, area
        self._chunk, self._next, self._progress = -1, 0, 0.0
        self._batches: list[Batch] = []
        if position is not None and position[0] >= 0:
            self._load(position[0], position[2])
            self._next = position[1]

    @property
    def position(self) -> Position:
        """Where the stream stands."""
        return self._chunk, self._next, self._progress

    def take(self, progress: float) -> Batch:
        """The next batch; where a new chunk begins, it is generated for ``progress``."""
        if self._next == len(self._batches):
            self._load(self._chunk + 1, progress)
            self._next = 0
        self._next += 1
        return self._batches[self._next - 1]

    def _load(self, chunk: int, progress: float) -> None:
        seed = derive(self._seed, chunk)
        examples = self._source(seed, count=self._pool, progress=progress)
        rows = encode(examples, self._tokenizer)
        self._batches = cut(rows, area=self._area, seed=seed, pad=pad_id(self._tokenizer))
        self._chunk, self._progress = chunk, progress
