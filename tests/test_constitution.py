"""Constitutions: what loads, what is refused and how, and the laws of the draw."""

import dataclasses
import json
import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cai import yaml_file
from cai.constitution import (
    USES,
    Constitution,
    Principle,
    applicable,
    check,
    dependencies,
    dump,
    load,
    pick,
)
from cai.errors import ConstitutionError

FOLDER = Path(__file__).parents[1] / "constitution"
SHIPPED = sorted(FOLDER.glob("*.yaml"))

GOOD = """\
name: test
principles:
  - id: kind
    weight: 2
    tags: [respect]
    applies_to: [helpful]
    critique_request: Is the answer rude?
    revision_request: Write it politely.
    comparison: Which answer is kinder?
  - id: safe
    comparison: Which answer is safer?
few_shots:
  - principle: kind
    prompt: Hi
    response: Go away
    critique: It is rude.
    revision: Hello
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def many(weights: list[float]) -> Constitution:
    principles = tuple(
        Principle(id=f"p{n}", weight=weight, comparison="Which?")
        for n, weight in enumerate(weights)
    )
    return Constitution(name="many", principles=principles)


def draws(constitution: Constitution, count: int, seed: int = 0) -> list[str]:
    return [
        pick(constitution, seed=seed, prompt_id=f"prompt {n}", step=1, use="label").id
        for n in range(count)
    ]


# --- reading -------------------------------------------------------------------------------------


def test_a_constitution_is_read_with_its_defaults(tmp_path: Path) -> None:
    constitution = load(write(tmp_path, GOOD))
    kind, safe = constitution.principles
    assert (kind.weight, kind.tags, kind.applies_to) == (2, ("respect",), ("helpful",))
    assert (safe.weight, safe.enabled, safe.critique_request) == (1.0, True, "")
    assert constitution.few_shots[0].revision == "Hello"
    assert constitution.principle("safe") is safe


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_constitutions_are_sound_and_in_words_that_the_embedded_model_knows(
    path: Path,
) -> None:
    assert path.read_text().startswith("# yaml-language-server: $schema=schema.json\n")
    assert [str(finding) for finding in check(path)] == []
    constitution = load(path)
    for use in USES:
        for tag in ("red-team", "helpful", "borderline"):
            assert applicable(constitution, use, [tag]), (use, tag)
    for principle in constitution.principles:
        for text in (
            principle.critique_request,
            principle.revision_request,
            principle.comparison,
        ):
            assert len(text.split()) <= 24


def test_harm_dominates_the_shipped_default_where_harm_is_asked_for_and_nowhere_else() -> None:
    constitution = load("constitution/default.yaml")
    assert 15 <= len(constitution.principles) <= 18
    for use in USES:
        found = applicable(constitution, use, ["red-team"])
        harm = sum(p.weight for p in found if "harmlessness" in p.tags)
        assert harm >= 0.75 * sum(p.weight for p in found)
        for tag in ("helpful", "borderline"):
            ids = [p.id for p in applicable(constitution, use, [tag]) if "harmlessness" in p.tags]
            assert ids == []


def test_what_is_written_loads_as_the_same(tmp_path: Path) -> None:
    for path in (*SHIPPED, write(tmp_path, GOOD)):
        constitution = load(path)
        copy = load(write(tmp_path, dump(constitution)))
        assert dataclasses.replace(copy, path=path) == constitution


text_values = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)


@settings(max_examples=60, deadline=None)
@given(title=text_values, request=text_values, comparison=text_values, weight=st.floats(1e-6, 1e6))
def test_any_text_survives_writing_and_reading(
    tmp_path_factory: pytest.TempPathFactory,
    title: str,
    request: str,
    comparison: str,
    weight: float,
) -> None:
    principle = Principle(
        id="p",
        title=title.strip(),
        weight=weight,
        critique_request=request.strip(),
        revision_request=request.strip(),
        comparison=comparison.strip(),
    )
    path = tmp_path_factory.mktemp("any") / "c.yaml"
    path.write_text(dump(Constitution(name="any", principles=(principle,))), encoding="utf-8")
    assert load(path).principles == (principle,)


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (changed("comparison: Which answer is k", "comparision: Which answer is k"), 9,
         "principles[kind].comparision: unknown; did you mean 'comparison'?"),
        (changed("name: test", "nam: test"), 1, "nam: unknown; did you mean 'name'?"),
        (changed("name: test\n", ""), 1, "name: missing; add a line such as"),
        (changed("    revision_request: Write it politely.\n", ""), 3,
         "principles[kind].revision_request: missing; say how the answer should be rewritten"),
        (changed("    critique_request: Is the answer rude?\n", ""), 3,
         "principles[kind].critique_request: missing; say what the critic should look for"),
        (changed("id: safe", "id: kind"), 10,
         "principles[kind].id: 'kind' is already used in line 3; choose another id"),
        (changed("id: safe", "id: Be Safe"), 10,
         "principles[Be Safe].id: 'Be Safe' does not have the right form; use a name of small"),
        (changed("weight: 2", "weight: 0"), 4,
         "principles[kind].weight: 0 is not greater than 0; use a number above 0"),
        (changed("weight: 2", "weight: much"), 4,
         "principles[kind].weight: 'much' is not a number"),
        (changed("tags: [respect]", "tags: respect"), 5,
         "principles[kind].tags: 'respect' is not a list"),
        (changed("Is the answer rude?", '"  "'), 7,
         "principles[kind].critique_request: '  ' does not have the right form; write a sentence"),
        (changed("    comparison: Which answer is safer?\n", ""), 10,
         "principles[safe]: has no texts; add critique_request and revision_request, or"),
        (changed("    weight: 2", "    weight: 2\n    weight: 3"), 5,
         "weight: given twice, first in line 4; keep one"),
        (changed("- principle: kind", "- principle: knd"), 13,
         "few_shots[0].principle: no principle 'knd' with a critique_request; did you mean 'kind'"),
        (changed("- principle: kind", "- principle: safe"), 13,
         "few_shots[0].principle: no principle 'safe' with a critique_request"),
        (changed("id: safe", "id: safe\n    stages: [critique-revise]"), 11,
         "principles[safe].stages: 'critique-revise' needs critique_request and revision_request"),
        (changed("id: safe", "id: safe\n    stages: [labels]"), 11,
         "principles[safe].stages[0]: 'labels' is not possible; did you mean 'label'?"),
        (changed("name: test", "name: test\nversion: 1.0"), 2,
         "version: 1.0 is not a text; put it in quotes"),
        (changed("Which answer is safer?", "*other"), 11, "aliases (*other) are not supported"),
        ("name: x\nprinciples: []\n", 2, "principles: empty; add a list of at least one"),
        ("name: x\nprinciples:\n  - id: a\n   b: c\n", 4, "not valid YAML"),
        ("name: [x\n", 2, "not valid YAML"),
        ("just text\n", 1, "'just text' is not a mapping"),
        ("name: x\nprinciples:\n  - id: a\n    comparison: w\n    enabled: false\n", 2,
         "principles: every principle is off; take `enabled: false` from one"),
        ("name: x\nprinciples:\n  - id: a\n    comparison: w\n    enabled: yes\n", 5,
         "principles[a].enabled: 'yes' is not true or false"),
        ("name: !!python/object/apply:os.system [exit]\n", 1, "not valid YAML"),
    ],
)  # fmt: skip
def test_every_mistake_is_named_with_its_line_field_and_mend(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConstitutionError) as caught:
        load(path)
    told = str(caught.value)
    assert told.startswith(f"{path}:{line}: "), told
    assert message in told
    assert "\n" not in told


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    write(tmp_path, "")
    with pytest.raises(ConstitutionError, match=r"c\.yaml: the file is empty"):
        load(tmp_path / "c.yaml")
    with pytest.raises(ConstitutionError, match=r"d\.yaml: no such file; .* mean 'c\.yaml'"):
        load(tmp_path / "d.yaml")
    (tmp_path / "c.yaml").write_bytes(b"name: \xff\xfe\x00")
    with pytest.raises(ConstitutionError, match=r"not UTF-8"):
        load(tmp_path / "c.yaml")
    with pytest.raises(ConstitutionError, match=r"cannot be read"):
        load(tmp_path)
    (tmp_path / "c.yaml").write_text("a: " + "[" * 5000)
    with pytest.raises(ConstitutionError, match=r"nested too deep|not valid YAML"):
        load(tmp_path / "c.yaml")


def test_check_lists_every_error_in_order_of_lines(tmp_path: Path) -> None:
    text = changed("weight: 2", "weight: 0").replace("comparison: Which answer is safer", "x: W")
    findings = check(write(tmp_path, text))
    assert [(f.severity, f.line) for f in findings] == [("error", 4), ("error", 11)]
    with pytest.raises(ConstitutionError, match="and 1 more; cai constitution check lists them"):
        load(tmp_path / "c.yaml")


def test_check_warns_of_unknown_words_double_texts_and_idle_stages(tmp_path: Path) -> None:
    text = """\
name: doubtful
principles:
  - id: a
    comparison: Which answer is more zorblaxian?
  - id: b
    comparison: Which answer is more zorblaxian?
"""
    findings = [str(finding) for finding in check(write(tmp_path, text))]
    assert all(f.severity == "warning" for f in check(tmp_path / "c.yaml"))
    assert any("principles: none can be used by the stage 'critique-revise'" in f for f in findings)
    assert any(":4: principles[a].comparison: the same text as in another" in f for f in findings)
    assert any(":6:" in f and "cai-mini does not know 'zorblaxian'" in f for f in findings)


def test_the_schema_is_one_and_knows_every_field_of_the_dataclasses() -> None:
    from jsonschema import Draft202012Validator

    schema = json.loads((FOLDER / "schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    fields = {field.name for field in dataclasses.fields(Principle)}
    assert set(schema["$defs"]["principle"]["properties"]) == fields
    assert set(schema["properties"]) == {
        field.name for field in dataclasses.fields(Constitution)
    } - {"path"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: no", "no"),
        ("a: 2026-01-01", "2026-01-01"),
        ("a: 1e-5", 1e-5),
        ("a: .5", 0.5),
        ("a: 010", "010"),
        ("a: 12", 12),
        ("a: -3", -3),
        ("a: 1.2.3", "1.2.3"),
        ("a: true", True),
        ("a: ~", None),
        ("a:", None),
        ("a: 12:30", "12:30"),
        ("a: .", "."),
        ("a: <<", "<<"),
    ],
)
def test_plain_values_mean_what_yaml_1_2_says(tmp_path: Path, text: str, value: object) -> None:
    data = yaml_file.read(write(tmp_path, text), ConstitutionError).data
    assert data == {"a": value}
    assert type(data["a"]) is type(value)
    assert yaml_file.read(write(tmp_path, yaml_file.dump(data)), ConstitutionError).data == data


# --- which principles apply ----------------------------------------------------------------------


def test_a_principle_applies_by_texts_stages_tags_and_switch() -> None:
    texts = {"critique_request": "c", "revision_request": "r", "comparison": "q"}
    constitution = Constitution(
        name="x",
        principles=(
            Principle(id="all", **texts),  # type: ignore[arg-type]
            Principle(id="off", enabled=False, **texts),  # type: ignore[arg-type]
            Principle(id="judge-only", stages=("label",), **texts),  # type: ignore[arg-type]
            Principle(id="no-comparison", critique_request="c", revision_request="r"),
            Principle(id="red", applies_to=("red-team",), **texts),  # type: ignore[arg-type]
        ),
    )

    def ids(use: str, *tags: str) -> list[str]:
        return [p.id for p in applicable(constitution, use, tags)]  # type: ignore[arg-type]

    assert ids("label") == ["all", "judge-only", "red"]
    assert ids("critique-revise") == ["all", "no-comparison", "red"]
    assert ids("label", "helpful", "cooking") == ["all", "judge-only"]
    assert ids("label", "theft", "red-team") == ["all", "judge-only", "red"]


def test_no_principle_to_draw_is_an_error_that_says_for_what() -> None:
    constitution = Constitution(
        name="x",
        path=Path("x.yaml"),
        principles=(Principle(id="a", applies_to=("red-team",), comparison="q"),),
    )
    with pytest.raises(ConstitutionError, match=r"x\.yaml: no principle for label .* helpful"):
        pick(constitution, seed=0, prompt_id="p", step=1, use="label", tags=("helpful",))


# --- the draw ------------------------------------------------------------------------------------

weights = st.lists(st.sampled_from([0.5, 1.0, 2.0, 5.0]), min_size=1, max_size=12)


@settings(max_examples=30, deadline=None)
@given(weights, st.randoms(use_true_random=False))
def test_editing_texts_and_moving_principles_in_the_file_moves_no_draw(
    given_weights: list[float], rng: object
) -> None:
    constitution = many(given_weights)
    edited = [
        dataclasses.replace(p, comparison=f"other {p.id}", title="new", critique_request="c",
                            revision_request="r")
        for p in constitution.principles
    ]  # fmt: skip
    rng.shuffle(edited)  # type: ignore[attr-defined]
    other = dataclasses.replace(constitution, principles=tuple(edited))
    assert draws(constitution, 40) == draws(other, 40)


@settings(max_examples=30, deadline=None)
@given(weights, st.sampled_from([0.5, 1.0, 4.0]))
def test_adding_one_moves_draws_only_to_it(given_weights: list[float], weight: float) -> None:
    before = many(given_weights)
    new = Principle(id="new", weight=weight, comparison="Which?")
    after = dataclasses.replace(before, principles=(new, *before.principles))
    for old, now in zip(draws(before, 60), draws(after, 60), strict=True):
        assert now in (old, "new")


@settings(max_examples=30, deadline=None)
@given(weights, st.integers(0, 11))
def test_a_larger_weight_moves_draws_only_to_its_principle(
    given_weights: list[float], index: int
) -> None:
    index %= len(given_weights)
    heavier = list(given_weights)
    heavier[index] *= 3
    for old, now in zip(draws(many(given_weights), 60), draws(many(heavier), 60), strict=True):
        assert now in (old, f"p{index}")


@settings(max_examples=20, deadline=None)
@given(weights, st.sampled_from([0.25, 3.0]))
def test_only_the_ratio_of_weights_counts(given_weights: list[float], factor: float) -> None:
    scaled = [weight * factor for weight in given_weights]
    assert draws(many(given_weights), 40) == draws(many(scaled), 40)


def test_adding_one_to_n_equal_ones_moves_a_share_of_one_in_n_plus_one() -> None:
    before, after = draws(many([1.0] * 15), 8000), draws(many([1.0] * 16), 8000)
    moved = sum(old != now for old, now in zip(before, after, strict=True))
    expected, spread = 8000 / 16, math.sqrt(8000 * (1 / 16) * (15 / 16))
    assert abs(moved - expected) < 4 * spread


def test_frequencies_follow_the_weights() -> None:
    given_weights = [0.5, 1.0, 2.0, 4.5]
    counts = Counter(draws(many(given_weights), 8000))
    chi_squared = sum(
        (counts[f"p{n}"] - 8000 * w / 8) ** 2 / (8000 * w / 8) for n, w in enumerate(given_weights)
    )
    assert chi_squared < 16.3  # 0.1 % of such draws would be worse (3 degrees of freedom)


def test_steps_prompts_and_seeds_draw_independently() -> None:
    constitution = many([1.0] * 4)
    pairs = Counter(
        (
            pick(constitution, seed=3, prompt_id=str(n), step=1, use="label").id,
            pick(constitution, seed=3, prompt_id=str(n), step=2, use="label").id,
        )
        for n in range(4000)
    )
    chi_squared = sum((pairs[(f"p{a}", f"p{b}")] - 250) ** 2 / 250 for a in range(4)
                      for b in range(4))  # fmt: skip
    assert chi_squared < 37.7  # 0.1 % of such draws would be worse (15 degrees of freedom)
    assert draws(constitution, 50, seed=1) != draws(constitution, 50, seed=2)


def test_a_draw_is_the_same_today_as_yesterday() -> None:
    # Written down once: a change here silently redraws every principle of every run.
    assert draws(many([1.0, 2.0, 0.5, 1.0]), 10) == [
        "p1",
        "p0",
        "p1",
        "p3",
        "p1",
        "p3",
        "p3",
        "p1",
        "p1",
        "p3",
    ]


# --- what a stage depends on ---------------------------------------------------------------------


def test_a_stage_depends_on_its_own_texts_weights_and_tags_only(tmp_path: Path) -> None:
    def changes(old: str, new: str) -> set[str]:
        before = load(write(tmp_path, GOOD))
        after = load(write(tmp_path, changed(old, new)))
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
