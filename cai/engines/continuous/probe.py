"""Whether a model can be continued in this way: it is tried, and compared with plain passes."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from cai.engines.continuous.passes import begin, beginning_of, follow
from cai.engines.memory import no_memory, out_of_memory
from cai.engines.prefix.attention import NotShareableError, shared_attention
from cai.engines.prefix.forward import Way
from cai.engines.prefix.probe import TOLERANCE, trial
from cai.heads import Head
from cai.models import context_in

_TOLD = 3  # tokens that follow each prompt


def why_not_continued(head: Head, way: Way) -> str:
    """Why a model that shares beginnings cannot be continued in cohorts; empty if it can.

    Raises:
        EngineError: if there is too little memory to try it.
    """
    model = head.model
    readings = trial(context_in(model.config), model.get_input_embeddings().num_embeddings)
    sequences = [reading.tokens for reading in readings if len(reading.tokens) > _TOLD]
    # Those of the first family have a common beginning that is long enough to be kept apart.
    first = [each for each in sequences if each[0] == sequences[0][0]]
    common = min(map(len, first)) // 2
    try:
        found = max(
            _difference(sequences, 0, head=head, way=way),
            _difference(first, common, head=head, way=way),
        )
    except (NotShareableError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        if out_of_memory(error):
            raise no_memory("the first trial of the model") from error
        return f"{type(error).__name__}: {error}".split("\n", 1)[0][:160]
    if found <= TOLERANCE.get(model.dtype, 1e-4):
        return ""
    return f"log-probabilities differ by {found:.2g}"


@torch.inference_mode()
def _difference(sequences: Sequence[list[int]], common: int, *, head: Head, way: Way) -> float:
    """The largest of a log-probability, in nats, between two ways to the same sequences.

    Once they are read whole, one by one; once they are prompts of two cohorts and what follows,
    where `common` tokens are kept apart for all of them. A NaN counts as infinite.
    """
    model = head.model
    plain = torch.stack(
        [
            model(torch.tensor([each], device=model.device), use_cache=False).logits[
                0, -_TOLD - 1 :
            ]
            for each in sequences
        ]
    )
    half = (len(sequences) + 1) // 2
    with shared_attention(model):
        beginning = beginning_of(sequences[0][:common], head=head, way=way)
        begun = [
            begin(
                range(len(some)),
                [each[common:-_TOLD] for each in some],
                beginning=beginning,
                room=_TOLD,
                noise=None,
                head=head,
                way=way,
            )
            for some in (sequences[:half], sequences[half:])
        ]
        cohorts = [cohort for cohort, _ in begun]
        logits = [torch.cat([first for _, first in begun])]
        for step in range(_TOLD):
            following = [each[len(each) - _TOLD + step] for each in sequences]
            for cohort, some in zip(cohorts, (following[:half], following[half:]), strict=True):
                cohort.tokens.copy_(torch.tensor(some))
            logits.append(follow(cohorts, beginning=beginning, head=head, way=way))
    written = torch.stack(logits, dim=1)
    found = (plain.float().log_softmax(-1) - written.float().log_softmax(-1)).abs()
    return float(found.nan_to_num(nan=torch.inf).max())
