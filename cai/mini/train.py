"""Training the embedded model from scratch, in one process or several.

The data comes in two streams that follow from the seed. One process works through both, two
processes take one each and add up their gradients: the weights come out the same but for the
order of floating-point sums. What a killed training needs to go on lies in one checkpoint file.
"""

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from cai.mini.batches import PROMPT, TASKS, Batch, derive
from cai.mini.muon import Optimizer
from cai.mini.network import hidden_states, rotary_tables, weighted_loss
from cai.mini.stream import Position, Source, Stream

STREAMS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How long and how fast to learn. Token counts include the (rare) padding."""

    tokens: int = 22_000_000
    seed: int = 0
    area: int = 1024  # tokens in one batch
    batches: int = 1  # batches from each stream in one update
    pool: int = 1024  # examples that are sorted by length together
    matrix_rate: float = 0.01
    other_rate: float = 0.008
    warmup: float = 0.02  # share of the training in which the rates rise
    decay: float = 0.75  # share of the training in which they fall to zero
    checkpoint_seconds: float = 180.0
    report_seconds: float = 60.0


def rate(progress: float, settings: Settings) -> float:
    """The factor of the learning rates: a rise, a plateau, a straight fall to zero."""
    rise = (progress + 1e-3) / (settings.warmup + 1e-3)
    fall = (1 - progress) / settings.decay
    return max(0.0, min(1.0, rise, fall))


def other_rate(progress: float, settings: Settings) -> float:
    """The learning rate of embeddings and norms: great while words must become distinct, and soon
    small, since under it the logits of A and B swing further than what they are learning. In the
    second half it falls slower, so that words that came late are still learned."""
    rise = min(1.0, (progress + 1e-3) / (settings.warmup + 1e-3))
    left = 1 - progress
    return settings.other_rate * rise * max(left**3, 0.2 * left)


def initialise(config: LlamaConfig, seed: int) -> LlamaForCausalLM:
    """A fresh model whose layers are the identity at first: what they write begins at zero."""
    model = LlamaForCausalLM(config).float()
    generator = torch.Generator().manual_seed(derive("weights", seed))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "o_proj" in name or "down_proj" in name:
                parameter.zero_()
            elif parameter.ndim == 2:
                spread = 0.05 if "embed" in name else config.hidden_size**-0.5
                parameter.normal_(0.0, spread, generator=generator)
    return model


class _Sums:
    """The gradients and the sums that go with them in one flat tensor, to be added up at once."""

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        size = sum(parameter.numel() for parameter in parameters)
        self.flat = torch.zeros(size + 3 + 2 * (PROMPT + 1))
        self.gradient = self.flat[:size]
        self.weight, self.tokens, self.seconds = self.flat[size : size + 3].chunk(3)
        self.losses, self.counts = self.flat[size + 3 :].chunk(2)
        start = 0
        for parameter in parameters:
            stop = start + parameter.numel()
            parameter.grad = self.flat[start:stop].view_as(parameter)
            start = stop


@dataclass(slots=True)
class _Clock:
    """What has been done so far."""

    tokens: int = 0
    seconds: float = 0.0
    steps: int = 0

    def progress(self, settings: Settings) -> float:
        return self.tokens / settings.tokens


def train(
    config: LlamaConfig,
    tokenizer: PreTrainedTokenizerFast,
    source: Source,
    settings: Settings,
    *,
    checkpoint: Path | None = None,
    report: Callable[[str], None] = print,
) -> LlamaForCausalLM:
    """Train until the budget is spent and return the model.

    Inside an initialised process group every process calls this with the same arguments, and all
    get the same weights. ``checkpoint`` is written now and then, and taken up where it exists.
    """
    rank, world = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    if STREAMS % world:
        raise ValueError(f"{world} processes cannot share {STREAMS} streams evenly")
    model = initialise(config, settings.seed)
    parameters = dict(model.named_parameters())
    optimizer = Optimizer(parameters)
    clock = _Clock()
    positions: list[Position | None] = [None] * STREAMS
    if checkpoint is not None and checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load(state["optimizer"])
        clock = _Clock(*state["clock"])
        positions = state["positions"]
    streams = [
        Stream(
            source,
            tokenizer,
            seed=derive("stream", settings.seed, index),
            pool=settings.pool,
            area=settings.area,
            position=positions[index],
        )
        for index in range(rank, STREAMS, world)
    ]
    sums = _Sums(list(parameters.values()))
    tables = rotary_tables(config, config.max_position_embeddings)
    pace = _Pace(clock, settings)
    saved = clock.seconds
    begun = time.monotonic() - clock.seconds
    while (progress := clock.progress(settings)) < 1:
        sums.flat.zero_()
        for stream in streams:
            for _ in range(settings.batches):
                _accumulate(sums, parameters, stream.take(progress), config, tables)
        if rank == 0:
            sums.seconds.fill_(time.monotonic() - begun)
        if world > 1:
            dist.all_reduce(sums.flat)
        sums.gradient.div_(sums.weight)
        optimizer.step(
            matrix_rate=rate(progress, settings) * settings.matrix_rate,
            other_rate=other_rate(progress, settings),
        )
        clock.tokens += int(sums.tokens)
        clock.seconds = float(sums.seconds)
        clock.steps += 1
        line = pace.line(clock, sums)
        if line and rank == 0:
            report(line)
        # Every process has read the same seconds, so all come here together.
        if checkpoint is not None and clock.seconds - saved > settings.checkpoint_seconds:
            saved = clock.seconds
            _save(checkpoint, model, optimizer, clock, streams)
    return model


def _accumulate(
    sums: _Sums,
    parameters: Mapping[str, Tensor],
    batch: Batch,
    config: LlamaConfig,
    tables: tuple[Tensor, Tensor],
) -> None:
    """Add one batch's gradients and counts to ``sums``."""
    hidden = hidden_states(parameters, batch.ids, batch.positions, config, tables)
    head = parameters["model.embed_tokens.weight"]
    total, losses = weighted_loss(hidden, head, batch.targets, batch.weights)
    total.backward()  # type: ignore[no-untyped-call]
    sums.weight += batch.weights.sum()
    sums.tokens += batch.ids.numel()
    sums.losses.index_add_(0, batch.groups, losses)
    sums.counts += torch.bincount(batch.groups, minlength=PROMPT + 1)


class _Pace:
    """Says now and then how far the training is, how fast it goes and what it has learned."""

    def __init__(self, clock: _Clock, settings: Settings) -> None:
        self._settings = settings
        self._start = dataclasses.replace(clock)
        self._said = clock.seconds
        self._sums = torch.zeros(2, PROMPT + 1)

    def line(self, clock: _Clock, sums: _Sums) -> str | None:
        """A line of text when it is time for one: mean loss of each task since the last line."""
        self._sums += torch.stack([sums.losses, sums.counts])
        progress = clock.progress(self._settings)
        if clock.seconds - self._said < self._settings.report_seconds and progress < 1:
            return None
        self._said = clock.seconds
        means = (self._sums[0] / self._sums[1]).tolist()
        self._sums.zero_()
        speed = (clock.tokens - self._start.tokens) / (clock.seconds - self._start.seconds)
        left = max(0.0, clock.seconds * (1 / progress - 1) / 60)
        losses = "  ".join(
            f"{name} {mean:.3f}"
            for name, mean in zip((*TASKS, "prompts"), means, strict=True)
            if mean == mean  # a task without tokens has no mean
        )
        return (
            f"{min(progress, 1.0):4.0%}  {clock.tokens / 1e6:.2f}M tokens  {clock.steps} steps  "
            f"{speed:,.0f} tokens/s  {left:.0f} min left  loss: {losses}"
        )


def _save(
    checkpoint: Path,
    model: LlamaForCausalLM,
    optimizer: Optimizer,
    clock: _Clock,
    streams: Sequence[Stream],
) -> None:
    """Write the state of all processes, whole or not at all."""
    positions: list[Any] = [stream.position for stream in streams]
    if dist.is_initialized():
        gathered: list[Any] = [None] * dist.get_world_size()
        dist.all_gather_object(gathered, positions)
        positions = [position for part in gathered for position in part]
        if dist.get_rank():
            return
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state(),
        "clock": dataclasses.astuple(clock),
        "positions": positions,
    }
    fresh = checkpoint.with_suffix(".new")
    torch.save(state, fresh)
    fresh.replace(checkpoint)
