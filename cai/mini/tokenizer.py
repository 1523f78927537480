"""The tokenizer of the embedded model: byte-level BPE with a chat template.

Every byte is in the alphabet, so no text is unknown. Digits and punctuation marks never merge:
names and numbers are copied character by character, and an answer of one letter is one token.
"""

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

PAD = "<|pad|>"
END = "<|end|>"
ROLES = ("system", "user", "assistant")
VOCABULARY = 2560
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
    """Learn merges from ``texts`` (message texts without special tokens)."""
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
