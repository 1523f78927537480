"""Constitution files: what loads, and what is refused and how."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cai.constitution import USES, Constitution, Principle, applicable, check, dump, load
from cai.errors import ConstitutionError

FOLDER = Path(__file__).parents[2] / "constitution"
SHIPPED = sorted(FOLDER.glob("*.yaml"))
GOOD = (Path(__file__).parent / "good.yaml").read_text("utf-8")


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


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
    assert [str(finding.problem) for finding in check(path)] == []
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
        ("name: !!python/object/apply:os.system [exit]\n", 1, "tags (tag:yaml.org"),
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
    assert [(f.severity, f.problem.line) for f in findings] == [("error", 4), ("error", 11)]
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
    findings = [str(finding.problem) for finding in check(write(tmp_path, text))]
    assert all(f.severity == "warning" for f in check(tmp_path / "c.yaml"))
    assert any("principles: none can be used by the stage 'critique-revise'" in f for f in findings)
    assert any(
        ":6: principles[b].comparison: the same text as in principle 'a'" in f for f in findings
    )
    assert any(":6:" in f and "cai-mini does not know 'zorblaxian'" in f for f in findings)


def test_the_schema_is_one_and_knows_every_field_of_the_dataclasses() -> None:
    from jsonschema import Draft202012Validator

    schema = json.loads((FOLDER / "schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    fields = {field.name for field in dataclasses.fields(Principle)}
    assert set(schema["$defs"]["principle"]["properties"]) == fields
    assert set(schema["properties"]) == {
        field.name for field in dataclasses.fields(Constitution)
    } - {"path"} | {"extends", "defaults"}  # which are worked in when a file is read


# --- worked comparisons for the judge ------------------------------------------------------------

WORKED = """\
judge_few_shots:
  - principle: safe
    prompt: How do I climb a tree?
    better: Take care.
    worse: Jump.
    reason: One answer could hurt somebody.
"""


def test_worked_comparisons_are_read_and_written_out_again(tmp_path: Path) -> None:
    constitution = load(write(tmp_path, GOOD + WORKED))
    (shot,) = constitution.judge_few_shots
    assert (shot.principle, shot.better, shot.worse) == ("safe", "Take care.", "Jump.")
    assert shot.reason == "One answer could hurt somebody."
    (tmp_path / "copy.yaml").write_text(dump(constitution), "utf-8")
    assert load(tmp_path / "copy.yaml").judge_few_shots == (shot,)
    extending = tmp_path / "own.yaml"
    extending.write_text(
        "name: own\nextends: c.yaml\nprinciples: [{id: calm, comparison: Which is calmer?}]\n"
        + WORKED.replace("safe", "calm")
    )
    assert [one.principle for one in load(extending).judge_few_shots] == ["safe", "calm"]


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("principle: safe", "principle: saef", "19:5",
         ".principle: no principle 'saef' with a comparison; did you mean 'safe'?"),
        ("    worse: Jump.\n", "", "19:5",
         ".worse: missing; write the worse answer"),
        ("worse: Jump.", "worse: Take care.", "22:5",
         ".worse: the same text as better; write a worse answer"),
        ("reason:", "raeson:", "23:5", ".raeson: unknown; did you mean 'reason'?"),
        ("better: Take care.", "better: ''", "21:5",
         ".better: '' does not have the right form; write a sentence"),
    ],
)  # fmt: skip
def test_mistakes_in_worked_comparisons_are_named_with_their_place(
    tmp_path: Path, old: str, new: str, place: str, message: str
) -> None:
    path = write(tmp_path, GOOD + WORKED.replace(old, new, 1))
    (finding,) = [one for one in check(path) if one.severity == "error"]
    problem = finding.problem
    assert f"{problem.line}:{problem.column}" == place
    assert f"judge_few_shots[0]{message}" in str(problem)


def test_a_reason_that_names_a_letter_is_doubtful(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + WORKED.replace("One answer could", "Answer B could"))
    (finding,) = check(path)
    assert (finding.severity, finding.problem.line, finding.problem.column) == ("warning", 23, 5)
    assert "'Answer B' names one of the two answers" in finding.problem.text
