"""`judge.json`: what is known of the judge of a label folder, in numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from cai.errors import RunError
from cai.feedback.merge import PLAIN, Pooling
from cai.feedback.trust import accuracy, behaviour, calibration
from cai.feedback.trust.cases import OVERALL, Case, Judged, Weights, cases, judged_pairs, read_gold
from cai.records import Label
from cai.resampling import FEWEST_GROUPS
from cai.store import write_text
from cai.temperature import FEWEST

JUDGE = "judge.json"
GOLD = "gold"
"""The folder of the comparisons that are judged only to measure the judge."""

_NO_GOLD = (
    "there is no gold: nobody has said which answers are better. Name comparisons with known "
    "answers under label.gold, and they are judged beside the sampled pairs"
)
_UNMATCHED = "the gold labels are under principles that the judge was not asked under"
_UNDECIDED = "gold prefers an answer in none of its labels"
_NO_ORDERS = "no verdict was given in both orders of the answers"
_ONE_AUTHOR = "no pair with a gold label has one answer by the judge's own model and one by another"


def measure(
    folder: Path,
    *,
    annotator: str,
    tie_margin: float,
    weights: Weights,
    overrides: Mapping[str, Collection[str]],
    pooling: Pooling = PLAIN,
) -> dict[str, Any]:
    """All that the rows of a label folder tell about the judge `annotator`; docs/judge.md explains.

    Gold is read from `gold.jsonl`, for the comparisons of the folder itself, and from the files of
    its subfolder `gold`. What cannot be measured is None, and `missing` says why.

    Raises:
        RunError: if the rows of a file are not those of the label stage.
    """
    found: list[Case] = []
    gold: list[Sequence[Label]] = []
    prompt_of: dict[str, str] = {}
    heard: set[str] = set()
    for where in (folder, folder / GOLD):
        # A pair that both files hold is one, and its gold counts once.
        given = _unheard(read_gold(where), heard)
        judged = list(_with_gold(where, annotator, given)) if given else []
        prompt_of |= {comparison.id: comparison.prompt_id for comparison, _ in judged}
        found += cases(judged, given, weights, overrides, pooling)
        gold += [given[comparison.id] for comparison, _ in judged]
    sampled = behaviour.measure(judged_pairs(folder, annotator), tie_margin=tie_margin)
    by_gold = _by_gold(found)
    missing = _missing(by_gold, bool(gold), found)
    if sampled["consistency"]["value"] is None:
        missing["consistency"] = _NO_ORDERS
    return {
        "judge": annotator,
        "missing": missing,
        "metrics": {
            "margin": by_gold["margin"],
            "accuracy": by_gold["accuracy"],
            "kappa": by_gold["kappa"],
            "consistency": sampled["consistency"],
        },
        **by_gold,
        "between_annotators": behaviour.between_annotators(gold, prompt_of) if gold else None,
        "sampled": sampled,
    }


def temperature_for(
    judge: Mapping[str, Any], calibration: Literal["none", "temperature"]
) -> float | None:
    """The temperature to merge labels at, None if they stay as they are.

    Raises:
        RunError: if one is asked for, and there is not enough gold to fit it.
    """
    if calibration == "none":
        return None
    found = judge["calibration"]
    if found is None:
        raise RunError(
            f"label.calibration: {calibration} cannot be fitted: {judge['missing']['calibration']}"
            "; or leave it at none"
        )
    return float(found["temperature"]["value"])


def counts(judge: Mapping[str, Any]) -> dict[str, float]:
    """The figures that belong among the counts of the stage, where there are any."""
    rate = judge["sampled"]["labels"]["flip_rate"]
    return {} if rate is None else {"position_flip_rate": rate}


def write(folder: Path, judge: Mapping[str, Any]) -> None:
    """Writes `judge.json` into a label folder."""
    write_text(folder / JUDGE, json.dumps(judge, indent=2, ensure_ascii=False) + "\n")


def _unheard(gold: Mapping[str, Sequence[Label]], heard: set[str]) -> dict[str, list[Label]]:
    """The gold labels that are not among those heard already, which then they are."""
    new = {
        name: [label for label in labels if label.id not in heard] for name, labels in gold.items()
    }
    heard.update(label.id for labels in new.values() for label in labels)
    return {name: labels for name, labels in new.items() if labels}


def _with_gold(
    folder: Path, annotator: str, gold: Mapping[str, Sequence[Label]]
) -> Iterator[Judged]:
    return (pair for pair in judged_pairs(folder, annotator) if pair[0].id in gold)


def _by_gold(found: Sequence[Case]) -> dict[str, Any]:
    """The part that needs gold; all None where there is none."""
    direct = [case for case in found if case.direct]
    names = (
        "n", "prompts", "read", "decides", "accuracy", "forced", "with_ties", "kappa", "alpha",
        "baselines", "best_baseline", "margin", "length_controlled", "calibration",
        "self_preference", "by_principle", "by_category", "by_annotator",
    )  # fmt: skip
    if all(case.gold == 0.5 for case in direct):
        return dict.fromkeys(names) | {"n": len(direct)}
    own = accuracy.self_preference(direct)
    return {
        **accuracy.summary(direct),
        "baselines": accuracy.baselines(direct),
        "best_baseline": accuracy.best_baseline(direct),
        "margin": accuracy.margin(direct),
        "length_controlled": accuracy.length_controlled(direct),
        "calibration": calibration.measure(direct),
        "self_preference": own if own["n"] else None,
        "by_principle": _by_principle(found),
        "by_category": _split(direct, lambda case: case.tags),
        "by_annotator": _split(direct, lambda case: (case.annotator,)),
    }


def _by_principle(found: Sequence[Case]) -> dict[str, Any]:
    """Each principle beside the gold that was given under it or, where none was, overall gold."""
    rows = {}
    for name in sorted({case.principle for case in found} - {OVERALL}):
        own = [case for case in found if case.principle == name]
        direct = [case for case in own if case.direct]
        rows[name] = {
            "gold": "principle" if direct else "overall",
            **accuracy.summary(direct or own),
        }
    return rows


def _split(found: Sequence[Case], names: Callable[[Case], Collection[str]]) -> dict[str, Any]:
    return {
        name: accuracy.summary([case for case in found if name in names(case)])
        for name in sorted({name for case in found for name in names(case)})
    }


def _missing(by_gold: Mapping[str, Any], any_gold: bool, found: Sequence[Case]) -> dict[str, str]:
    """Why figures that somebody may look for are not there, by their names."""
    if by_gold["accuracy"] is None:
        why = _NO_GOLD if not any_gold else _UNDECIDED if found else _UNMATCHED
        return dict.fromkeys(("accuracy", "margin", "kappa", "calibration", "self_preference"), why)
    missing = {}
    if by_gold["calibration"] is None:
        missing["calibration"] = (
            f"fewer than {FEWEST} labels, or {FEWEST_GROUPS} prompts, that gold "
            "decides and the judge has a probability for"
        )
    if by_gold["self_preference"] is None:
        missing["self_preference"] = _ONE_AUTHOR
    return missing
