"""The tokenizer of the embedded model: byte-level BPE with a chat template.

Every byte is in the alphabet, so no text is unknown. Digits and punctuation marks never merge:
names and numbers are copied character by character, and an answer of one letter is one token.

No token is rare. BPE leaves behind what it built longer tokens from: "jack" on the way to
" hijack", never seen again until a new word such as " carjack" holds it, and then nothing is known
about it (Land and Bartolo 2024, "Fishing for Magikarp").
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

PAD = "<|pad|>"
END = "<|end|>"
ROLES = ("system", "user", "assistant")
VOCABULARY = 2560
TEXTS_PER_TOKEN = 6000  # a token that occurs less than once in so many texts is rare
CONTEXT = 1024

# Words take the space before them; digits and other marks stand alone. So do the letters A and B
# where they name an answer: "Answer A:" then holds the very token that a judge replies with, which
# is not the article.
_PIECES = r" (?=[AB](?:[:.?,]|$))|'(?:s|t|re|ve|m|ll|d)| ?\p{L}+|\p{N}|[^\s\p{L}\p{N}]|\s+(?!\S)|\s"

# `generation` marks what the assistant says, for losses on completions only.
CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- if message['role'] == 'assistant' -%}"
    "{{- '<|assistant|>' -}}"
    "{%- generation -%}{{- message['content'] + '<|end|>' -}}{%- endgeneration -%}"
    "{%- elif message['role'] in ('system', 'user') -%}"
    "{{- '<|' + message['role'] + '|>' + message['content'] + '<|end|>' -}}"
    "{%- else -%}"
    "{{- raise_exception('unknown role: ' + message['role']) -}}"
    "{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)


def role_token(role: str) -> str:
    """The special token that opens a message of ``role``."""
    return f"<|{role}|>"


def train_tokenizer(
    texts: Iterable[str], *, vocabulary: int = VOCABULARY
) -> PreTrainedTokenizerFast:
    """Learn merges from ``texts`` (message texts without special tokens): at most ``vocabulary``
    tokens, without those that turn out to be rare."""
    texts = list(texts)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=[PAD, END, *map(role_token, ROLES)],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    splitter = tokenizer.pre_tokenizer
    pieces = Counter(piece for text in texts for piece, _ in splitter.pre_tokenize_str(text))
    tokenizer = _without_rare(tokenizer, pieces, least=max(2, len(texts) // TEXTS_PER_TOKEN))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=[role_token(role) for role in ROLES],
        chat_template=CHAT_TEMPLATE,
        model_max_length=CONTEXT,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def _without_rare(tokenizer: Tokenizer, pieces: Mapping[str, int], *, least: int) -> Tokenizer:
    """The tokenizer without tokens that occur fewer than ``least`` times in ``pieces``.

    A piece that is a token is taken whole, however its merges are gone; what is left of others is
    cut into smaller tokens, which makes some of those rare in turn.
    """
    state: dict[str, Any] = json.loads(tokenizer.to_str())
    state["model"]["ignore_merges"] = True
    kept = {token["content"] for token in state["added_tokens"]}
    while True:
        tokenizer = Tokenizer.from_str(json.dumps(state))
        counts: Counter[str] = Counter()
        for piece, times in pieces.items():
            for token in tokenizer.model.tokenize(piece):
                counts[token.value] += times
        vocabulary: dict[str, int] = state["model"]["vocab"]
        rare = {
            token
            for token in vocabulary
            if len(token) > 1 and token not in kept and counts[token] < least
        }
        if not rare:
            return tokenizer
        left = [
            token for token in sorted(vocabulary, key=vocabulary.__getitem__) if token not in rare
        ]
        state["model"]["vocab"] = {token: index for index, token in enumerate(left)}
        state["model"]["merges"] = [
            pair for pair in state["model"]["merges"] if not rare & {*pair, "".join(pair)}
        ]
