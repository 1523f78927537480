"""Chat templates: whether what is said survives being rendered, tokenised and decoded.

A template that drops the system text, says no generation prompt, or begins with a token that the
tokenizer adds once more, breaks a run without an error. Nothing but the tokenizer is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import jinja2
from transformers import PreTrainedTokenizerBase

from cai.doctor.finding import Finding, Verdict
from cai.models import (
    chat_text,
    common_prefix,
    encode_chat,
    encode_full,
    speaks_transcript,
)
from cai.records import Message

GROUP = "templates"

_SYSTEM, _ASKED, _SAID = "Answer in one word.", "What is 2 + 2? Café 値 🙂", "Four: 4."
_USER: tuple[Message, ...] = (Message(role="user", content=_ASKED),)
_BOTH: tuple[Message, ...] = (Message(role="system", content=_SYSTEM), *_USER)
_WHOLE: tuple[Message, ...] = (*_USER, Message(role="assistant", content=_SAID))


def template(
    name: str, tokenizer: PreTrainedTokenizerBase, *, stops: frozenset[int]
) -> Iterator[Finding]:
    """What a model is shown. `stops` are the tokens that end its answers."""
    try:
        asked = chat_text(tokenizer, _USER, add_generation_prompt=True)
    except (jinja2.TemplateError, TypeError) as error:
        reason = " ".join(str(error).split())[:200]
        yield _finding(
            name, "chat template", "failure", "cannot be rendered",
            f"{type(error).__name__}: {reason}; correct the chat_template beside its tokenizer",
        )  # fmt: skip
        return
    yield _round_trip(name, tokenizer, asked)
    yield _generation_prompt(name, tokenizer, asked)
    yield _system(name, tokenizer)
    yield _beginning(name, tokenizer, asked)
    yield _ending(name, tokenizer, stops)


def _round_trip(name: str, tokenizer: PreTrainedTokenizerBase, text: str) -> Finding:
    if _ASKED not in text:
        return _finding(
            name, "chat template", "failure", "drops what the user says",
            "it must write each message's content; correct the chat_template",
        )  # fmt: skip
    ids = encode_chat(tokenizer, _USER)
    back = str(tokenizer.decode(ids, clean_up_tokenization_spaces=False))
    kind = "Human/Assistant transcript" if speaks_transcript(tokenizer) else "its own"
    if back.strip() == text.strip():
        return _finding(name, "chat template", "ok", f"{kind}; the text comes back whole")
    place = common_prefix(back, text)
    seen = f"{text[place : place + 12]!r} comes back as {back[place : place + 12]!r}"
    return _finding(
        name, "chat template", "warning", f"{kind}; the text comes back changed",
        f"{seen}: the tokenizer does not keep all text, so what is not ASCII may be lost",
    )  # fmt: skip


def _generation_prompt(name: str, tokenizer: PreTrainedTokenizerBase, asked: str) -> Finding:
    plain = chat_text(tokenizer, _USER, add_generation_prompt=False)
    told = chat_text(tokenizer, _WHOLE, add_generation_prompt=False)
    if _SAID not in told:
        return _finding(
            name, "generation prompt", "failure", "answers are dropped",
            "the chat_template must write the assistant's content: there is nothing to train on",
        )  # fmt: skip
    if asked == plain and not told.removeprefix(asked).strip().startswith(_SAID):
        return _finding(
            name, "generation prompt", "failure", "none",
            "asked to answer, the model is not told that its turn begins; have the chat_template "
            "write that where add_generation_prompt is true",
        )  # fmt: skip
    shown, whole = encode_chat(tokenizer, _USER), encode_full(tokenizer, _WHOLE)
    shared = common_prefix(shown, whole)
    if shared < len(shown) - 1:  # one token may merge across the border
        return _finding(
            name, "generation prompt", "warning", "differs from what stands before an answer",
            f"after {shared} of {len(shown)} tokens; cai trains on all that follows, which the "
            "template may drop from earlier turns (such as thoughts)",
        )  # fmt: skip
    if asked == plain:  # as in Mistral's, where [/INST] ends the user's turn
        return _finding(
            name, "generation prompt", "ok", "an answer follows the user's turn at once"
        )
    return _finding(name, "generation prompt", "ok", repr(asked.removeprefix(plain).strip()))


def _system(name: str, tokenizer: PreTrainedTokenizerBase) -> Finding:
    try:
        text = chat_text(tokenizer, _BOTH, add_generation_prompt=True)
    except jinja2.TemplateError as error:
        return _finding(name, "system message", "failure", "refused", str(error))
    if _SYSTEM not in text or _ASKED not in text:
        return _finding(
            name, "system message", "failure", "lost",
            "critic and judge are told their part there; correct the chat_template",
        )  # fmt: skip
    folded = f"{_SYSTEM}\n\n{_ASKED}" in text and not speaks_transcript(tokenizer)
    value = "at the head of the user's turn (the template has no place for it)"
    return _finding(name, "system message", "ok", value if folded else "a turn of its own")


def _beginning(name: str, tokenizer: PreTrainedTokenizerBase, asked: str) -> Finding:
    bos, ids = tokenizer.bos_token_id, encode_chat(tokenizer, _USER)
    adds = bos is not None and tokenizer("x").input_ids[:1] == [bos]
    if bos is not None and ids[:2] == [bos, bos]:
        return _finding(
            name, "first token", "failure", f"{tokenizer.bos_token} twice",
            "the chat_template writes it twice; take one away",
        )  # fmt: skip
    if adds and ids[:1] != [bos]:
        return _finding(
            name, "first token", "warning", f"no {tokenizer.bos_token}",
            "the tokenizer begins texts with it and the chat_template does not; if the model was "
            "trained with it, write {{ bos_token }} at the template's start",
        )  # fmt: skip
    if adds:
        return _finding(
            name, "first token", "ok", f"{tokenizer.bos_token} once",
            "the template writes it, so cai has the tokenizer add none; other tools must, too "
            "(add_special_tokens=False)",
        )  # fmt: skip
    return _finding(name, "first token", "ok", repr(asked[:20]))


def _ending(name: str, tokenizer: PreTrainedTokenizerBase, stops: frozenset[int]) -> Finding:
    ids = encode_chat(tokenizer, _WHOLE, add_generation_prompt=False)
    start = len(encode_chat(tokenizer, _USER))
    written = [one for one in ids[start:] if one in stops]
    end = tokenizer.eos_token
    if tokenizer.eos_token_id in written or speaks_transcript(tokenizer):
        return _finding(name, "end of answer", "ok", str(end))
    if written:
        token = tokenizer.convert_ids_to_tokens(written[0])
        return _finding(
            name, "end of answer", "ok", f"{token}, then {end}",
            "generation stops at either; cai trains and scores up to the second",
        )  # fmt: skip
    return _finding(
        name, "end of answer", "warning", f"the template writes no {end}",
        "cai adds it, so that answers end; if the template ends turns with another token, make "
        "that the eos_token, or name it in generation_config.json",
    )  # fmt: skip


def own_stops(name: str, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """The tokens that end a model's answers, without loading its weights."""
    from transformers import GenerationConfig

    from cai.weights import base_of, resolve

    source = resolve(base_of(name) or name)
    try:
        config = GenerationConfig.from_pretrained(source.path, revision=source.revision)
    except OSError:  # it has none
        return frozenset({int(tokenizer.eos_token_id)})
    found = config.eos_token_id
    ends: Sequence[int] = found if isinstance(found, list) else [found] if found is not None else []
    return frozenset({int(tokenizer.eos_token_id), *map(int, ends)})


def _finding(model: str, name: str, verdict: Verdict, value: str, text: str = "") -> Finding:
    return Finding(group=GROUP, name=f"{model}: {name}", verdict=verdict, value=value, text=text)
