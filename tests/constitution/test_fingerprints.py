"""What a stage depends on in a constitution."""

import dataclasses
from pathlib import Path

from cai.constitution import USES, JudgeFewShot, dependencies, load

GOOD = Path(__file__).parent / "good.yaml"


def test_a_stage_depends_on_its_own_texts_weights_and_tags_only(tmp_path: Path) -> None:
    def changes(old: str, new: str) -> set[str]:
        text = GOOD.read_text("utf-8")
        assert old in text
        edited = tmp_path / "c.yaml"
        edited.write_text(text.replace(old, new, 1), "utf-8")
        before, after = load(GOOD), load(edited)
        return {
            f"{use}: {name}"
            for use in USES
            for name in dependencies(before, use).keys() | dependencies(after, use).keys()
            if dependencies(before, use).get(name) != dependencies(after, use).get(name)
        }

    assert changes("name: test", "# a note\nname: other\nversion: '2'") == set()
    assert changes("id: kind", "id: kind\n    title: T\n    rationale: R\n    source: S") == set()
    assert changes("tags: [respect]", "tags: [kindness]") == set()
    assert changes("Which answer is kinder?", "Which?") == {"label: principle kind"}
    assert changes("Is the answer rude?", "Rude?") == {
        "critique-revise: principle kind",
        "critique-revise: few_shots",
    }
    both = {f"{use}: principle kind" for use in USES}
    assert changes("weight: 2", "weight: 3") == both
    assert changes("applies_to: [helpful]", "applies_to: [red-team]") == both
    assert changes("response: Go away", "response: Go") == {"critique-revise: few_shots"}
    assert changes("id: safe", "id: safe\n    enabled: false") == {"label: principle safe"}
    assert changes("id: safe", "id: safer") == {"label: principle safe", "label: principle safer"}


def test_the_order_of_principles_does_not_count() -> None:
    constitution = load("constitution/default.yaml")
    turned = dataclasses.replace(constitution, principles=constitution.principles[::-1])
    for use in USES:
        assert dependencies(constitution, use) == dependencies(turned, use)


def test_worked_comparisons_count_where_the_judge_is_shown_some() -> None:
    shots = [
        JudgeFewShot(principle="kind", prompt=f"Hi {n}", better="Hello", worse="Go") for n in "abc"
    ]
    plain = load(GOOD)
    taught = dataclasses.replace(plain, judge_few_shots=tuple(shots))
    assert dependencies(taught, "critique-revise") == dependencies(plain, "critique-revise")
    assert dependencies(taught, "label", judge_few_shots=False) == dependencies(plain, "label")
    own = dependencies(taught, "label")
    assert own.keys() - dependencies(plain, "label").keys() == {"judge_few_shots"}
    turned = dataclasses.replace(taught, judge_few_shots=tuple(shots[::-1]))
    assert dependencies(turned, "label") == own
    edited = dataclasses.replace(shots[0], reason="It is kinder.")
    other = dataclasses.replace(taught, judge_few_shots=(edited, *shots[1:]))
    assert dependencies(other, "label")["judge_few_shots"] != own["judge_few_shots"]
    kind, safe = plain.principles
    off = dataclasses.replace(kind, comparison="Which is nicer?", enabled=False)
    reworded = dataclasses.replace(taught, principles=(off, safe))
    assert dependencies(reworded, "label")["judge_few_shots"] != own["judge_few_shots"]
