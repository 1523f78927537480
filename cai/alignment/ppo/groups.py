"""What surrounds the method in groups of settings, such as where it computes and what it keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Precision = Literal["float32", "bfloat16"]
Finish = Literal["last", "best"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueSettings:
    """How the value model learns, which shares no trained weights with the policy.

    Attributes:
        learning_rate: of its own optimiser; null is the policy's. This takes the place of a
            value-loss coefficient: Adam does not feel the scale of a loss.
        warmup_updates: updates at the start that train only the value model, because advantages
            against an unfit value model are noise. The policy's Adam gathers its moments
            meanwhile, at a rate of 0: so its first steps are not as large as they are uncertain.
        clip_range: how far a value may move in an update before the loss ignores it, in units of
            the reward; the usual 0.2; null leaves it out.
    """

    learning_rate: float | None = None
    warmup_updates: int = field(default=2, metadata={"minimum": 0})
    clip_range: float | None = 0.2

    def __post_init__(self) -> None:
        """Raises ValueError for a value that cannot work, naming it and what can."""
        if self.learning_rate is not None and self.learning_rate < 0:
            raise _wrong("value.learning_rate", self.learning_rate, "at least 0, or null")
        if self.warmup_updates < 0:
            raise _wrong("value.warmup_updates", self.warmup_updates, "at least 0")
        if self.clip_range is not None and self.clip_range <= 0:
            raise _wrong("value.clip_range", self.clip_range, "above 0, or null")


@dataclass(frozen=True, kw_only=True, slots=True)
class ComputeSettings:
    """How the passes are computed: memory and speed, and beside rounding never the result.

    Attributes:
        micro_batch_tokens: tokens per forward pass, padding included; where policy and value model
            learn side by side, on the cores of a CPU, half of it for each. The loss of an optimiser
            step does not depend on it. The first thing to lower where memory is short.
        precision: "float32", or "bfloat16" for passes in mixed precision (autocast), which pays
            where the processor multiplies in it. Weights, optimiser, log-softmax and losses stay
            in float32.
        gradient_checkpointing: layers keep only their input and are computed again in the backward
            pass (Chen et al. 2016): a fraction of the memory for a third more time. The gradients
            are the same. First lower micro_batch_tokens, which costs less.
        compile: torch.compile for training passes, which are then padded on a CPU too. It needs a
            compiler and minutes at the start; measure whether a long run earns them back.
    """

    micro_batch_tokens: int = field(default=2048, metadata={"minimum": 1})
    precision: Precision = "float32"
    gradient_checkpointing: bool = False
    compile: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for a value that cannot work, naming it and what can."""
        if self.micro_batch_tokens < 1:
            raise _wrong("compute.micro_batch_tokens", self.micro_batch_tokens, "at least 1")
        if self.precision not in get_args(Precision):
            raise _wrong("compute.precision", self.precision, "float32 or bfloat16")


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointSettings:
    """What is kept of a run while it goes on, and which policy it ends with.

    Attributes:
        every: updates between checkpoints; a killed run goes on from the last whole one and ends
            with the same files, bit for bit on a CPU.
        keep: how many of the newest are kept while the run goes on, and the best one besides. 2,
            so that a damaged one costs some updates and not the run. All are deleted when the run
            is finished.
        finish_with: "last" makes the policy after the last update the model, "best" that of the
            best checkpoint: by the independent score where somebody gives one, else by the mean of
            objective/rlhf_reward since the checkpoint before, which is the training's own opinion.
    """

    every: int = field(default=4, metadata={"minimum": 1})
    keep: int = field(default=2, metadata={"minimum": 1})
    finish_with: Finish = "last"

    def __post_init__(self) -> None:
        """Raises ValueError for a value that cannot work, naming it and what can."""
        for name in ("every", "keep"):
            if getattr(self, name) < 1:
                raise _wrong(f"checkpoints.{name}", getattr(self, name), "at least 1")
        if self.finish_with not in get_args(Finish):
            raise _wrong("checkpoints.finish_with", self.finish_with, "last or best")


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleSettings:
    """Which of the sampled answers are kept for reading, in samples.jsonl.

    Attributes:
        every: updates from one reading to the next. The last update is read too, unless an alarm
            made it the last.
        count: answers kept each time.
        show: whether they are shown on the terminal, too.
    """

    every: int = field(default=4, metadata={"minimum": 1})
    count: int = field(default=4, metadata={"minimum": 0})
    show: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for a value that cannot work, naming it and what can."""
        if self.every < 1:
            raise _wrong("samples.every", self.every, "at least 1")
        if self.count < 0:
            raise _wrong("samples.count", self.count, "at least 0")


def _wrong(name: str, value: Any, text: str) -> ValueError:
    return ValueError(f"{name} is {value!r}; it must be {text}")
