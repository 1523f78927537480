"""Reward models that read other tokens, in other chat templates, than the policy writes."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
    LlamaConfig,
    LlamaForSequenceClassification,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
)
from transformers.convert_slow_tokenizer import bytes_to_unicode

from cai.alignment.ppo import PPOConfig
from cai.alignment.ppo.batches import TokenSequence
from cai.alignment.ppo.rollout import Answers
from cai.alignment.ppo.run import build_trainer
from cai.models import chat_text, encode_full, load_tokenizer
from cai.progress import silent
from cai.records import Prompt, said_by
from cai.reward.score import Scorer
from cai.reward.train import RewardSettings, run

TEXTS = ["please tell me something kind and plain about gardens", "how can I bake good bread"]
# Trims what is said, knows no system role, begins with BOS, and marks a thought before an answer.
TRIMMING = (
    "{{ bos_token }}{% for message in messages %}{% if message.role == 'system' %}"
    "{{ raise_exception('no system role') }}{% endif %}[{{ message.role }}] "
    "{{ message.content | trim }}{{ eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant] <thought>\n{% endif %}"
)
# Passes over a system role in silence, and marks no end.
SILENT = (
    "{% for message in messages %}{% if message.role != 'system' %}"
    "{{ message.role }}: {{ message.content }}\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
SYSTEM = (*said_by("system", "Be terse."), *said_by("user", "please tell me"))


def byte_level(template: str) -> PreTrainedTokenizerFast:
    """A byte-level BPE with a vocabulary, special tokens and a template of its own."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = ["<s>", "</s>", "<blank>"]
    made.train_from_iterator(
        TEXTS,
        trainers.BpeTrainer(
            vocab_size=330, special_tokens=special, show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        ),
    )  # fmt: skip
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<s>", eos_token="</s>", pad_token="<blank>",
        chat_template=template,
    )  # fmt: skip


def word_piece() -> PreTrainedTokenizerFast:
    """As BERT's: lower case, unknown words, [CLS] and [SEP], and no template."""
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    made.train_from_iterator(
        [*TEXTS, "Human: Assistant:"],
        trainers.WordPieceTrainer(vocab_size=200, special_tokens=special, show_progress=False),
    )
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]",
    )  # fmt: skip


def save(folder: Path, tokenizer: PreTrainedTokenizerFast, *, context: int = 96) -> Path:
    """A random reward model for a tokenizer: a decoder, or an encoder for word pieces."""
    sizes = {
        "vocab_size": len(tokenizer), "hidden_size": 32, "intermediate_size": 64,
        "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": context,
        "num_labels": 1, "pad_token_id": tokenizer.pad_token_id,
        "cai_reward_mean": 0.1, "cai_reward_std": 0.5,
    }  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = (
            BertForSequenceClassification(BertConfig(**sizes))
            if tokenizer.eos_token is None
            else LlamaForSequenceClassification(
                LlamaConfig(**sizes, bos_token_id=0, eos_token_id=1)
            )
        )
    with torch.no_grad():  # far from zero, so that differences show
        for parameter in model.parameters():
            parameter.mul_(3)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


KINDS = ("trimming", "silent", "word-piece")


@pytest.fixture(scope="module")
def reward_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("rewards")
    return {
        "trimming": save(root / "trimming", byte_level(TRIMMING)),
        "silent": save(root / "silent", byte_level(SILENT)),
        "word-piece": save(root / "word-piece", word_piece()),
    }


@pytest.fixture(scope="module")
def scorers(reward_models: dict[str, Path]) -> dict[str, Scorer]:
    return {kind: Scorer(str(path), normalised=True) for kind, path in reward_models.items()}


@pytest.fixture(scope="module")
def policy(
    make_chat_tokenizer: Callable[..., Any], make_chat_model: Callable[..., Path]
) -> tuple[Path, PreTrainedTokenizerBase]:
    folder = make_chat_model(make_chat_tokenizer(TEXTS), context=256)
    return folder, load_tokenizer(str(folder))


def test_each_is_shown_the_text_in_its_own_form(reward_models: dict[str, Path]) -> None:
    conversation = [*SYSTEM, *said_by("assistant", "Gardens.")]
    expected = {
        "trimming": "<s>[user] Be terse.\n\nplease tell me</s>\n[assistant] Gardens.</s>",
        "silent": "user: Be terse.\n\nplease tell me\nassistant: Gardens.\n</s>",
        "word-piece": "[CLS] be terse. please tell me assistant : gardens. [SEP]",
    }
    for kind, folder in reward_models.items():
        tokenizer = load_tokenizer(str(folder))
        ids = encode_full(tokenizer, conversation)
        text = tokenizer.decode(ids)
        assert ids.count(tokenizer.eos_token_id) == text.count(str(tokenizer.eos_token))
        if kind != "word-piece":
            assert text == expected[kind]
        else:  # letters that the training never saw are unknown words
            assert text.startswith("[CLS]")
            assert text.endswith("[SEP]")
            assert ids.count(tokenizer.bos_token_id) == 1
            assert "please tell me" in text


@pytest.mark.parametrize("kind", KINDS)
def test_the_score_is_the_models_own_of_that_text(
    kind: str, reward_models: dict[str, Path], policy: tuple[Path, PreTrainedTokenizerBase]
) -> None:
    """Through PPO's reward, beside the bare model on hand-made input."""
    source = reward_models[kind]
    trainer = build_trainer(
        prompts=[Prompt(id="p", messages=SYSTEM)], policy=str(policy[0]), reward=str(source),
        settings=PPOConfig(max_new_tokens=4, batch_size=4, minibatch_size=4),
    )  # fmt: skip
    conversation = (*SYSTEM, *said_by("assistant", "Gardens."))
    tokenizer = load_tokenizer(str(source))
    text = chat_text(tokenizer, conversation, add_generation_prompt=False).rstrip("\n")
    if kind == "silent":
        text += "\n"
    if not text.endswith(str(tokenizer.eos_token)):
        text += str(tokenizer.eos_token)
    inputs = tokenizer(text, add_special_tokens=False, return_tensors="pt")
    model = AutoModelForSequenceClassification.from_pretrained(source).eval()
    with torch.no_grad():
        raw = model(**inputs).logits.item()
    (score,) = trainer.reward([conversation]).tolist()  # type: ignore[operator]
    assert score == pytest.approx((raw - 0.1) / 0.5, abs=1e-4)
    assert not trainer.learner.value.head.weight.any()  # it starts from the policy
    assert trainer.update().metrics["val/num_eos_tokens"] >= 0


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_too_long_loses_its_front_and_keeps_its_end(
    kind: str, reward_models: dict[str, Path]
) -> None:
    scorer = Scorer(str(reward_models[kind]))
    ends = [said_by("assistant", "gardens " * 200 + end) for end in ("kind", "plain")]
    fronts = [said_by("user", front) for front in ("please tell me", "bake bread")]
    scores = scorer.fitting([[*front, *end] for front in fronts for end in ends]).view(2, 2)
    torch.testing.assert_close(
        scores[0], scores[1], atol=1e-6, rtol=0
    )  # what was cut does not count
    assert (scores[:, 0] - scores[:, 1]).abs().min() > 1e-6  # what was said last does
    ids = encode_full(scorer.tokenizer, [*fronts[0], *ends[0]])
    assert len(ids) > scorer.context
    (alone,) = scorer.score_ids([ids[-scorer.context :]]).tolist()
    assert scores[0, 0].item() == pytest.approx(alone, abs=1e-6)


texts = st.text(st.sampled_from("abgrdens kipl.é✓🙂"), min_size=1, max_size=20)


@pytest.mark.parametrize("kind", KINDS)
@given(text=texts, seed=st.integers(0, 1000))
@settings(max_examples=8, deadline=None)
def test_token_splits_pay_nothing(
    kind: str,
    text: str,
    seed: int,
    scorers: dict[str, Scorer],
    policy: tuple[Path, PreTrainedTokenizerBase],
) -> None:
    """However a policy cuts a text into tokens, its score has the same bits."""
    tokenizer = policy[1]
    scorer = scorers[kind]
    draw = random.Random(seed)
    usual = tokenizer(text, add_special_tokens=False).input_ids
    pieces, rest = [], text
    while rest:
        size = draw.randint(1, len(rest))
        pieces += tokenizer(rest[:size], add_special_tokens=False).input_ids
        rest = rest[size:]
    letters = bytes_to_unicode()  # the letter that stands for each byte in such a vocabulary
    single = [tokenizer.convert_tokens_to_ids(letters[byte]) for byte in text.encode()]
    said = [tokenizer.decode(ids).strip() for ids in (usual, pieces, single)]
    assert said[0] == said[1] == said[2] == text.strip()
    prompt = Prompt(id="p", messages=SYSTEM)
    answers = Answers(
        prompts=[prompt] * 3,
        sequences=[TokenSequence((1,), tuple(ids)) for ids in (usual, pieces, single)],
        texts=said,
        finished=torch.tensor([True] * 3),
    )
    conversations = answers.as_read(0, 1).conversations
    first, second, third = (scorer.fitting([one]).item() for one in conversations)
    assert first == second == third


@pytest.mark.parametrize("kind", KINDS)
def test_one_is_trained_scored_and_followed(
    kind: str,
    reward_models: dict[str, Path],
    policy: tuple[Path, PreTrainedTokenizerBase],
    preferences: Path,
    tmp_path: Path,
) -> None:
    """The whole way of a reward model with a tokenizer of its own."""
    base = reward_models[kind]
    given = RewardSettings(base=str(base), epochs=1, batch_size=16, learning_rate=1e-3)
    counts = run(preferences=preferences, sft="unused", settings=given, folder=tmp_path,
                 progress=silent)  # fmt: skip
    assert counts["train"] == 64
    trainer = build_trainer(
        prompts=[Prompt(id="p", messages=SYSTEM)], policy=str(policy[0]),
        reward=str(tmp_path / "model"),
        settings=PPOConfig(max_new_tokens=4, batch_size=4, minibatch_size=4, total_episodes=12),
    )  # fmt: skip
    while not trainer.done:
        report = trainer.update()
    scorer = Scorer(str(tmp_path / "model"), normalised=True)
    assert torch.equal(report.scores.total, scorer(report.answers.conversations))
