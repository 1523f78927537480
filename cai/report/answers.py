"""The report's sections that show texts: one prompt followed through, and samples side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cai.evaluation.rates import set_of
from cai.mini import oracle
from cai.records import Comparison, Message, Preference, Revision, Row, Score, derive_seed
from cai.report.reading import RunFiles

# How many prompts of each set are shown side by side.
_SHOWN = {"red-team": 5, "borderline": 2, "helpful": 3, "other": 2}


@dataclass(frozen=True, slots=True)
class Badge:
    """A word about an answer, and the style sheet's class for its colour."""

    word: str
    style: str


def journey(files: RunFiles) -> dict[str, Any] | None:
    """The most instructive prompt: from its first answer to what aligned models say.

    Of the training prompts the one is taken that most stages have something to show for,
    preferably one whose first answer was harmful and did not stay so.
    """
    if not files.revisions:
        return None
    pairs = {row.prompt_id: row for row in files.comparisons if not row.off_topic}
    said = {name: _last_samples(files, name) for name in files.stages if name.startswith("align-")}
    chosen = max(
        files.revisions,
        key=lambda revision: _interest(revision, pairs, said),
    )
    aligned = {
        stage: samples[chosen.prompt_id]
        for stage, samples in said.items()
        if chosen.prompt_id in samples
    }
    return {
        "prompt": chosen.prompt,
        "initial": _shown(chosen.prompt, chosen.initial.text),
        "steps": [_step(files, chosen, index) for index in range(len(chosen.steps))],
        "pair": _pair(files, pairs.get(chosen.prompt_id)),
        "aligned": {
            stage.removeprefix("align-"): _shown(chosen.prompt, row["text"])
            for stage, row in aligned.items()
        },
        "elsewhere": None if aligned.keys() == said.keys() else _neighbour(files, chosen.prompt),
    }


def samples(files: RunFiles) -> list[dict[str, Any]]:
    """Held-out prompts with every model's answer; a hash picks them, so that nobody does."""
    by_prompt: dict[str, list[Score]] = {}
    for score in files.scores:
        by_prompt.setdefault(score.prompt_id, []).append(score)
    shown = []
    for kind, count in _SHOWN.items():
        own = [name for name, scores in by_prompt.items() if set_of(scores[0].tags) == kind]
        drawn = sorted(own, key=lambda name: derive_seed(0, "report", name))[:count]
        shown += [_side_by_side(by_prompt[name]) for name in drawn]
    return shown


def badges(score: Score) -> list[Badge]:
    """What was decided about an answer, in words."""
    if score.decided_by == "nobody":
        return [Badge("not decided", "plain")]
    found = _words(score.harmful, score.evasive, score.helpful, score.unparseable)
    if not found:
        found = [Badge(str(score.details.get("core", "none of these")).replace("_", " "), "plain")]
    if score.decided_by == "judge":
        found.append(Badge("by judge", "plain"))
    return found


def _words(
    harmful: bool | None, evasive: bool | None, helpful: bool | None, unparseable: bool | None
) -> list[Badge]:
    known = (
        (harmful, Badge("harmful", "bad")),
        (unparseable, Badge("unparseable", "odd")),
        (evasive, Badge("evasive", "warn")),
        (helpful, Badge("helpful", "good")),
    )
    return [badge for value, badge in known if value]


def _shown(prompt: Sequence[Message], text: str) -> dict[str, Any]:
    """A text and the oracle's words about it (none where it cannot tell)."""
    truth = oracle.tell(prompt[0]["content"], text) if len(prompt) == 1 else None
    if truth is None:
        return {"text": text, "badges": []}
    found = _words(truth.harmful, truth.evasive, truth.helpful, truth.unparseable)
    return {"text": text, "badges": found or [Badge(truth.core.replace("_", " "), "plain")]}


def _interest(
    revision: Revision,
    pairs: Mapping[str, Comparison],
    said: Mapping[str, Mapping[str, Row]],
) -> tuple[int, int, int, int]:
    first = _shown(revision.prompt, revision.initial.text)["badges"]
    last = revision.steps[-1].response if revision.steps else revision.initial.text
    end = _shown(revision.prompt, last)["badges"]
    mended = any(b.word == "harmful" for b in first) and any(b.word == "helpful" for b in end)
    covered = sum(revision.prompt_id in samples for samples in said.values())
    revised = sum(step.revision is not None for step in revision.steps)
    # A tie is broken by a hash, so that the order of the file means nothing.
    return (2 * covered + 3 * mended + (revision.prompt_id in pairs), revised > 0, -revised,
            derive_seed(0, "journey", revision.prompt_id))  # fmt: skip


def _step(files: RunFiles, revision: Revision, index: int) -> dict[str, Any]:
    step = revision.steps[index]
    before = revision.steps[index - 1].response if index else revision.initial.text
    known = files.constitution
    principle = (
        next((p for p in known.principles if p.id == step.principle), None) if known else None
    )
    return {
        "number": index + 1,
        "principle": step.principle,
        "title": principle.title if principle else "",
        "critique_request": principle.critique_request if principle else "",
        "revision_request": principle.revision_request if principle else "",
        "critique": step.critique.text if step.critique else None,
        "problems": step.problems,
        "kept": step.response == before,
        "answer": _shown(revision.prompt, step.response),
    }


def _pair(files: RunFiles, comparison: Comparison | None) -> dict[str, Any] | None:
    """The SFT model's two answers to the prompt, and which one the judge prefers."""
    if comparison is None:
        return None
    merged = next((p for p in files.preferences if p.comparison_id == comparison.id), None)
    return {
        "answers": [
            {
                **_shown(comparison.prompt, said.text),
                "preferred": _is_chosen(merged, said.text),
            }
            for said in (comparison.response_a, comparison.response_b)
        ],
        "probability": merged.probability if merged else None,
        "principles": len(merged.principles) if merged else 0,
    }


def _is_chosen(merged: Preference | None, text: str) -> bool:
    return merged is not None and merged.chosen[-1]["content"] == text


def _last_samples(files: RunFiles, stage: str) -> dict[str, Row]:
    """A method's sampled answers by prompt, of its last update where it logged several."""
    rows = [row for row in files.rows(f"{stage}/samples.jsonl") if "text" in row]
    last = max((row.get("update", 0) for row in rows), default=0)
    return {row["prompt_id"]: row for row in rows if row.get("update", 0) == last}


def _neighbour(files: RunFiles, prompt: Sequence[Message]) -> dict[str, Any] | None:
    """The held-out prompt whose words are nearest, with every model's answer."""
    if not files.scores:
        return None
    own = _vocabulary(prompt)

    def likeness(score: Score) -> tuple[float, int]:
        other = _vocabulary(score.prompt)
        return len(own & other) / (len(own | other) or 1), derive_seed(0, score.prompt_id)

    nearest = max(files.scores, key=likeness).prompt_id
    return _side_by_side([score for score in files.scores if score.prompt_id == nearest])


def _vocabulary(prompt: Sequence[Message]) -> set[str]:
    return {word.strip(".,?!").lower() for message in prompt for word in message["content"].split()}


def _side_by_side(scores: Sequence[Score]) -> dict[str, Any]:
    return {
        "prompt": scores[0].prompt,
        "set": set_of(scores[0].tags),
        "answers": [
            {
                "model": score.model,
                "text": score.response.text,
                "cut": score.response.finish == "length",
                "badges": badges(score),
            }
            for score in scores
        ],
    }
