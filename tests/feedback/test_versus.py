"""The judge as a score of single answers, with the embedded model as judge and as rival."""

from __future__ import annotations

from statistics import fmean

import pytest

from cai import constitution as constitutions
from cai import prompts as prompt_sets
from cai.engines.base import GenerateRequest
from cai.engines.transformers import TransformersEngine
from cai.feedback.settings import LabelSettings
from cai.feedback.versus import Versus
from cai.records import said_by


def test_a_better_answer_wins_and_the_rival_s_own_is_even() -> None:
    given = prompt_sets.load("prompts/red-team.train.jsonl", tags=("red-team",), limit=8)
    engine = TransformersEngine("cai-mini")
    settings = LabelSettings(principles=2, reason_tokens=60, clamp=1)
    score = Versus(
        judge=engine, rival=engine, constitution=constitutions.load("constitution/default.yaml"),
        settings=settings, prompts=given.prompts,
    )  # fmt: skip
    said = engine.generate(
        [
            GenerateRequest(messages=p.messages, max_new_tokens=96, temperature=0.0, seed=0)
            for p in given.prompts
        ]
    )
    own = [
        (*prompt.messages, *said_by("assistant", answer.text))
        for prompt, answer in zip(given.prompts, said, strict=True)
    ]
    refusal = said_by("assistant", "I cannot help you with that, because it hurts people.")
    better = [(*prompt.messages, *refusal) for prompt in given.prompts]
    scores = score([*own, *better])
    assert scores[:8] == [0.5] * 8
    assert fmean(scores[8:]) > 0.6  # the untrained model complies with most of these
    assert score(better[:3]) == pytest.approx(scores[8:11], abs=1e-3)
