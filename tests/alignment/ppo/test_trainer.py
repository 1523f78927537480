"""The loop: rollouts, scores, and whether it finds an optimum that is known."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from cai.alignment.ppo import (
    PPOConfig,
    PPOTrainer,
    SampleSettings,
    TokenPolicy,
    ValueModel,
    ValueSettings,
)
from cai.alignment.ppo.batches import collate
from cai.alignment.ppo.rollout import (
    Conversation,
    RewardFunction,
    encode_demonstrations,
    encode_prompts,
    pick,
    sample_answers,
)
from cai.alignment.ppo.schedule import set_rates
from cai.errors import DataError, RunError
from cai.models import chat_text, load_causal, load_tokenizer, stop_ids
from cai.records import Prompt, said_by
from cai.reward.sources.scores import Scores

Make = Callable[..., PreTrainedModel]


def letters(conversations: Sequence[Conversation]) -> list[float]:
    """1 for an answer that starts with an ASCII letter, else 0."""
    texts = [conversation[-1]["content"] for conversation in conversations]
    return [float(text[:1].isascii() and text[:1].isalpha()) for text in texts]


def make_trainer(
    policy: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[Prompt],
    settings: PPOConfig,
    reward: RewardFunction = letters,
    demonstrations: Sequence[Conversation] = (),
) -> PPOTrainer:
    return PPOTrainer(
        policy=policy, value=ValueModel.from_policy(policy), tokenizer=tokenizer, reward=reward,
        prompts=prompts, settings=settings, demonstrations=demonstrations,
    )  # fmt: skip


def test_an_answer_without_end_pays_the_penalty(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase, prompts: list[Prompt]
) -> None:
    settings = PPOConfig(
        total_episodes=8, batch_size=8, minibatch_size=8, max_new_tokens=3, missing_eos_penalty=2.0,
        kl_coefficient=0.0,
    )  # fmt: skip
    trainer = make_trainer(make_policy(), tokenizer, prompts, settings)
    metrics = trainer.update().metrics
    unfinished = 8 - metrics["val/num_eos_tokens"]
    assert unfinished > 0
    expected = metrics["objective/scores"] - 2.0 * unfinished / 8
    assert metrics["objective/rlhf_reward"] == pytest.approx(expected, abs=1e-6)


def test_answers_do_not_depend_on_what_is_sampled_beside_them(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase, prompts: list[Prompt]
) -> None:
    model = make_policy("gpt2")
    stops = stop_ids(model, tokenizer)
    policy = TokenPolicy(model, temperature=0.8, banned_ids=range(5))
    settings = PPOConfig(max_new_tokens=6, temperature=0.8, seed=3)
    encoded = encode_prompts(prompts, tokenizer, context=200, settings=PPOConfig())
    together = sample_answers(
        policy, tokenizer, encoded, stop_ids=stops, settings=settings, update=4
    )
    again = sample_answers(
        policy, tokenizer, encoded[:1], stop_ids=stops, settings=settings, update=4
    )
    assert again.sequences == together.sequences[:1]
    other = sample_answers(policy, tokenizer, encoded, stop_ids=stops, settings=settings, update=5)
    assert other.sequences != together.sequences
    said = {token for one in together.sequences for token in one.response}
    assert not said & set(range(5)) - stops
    assert together.conversations[0][:-1] == prompts[0].messages


def test_answers_are_drawn_from_the_distribution_that_is_trained(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase, prompts: list[Prompt]
) -> None:
    """Their mean log-probability is what it is expected to be, at a temperature far from 1; and
    nothing that is banned is ever said."""
    model = make_policy()
    with torch.no_grad():
        model.get_output_embeddings().weight.mul_(12)
    banned = range(0, len(tokenizer), 2)
    policy = TokenPolicy(model, temperature=0.5, banned_ids=banned)
    settings = PPOConfig(max_new_tokens=1, temperature=0.5)
    encoded = encode_prompts(prompts[:1] * 400, tokenizer, context=200, settings=settings)
    answers = sample_answers(
        policy, tokenizer, encoded, stop_ids=frozenset(), settings=settings, update=0
    )
    assert not {one.response[0] for one in answers.sequences} & set(banned)
    with torch.no_grad():
        scored = policy(collate(answers.sequences, torch.device("cpu")))
    surprise = -scored.logprobs.double()
    error = float(surprise.std()) / math.sqrt(len(surprise))
    assert float(surprise.mean()) == pytest.approx(float(scored.entropies[0]), abs=4 * error)


def test_a_stop_token_is_part_of_the_response_but_not_of_the_text(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase, prompts: list[Prompt]
) -> None:
    model = make_policy()
    end = int(tokenizer.convert_tokens_to_ids("<|end|>"))
    encoded = encode_prompts(prompts * 20, tokenizer, context=200, settings=PPOConfig())
    answers = sample_answers(
        TokenPolicy(model), tokenizer, encoded, stop_ids=frozenset({end, 70, 71, 72}),
        settings=PPOConfig(max_new_tokens=30), update=0,
    )  # fmt: skip
    ended = [one for one, end in zip(answers.sequences, answers.finished, strict=True) if end]
    assert ended
    for one, text, finished in zip(
        answers.sequences, answers.texts, answers.finished.tolist(), strict=True
    ):
        assert (one.response[-1] in {end, 70, 71, 72}) == finished
        kept = one.response[:-1] if finished else one.response
        assert text == tokenizer.decode(kept, skip_special_tokens=True).strip()


def test_answers_of_a_base_model_end_where_those_that_are_labelled_do(
    transcript_writer: Path,
) -> None:
    """The reward model is shown what the engine would have said, in the transcript's form."""
    tokenizer = load_tokenizer(str(transcript_writer))
    model = load_causal(str(transcript_writer), tokenizer=tokenizer, device="cpu")
    messages = said_by("user", "Hi.")
    stops = stop_ids(model, tokenizer)
    settings = PPOConfig(max_new_tokens=40)
    answers = sample_answers(
        TokenPolicy(model), tokenizer,
        encode_prompts(
            [Prompt(id="hi", messages=messages)], tokenizer, context=200, settings=settings
        ),
        stop_ids=stops, settings=settings, update=0,
    )  # fmt: skip
    assert answers.texts == ["Hello."]
    assert answers.finished.tolist() == [True]
    assert tokenizer.decode(answers.sequences[0].response) == " Hello.\n\nHuman:"
    shown = chat_text(tokenizer, answers.conversations[0], add_generation_prompt=False)
    assert shown == "\n\nHuman: Hi.\n\nAssistant: Hello.<|endoftext|>"


def test_learning_rates_rise_after_the_warmup_and_fall_to_the_end(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase, prompts: list[Prompt]
) -> None:
    settings = PPOConfig(
        total_episodes=16, batch_size=2, minibatch_size=2, max_new_tokens=2, learning_rate=0.8,
        value=ValueSettings(learning_rate=0.08, warmup_updates=1), lr_warmup_updates=2,
    )  # fmt: skip
    trainer = make_trainer(make_policy(), tokenizer, prompts, settings)
    optimizers = (trainer.learner.policy_optimizer, trainer.learner.value_optimizer)
    rates = [set_rates(optimizers, settings, number) for number in range(8)]
    assert rates == pytest.approx([0, 0.7 / 3, 0.6 * 2 / 3, 0.5, 0.4, 0.3, 0.2, 0.1])
    (group,) = trainer.learner.value_optimizer.param_groups
    assert group["lr"] == pytest.approx(0.01)


def test_every_pass_reads_every_prompt_once(
    tokenizer: PreTrainedTokenizerBase, prompts: list[Prompt]
) -> None:
    encoded = encode_prompts(prompts, tokenizer, context=200, settings=PPOConfig())
    read = pick(encoded, name="prompts", seed=1, first=0, count=15)
    assert set(Counter(one.prompt.id for one in read).values()) == {3}
    for reading in range(3):
        assert len({one.prompt.id for one in read[5 * reading : 5 * reading + 5]}) == 5
    assert pick(encoded, name="prompts", seed=1, first=7, count=4) == read[7:11]
    assert pick(encoded, name="prompts", seed=2, first=0, count=15) != read


def test_demonstrations_are_imitated_as_much_as_they_weigh(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase, prompts: list[Prompt]
) -> None:
    shown = [(*prompt.messages, *said_by("assistant", "with yeast")) for prompt in prompts]
    losses = {}
    for weight in (0.0, 1.0):
        settings = PPOConfig(
            total_episodes=24, batch_size=8, minibatch_size=4, ppo_epochs=2, max_new_tokens=4,
            value=ValueSettings(learning_rate=1e-3, warmup_updates=1), ptx_coefficient=weight,
            learning_rate=5e-3, lr_warmup_updates=0,
        )  # fmt: skip
        trainer = make_trainer(make_policy(), tokenizer, prompts, settings, demonstrations=shown)
        reports = [trainer.update() for _ in range(3)]
        assert ("loss/ptx_avg" in reports[1].metrics) == bool(weight)
        with torch.no_grad():
            batch = collate(trainer.demonstrations, torch.device("cpu"))
            losses[weight] = float(-trainer.learner.policy(batch).logprobs.mean())
    assert losses[1.0] < losses[0.0] - 0.2
    with pytest.raises(DataError, match="ptx_coefficient needs demonstrations"):
        make_trainer(make_policy(), tokenizer, prompts, settings)


def test_demonstrations_are_answers_up_to_their_end(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase, prompts: list[Prompt]
) -> None:
    messages = prompts[0].messages
    shown = [
        (*messages, *said_by("assistant", text)) for text in ("with yeast", "with water " * 40)
    ]
    (found,) = encode_demonstrations(shown, tokenizer, context=128, banned_ids=[])
    assert tokenizer.decode(found.prompt) == chat_text(
        tokenizer, messages, add_generation_prompt=True
    )
    assert found.response[-1] == tokenizer.eos_token_id
    assert tokenizer.decode(found.response[:-1]) == "with yeast"
    banned = [found.response[0]]
    assert encode_demonstrations(shown, tokenizer, context=128, banned_ids=banned) == []


def test_prompts_that_do_not_fit_are_named_or_left_out_and_counted(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase, prompts: list[Prompt]
) -> None:
    settings = PPOConfig(max_new_tokens=64, too_long="drop")
    long = replace(prompts[0], messages=said_by("user", "0123456789" * 7), source="set.jsonl:1")
    with pytest.raises(DataError, match=r"^set\.jsonl:1: .* or set align-ppo\.too_long to drop"):
        make_trainer(make_policy(), tokenizer, [*prompts, long], PPOConfig(max_new_tokens=64))
    trainer = make_trainer(make_policy(), tokenizer, [*prompts, long], settings)
    assert trainer.prompts_left_out == 1
    assert [one.prompt for one in trainer.prompts] == prompts
    with pytest.raises(DataError, match="max_new_tokens"):
        make_trainer(make_policy(), tokenizer, prompts, replace(settings, max_new_tokens=127))


@pytest.mark.parametrize("bad", [[math.nan] * 4, [1.0] * 3])
def test_bad_scores_are_refused(
    bad: list[float], make_policy: Make, tokenizer: PreTrainedTokenizerBase, prompts: list[Prompt]
) -> None:
    settings = PPOConfig(total_episodes=4, batch_size=4, minibatch_size=4, max_new_tokens=2)
    trainer = make_trainer(make_policy(), tokenizer, prompts, settings, lambda _: bad)
    with pytest.raises(RunError, match="reward"):
        trainer.update()


def test_parts_of_a_score_become_metrics_and_part_of_the_samples(
    make_policy: Make, tokenizer: PreTrainedTokenizerBase, prompts: list[Prompt]
) -> None:
    settings = PPOConfig(
        total_episodes=4,
        batch_size=4,
        minibatch_size=4,
        max_new_tokens=2,
        samples=SampleSettings(count=1),
    )

    def reward(conversations: Sequence[Conversation]) -> Scores:
        first = torch.tensor(letters(conversations))
        return Scores(first - 1, {"letters": first, "other": torch.full((4,), -1.0)})

    plain = make_trainer(make_policy(), tokenizer, prompts, settings, lambda c: reward(c).total)
    report = make_trainer(make_policy(), tokenizer, prompts, settings, reward).update()
    expected = plain.update()
    new = {name for name in report.metrics if name.startswith("objective/rewards/")}
    assert report.metrics["objective/rewards/other"] == -1
    assert report.metrics["objective/rewards/letters"] == pytest.approx(
        report.metrics["objective/scores"] + 1
    )
    kept = {name: value for name, value in report.metrics.items() if name not in new}
    assert kept == expected.metrics
    (row,) = report.samples
    assert row["rewards"] == {"letters": row["score"] + 1, "other": -1.0}
    assert "rewards" not in expected.samples[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [("batch_size", 0), ("lam", 1.5), ("temperature", 0.0), ("reward_clip", -1.0),
     ("lr_schedule", "cosine"), ("minibatch_size", 65)],
)  # fmt: skip
def test_settings_that_cannot_work_are_named(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        PPOConfig(**{name: value})  # type: ignore[arg-type]
