"""Conversations to token ids, many at a time: what their texts begin with alike is encoded once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from transformers import PreTrainedTokenizerBase

from cai.models import chat_text, common_prefix
from cai.records import Message

# A text may be cut before a space between two words, where the second word is a whole one.
_CUT = re.compile(r"(?<=\w) (?=\w+\W)")
_LOOKED_AT = 400  # characters from the end of a common beginning: a cut is near, or not there


class ChatEncoder:
    """The ids that `cai.models.encode_chat` gives, sooner.

    Most tokenizers never merge across the beginning of a word, so that a text can be cut there and
    its parts encoded apart. Not all do: the first beginning that is met is encoded in both ways for
    all its texts, and each later one for one of its texts. Where the ids differ, texts are encoded
    whole.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self._cuts: bool | None = None  # unknown until it was tried

    def encode(self, conversations: Sequence[Sequence[Message]]) -> list[list[int]]:
        """The token ids of each conversation, up to where its next turn begins."""
        texts = [
            chat_text(self._tokenizer, messages, add_generation_prompt=True)
            for messages in conversations
        ]
        ids: list[list[int]] = []
        for family in _families(texts):
            ids += self._family(texts[family.start : family.stop])
        return ids

    def _family(self, texts: Sequence[str]) -> list[list[int]]:
        common = min((common_prefix(texts[0], text) for text in texts[1:]), default=0)
        cut = _cut(texts[0][:common])
        if cut == 0 or self._cuts is False:
            return self._ids(texts)
        whole, *rests = self._ids([texts[0], *(text[cut:] for text in texts)])
        rest = rests[0]
        beginning = whole[: len(whole) - len(rest)]
        ids = [beginning + rest for rest in rests]
        if self._cuts is None:
            self._cuts = ids == self._ids(texts)
        return ids if self._cuts and ids[0] == whole else self._ids(texts)

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = self._tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [list(ids) for ids in encoded.input_ids]


def _families(texts: Sequence[str]) -> Iterator[range]:
    """Runs of texts that have most of the first one's length in common."""
    first, common = 0, 0
    for index in range(1, len(texts) + 1):
        if index < len(texts):
            alike = common_prefix(texts[first], texts[index])
            # The second text decides what the family shares; none that shares less may join it.
            if alike >= (0.9 * common or 0.5 * len(texts[first])):
                common = alike if index == first + 1 else min(common, alike)
                continue
        yield range(first, index)
        first, common = index, 0


def _cut(common: str) -> int:
    """The last place where a text may be cut, seen from its beginning; 0 if there is none."""
    start = max(0, len(common) - _LOOKED_AT)
    places = [match.start() for match in _CUT.finditer(common, start)]
    return places[-1] if places else 0
