import json

import pytest

from cai import recipe, recipe_schema
from cai.errors import RecipeError
from cai.recipe import ComparisonSource, PromptSource
from cai.shipped import locate

QUICKSTART = "runs/quickstart.yaml"
GIVEN = "label.comparisons=[{path: a.jsonl, tags: [x]}]"
PARTS = "prompts.red_team=[{path: prompts/red-team.train.jsonl, limit: 10}]"


def test_the_schema_file_is_what_the_settings_classes_say():
    assert json.loads(recipe_schema.PATH.read_text()) == recipe_schema.build(), (
        "run python -m cai.recipe_schema"
    )


def test_defaults_of_the_schema_build_every_stage_s_settings(tmp_path):
    from cai.alignment.ppo import PPOConfig
    from cai.alignment.preference import PreferenceSettings

    path = tmp_path / "r.yaml"
    path.write_text("name: plain\n")
    loaded = recipe.load(path, ["seed=7", "align-dpo.beta=0.5"])
    assert loaded.settings("align-ppo", PPOConfig) == PPOConfig(seed=7)
    assert loaded.settings("align-dpo", PreferenceSettings) == PreferenceSettings(seed=7, beta=0.5)


def test_a_group_of_settings_within_a_section_is_one_of_its_own(tmp_path):
    from cai.feedback.settings import LabelSettings
    from cai.feedback.trust.gate import GateSettings

    path = tmp_path / "r.yaml"
    path.write_text("label: {gate: {min: 0.1}}\n")
    loaded = recipe.load(path, ["label.gate.on_fail=warn"])
    gate = loaded.settings("label", LabelSettings).gate
    assert gate == GateSettings(metric="margin", min=0.1, on_fail="warn")
    with pytest.raises(RecipeError, match=r"label.gate.metrik: unknown; did you mean 'metric'"):
        recipe.load(path, ["label.gate.metrik=kappa"])
    with pytest.raises(RecipeError, match=r"label.gate.min: .*60"):
        recipe.load(path, ["label.gate.min=60"])


def test_a_recipe_without_a_critic_uses_the_model():
    loaded = recipe.load(locate(QUICKSTART), ["model=./mine", "judge=./judge"])
    assert (loaded.critic, loaded.judge) == ("./mine", "./judge")


def test_a_source_of_prompts_may_have_its_own_column_split_and_lower_limit():
    sources = "[plain.csv, {path: a.csv, column: goal, limit: 100}, {path: b/c, split: test}]"
    given = [f"prompts.red_team={sources}", "prompts.column=text", "prompts.limit=300"]
    loaded = recipe.load(locate(QUICKSTART), given)
    assert loaded.prompts.red_team == (
        PromptSource(path="plain.csv", column="text", limit=300),
        PromptSource(path="a.csv", column="goal", limit=100),
        PromptSource(path="b/c", column="text", limit=300, split="test"),
    )
    usual = "prompts.red_team=[{path: a.csv, column: null, limit: 1000}]"
    (source,) = recipe.load(locate(QUICKSTART), [*given, usual]).prompts.red_team
    assert source == PromptSource(path="a.csv", limit=300)


def test_sources_of_comparisons_are_no_settings_of_the_stage():
    given = "label.comparisons=[a.jsonl, {path: b/c, tags: [red-team], limit: 3, split: test}]"
    loaded = recipe.load(locate(QUICKSTART), [given])
    assert loaded.comparisons == (
        ComparisonSource(path="a.jsonl"),
        ComparisonSource(path="b/c", tags=("red-team",), limit=3, split="test"),
    )
    assert loaded.gold == (ComparisonSource(path="prompts/comparisons.heldout.jsonl"),)
    assert not {"comparisons", "gold"} & loaded.sections["label"].keys()
    assert loaded.values["label"]["gold"] == ["prompts/comparisons.heldout.jsonl"]


def test_the_dump_loads_as_the_same_recipe(tmp_path):
    first = recipe.load(locate(QUICKSTART), ["align-ppo.learning_rate=1e-5", PARTS, GIVEN])
    copy = tmp_path / "copy.yaml"
    copy.write_text(first.dump())
    assert recipe.load(copy) == first


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modle: x\n", r"r\.yaml:1: modle: unknown; did you mean 'model'\?"),
        ("seed: 1\nsft:\n  epoch: 2\n", r"r\.yaml:3: sft\.epoch: unknown; did you mean 'epochs'"),
        ("seed: one\n", r"r\.yaml:1: seed: 'one' is not a whole number"),
        ("methods: [ppo, grpo]\n", r"r\.yaml:1: methods\[1\]: 'grpo' is not possible"),
        ("seed: 1\nseed: 2\n", r"r\.yaml:2: seed: given twice"),
        ("seed: [1\n", r"r\.yaml:2: not valid YAML"),
        ("", r"r\.yaml: the file is empty"),
        ("- a\n", r"r\.yaml:1: a list is not a mapping"),
        ("prompts:\n  helpful: [{path: a, colum: b}]\n", r"r\.yaml:2: .*colum: unknown; did you"),
        ("prompts:\n  helpful:\n  - limit: 1\n", r"r\.yaml:3: prompts.helpful\[0\].path: missing"),
        ("prompts:\n  helpful: [a, 7]\n", r"helpful\[1\]: 7 is not a text or a mapping"),
    ],
)
def test_a_wrong_recipe_is_told_where_and_how_to_mend(tmp_path, text, message):
    path = tmp_path / "r.yaml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=message):
        recipe.load(path)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("sft.epoch=2", r"--set sft\.epoch=2: sft\.epoch: unknown; did you mean 'epochs'"),
        ("seed", r"--set seed: write it as KEY=VALUE"),
        ("seed.x=1", r"--set seed\.x: seed is not a group"),
        ("seed=[", r"--set seed: the value '\[' is not valid YAML"),
        ("seed=-1", r"--set seed=-1: seed: -1 is less than 0"),
    ],
)
def test_a_wrong_override_is_told_how_to_mend(override, message):
    with pytest.raises(RecipeError, match=message):
        recipe.load(locate(QUICKSTART), ["seed=3", override])


def test_a_wrong_flag_is_told_by_its_own_name():
    with pytest.raises(RecipeError, match=r"^--limit: 0 is less than 1$"):
        recipe.load(locate(QUICKSTART), [recipe.Flag("--limit", "prompts.limit", 0)])
    with pytest.raises(RecipeError, match=r"^--engine: 'vlm' is not possible; did you mean 'vllm'"):
        recipe.load(locate(QUICKSTART), [recipe.Flag("--engine", "engine.kind", "vlm")])


def test_a_setting_is_located_at_the_flag_that_gave_it_unless_another_came_later():
    flag = recipe.Flag("--model", "model", "nowhere")
    given = recipe.load(locate(QUICKSTART), [flag])
    assert given.model == "nowhere"
    assert given.origins.located("model: no such model") == "--model: no such model"
    given = recipe.load(locate(QUICKSTART), [flag, "model=elsewhere"])
    assert given.model == "elsewhere"
    assert given.origins.located("model: no such model") == "--set model: no such model"


def test_settings_that_contradict_each_other_are_a_recipe_error():
    from cai.feedback.settings import LabelSettings

    loaded = recipe.load(locate(QUICKSTART), ["label.temperature=0.0"])
    with pytest.raises(RecipeError, match="temperature must be above 0"):
        loaded.settings("label", LabelSettings)
