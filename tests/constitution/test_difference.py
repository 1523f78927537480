"""What changed between two constitutions, and which stages that touches."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cai.constitution import (
    USES,
    Constitution,
    FewShot,
    JudgeFewShot,
    Principle,
    dependencies,
)
from cai.constitution.difference import Change, difference, word_difference

KIND = Principle(
    id="kind",
    title="Be kind",
    critique_request="Is the answer rude?",
    revision_request="Make the answer kind.",
    comparison="Which answer is kinder?",
)
SAFE = Principle(id="safe", comparison="Which answer is safer?", applies_to=("red-team", "helpful"))
SHOT = FewShot(principle="kind", prompt="Hi", response="Go", critique="Rude.", revision="Hello")
OLD = Constitution(name="old", principles=(KIND, SAFE), few_shots=(SHOT,))


def edited(**changes: Any) -> list[Change]:
    """The difference when fields of the first principle change."""
    return difference(OLD, replace(OLD, principles=(replace(KIND, **changes), SAFE)))


def test_an_order_of_principles_or_of_tags_means_nothing() -> None:
    turned = replace(SAFE, applies_to=SAFE.applies_to[::-1])
    assert difference(OLD, replace(OLD, principles=(turned, KIND))) == []


def test_a_rewording_touches_the_stage_that_reads_the_text() -> None:
    (change,) = edited(comparison="Which answer is nicer?")
    assert (change.kind, change.principle, change.field) == ("reworded", "kind", "comparison")
    assert change.uses == ("label",)
    (change,) = edited(revision_request="Make it kind.")
    assert change.uses == ("critique-revise",)


def test_texts_for_people_touch_nothing() -> None:
    changes = edited(title="Kindness", rationale="It matters.", tags=("respect",))
    assert {change.kind for change in changes} == {"annotated"}
    assert all(change.uses == () for change in changes)


def test_added_removed_and_renamed_principles() -> None:
    new = replace(KIND, id="polite", weight=2.0)
    extra = replace(SAFE, id="calm", comparison="Which answer is calmer?")
    changes = difference(OLD, replace(OLD, principles=(new, extra), few_shots=()))
    assert [(change.kind, change.principle) for change in changes] == [
        ("renamed", "polite"),
        ("reweighted", "polite"),
        ("added", "calm"),
        ("removed", "safe"),
        ("reworded", ""),
    ]
    assert changes[0].old == "kind"
    assert changes[2].uses == ("label",)


def test_what_is_off_touches_nothing_until_it_is_switched_on() -> None:
    off = replace(OLD, principles=(replace(KIND, enabled=False), SAFE))
    reworded = replace(KIND, enabled=False, comparison="Which is nicer?")
    (change,) = difference(off, replace(OLD, principles=(reworded, SAFE)))
    assert change.uses == ()
    (change,) = difference(off, OLD)
    assert (change.kind, change.uses) == ("switched", USES)


def test_words_are_shown_as_taken_and_put() -> None:
    old, new = "Which answer is rude or unkind?", "Which answer is more unkind?"
    assert word_difference(old, new) == "Which answer is [-rude or-]{+more+} unkind?"


words = st.lists(st.sampled_from(["which", "answer", "is", "kind", "safe", "?"]), max_size=8)


@given(words, words)
def test_both_texts_can_be_read_out_of_their_difference(old: list[str], new: list[str]) -> None:
    shown = word_difference(" ".join(old), " ".join(new))
    left = re.sub(r"\{\+.*?\+\}", "", shown).replace("[-", "").replace("-]", "")
    right = re.sub(r"\[-.*?-\]", "", shown).replace("{+", "").replace("+}", "")
    assert left.split() == old
    assert right.split() == new


def _edit(principle: Principle, rng: random.Random) -> Principle:
    fields: dict[str, Any] = {
        "title": "New",
        "weight": 3.0,
        "enabled": not principle.enabled,
        "stages": ("label",),
        "applies_to": ("helpful",),
        "critique_request": "Is it good?",
        "revision_request": "Write it again.",
        "comparison": "Which is best?",
        "rationale": "Because.",
    }
    names = rng.sample(sorted(fields), rng.randint(0, 4))
    return replace(principle, **{name: fields[name] for name in names})


@given(st.integers(0, 10**9))
def test_the_stages_touched_are_those_whose_dependencies_change(seed: int) -> None:
    rng = random.Random(seed)
    base = Constitution(name="c", principles=(_edit(KIND, rng), _edit(SAFE, rng)))
    kept = [_edit(one, rng) for one in base.principles if rng.random() < 0.8]
    new = [replace(KIND, id="extra")] if rng.random() < 0.3 else []
    other = replace(base, principles=(*kept, *new))
    touched = {use for change in difference(base, other) for use in change.uses}
    stale = {use for use in USES if dependencies(base, use) != dependencies(other, use)}
    assert touched == stale


def test_an_order_of_words_means_nothing_and_precedence_is_about_verdicts() -> None:
    one = Principle(id="a", comparison="Which?", tags=("x", "y"), exceptions=("p", "q"))
    other = replace(one, tags=("y", "x"), exceptions=("q", "p"))
    beaten = Principle(id="b", comparison="Who?", critique_request="c", revision_request="r")

    def both(first: Principle) -> Constitution:
        return Constitution(name="c", principles=(first, beaten))

    assert difference(both(one), both(other)) == []
    [change] = difference(both(one), both(replace(one, overrides=("b",))))
    assert (change.field, change.uses) == ("overrides", ("label",))


def test_a_worked_example_depends_on_its_principle_even_where_that_is_off() -> None:
    off = Principle(id="a", enabled=False, critique_request="old", revision_request="r")
    on = Principle(id="b", comparison="Which?")
    shot = FewShot(principle="a", prompt="p", response="q", critique="c", revision="r")
    before = Constitution(name="c", principles=(off, on), few_shots=(shot,))
    after = replace(before, principles=(replace(off, critique_request="new"), on))
    [change] = difference(before, after)
    assert change.uses == ("critique-revise",)
    [change] = difference(before, replace(before, few_shots=(replace(shot, critique="d"),)))
    assert (change.field, change.old, change.new) == ("few_shots[0].critique", "c", "d")


def test_worked_comparisons_touch_the_judge_alone_and_have_no_order() -> None:
    one = JudgeFewShot(principle="kind", prompt="Hi", better="Hello", worse="Go")
    two = replace(one, prompt="Bye", reason="It is kinder.")
    before = replace(OLD, judge_few_shots=(one, two))
    assert difference(before, replace(OLD, judge_few_shots=(two, one))) == []
    [change] = difference(before, replace(OLD, judge_few_shots=(one, replace(two, worse="No"))))
    assert (change.field, change.old, change.new) == ("judge_few_shots[1].worse", "Go", "No")
    assert change.uses == ("label",)
    [change] = difference(before, OLD)
    assert (change.field, change.old, change.new) == ("judge_few_shots", "2: kind, kind", "0: ")
    off = replace(KIND, enabled=False)
    reworded = replace(off, comparison="Which is nicer?")
    [change] = difference(
        replace(before, principles=(off, SAFE)), replace(before, principles=(reworded, SAFE))
    )
    assert change.uses == ("label",)
