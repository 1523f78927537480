"""Fixtures that several rooms share: small real models, and one that is made up."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from cai.engines.base import (
    Choice,
    ChooseRequest,
    Completion,
    EngineIdentity,
    GenerateRequest,
    call_key,
)
from cai.records import Message, Preference, content_id, derive_seed, said_by

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

# For fixtures that outlive a test; the user's own store of calls is never touched.
_CALLS = tempfile.TemporaryDirectory(prefix="cai-calls-")
os.environ["CAI_CACHE"] = _CALLS.name
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")

# What tests write need not outlive a loss of power, and some wait for the disk hundreds of times.
os.fsync = lambda descriptor: None

# No test is timed: a machine that is held up for a second makes none of them wrong.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # the rest stays as whoever runs pytest has set it


def pytest_unconfigure() -> None:
    """Workers of pytest-xdist end without running what `tempfile` left to the interpreter's end."""
    _CALLS.cleanup()


@pytest.fixture(autouse=True)
def own_call_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives every test a store of model calls that knows nothing yet."""
    monkeypatch.setenv("CAI_CACHE", str(tmp_path / "call-store"))


@pytest.fixture
def two_threads() -> Iterator[None]:
    """torch has two threads meanwhile, so that work for two is done side by side."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny_model(make_chat_model: Callable[..., Path]) -> Path:
    """A random two-layer Llama with the embedded model's tokenizer: real code, no knowledge."""
    from transformers import AutoTokenizer

    from cai.weights import resolve

    tokenizer = AutoTokenizer.from_pretrained(resolve("cai-mini").path)
    return make_chat_model(tokenizer, context=512, tie_word_embeddings=True)


@pytest.fixture(scope="session")
def tiny_gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random GPT-2 without chat template, without pad token: what a base model looks like."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-gpt2")
    inner = _byte_level(
        ["Human: How are you?\n\nAssistant: Well, thank you for asking about the weather."] * 4,
        size=400,
        special_tokens=["<|endoftext|>"],
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<|endoftext|>")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = GPT2LMHeadModel(
            GPT2Config(
                vocab_size=len(tokenizer),
                n_embd=32,
                n_layer=2,
                n_head=2,
                n_positions=512,
                bos_token_id=0,
                eos_token_id=0,
            )
        )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def transcript_writer(tiny_gpt2: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base model that, asked "Hi.", says "Hello." and goes on with the transcript, at any seed.

    What it says depends on the position alone: nothing but its embeddings of positions reaches
    the head.
    """
    import torch
    from transformers import GPT2LMHeadModel

    from cai.models import encode_chat, load_tokenizer

    folder = tmp_path_factory.mktemp("transcript-writer")
    tokenizer = load_tokenizer(str(tiny_gpt2))
    asked = encode_chat(tokenizer, said_by("user", "Hi."))
    said = tokenizer(" Hello.\n\nHuman: Why?\n\nAssistant: Because. " * 4).input_ids
    # One head of 32: with fewer dimensions, vLLM has no kernel for it on a CPU.
    model = GPT2LMHeadModel.from_pretrained(tiny_gpt2, tie_word_embeddings=False, n_head=1)
    with torch.no_grad():
        for block in model.transformer.h:
            for layer in (block.attn.c_proj, block.mlp.c_proj):
                layer.weight.zero_()
                layer.bias.zero_()
        head = torch.randn(model.lm_head.weight.shape, generator=torch.Generator().manual_seed(0))
        model.lm_head.weight.copy_(20 * head)
        model.transformer.wte.weight.zero_()
        model.transformer.wpe.weight[len(asked) - 1 :][: len(said)] = head[said]
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def make_chat_tokenizer() -> Callable[..., PreTrainedTokenizerFast]:
    """Makes byte-level tokenizers with a chat template whose turns end with the EOS token.

    What it says `after_turn` is said by many templates, and must never be learned.
    """
    from transformers import PreTrainedTokenizerFast

    def make(
        texts: Sequence[str], *, size: int = 300, after_turn: str = "\n", **more: Any
    ) -> PreTrainedTokenizerFast:
        return PreTrainedTokenizerFast(
            tokenizer_object=_byte_level(texts, size=size, special_tokens=_CHAT_TOKENS),
            pad_token="<|pad|>",
            eos_token="<|end|>",
            chat_template=_CHAT_TEMPLATE.replace("AFTER", after_turn),
            **more,
        )

    return make


@pytest.fixture(scope="session")
def make_chat_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes folders of random two-layer Llamas for a tokenizer; `config` takes further fields."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    def make(
        tokenizer: PreTrainedTokenizerFast,
        *,
        context: int,
        seed: int = 0,
        kind: type[PreTrainedModel] = LlamaForCausalLM,
        **config: Any,
    ) -> Path:
        folder = tmp_path_factory.mktemp("chat-model")
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = kind(
                LlamaConfig(
                    vocab_size=len(tokenizer),
                    hidden_size=32,
                    intermediate_size=64,
                    num_hidden_layers=2,
                    num_attention_heads=2,
                    max_position_embeddings=context,
                    pad_token_id=tokenizer.pad_token_id,
                    eos_token_id=tokenizer.eos_token_id,
                    bos_token_id=None,
                    **config,
                )
            )
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def make_preference() -> Callable[..., Preference]:
    """Makes preference rows from texts."""

    def make(prompt: str, chosen: str, rejected: str, probability: float, split: str) -> Preference:
        messages = said_by("user", prompt)
        return Preference(
            id=content_id(prompt, chosen, rejected),
            prompt=messages,
            chosen=said_by("assistant", chosen),
            rejected=said_by("assistant", rejected),
            probability=probability,
            comparison_id=content_id(prompt),
            prompt_id=content_id(list(messages)),
            principles=("kind",),
            split=split,  # type: ignore[arg-type]
        )

    return make


_CHAT_TOKENS = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
_CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>AFTER"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def _byte_level(texts: Sequence[str], *, size: int, special_tokens: list[str]) -> Tokenizer:
    """Special tokens first, then every byte as a token of its own, then merges from the texts."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=special_tokens,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return made


# --- a made-up model: every answer follows from its request -------------------------------------

WORDS = ("plant", "water", "sun", "soil", "seed", "leaf", "root", "rain")


IDENTITY = EngineIdentity(model="fake", weights="0", dtype="-", template="-")


class Killed(BaseException):
    """What the made-up model raises where the process would have been killed."""


@dataclass
class FakeEngine:
    """Says `say(request)` and prefers by `prefer(request)`, a list of log-probabilities.

    Results do not depend on what else is in the batch. It counts its calls, and after `lifetime`
    of them it raises `Killed`.
    """

    say: Callable[[GenerateRequest], str]
    prefer: Callable[[ChooseRequest], Sequence[float]]
    context: int = 4096
    lifetime: int | None = None
    identity: EngineIdentity = IDENTITY
    asked: list[GenerateRequest | ChooseRequest] = field(default_factory=list)

    def count(self, messages: Sequence[Message]) -> int:
        return sum(len(message["content"].split()) + 1 for message in messages)

    def generate(self, requests: Sequence[GenerateRequest]) -> list[Completion]:
        self._live(requests)
        return [
            Completion(
                text=self.say(request),
                finish="stop",
                prompt_tokens=self.count(request.messages),
                new_tokens=3,
                call=call_key(self.identity, request),
            )
            for request in requests
        ]

    def choose(self, requests: Sequence[ChooseRequest]) -> list[Choice]:
        self._live(requests)
        return [
            Choice(
                logprobs=tuple(self.prefer(request)),
                prompt_tokens=self.count(request.messages),
                call=call_key(self.identity, request),
            )
            for request in requests
        ]

    def _live(self, requests: Sequence[GenerateRequest | ChooseRequest]) -> None:
        self.asked += requests
        if self.lifetime is not None and len(self.asked) > self.lifetime:
            raise Killed


def draw(seed: int, *parts: str) -> float:
    """A number in [0, 1) that follows from its arguments."""
    return derive_seed(seed, *parts) / 2**63


def words(request: GenerateRequest) -> str:
    """Three words by the request's seed: sometimes the same ones again."""
    key = str(request.seed)
    return " ".join(WORDS[int(draw(index, key) * len(WORDS))] for index in range(3))


def shown_answers(request: ChooseRequest) -> tuple[str, str]:
    text = request.messages[-1]["content"]
    a, b = text.split("\n\nAnswer A: ")[1].split("\n\nAnswer B: ")
    return a, b.split("\n\n")[0]


def by_words(request: ChooseRequest) -> tuple[float, float]:
    """Prefers by a hash of each answer and of the question asked about them, in either order."""
    question = request.messages[-1]["content"].split("\n\n")[-1]
    worth = [draw(0, question, answer) for answer in shown_answers(request)]
    share = 0.05 + 0.9 * worth[0] / sum(worth)
    return (math.log(share * 0.98), math.log((1 - share) * 0.98))


@pytest.fixture
def engine() -> Callable[..., FakeEngine]:
    """Makes a made-up model; its verdicts and words can be replaced."""

    def make(**changes: object) -> FakeEngine:
        return FakeEngine(**{"say": words, "prefer": by_words, **changes})  # type: ignore[arg-type]

    return make


@pytest.fixture
def killed() -> type[BaseException]:
    return Killed
