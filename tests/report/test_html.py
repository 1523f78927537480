"""The report: what it shows, what it survives, and what it must never let through."""

import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cai import yaml_file
from cai.errors import RunError
from cai.journal import read_rows, write_rows
from cai.report import html
from cai.report.reading import RunFiles
from cai.reward.card import accuracy

VOID = {"meta"}
HOSTILE = (
    "</p></div></style></title><script>alert(1)</script><img src=x onerror=alert(2)>"
    '"\'><a href="javascript:alert(3)">x</a>{{ 7*7 }}{% raw %}&lt;b&gt;'
)


class Page(HTMLParser):
    """The elements and texts of a page, as a browser would find them."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} closes something else"

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text += data


def read(path: Path) -> Page:
    page = Page(path.read_text("utf-8"))
    assert not page.open, f"never closed: {page.open}"
    return page


def test_it_shows_the_whole_run(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    path = html.write(folder)
    assert path == folder / "report.html"
    text = " ".join(read(path).text.split())
    for part in (
        "100.0 %initial",  # harmful, before
        "0.0 %ppo",
        "model organism",
        "8 red-team, 6 helpful",
        "oracle 56.",
        "Title of no-harm",
        "The constitution asksWhat about",
        "It does harm.",
        "The answer was kept as it is.",
        "the preferred answer is better with probability 0.80",
        "align-ppo says 5",
        "align-dpo says 5",
        "PPO: distance to the SFT model",
        "DPO: margin",
        "Accuracy on held-out preferences",
        "12.5 %",  # ties
        "gate passed",
        "ahead of “longer answer”",
        "as the judge says",
        "Title of no-harmno-harm",
        "torch 2.13.0",
        "7 min 0 s in all stages together",
    ):
        assert part in text, part
    assert "align-ppo says 1" not in text, "an answer of an earlier update"
    assert "DPO: accuracy" not in text, "a curve without a point"
    assert text.count("red-team prompt") >= 5


def test_it_is_one_file_that_runs_nothing_and_loads_nothing(make_run: Callable[..., Path]) -> None:
    page = read(html.write(make_run()))
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "img", "link", "iframe", "object", "form", "base", "use", "image"}
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for name in ("src", "href", "xlink:href", "action"):
            assert (attributes.get(name) or "#").startswith("#"), (tag, name)
    policies = [a["content"] for tag, a in page.tags if "http-equiv" in a]
    assert len(policies) == 1
    assert policies[0] is not None
    assert policies[0].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policies[0]


def test_hostile_text_stays_text(make_run: Callable[..., Path]) -> None:
    friendly = read(html.write(make_run()))
    path = html.write(make_run(HOSTILE))
    page = read(path)
    for name in ("script", "img"):
        assert name not in {tag for tag, _ in page.tags}
    assert all((a.get("href") or "#").startswith("#") for _, a in page.tags)
    assert page.text.count(HOSTILE) > 40  # every place it was put, whole
    assert "49" not in re.findall(r"\b\d+\b", page.text.replace(HOSTILE, ""))
    # The same page otherwise: what is a heading or a card is decided by us alone.
    kinds = ("h2", "h1", "main", "style", "nav", "footer")
    for kind in kinds:
        count = sum(tag == kind for tag, _ in page.tags)
        assert count == sum(tag == kind for tag, _ in friendly.tags), kind


@pytest.mark.parametrize(
    "odd", ["\x00\x1b[31m", "\u202eevil", "\ud800 alone", "\x85\x9f", "\u2066x"]
)
def test_what_cannot_be_seen_is_made_visible(make_run: Callable[..., Path], odd: str) -> None:
    folder = make_run()
    path = folder / "evaluate" / "scores.jsonl"
    rows = list(read_rows(path))
    for row in rows:
        row["response"]["text"] = f"[[{odd}]]"
    write_rows(path, rows)
    source = html.write(folder).read_text("utf-8")
    shown = re.findall(r"\[\[(.*?)\]\]", source, flags=re.DOTALL)
    assert shown
    assert all("\ufffd" in each for each in shown)
    assert not set(odd) & set("\x00\x1b\u202e\ud800\x85\x9f\u2066") & set("".join(shown))


STAGES = {
    "critique-revise": "critique-revise has not been run",
    "label": "label has not been run",
    "reward": "reward has not been run",
    "evaluate": "evaluate has not been run",
}


@pytest.mark.parametrize("stage", [*STAGES, "sft", "align-ppo", "align-dpo"])
def test_a_missing_stage_is_said_to_be_missing(make_run: Callable[..., Path], stage: str) -> None:
    folder = make_run()
    shutil.rmtree(folder / stage)
    text = read(html.write(folder)).text
    for name, sentence in STAGES.items():
        assert (sentence in text) == (name == stage), name


def test_a_method_that_the_recipe_no_longer_names_is_not_shown(
    make_run: Callable[..., Path],
) -> None:
    folder = make_run()
    recipe = folder / "recipe.yaml"
    settings = yaml_file.read(recipe, RunError).data
    recipe.write_text(yaml_file.dump({**settings, "methods": ["ppo"]}))
    text = read(html.write(folder)).text
    assert "align-ppo says 5" in text
    assert "PPO: reward" in text
    for part in ("align-dpo", "DPO:", "After DPO"):
        assert part not in text, part


def test_methods_come_in_the_order_of_the_recipe(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    recipe = folder / "recipe.yaml"
    settings = yaml_file.read(recipe, RunError).data
    recipe.write_text(yaml_file.dump({**settings, "methods": ["dpo", "ppo"]}))
    stages = RunFiles(folder).stages
    assert stages[-3:] == ["align-dpo", "align-ppo", "evaluate"]


def test_an_empty_run_has_a_report_too(tmp_path: Path) -> None:
    text = read(html.write(tmp_path)).text
    assert text.count("Nothing here yet") == 9
    assert tmp_path.name in text


def test_only_the_embedded_model_is_called_a_model_organism(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    recipe = folder / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("cai-mini", "some/other-model"))
    text = read(html.write(folder)).text
    assert "model organism" not in text
    assert "some/other-model" in text


@pytest.mark.parametrize("missing", [(), ("align-ppo",), ("align-ppo", "align-dpo")])
def test_where_a_sample_of_that_prompt_is_missing_the_nearest_heldout_one_is_shown(
    missing: tuple[str, ...], make_run: Callable[..., Path]
) -> None:
    folder = make_run()
    for stage in missing:
        (folder / stage / "samples.jsonl").unlink()
    text = read(html.write(folder)).text
    assert ("the held-out prompt nearest to this one" in text) == bool(missing)


def test_a_card_without_heldout_pairs_claims_nothing(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    path = folder / "reward" / "card.json"
    card = json.loads(path.read_text()) | accuracy.measure([])
    card |= {"calibration": None, "traits": {}, "probes": {}, "gold": None}
    path.write_text(json.dumps(card))
    text = read(html.write(folder)).text
    assert "No preferences were held out" in text
    assert "gate not measured" in text


def test_the_reward_model_s_card_is_told_in_words(make_run: Callable[..., Path]) -> None:
    text = " ".join(read(html.write(make_run())).text.split())
    for part in (
        "gate not passed Damaged answers get more reward than the good ones",
        "PPO does not follow it.",
        "It pays for “empty”: 100.0 % of 60 good answers gain by it",
        "at equal length",
        "the second half of its words gone",
        "30 pairs with a known better answer",
        "2 more are about prompts that it was trained on",
        "differ by at most 2.1e-07",
        "label is sure",
        "divided by",
    ):
        assert part in text, part


def test_of_an_ensemble_it_is_said_what_is_measured(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    assert "What is measured is" not in read(html.write(folder)).text
    path = folder / "reward" / "card.json"
    use = {"members": 3, "combine": "lower-bound", "std_weight": 1.5}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"combined": use}))
    said = " ".join(read(html.write(folder)).text.split())
    assert "PPO follows: the mean less 1.5 standard deviations of 3 members' scores" in said


def test_a_recipe_that_only_warns_is_said_to(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    recipe = yaml_file.read(folder / "recipe.yaml", RunError).data | {
        "reward": {"gate": {"on_fail": "warn"}}
    }
    (folder / "recipe.yaml").write_text(yaml_file.dump(recipe))
    assert "so PPO follows it." in read(html.write(folder)).text


def test_a_card_of_an_older_version_is_shown_as_far_as_it_goes(
    make_run: Callable[..., Path],
) -> None:
    folder = make_run()
    rate = {"value": 0.9, "low": 0.7, "high": 0.97, "n": 24}
    old = {
        "pairs": {"train": 100, "heldout": 24, "too_long": 0}, "accuracy": rate,
        "longer_answer": {**rate, "value": 0.55}, "expected_accuracy": 0.8, "cross_entropy": 0.5,
        "entropy_floor": 0.45, "length_correlation": None,
    }  # fmt: skip
    (folder / "reward" / "card.json").write_text(json.dumps(old))
    text = " ".join(read(html.write(folder)).text.split())
    assert "Share of 24 pairs in which the preferred answer" in text
    assert "Trained on 100 pairs" in text
    assert "What it pays for" not in text


def test_damaged_files_are_named(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    (folder / "reward" / "card.json").write_text("{")
    with pytest.raises(RunError, match=r"card\.json"):
        html.write(folder)


def test_the_same_run_makes_the_same_page(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    assert html.write(folder).read_bytes() == html.write(folder).read_bytes()


def test_a_judge_that_scores_is_not_said_to_compare(make_run: Callable[..., Path]) -> None:
    folder = make_run()
    path = folder / "label" / "labels.jsonl"
    score = {"expected": 5.0, "mass": 0.9, "logprobs": [-1.0] * 10}
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for row in rows:
        row |= {"logprobs_ab": [], "logprobs_ba": [], "scores": [score, score]}
    assert "in both orders under its principles" in html.page(RunFiles(folder))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    shown = html.page(RunFiles(folder))
    assert "scored both answers of each of 8 pairs" in shown
    assert "in both orders under its principles" not in shown
