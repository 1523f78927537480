"""Templates and special tokens that break a run without an error, each told by what it breaks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import PreTrainedTokenizerFast

from cai.doctor.languages import languages
from cai.doctor.templates import own_stops, template
from cai.doctor.tokens import same, special
from cai.errors import EngineError
from cai.models import load_tokenizer
from cai.preflight import check_models
from cai.run import Run

GOOD = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
NAMES = ("chat template", "generation prompt", "system message", "first token", "end of answer")


@pytest.fixture
def examined(
    make_chat_tokenizer: Callable[..., PreTrainedTokenizerFast], by_name: Callable[..., dict]
) -> Callable[..., dict[str, Any]]:
    """What is found of a tokenizer with a chat template; more of its fields may be changed."""

    def look(text: str, **changed: Any) -> dict[str, Any]:
        tokenizer = make_chat_tokenizer(["Some text to learn from."], **changed)
        tokenizer.chat_template = text
        found = by_name(template("m", tokenizer, stops=frozenset({tokenizer.eos_token_id})))
        return {name.removeprefix("m: "): one for name, one in found.items()}

    return look


def test_a_good_template_has_nothing_against_it(examined: Callable[..., dict[str, Any]]) -> None:
    found = examined(GOOD)
    assert tuple(found) == NAMES
    assert {one.verdict for one in found.values()} == {"ok"}
    assert found["system message"].value == "a turn of its own"
    assert found["generation prompt"].value == "'<|assistant|>'"


@pytest.mark.parametrize(
    ("text", "name", "verdict", "said"),
    [
        ("{{ messages[0].nothing.more }}", "chat template", "failure", "correct the chat_template"),
        ("{% for m in messages %}{{ m.role }}{% endfor %}", "chat template", "failure", "drops"),
        (GOOD.partition("{% if add")[0], "generation prompt", "failure", "none"),
        (
            GOOD.replace("{{ message.content }}", "{% if message.role != 'assistant' %}"
                         "{{ message.content }}{% endif %}"),
            "generation prompt", "failure", "answers are dropped",
        ),
        (
            "{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
            "{% else %} {{ m.content }}<|end|>{% endif %}{% endfor %}",
            "generation prompt", "ok", "an answer follows the user's turn at once",
        ),
        (
            GOOD.replace("<|assistant|>{%", "<|assistant|>Let me see, step by step: {%"),
            "generation prompt", "warning", "differs from what stands before an answer",
        ),
        (GOOD.replace("<|end|>", "\n"), "end of answer", "warning", "writes no <|end|>"),
        (
            GOOD.replace("{% for", "{{ bos_token }}{{ bos_token }}{% for"),
            "first token", "failure", "<|user|> twice",
        ),
        (
            "{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}" + GOOD,
            "system message", "ok", "at the head of the user's turn",
        ),
        (
            GOOD.replace("{% for", "{% set ns = messages | rejectattr('role', 'eq', 'system') %}"
                         "{% for").replace("in messages", "in ns"),
            "system message", "ok", "at the head of the user's turn",
        ),
    ],
)  # fmt: skip
def test_a_bad_one_is_told_by_what_it_breaks(
    text: str, name: str, verdict: str, said: str, examined: Callable[..., dict[str, Any]]
) -> None:
    found = examined(text, bos_token="<|user|>")[name]
    assert (found.verdict, said in f"{found.value} {found.text}") == (verdict, True), found


def test_the_trap_of_a_first_token_that_is_added_twice(
    make_chat_tokenizer: Callable[..., PreTrainedTokenizerFast], by_name: Callable[..., dict]
) -> None:
    from tokenizers.processors import TemplateProcessing

    tokenizer = make_chat_tokenizer(["Some text."], bos_token="<|user|>")
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|user|> $A", special_tokens=[("<|user|>", tokenizer.bos_token_id)]
    )
    tokenizer.chat_template = GOOD.replace("{% for", "{{ bos_token }}{% for", 1).replace(
        "<|{{ message.role }}|>", "{{ message.role }}: "
    )
    found = by_name(template("m", tokenizer, stops=frozenset()))["m: first token"]
    assert (found.verdict, found.value) == ("ok", "<|user|> once")
    assert "add_special_tokens=False" in found.text
    tokenizer.chat_template = tokenizer.chat_template.replace("{{ bos_token }}", "")
    found = by_name(template("m", tokenizer, stops=frozenset()))["m: first token"]
    assert (found.verdict, found.value) == ("warning", "no <|user|>")


def test_a_base_models_transcript_is_fine(tiny_gpt2: Path) -> None:
    name = str(tiny_gpt2)
    tokenizer = load_tokenizer(name)
    found = list(template("gpt2", tokenizer, stops=own_stops(name, tokenizer)))
    assert {one.verdict for one in found} == {"ok"}
    assert "transcript" in found[0].value


def test_a_pad_that_is_the_end_is_told_and_replaced(tiny_gpt2: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    saved = AutoTokenizer.from_pretrained(tiny_gpt2)
    (found,) = special("gpt2", str(tiny_gpt2), load_tokenizer(str(tiny_gpt2)))
    assert (found.verdict, "without a pad" in found.text) == ("ok", True)
    saved.pad_token = saved.eos_token
    saved.save_pretrained(tmp_path)
    (found,) = special("gpt2", str(tmp_path), load_tokenizer(str(tmp_path)))
    assert found.verdict == "ok"
    assert "saved with its end token <|endoftext|> as pad" in found.text
    saved.pad_token = saved.eos_token  # which no loader of ours would leave
    (found,) = special("gpt2", str(tmp_path), saved)
    assert found.verdict == "failure"


def test_who_scores_must_end_answers_as_the_policy_does(
    make_chat_tokenizer: Callable[..., PreTrainedTokenizerFast],
) -> None:
    policy, other = (make_chat_tokenizer(["Some text."]) for _ in range(2))
    assert same(policy, other, name="reward.base").verdict == "ok"
    other.pad_token = "<|user|>"
    assert same(policy, other, name="reward.base").verdict == "warning"
    other.eos_token = "<|system|>"
    found = same(policy, other, name="reward.base")
    assert (found.verdict, "with <|system|>" in found.text) == ("warning", True)
    stranger = make_chat_tokenizer(["Words of another kind, and more of them."], size=320)
    assert same(policy, stranger, name="reward.base").value == "other vocabularies"


@pytest.mark.parametrize(
    ("setting", "override"),
    [
        ("reward.base", "reward.base={}"),
        ("label.reward_model", "label.reward_model={}"),
        ("align-ppo.independent.score", "align-ppo.independent.score={}"),
        ("align-ppo.rewards[1].model", "align-ppo.rewards=[{{model: reward}}, {{model: {}}}]"),
    ],
)
def test_every_model_that_scores_is_looked_at(
    setting: str,
    override: str,
    make_run: Callable[..., Run],
    by_name: Callable[..., dict],
    tiny_gpt2: Path,
    tmp_path: Path,
) -> None:
    found = by_name(languages(make_run(override.format(tiny_gpt2))))
    assert found[f"policy and {setting}"].value == "other vocabularies"
    with pytest.raises(EngineError, match=re.escape(f"{setting}: ")):
        check_models(make_run(override.format(tmp_path / "nowhere")))
