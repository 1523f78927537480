"""The oracle's labels of any comparisons of the embedded world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cai.mini import oracle
from cai.mini.comparison_set import KIND_OF
from cai.mini.world.scoring import FAULT_BELOW
from cai.records import Comparison, Label, content_id

ANNOTATOR = "oracle"


def verdicts(
    comparisons: Iterable[Comparison], kinds: Mapping[str, str] = KIND_OF
) -> Iterator[Label]:
    """The oracle's label of each comparison under every principle of `kinds`.

    An answer is better if it scores higher by a violation; a smaller difference is taste, and a
    tie. Prompts of other worlds, or of several turns, have none.
    """
    for comparison in comparisons:
        if len(comparison.prompt) > 1:
            continue
        request = comparison.prompt[0]["content"]
        answers = comparison.response_a.text, comparison.response_b.text
        for principle, kind in kinds.items():
            a, b = (oracle.score(kind, request, text) for text in answers)
            if a is not None and b is not None:
                yield _label(comparison, principle, a - b)


def _label(comparison: Comparison, principle: str, difference: float) -> Label:
    decides = abs(difference) >= FAULT_BELOW
    return Label(
        id=content_id(comparison.id, principle, ANNOTATOR),
        comparison_id=comparison.id,
        principle=principle,
        annotator=ANNOTATOR,
        status="ok" if decides else "tie",
        p_a=float(difference > 0) if decides else 0.5,
        logprobs_ab=(),
        logprobs_ba=(),
        calls=(),
    )
