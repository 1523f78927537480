"""Pad and end tokens: apart from one another, and the same for the policy and who scores it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from cai.doctor.finding import Finding, finding
from cai.weights import resolve, tokenizer_home

GROUP = "tokens"
_finding = partial(finding, GROUP)


def special(name: str, model: str, tokenizer: PreTrainedTokenizerBase) -> Iterator[Finding]:
    """Pad and end token of one model, as saved and as used. `model` is what loads it."""
    source = resolve(tokenizer_home(model))
    saved = AutoTokenizer.from_pretrained(
        source.path, revision=source.revision, trust_remote_code=False
    )
    used = f"pad {tokenizer.pad_token}, end {tokenizer.eos_token}"
    if tokenizer.pad_token_id == tokenizer.eos_token_id:
        yield _finding(
            name, "failure", used, "the end of an answer would count as padding; set another pad"
        )
    elif saved.pad_token_id is not None and saved.pad_token_id == saved.eos_token_id:
        yield _finding(
            name, "ok", used,
            f"saved with its end token {saved.eos_token} as pad, which would hide where answers "
            f"end; cai takes {tokenizer.pad_token} and saves its models so",
        )  # fmt: skip
    elif saved.pad_token_id is None:
        yield _finding(name, "ok", used, f"saved without a pad; cai takes {tokenizer.pad_token}")
    else:
        yield _finding(name, "ok", used)


def same(policy: PreTrainedTokenizerBase, other: PreTrainedTokenizerBase, *, name: str) -> Finding:
    """Whether who scores the policy reads the end and the padding of its answers as it means them.

    One with another vocabulary is shown texts, which it ends by its own template.
    """
    title = f"policy and {name}"
    if policy.get_vocab() != other.get_vocab():
        text = "it reads the policy's texts with its own tokenizer, and no value model begins as it"
        return _finding(title, "ok", "other vocabularies", text)
    ends = (policy.eos_token_id, other.eos_token_id)
    pads = (policy.pad_token_id, other.pad_token_id)
    if ends[0] != ends[1]:
        text = (
            f"the policy ends an answer with {policy.eos_token} and {name} with {other.eos_token}; "
            "cai shows it texts, which it ends by its own, but other tools give it the policy's "
            "tokens and would read scores at the wrong place; save both with one eos_token"
        )
        return _finding(title, "warning", f"end {ends[0]} and {ends[1]}", text)
    if pads[0] != pads[1]:
        text = f"pad {policy.pad_token} and {other.pad_token}; save both with one pad_token"
        return _finding(title, "warning", f"pad {pads[0]} and {pads[1]}", text)
    return _finding(title, "ok", f"pad {pads[0]} and end {ends[0]} are the same")
