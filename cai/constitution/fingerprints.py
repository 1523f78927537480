"""What a stage's result depends on in a constitution, principle by principle."""

from __future__ import annotations

import dataclasses

from cai.constitution.principles import Constitution, Principle, Use
from cai.records import canonical_json, content_id


def dependencies(
    constitution: Constitution, use: Use, *, judge_few_shots: bool = True
) -> dict[str, str]:
    """What a stage depends on, by principle: digests that change only when it must run again.

    Titles, rationales, comments, the order of the file and texts for other stages do not count, nor
    do worked comparisons where the judge is shown none.
    """
    found = {
        f"principle {p.id}": _content(p, use) for p in constitution.principles if p.serves(use)
    }
    if use == "critique-revise" and constitution.few_shots:
        shots = [
            (dataclasses.asdict(shot), _texts(constitution.principle(shot.principle), use))
            for shot in constitution.few_shots
        ]
        found["few_shots"] = content_id(shots)
    if use == "label" and judge_few_shots and constitution.judge_few_shots:
        worked = {
            canonical_json(
                [dataclasses.asdict(shot), _texts(constitution.principle(shot.principle), use)]
            )
            for shot in constitution.judge_few_shots
        }
        found["judge_few_shots"] = content_id(sorted(worked))
    return found


def _content(principle: Principle, use: Use) -> str:
    content = [
        principle.id,
        float(principle.weight),
        sorted(principle.applies_to),
        _texts(principle, use),
    ]
    # Only what is used counts, so that a principle without it keeps the digest it always had.
    if principle.exceptions:
        content.append({"exceptions": sorted(principle.exceptions)})
    if principle.overrides and use == "label":
        content.append({"overrides": sorted(principle.overrides)})
    return content_id(*content)


def _texts(principle: Principle, use: Use) -> tuple[str, ...]:
    if use == "critique-revise":
        return principle.critique_request, principle.revision_request
    return (principle.comparison,)
