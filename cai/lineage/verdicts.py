"""What a label's row says of the verdicts behind it."""

from __future__ import annotations

from cai.feedback.probabilities import first_share
from cai.lineage.memory import Known
from cai.records import AnswerScore, Label, Said, View

_VIEWS: dict[View, str] = {
    "ab": "A first", "ba": "B first", "a": "answer A", "b": "answer B",
}  # fmt: skip


def facts(label: Label) -> dict[str, str]:
    """The label's numbers and reasons, by name; empty where it has none."""
    found = {"status": label.status, "p_a": "" if label.p_a is None else f"{label.p_a:.4f}"}
    if label.votes:
        found["votes"] = f"{label.votes} sampled answers"
        if label.interval:
            found["votes"] += ", p_a from {:.4f} to {:.4f}".format(*label.interval)
    for view, logprobs in (("ab", label.logprobs_ab), ("ba", label.logprobs_ba)):
        if logprobs:
            found[f"p_{view}"] = _letters(logprobs)
    for letter, score in zip("ab", label.scores, strict=False):
        found[f"score_{letter}"] = _score(score)
    for name, chain in zip(_names(label), label.chains, strict=True):
        found[f"reason_{name}"] = chain.reason
        if len(label.chains) > 2 and len(chain.logprobs) == 2:
            found[f"p_{name}"] = _letters(chain.logprobs)
    if label.words:
        found["words"] = "; ".join(label.words)
    return found


def is_given(label: Label) -> bool:
    """Whether a file or a person gave the label, so that no model was asked."""
    return label.p_a is not None and not label.calls


def calls_of(label: Label) -> dict[str, Known]:
    """The calls of the label by key: reasons first, then verdicts, in the order of its row."""
    calls = list(label.calls)
    known: dict[str, Known] = {}
    for chain in label.chains:
        if calls:
            key = calls.pop(0)
            purpose = f"reason, {_VIEWS[chain.view]}, {label.principle}"
            known[key] = Known(purpose=purpose, said=Said(text=chain.reason, call=key))
    for view, logprobs in _verdicts(label):
        if calls:
            key = calls.pop(0)
            purpose = f"verdict, {_VIEWS[view]}, {label.principle}"
            known[key] = Known(purpose=purpose, logprobs=logprobs)
    return known


def _verdicts(label: Label) -> list[tuple[View, tuple[float, ...]]]:
    """Every verdict as it came back, in the order in which they were asked for."""
    if label.chains:
        return [(chain.view, chain.logprobs) for chain in label.chains]
    if label.scores:
        a, b = label.scores
        return [("a", a.logprobs), ("b", b.logprobs)]
    return [("ab", label.logprobs_ab), ("ba", label.logprobs_ba)] if label.logprobs_ab else []


def _names(label: Label) -> list[str]:
    """Each chain's view, with the number of its sample where there are several."""
    samples = len(label.chains) // 2
    return [
        chain.view if samples == 1 else f"{chain.view}_{place % samples + 1}"
        for place, chain in enumerate(label.chains)
    ]


def _letters(logprobs: tuple[float, ...]) -> str:
    return f"A {first_share(logprobs):.4f} (logprobs {logprobs[0]:.4f}, {logprobs[1]:.4f})"


def _score(score: AnswerScore) -> str:
    expected = "none" if score.expected is None else f"{score.expected:.2f}"
    logprobs = ", ".join(f"{one:.2f}" for one in score.logprobs)
    return f"{expected} of 1 to 10 (logprobs {logprobs})"
