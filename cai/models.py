"""Names to models: loading, the one way from messages to token ids.

Only safetensors are read and remote code is never run. `cai.weights` says what names there are; an
adapter is merged into its base.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import jinja2
import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from cai.errors import EngineError
from cai.quiet import quiet
from cai.records import Message
from cai.shipped import locate
from cai.weights import base_of, resolve, tokenizer_home

T = TypeVar("T")

# What a base model would write after its answer: the next turn of the transcript.
TRANSCRIPT_STOP = "\n\nHuman:"
_SURROGATE = re.compile("[\ud800-\udfff]")


def device_for(device: str | None = None) -> torch.device:
    """The device asked for, else the first GPU, else the CPU.

    Raises:
        EngineError: if a GPU is asked for and torch finds none.
    """
    found = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if found.type == "cuda" and not torch.cuda.is_available():
        raise EngineError(
            f"device {device!r}: torch finds no GPU here; set engine.device to cpu, or leave it out"
        )
    return found


def load_tokenizer(name: str) -> PreTrainedTokenizerBase:
    """The tokenizer of a model, left-padded, with a chat template and a pad token of its own.

    A tokenizer without a chat template belongs to a base model and gets the transcript form of
    Bai et al. 2022. A pad token equal to the end-of-sequence token would hide the end of an
    answer from every mask, so another is chosen, or added (then `load_causal` grows the
    embeddings). An adapter saved without a tokenizer speaks through that of its base.

    An encoder's tokenizer has its first and last token under other names.

    Raises:
        EngineError: if there is no such tokenizer, or it has no end-of-sequence token.
    """
    source = resolve(tokenizer_home(name))
    tokenizer: PreTrainedTokenizerBase = _load(
        name,
        lambda: AutoTokenizer.from_pretrained(
            source.path, revision=source.revision, trust_remote_code=False, padding_side="left"
        ),
    )
    if tokenizer.eos_token_id is None and tokenizer.sep_token_id is not None:
        tokenizer.bos_token, tokenizer.eos_token = tokenizer.cls_token, tokenizer.sep_token
    if tokenizer.eos_token_id is None:
        raise EngineError(f"{name}: its tokenizer has no end-of-sequence token; set one and save")
    return with_pad_and_template(tokenizer)


def with_pad_and_template(tokenizer: PreTrainedTokenizerBase) -> PreTrainedTokenizerBase:
    """The tokenizer with a pad token other than its end-of-sequence token, and a chat template; a
    copy of it, where one of them was missing."""
    has_pad = tokenizer.pad_token_id not in (None, tokenizer.eos_token_id)
    if has_pad and tokenizer.chat_template:
        return tokenizer
    tokenizer = copy.deepcopy(tokenizer)
    if not has_pad:
        spare = tokenizer.unk_token
        if spare is not None and tokenizer.unk_token_id != tokenizer.eos_token_id:
            tokenizer.pad_token = spare
        else:
            tokenizer.add_special_tokens({"pad_token": "<|pad|>"})
    if not tokenizer.chat_template:
        tokenizer.chat_template = _transcript_template(tokenizer)
    return tokenizer


def fit_to_tokenizer(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> PreTrainedModel:
    """The model, its embeddings grown in place if the tokenizer has more tokens."""
    _grow_embeddings(model, tokenizer)
    return model


def speaks_transcript(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether the model has no chat template and is shown a Human/Assistant transcript."""
    return TRANSCRIPT_STOP.replace("\n", "\\n") in str(tokenizer.chat_template)


def context_of(name: str) -> int:
    """The most tokens that a model can read, or no bound where it states none.

    Raises:
        EngineError: if there is no such model.
    """
    source = resolve(base_of(name) or name)
    config = _load(
        name,
        lambda: AutoConfig.from_pretrained(
            source.path, revision=source.revision, trust_remote_code=False
        ),
    )
    return context_in(config)


def context_in(config: PretrainedConfig) -> int:
    """The same, from its configuration."""
    return int(getattr(config.get_text_config(), "max_position_embeddings", None) or 1 << 30)


def load_causal(
    name: str,
    *,
    tokenizer: PreTrainedTokenizerBase | None = None,
    device: str | None = None,
    dtype: torch.dtype = torch.float32,
) -> PreTrainedModel:
    """A causal language model in evaluation mode, embeddings grown to the tokenizer's size.

    Raises:
        EngineError: if there is no such model or its weights cannot be read.
    """
    model = _load(name, lambda: _pretrained(AutoModelForCausalLM, name, dtype=dtype))
    _grow_embeddings(model, tokenizer)
    return model.to(device_for(device)).eval()


def load_scorer(
    name: str,
    *,
    tokenizer: PreTrainedTokenizerBase,
    device: str | None = None,
) -> PreTrainedModel:
    """A model with one score per sequence; a causal model's folder gives a fresh score head.

    Raises:
        EngineError: if there is no such model or its weights cannot be read.
    """
    return load_new_scorer(name, tokenizer=tokenizer, device=device)[0]


def load_new_scorer(
    name: str,
    *,
    tokenizer: PreTrainedTokenizerBase,
    device: str | None = None,
    seed: int = 0,
) -> tuple[PreTrainedModel, list[str]]:
    """The same, and the names of the modules that have no weights on disk: `seed` draws them.

    A causal model lacks the score head, an encoder often what pools its states too.

    Raises:
        EngineError: if there is no such model or its weights cannot be read.
    """
    drawn: set[str] = set()

    def load() -> PreTrainedModel:
        # The report of a missing score head would be news to nobody.
        verbosity = transformers_logging.get_verbosity()
        transformers_logging.set_verbosity_error()
        try:
            return _pretrained(
                AutoModelForSequenceClassification,
                name,
                drawn=drawn,
                dtype=torch.float32,
                num_labels=1,
            )
        finally:
            transformers_logging.set_verbosity(verbosity)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _load(name, load)
    _grow_embeddings(model, tokenizer)
    model.config.pad_token_id = tokenizer.pad_token_id
    return model.to(device_for(device)).eval(), sorted(drawn)


def chat_text(
    tokenizer: PreTrainedTokenizerBase,
    messages: Sequence[Message],
    *,
    add_generation_prompt: bool,
) -> str:
    """The text a model is shown for `messages`.

    Special tokens inside a message are taken apart first, so that no text can end its own turn. A
    template that refuses a system role, or passes over it in silence, gets the system text at the
    head of the first user turn.
    """
    safe = [_neutral(tokenizer, message) for message in messages]
    folded = _fold_system(safe)

    def shown(given: list[dict[str, str]]) -> str:
        return str(
            tokenizer.apply_chat_template(
                given, tokenize=False, add_generation_prompt=add_generation_prompt
            )
        )

    try:
        text = shown(safe)
    except jinja2.TemplateError:
        if folded is safe:
            raise
        return shown(folded)
    if folded is safe or (system := safe[0]["content"].strip()) in text:
        return text
    told = shown(folded)
    return told if system in told else text


def encode_chat(
    tokenizer: PreTrainedTokenizerBase,
    messages: Sequence[Message],
    *,
    add_generation_prompt: bool = True,
) -> list[int]:
    """The token ids of `messages`: the one way from a conversation to a model's input."""
    text = chat_text(tokenizer, messages, add_generation_prompt=add_generation_prompt)
    return list(tokenizer(text, add_special_tokens=False, verbose=False).input_ids)


def encode_full(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]) -> list[int]:
    """The ids of a conversation that ends in an assistant turn, ending right at its EOS token.

    Templates differ in what follows an answer: some add a newline after the end-of-turn token,
    some add no end at all. Training and scoring both use this function, so that a reward model is
    always read at the token it was trained at.
    """
    ids = encode_chat(tokenizer, messages, add_generation_prompt=False)
    start = len(encode_chat(tokenizer, messages[:-1], add_generation_prompt=True))
    eos = tokenizer.eos_token_id
    ends = [index for index in range(start, len(ids)) if ids[index] == eos]
    if not ends:
        # Some templates begin an answer to be written with more than they show of a written one,
        # such as the mark of a thought, so that a short answer ends before `start`.
        tail = len(ids) - ids[::-1].index(eos) if eos in ids else 0
        ends = [tail - 1] if tail and not str(tokenizer.decode(ids[tail:])).strip() else []
    return ids[: ends[-1] + 1] if ends else [*ids, int(eos)]


def common_prefix(first: Sequence[object], second: Sequence[object]) -> int:
    """How many items two lists (or texts) begin with alike.

    By bisection: slices are compared at the speed of C.
    """
    low, high = 0, min(len(first), len(second))
    if first[:high] == second[:high]:
        return high
    while high - low > 1:  # alike up to `low`, not up to `high`
        middle = (low + high) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle
    return low


def stop_ids(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """The tokens that end an answer: the tokenizer's EOS and the generation config's."""
    configured = getattr(model.generation_config, "eos_token_id", None)
    extra = configured if isinstance(configured, list) else [configured]
    return frozenset(int(token) for token in [tokenizer.eos_token_id, *extra] if token is not None)


def own_fields(config: Path) -> dict[str, Any]:
    """What `cai` has written into a config.json beside the model's own fields; {} without one."""
    if not config.is_file():
        return {}
    fields = json.loads(config.read_text("utf-8"))
    return {name: value for name, value in fields.items() if name.startswith("cai_")}


def _load(name: str, load: Callable[[], T]) -> T:
    try:
        return load()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise EngineError(
            f"model {name!r} cannot be loaded ({type(error).__name__}: {reason}); "
            "give cai-mini, a folder with config.json and *.safetensors, or a hub name"
        ) from error


def _pretrained(
    kind: Any, name: str, *, drawn: set[str] | None = None, **options: Any
) -> PreTrainedModel:
    """A model, with its adapter merged; modules without weights on disk are added to `drawn`."""
    base = base_of(name)
    source = resolve(base or name)
    model: PreTrainedModel
    model, report = kind.from_pretrained(
        source.path,
        revision=source.revision,
        use_safetensors=True,
        trust_remote_code=False,
        output_loading_info=True,
        **options,
    )
    missing = {key.rpartition(".")[0] for key in report["missing_keys"]}
    if base is not None:
        from peft import PeftConfig, PeftModel

        path = resolve(name).path
        config = PeftConfig.from_pretrained(path)
        config.task_type = None  # it was made for one kind of model, and fits the body of any
        with quiet():
            model = PeftModel.from_pretrained(model, path, config=config).merge_and_unload()
        model.requires_grad_(True)  # peft froze all but its own
        for field, value in own_fields(Path(path) / "config.json").items():
            setattr(model.config, field, value)
        missing -= set(config.modules_to_save or ())
    if drawn is not None:
        drawn |= missing
    return model


def _grow_embeddings(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase | None) -> None:
    if tokenizer is not None and len(tokenizer) > model.get_input_embeddings().num_embeddings:
        # The mean of the old rows is a neutral start; transformers' default samples around it
        # from the global generator, which would make two loads differ.
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
        with torch.no_grad():
            for layer in (model.get_input_embeddings(), model.get_output_embeddings()):
                if layer is not None:
                    weight: Any = layer.weight
                    weight[len(tokenizer) - 1] = weight[: len(tokenizer) - 1].mean(0)


def _transcript_template(tokenizer: PreTrainedTokenizerBase) -> str:
    path = locate("prompts/templates/transcript.jinja")
    if not path.exists():
        raise EngineError(f"{path} is missing; install cai again")
    template = path.read_text("utf-8").rstrip("\n")
    starts_with_bos = tokenizer("x").input_ids[:1] == [tokenizer.bos_token_id]
    return ("{{ bos_token }}" if starts_with_bos else "") + template


def _neutral(tokenizer: PreTrainedTokenizerBase, message: Message) -> dict[str, str]:
    """The message with the tokenizer's control tokens taken apart.

    Those are the special ones, and what its chat template writes. Tokens that were only added to
    save room, such as runs of spaces or tags of HTML, are ordinary text. Half of a surrogate pair,
    which JSON can hold and no tokenizer reads, becomes U+FFFD.
    """
    content = message["content"]
    if _SURROGATE.search(content):
        content = content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    for token in _control_tokens(tokenizer, len(tokenizer), str(tokenizer.chat_template)):
        if token in content:
            content = content.replace(token, f"{token[0]} {token[1:]}")
    return {"role": message["role"], "content": content}


@lru_cache(maxsize=8)
def _control_tokens(
    tokenizer: PreTrainedTokenizerBase, _size: int, template: str
) -> tuple[str, ...]:
    # Found once for a tokenizer of that size: some have thousands of added tokens.
    return tuple(
        kind.content
        for kind in tokenizer.added_tokens_decoder.values()
        if len(kind.content) > 1
        and not kind.content.isspace()
        and (kind.special or kind.content in template)
    )


def _fold_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    if len(messages) < 2 or messages[0]["role"] != "system":
        return messages
    system, first, *rest = messages
    return [{**first, "content": f"{system['content']}\n\n{first['content']}"}, *rest]
