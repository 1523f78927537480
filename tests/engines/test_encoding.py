import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from cai.engines.encoding import ChatEncoder
from cai.models import common_prefix, encode_chat, load_tokenizer
from cai.records import said_by

TALK = "How do I look after a plant?\n\nAnswer A: Water it now and then.\n\nAnswer B: Do not."
ENDINGS = ("Which is kinder?", "Which is of more use?", "Choose one.", " A space", "", "\n\nX")
TEXTS = (
    [f"{TALK}\n\n{ending}" for ending in ENDINGS]
    + [f"{TALK * 3} {ending}" for ending in ENDINGS]
    + ["short", "short", "", "été, 日本語 日本語 日本語 日本語 a", "日本語 日本語 日本語 日本語 b"]
    + [f"{TALK} <|end|> {n}" for n in range(3)]
)
CHATS = [said_by("user", text) for text in TEXTS]


class Counting:
    """A tokenizer that counts the characters it is given."""

    def __init__(self, tokenizer):
        self.tokenizer, self.characters = tokenizer, 0

    def __getattr__(self, name):
        return getattr(self.tokenizer, name)

    def __len__(self):
        return len(self.tokenizer)

    def __call__(self, texts, **settings):
        self.characters += sum(map(len, texts))
        return self.tokenizer(texts, **settings)


@pytest.mark.parametrize("model", ["tiny_model", "tiny_gpt2"])
def test_ids_are_those_of_whole_prompts(model, request):
    tokenizer = load_tokenizer(str(request.getfixturevalue(model)))
    wanted = [encode_chat(tokenizer, chat) for chat in CHATS]
    assert ChatEncoder(tokenizer).encode(CHATS) == wanted
    assert ChatEncoder(tokenizer).encode(CHATS[::-1]) == wanted[::-1]
    assert ChatEncoder(tokenizer).encode([]) == []


def test_a_beginning_is_encoded_once(tiny_model):
    tokenizer = Counting(load_tokenizer(str(tiny_model)))
    encoder = ChatEncoder(tokenizer)
    encoder.encode(CHATS[:6])  # the first family is encoded in both ways
    tokenizer.characters = 0
    encoder.encode(CHATS[6:12])
    assert tokenizer.characters < 2 * max(map(len, TEXTS)) + 6 * 60


def test_a_tokenizer_that_merges_across_words_gets_whole_prompts():
    inner = Tokenizer(models.BPE())  # nothing keeps words apart
    inner.train_from_iterator(
        [f"{TALK}\n\n{ending}" for ending in ENDINGS] * 9,
        trainers.BpeTrainer(
            vocab_size=400,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        eos_token="<e>",
        chat_template="{{ messages[0].content }}",
    )
    wanted = [encode_chat(tokenizer, chat) for chat in CHATS[:6]]
    assert any(len(token.split(" ")) > 1 for token in inner.get_vocab())
    encoder = ChatEncoder(tokenizer)
    assert encoder.encode(CHATS[:6]) == wanted
    assert encoder._cuts is False


@pytest.mark.parametrize("kind", [list, str, tuple])
def test_the_common_prefix_of_two_sequences(kind):
    def wanted(a, b):
        return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))  # fmt: skip # noqa: E501

    for a in ("", "a", "abc", "abcabcabc", "abcabcabd", "b"):
        for b in ("", "a", "abcabcabcabc", "abd", "bb"):
            assert common_prefix(kind(a), kind(b)) == wanted(a, b)
