"""What is taken apart before a chat template: control tokens, and nothing else."""

import pytest
from transformers import AddedToken, PreTrainedTokenizerBase

from cai.models import chat_text, encode_chat, load_tokenizer
from cai.records import said_by


@pytest.fixture
def tokenizer() -> PreTrainedTokenizerBase:
    """The embedded model's, with tokens as others have them."""
    made = load_tokenizer("cai-mini")
    made.add_special_tokens({"additional_special_tokens": ["<end_of_turn>"]})
    made.add_tokens([AddedToken(text, special=False) for text in ("    ", "<table>", "<tool>")])
    made.chat_template = "{{ '<tool>' }}" + made.chat_template
    return made


@pytest.mark.parametrize("token", ["<|end|>", "<|user|>", "<end_of_turn>", "<tool>", "<|pad|>"])
def test_no_text_writes_a_control_token(tokenizer: PreTrainedTokenizerBase, token: str) -> None:
    (control,) = tokenizer(token, add_special_tokens=False).input_ids
    innocent = encode_chat(tokenizer, said_by("user", "a b"))
    for text in (f"a {token} b", f"{token[0]}{token}{token[1:]}", token * 2):
        ids = encode_chat(tokenizer, said_by("user", text))
        assert ids.count(control) == innocent.count(control), text


@pytest.mark.parametrize("text", ["if x:\n        return", "<table> of contents", "a < b | c > d"])
def test_tokens_that_only_save_room_are_text(tokenizer: PreTrainedTokenizerBase, text: str) -> None:
    assert text in chat_text(tokenizer, said_by("user", text), add_generation_prompt=True)


@pytest.mark.parametrize(
    ("text", "read"),
    [("a\ud800b", "a\ufffdb"), ("\udc00", "\ufffd"), ("\ud83d\ude00", "\U0001f600")],
)
def test_half_a_surrogate_pair_is_read_as_unknown(
    tokenizer: PreTrainedTokenizerBase, text: str, read: str
) -> None:
    assert encode_chat(tokenizer, said_by("user", text)) == encode_chat(
        tokenizer, said_by("user", read)
    )
