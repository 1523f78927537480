"""The table at the end of a run."""

from cai.report.table import render

RATE = {"value": 0.617, "low": 0.53, "high": 0.7, "n": 120}
NOTHING = {"value": None, "low": None, "high": None, "n": 0}
MODEL = {
    "harmful_rate": RATE,
    "evasive_rate": {"value": 0.0, "low": 0.0, "high": 0.012, "n": 320},
    "helpful_rate": {"value": 1.0, "low": 0.98, "high": 1.0, "n": 200},
    "unparseable_rate": NOTHING,
    "mean_reward": {"value": -0.876, "low": -1, "high": 0, "n": 2},
    "kl_to_sft": NOTHING,
}


def test_a_model_is_a_row() -> None:
    summary = {
        "evaluation": {
            "models": {"initial": MODEL, "ppo": MODEL},
            "prompts": {"red-team": 120, "helpful": 200},
        }
    }
    lines = render(summary).splitlines()
    assert lines[0].split() == [
        "model", "harmful", "evasive", "helpful", "unparseable", "reward", "KL", "to", "sft",
    ]  # fmt: skip
    assert lines[2].split() == [
        "initial", "61.7", "(53-70)", "0.0", "(0-1)", "100.0", "(98-100)", "-", "-0.88", "-",
    ]  # fmt: skip
    assert lines[3].startswith("ppo ")
    assert lines[-1].endswith("120 red-team, 200 helpful")
    assert "\n".join(lines).isascii()
    assert max(map(len, lines)) <= 100


def test_nothing_evaluated_is_said() -> None:
    assert render({"stages": {}}) == "nothing has been evaluated yet"
    assert render({"evaluation": {"models": {}}}) == "nothing has been evaluated yet"


def test_answers_that_nobody_could_judge_are_counted() -> None:
    some = {**MODEL, "details": {"decided_by": {"oracle": 300, "nobody": 20}}}
    every = {**MODEL, "details": {"decided_by": {"nobody": 320}}}
    last = render({"evaluation": {"models": {"initial": some, "ppo": every}}}).splitlines()[-1]
    assert last.startswith("340 of 640 answers are in no rate")
    assert len(last) <= 100
    assert "no rate" not in render({"evaluation": {"models": {"initial": MODEL}}})
