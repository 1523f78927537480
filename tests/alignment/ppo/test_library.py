"""PPO as a library: whatever is given becomes the same training."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from datasets import Dataset, DatasetDict
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerBase

from cai.alignment.ppo import (
    AlarmSettings,
    CheckpointSettings,
    IndependentSettings,
    PPOConfig,
    PPOTrainer,
    ValueModel,
    ValueSettings,
)
from cai.alignment.ppo.prompt_forms import prompts_of
from cai.errors import DataError, RecipeError
from cai.journal import read_rows
from cai.models import load_causal, load_tokenizer, with_pad_and_template
from cai.records import Message, Prompt, said_by
from cai.reward.score import Scorer
from cai.reward.sources.settings import RewardSource

Make = Callable[..., PreTrainedModel]
SETTINGS = PPOConfig(
    total_episodes=12, batch_size=4, minibatch_size=2, max_new_tokens=4,
    value=ValueSettings(warmup_updates=1), checkpoints=CheckpointSettings(every=2),
)  # fmt: skip


def vowels(conversations: Sequence[Sequence[Message]]) -> list[float]:
    return [float(sum(one[-1]["content"].count(v) for v in "aeiou")) for one in conversations]


def letters(completions: list[list[dict[str, str]]], **_: object) -> list[float]:
    return [float(len(one[0]["content"])) for one in completions]


TEXTS = ["how can I bake bread", "tell me a story"]
CONVERSATIONS = [[{"role": "user", "content": text}] for text in TEXTS]


@pytest.mark.parametrize(
    "given",
    [
        TEXTS,
        CONVERSATIONS,
        [{"prompt": text, "extra": 1} for text in TEXTS],
        Dataset.from_dict({"prompt": TEXTS, "extra": [1, 1]}),
        Dataset.from_list([{"prompt": one, "extra": 1} for one in CONVERSATIONS]),
    ],
    ids=["texts", "conversations", "rows", "dataset", "conversational-dataset"],
)
def test_every_form_gives_the_same_prompts(given: object) -> None:
    found = prompts_of(given)  # type: ignore[arg-type]
    assert [one.messages for one in found] == [said_by("user", text) for text in TEXTS]
    assert {one.id for one in found} == {one.id for one in prompts_of(TEXTS)}
    assert all(one.columns in ({}, {"extra": 1}) for one in found)
    assert prompts_of(found) == found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "there are none"),
        ("one text", "give a list of texts"),
        ([{"text": "x"}], r"prompts: row 0: no column prompt; the columns are: text"),
        ([TEXTS[0], 3], r"prompts: row 1: prompt: .*give a text"),
        ([[{"role": "user"}]], r"prompts: row 0: prompt"),
        (DatasetDict({"train": Dataset.from_dict({"prompt": TEXTS})}), "the rows of one split"),
    ],
)
def test_prompts_that_cannot_be_read_are_named(given: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        prompts_of(given)  # type: ignore[arg-type]


def test_names_are_enough(folders: dict[str, Path]) -> None:
    trainer = PPOTrainer(
        policy=str(folders["llama"]), reward=folders["llama-reward"], prompts=TEXTS,
        settings=SETTINGS, device="cpu",
    )  # fmt: skip
    scorer = Scorer(str(folders["llama-reward"]), normalised=True, device="cpu")
    own = dict(scorer.model.base_model.named_parameters())  # what the value model begins as
    body = trainer.learner.value.body
    assert all(torch.equal(one, own[name]) for name, one in body.named_parameters())
    report = trainer.update()
    expected = scorer(report.answers.conversations)
    assert torch.allclose(report.scores.total, expected, atol=1e-6)


def test_loaded_models_train_as_named_ones_do(folders: dict[str, Path]) -> None:
    tokenizer = load_tokenizer(str(folders["llama"]))
    scorer = Scorer(str(folders["llama-reward"]), normalised=True, device="cpu")
    rows = []
    for policy, reward in (
        (str(folders["llama"]), str(folders["llama-reward"])),
        (load_causal(str(folders["llama"]), tokenizer=tokenizer, device="cpu"), scorer),
        (AutoModelForCausalLM.from_pretrained(folders["llama"]), scorer.model),
    ):
        trainer = PPOTrainer(
            policy=policy, reward=reward, prompts=TEXTS, settings=SETTINGS, device="cpu"
        )
        rows.append([trainer.update().metrics for _ in range(2)])
    assert rows[1] == rows[0]
    assert rows[2] == rows[0]


def test_a_list_of_rewards_is_their_weighted_sum(
    folders: dict[str, Path], make_policy: Make, tokenizer: PreTrainedTokenizerBase
) -> None:
    def trained(reward: object) -> PPOTrainer:
        return PPOTrainer(
            policy=make_policy(), tokenizer=tokenizer, reward=reward, prompts=TEXTS,
            settings=SETTINGS,
        )  # fmt: skip

    parts = [
        str(folders["llama-reward"]), (vowels, 0.5), (letters, -0.25),
        (RewardSource(length=2, weight=1.5), 2.0),
    ]  # fmt: skip
    report = trained(parts).update()
    found = report.scores
    assert set(found.parts) == {"llama-reward", "vowels", "letters", "length"}
    total = (
        found.parts["llama-reward"] + 0.5 * found.parts["vowels"] - 0.25 * found.parts["letters"]
        + 3 * found.parts["length"]
    )  # fmt: skip
    assert torch.allclose(found.total, total, atol=1e-5)
    assert found.parts["vowels"].tolist() == vowels(report.answers.conversations)
    assert "objective/rewards/letters" in report.metrics
    alone = trained(letters).update()
    assert alone.scores.total.tolist() == alone.scores.parts["letters"].tolist()


def test_columns_reach_a_function_that_asks_for_them(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase
) -> None:
    seen: list[str] = []

    def near(completions: list[object], answer: list[str]) -> list[float]:
        seen.extend(answer)
        return [0.0] * len(completions)

    PPOTrainer(
        policy=make_policy(), tokenizer=tokenizer, reward=near, settings=SETTINGS,
        prompts=Dataset.from_dict({"prompt": TEXTS, "answer": ["bread", "story"]}),
    ).update()  # fmt: skip
    assert sorted(seen) == ["bread", "bread", "story", "story"]


@pytest.mark.parametrize(
    ("reward", "said"),
    [
        (None, "no reward"), ([], "empty list"), (3, "reward is a int"),
        ([vowels, vowels], "two rewards are called 'vowels'"), ([(vowels, "much")], "neither"),
        ([3], r"reward\[0\] is a int"),
    ],
)  # fmt: skip
def test_rewards_that_cannot_work_are_named(
    reward: object, said: str, make_policy: Make, tokenizer: PreTrainedTokenizerBase
) -> None:
    with pytest.raises(RecipeError, match=said):
        PPOTrainer(
            policy=make_policy(), tokenizer=tokenizer, reward=reward, prompts=TEXTS,
            settings=SETTINGS,
        )  # fmt: skip


def test_the_value_model_may_be_named(
    folders: dict[str, Path], make_policy: Make, tokenizer: PreTrainedTokenizerBase
) -> None:
    trainer = PPOTrainer(
        policy=make_policy(), tokenizer=tokenizer, reward=vowels, prompts=TEXTS,
        settings=SETTINGS, value=folders["llama-reward"],
    )  # fmt: skip
    model = Scorer(str(folders["llama-reward"]), device="cpu").model
    expected = ValueModel.from_scorer(model, mean=0.05, std=0.02)
    found = trainer.learner.value
    assert torch.allclose(found.head.weight, expected.head.weight)
    assert found.body is not expected.body


def test_a_tokenizer_without_pad_and_template_gets_them_in_a_copy(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase
) -> None:
    bare = copy.deepcopy(tokenizer)
    bare.pad_token, bare.chat_template = bare.eos_token, None
    trainer = PPOTrainer(
        policy=make_policy(), tokenizer=bare, reward=vowels, prompts=TEXTS, settings=SETTINGS
    )
    assert bare.chat_template is None
    assert trainer.tokenizer.pad_token_id != trainer.tokenizer.eos_token_id
    assert "Human:" in str(trainer.tokenizer.chat_template)
    assert trainer.update().answers.texts
    assert with_pad_and_template(tokenizer) is tokenizer


def test_training_to_the_end_leaves_a_folder_and_is_resumed(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    def trainer() -> PPOTrainer:
        return PPOTrainer(
            policy=str(folders["llama"]), reward=vowels, prompts=TEXTS, settings=SETTINGS,
            device="cpu",
        )  # fmt: skip

    whole = trainer().train(tmp_path / "whole")
    assert whole == tmp_path / "whole" / "model"
    assert [row["step"] for row in read_rows(tmp_path / "whole" / "metrics.jsonl")] == [1, 2, 3]
    assert list(read_rows(tmp_path / "whole" / "samples.jsonl"))

    calls = 0

    def killed(done: int, total: int, note: str = "") -> None:
        nonlocal calls
        calls += 1
        if calls == 3:  # after the second update and its checkpoint
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trainer().train(tmp_path / "cut", progress=killed)
    again = trainer()
    cut = again.train(tmp_path / "cut")
    first, second = (load_file(one / "model.safetensors") for one in (whole, cut))
    assert all(torch.equal(first[name], second[name]) for name in first)

    # After the end: the same files, and the trainer where it was.
    last = trainer()
    last.train(tmp_path / "cut")
    assert last.done
    own = last.learner.policy.plain.state_dict()
    assert all(torch.equal(own[name], weight) for name, weight in first.items())
    last.save_model(tmp_path / "copy")
    assert torch.equal(
        load_file(tmp_path / "copy" / "model.safetensors")["lm_head.weight"],
        first["lm_head.weight"],
    )


def test_a_rate_for_small_models_is_noticed_in_a_large_one(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    from cai.alignment.ppo import building

    for large, said in ((10**9, ""), (1000, "1e-6 to 1e-5 is usual")):
        monkeypatch.setattr(building, "_LARGE", large)
        PPOTrainer(
            policy=make_policy(), tokenizer=tokenizer, reward=vowels, prompts=TEXTS,
            settings=SETTINGS,
        )  # fmt: skip
        assert said in capsys.readouterr().err
        assert said or not capsys.readouterr().err


def test_our_own_rows_pass_through(prompts: list[Prompt]) -> None:
    assert prompts_of(prompts) == prompts


def test_who_looks_on_is_given_in_any_form_of_a_reward(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    def looks(name: str, independent: object, score: str | None = None) -> list[list[float]]:
        trainer = PPOTrainer(
            policy=str(folders["llama"]), reward=vowels, prompts=TEXTS * 4, device="cpu",
            settings=replace(
                SETTINGS, total_episodes=4,
                independent=IndependentSettings(score=score, every=1, prompts=8),
            ),
        )  # fmt: skip
        trainer.train(tmp_path / name, independent=independent)
        rows = read_rows(tmp_path / name / "watch.jsonl")
        return [row["look"]["scores"] for row in rows if row["look"]]

    model = str(folders["llama-reward"])
    by_name = looks("named", model)
    assert len(by_name) == 2
    assert looks("set", None, model) == by_name
    assert looks("loaded", Scorer(model, device="cpu")) == by_name
    assert looks("nobody", None) == []
    by_function = looks("function", letters)
    assert by_function == looks("named function", None, f"{__file__}:letters") != by_name


@pytest.mark.parametrize("score", ["judge", "held-out"])
def test_what_only_a_run_has_is_refused(score: str, folders: dict[str, Path]) -> None:
    trainer = PPOTrainer(
        policy=str(folders["llama"]), reward=vowels, prompts=TEXTS, device="cpu",
        settings=replace(SETTINGS, independent=IndependentSettings(score=score)),
    )  # fmt: skip
    with pytest.raises(RecipeError, match=rf"'{score}', which only a run.*train\(independent="):
        trainer.train("never")


def test_a_rollback_without_anybody_looking_on_is_refused(folders: dict[str, Path]) -> None:
    trainer = PPOTrainer(
        policy=str(folders["llama"]), reward=vowels, prompts=TEXTS, device="cpu",
        settings=replace(SETTINGS, alarms=AlarmSettings(action="rollback")),
    )  # fmt: skip
    with pytest.raises(RecipeError, match=r"there is none; .*give train\(independent="):
        trainer.train("never")
