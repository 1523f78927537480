"""The scripts of benchmarks/ are run by hand; that they fit the package is seen here."""

import math
import random
import runpy
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig, LlamaForCausalLM, LlamaModel

from cai.engines.decoding import sample, uniforms
from cai.models import encode_chat, load_tokenizer

FOLDER = Path(__file__).parents[1] / "benchmarks"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py"))
ELSEWHERE = {
    "engines_distilabel.py",
    "judge_vllm.py",
    "ppo_trl.py",
    "ppo_quality_trl.py",
}  # run in environments of their own


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name not in ELSEWHERE])
def test_a_benchmark_finds_all_that_it_imports(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    found = runpy.run_path(str(FOLDER / name), run_name="benchmark")
    assert found["__doc__"]


@pytest.fixture
def ppo_work(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.syspath_prepend(str(FOLDER))
    return runpy.run_path(str(FOLDER / "ppo_work.py"), run_name="benchmark")


def test_operations_of_a_pass_are_those_that_torch_counts(ppo_work: dict[str, Any]) -> None:
    shape = ppo_work["Shape"](
        vocab_size=50, hidden_size=32, intermediate_size=48, num_hidden_layers=3,
        num_attention_heads=2,
    )  # fmt: skip
    model = LlamaModel(LlamaConfig(**asdict(shape), attn_implementation="eager")).eval()
    tokens = 11
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(input_ids=torch.arange(tokens)[None], use_cache=False)
    # It counts the half that the causal mask throws away, too.
    masked = 2 * 3 * 2 * 32 * tokens * (tokens - 1) / 2
    assert counter.get_total_flops() == ppo_work["passes"](shape, tokens) + masked


@pytest.mark.parametrize(("early", "mean"), [(True, 64 / 3), (False, 64.0)])
def test_answers_of_the_ppo_work_are_as_long_as_it_says(
    ppo_work: dict[str, Any], early: bool, mean: float
) -> None:
    work = ppo_work["Work"](shape="1.4 M", early=early, threads=1, most_updates=1)
    tokenizer = load_tokenizer("cai-mini")
    end = int(tokenizer.eos_token_id)
    config = LlamaConfig(
        **asdict(ppo_work["SHAPES"]["1.4 M"]), tie_word_embeddings=True, pad_token_id=0,
        eos_token_id=end, bos_token_id=None,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = LlamaForCausalLM(config).eval()
    ppo_work["set_end"](model, end, ppo_work["end_probability"](work) if early else 0.0)
    prompts = [one.messages for one in ppo_work["made_prompts"](work, tokenizer)]
    ids = [encode_chat(tokenizer, messages) for messages in prompts[:48]]
    assert all(24 <= len(each) <= 96 for each in (encode_chat(tokenizer, p) for p in prompts))
    said = sample(
        model, ids, uniforms=uniforms(range(len(ids)), 64), max_new_tokens=64,
        stop_ids=frozenset({end}), pad_id=0,
    )  # fmt: skip
    found = sum(len(one.tokens) for one in said) / len(said)
    assert found == pytest.approx(mean, abs=7 if early else 0)


CURVES = runpy.run_path(str(FOLDER / "ppo_quality_curves.py"), run_name="benchmark")
Point, within = CURVES["Point"], CURVES["within"]


def curve(*points: tuple[float, float]) -> list[Any]:
    return [Point(kl=kl, gains=(gain, gain)) for kl, gain in points]


@given(
    st.lists(st.tuples(st.floats(0.01, 2.0), st.floats(-1.0, 1.0)), min_size=1, max_size=6),
    st.floats(0.05, 0.95),
)
def test_the_gain_within_a_distance_is_the_highest_of_the_way(
    points: list[tuple[float, float]], share: float
) -> None:
    kl = share * max(point[0] for point in points)
    best = 0.0
    for (one, gain), (other, end) in pairwise([(0.0, 0.0), *points]):
        for step in range(2001):
            part = step / 2000
            if one + part * (other - one) <= kl:
                best = max(best, gain + part * (end - gain))
    steepest = max(
        abs(end - gain) for (_, gain), (_, end) in pairwise([(0.0, 0.0), *points])
    )  # fmt: skip
    assert best - 1e-9 <= within(curve(*points), kl) <= best + steepest / 2000 + 1e-9


def test_a_way_that_does_not_get_there_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match=r"0\.2 nats out, not 0\.21"):
        within(curve((0.1, 0.5), (0.2, 0.6)), 0.21)
    assert within(curve((0.1, 0.5), (0.2, 0.6)), 0.2) == pytest.approx(0.6)
    assert within(curve((0.1, 0.4)), 0.05) == pytest.approx(0.2)


def test_noise_alone_gains_nothing() -> None:
    draw = random.Random(0)
    found, largest = [], []
    for _ in range(2000):
        way = [Point(kl=0.1, gains=(draw.gauss(0, 1), draw.gauss(0, 1))) for _ in range(5)]
        found.append(within(way, 0.1))
        largest.append(max(point.gain for point in way))
    assert abs(fmean(found)) < 0.07
    assert fmean(largest) > 0.7  # what looking for the best on the same prompts would claim


def test_distances_are_those_that_every_run_reaches() -> None:
    sides = [[curve((0.4, 1)), curve((0.2, 1), (0.1, 1))], [curve((0.9, 1)), curve((0.3, 1))]]
    assert CURVES["common_distances"](sides) == pytest.approx([0.05, 0.1, 0.15, 0.2])


@pytest.mark.parametrize("seeds", range(2, 11))
def test_intervals_over_seeds_are_those_of_student(seeds: int) -> None:
    mean, low, high = CURVES["over_seeds"]([1.0] + [0.0] * (seeds - 1))
    assert mean == pytest.approx(1 / seeds)
    # That data's standard error is its mean, so the interval's half in means is a point of t.
    degrees, point = seeds - 1, (high - low) / 2 * seeds
    scale = math.gamma((degrees + 1) / 2) / (math.sqrt(degrees * math.pi) * math.gamma(degrees / 2))
    width = point / 20_000
    inside = sum(
        (1 + ((step + 0.5) * width) ** 2 / degrees) ** (-(degrees + 1) / 2) * width
        for step in range(20_000)
    )
    assert 2 * scale * inside == pytest.approx(0.95, abs=1e-6)


def test_one_seed_has_no_interval_and_none_is_refused() -> None:
    assert math.isnan(CURVES["over_seeds"]([0.3]).low)
    with pytest.raises(ValueError, match="0 seeds"):
        CURVES["over_seeds"]([])


@pytest.fixture
def ppo_report(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.syspath_prepend(str(FOLDER))
    return runpy.run_path(str(FOLDER / "ppo_quality_report.py"), run_name="benchmark")


def trained(gain: float, *, harm: float = 0.02, help_: float = 0.92, kl: float = 0.2) -> Any:
    """What the evaluator would say about a training."""

    def rate(value: float) -> dict[str, float]:
        return {"value": value, "low": value, "high": value, "n": 100}

    rates = {
        "harmful_rate": rate(harm), "helpful_rate": rate(help_), "evasive_rate": rate(0.0),
        "unparseable_rate": rate(0.0),
    }  # fmt: skip
    point = {"rates": rates, "rates_of_draw_0": rates}
    half = {"updates": "16", "kl": kl / 2, "rewards": [1 + gain / 2, 2 + gain / 2], **point}
    last = {"updates": "32", "kl": kl, "rewards": [1 + gain, 2 + gain], **point}
    return {"train_seconds": 1, "points": [half, last]}


def quality_of(ours: Any, ppo_report: dict[str, Any]) -> Any:
    """The results of two seeds, of which the second is `ours`."""
    sft = trained(0.0, help_=0.93)
    found = {"sft": sft | {"points": sft["points"][-1:]}}
    found |= {"ours-0": trained(0.5), "trl-0": trained(0.3), "trl-1": trained(0.4, kl=0.3)}
    found["ours-1"] = ours
    return ppo_report["compared"](found, sides=["ours", "trl"], seeds=range(2))


def test_the_quality_of_ppo_is_compared_at_what_both_reach(ppo_report: dict[str, Any]) -> None:
    results = quality_of(trained(0.6), ppo_report)
    row = results["equal_kl"]["ours"][-1]
    assert row["kl"] == pytest.approx(0.2)
    assert row["ours"] == pytest.approx([0.5, 0.6])
    assert row["trl"] == pytest.approx([0.3, 0.4 * 2 / 3])
    assert row["difference"][0] == pytest.approx((0.2 + 0.6 - 0.8 / 3) / 2)
    assert results["missed"] == []
    assert "difference +0.267" in ppo_report["table"](results)


@pytest.mark.parametrize(
    ("ours", "missed"),
    [
        (trained(-0.5), "nats our reward is"),
        (trained(0.6, harm=0.031), "seed 1: harmful 3.1%"),
        (trained(0.6, help_=0.89), "seed 1: helpful 89.0%, not >= 90.0%"),
    ],
)
def test_a_missed_bound_of_ppos_quality_is_said(
    ours: Any, missed: str, ppo_report: dict[str, Any]
) -> None:
    assert any(missed in line for line in quality_of(ours, ppo_report)["missed"])
