"""Shared beginnings in real architectures: what they give is what each prompt gives alone."""

import pytest
import torch
from transformers import (
    AutoTokenizer,
    BloomConfig,
    BloomForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    MptConfig,
    MptForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from cai.engines.base import ChooseRequest, GenerateRequest
from cai.engines.decoding import sample, uniforms
from cai.engines.prefix.forward import Way
from cai.engines.prefix.probe import find_way, why_not
from cai.engines.transformers import TransformersEngine
from cai.heads import Head, head_is_all
from cai.models import encode_chat, load_causal, load_tokenizer
from cai.records import Message, said_by

SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
CONTEXT = {"max_position_embeddings": 512}
ROPE = SIZES | CONTEXT | {"intermediate_size": 48}
GROUPED = {"num_key_value_heads": 2}
SHARED = {
    "llama": (LlamaForCausalLM, LlamaConfig, ROPE | GROUPED),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config, ROPE | GROUPED),
    "gpt2": (
        GPT2LMHeadModel,
        GPT2Config,
        {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512},
    ),
    "opt": (
        OPTForCausalLM,
        OPTConfig,
        SIZES | CONTEXT | {"ffn_dim": 48, "word_embed_proj_dim": 32},
    ),
    "neox": (GPTNeoXForCausalLM, GPTNeoXConfig, ROPE),
}
GROWING = {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 4.0, "original_max_position_embeddings": 32}  # fmt: skip # noqa: E501
WHOLE = {
    "mistral": (MistralForCausalLM, MistralConfig, ROPE | GROUPED | {"sliding_window": 16}),
    "bloom": (BloomForCausalLM, BloomConfig, {"hidden_size": 32, "n_layer": 2, "n_head": 4}),
    "mpt": (
        MptForCausalLM,
        MptConfig,
        {"d_model": 32, "n_layers": 2, "n_heads": 4, "max_seq_len": 512},
    ),
    "mamba": (
        MambaForCausalLM,
        MambaConfig,
        {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 4},
    ),
    "dynamic": (LlamaForCausalLM, LlamaConfig, ROPE | {"rope_parameters": GROWING}),
}


@pytest.fixture(scope="module")
def make_folder(tiny_model, tmp_path_factory):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)

    def make(kind, config, fields):
        folder = tmp_path_factory.mktemp("architecture")
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = kind(
                config(
                    vocab_size=len(tokenizer),
                    pad_token_id=tokenizer.pad_token_id,
                    eos_token_id=tokenizer.eos_token_id,
                    bos_token_id=None,
                    **fields,
                )
            )
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.ndim > 1:
                    parameter.mul_(5)  # or every token would be about as likely as any other
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return str(folder)

    return make


def judged(beginning, endings, options=("A", "B")):
    system = Message(role="system", content="You compare two answers. Say A or B.")
    return [
        ChooseRequest(
            messages=(system, *said_by("user", f"{beginning}\n\n{ending}")), options=options
        )
        for ending in endings
    ]


def asked():
    """Two levels, unequal beginnings, options of several tokens, one that shares nothing."""
    talk = "Tell me how plants grow when the sun is out and the soil is wet. " * 2
    orders = [f"{talk} Answer A: {a} Answer B: {b}" for a, b in (("Rain.", "Sun."), ("Sun.", "Rain."))]  # fmt: skip # noqa: E501
    endings = ("Which is kinder?", "Which answer helps the user more?", "Choose one.", "Why?")
    return [
        *judged(orders[0], endings),
        *judged("Alone.", ["x"]),
        *judged(orders[1], endings),
        *judged("word " * 30, endings[:2], options=("A", "neither of them", "A bit of both")),
        *judged(orders[0], endings[:1]),  # once more
    ]


def alone(folder, requests):
    """Each option by a forward pass of its own, without padding."""
    tokenizer = load_tokenizer(folder)
    found = []
    for request in requests:
        # Loaded anew: a growing rotary embedding remembers the longest text it has seen.
        model = load_causal(folder, tokenizer=tokenizer, device="cpu")
        prompt = encode_chat(tokenizer, request.messages)
        row = []
        for option in request.options:
            ids = tokenizer(option, add_special_tokens=False).input_ids
            with torch.no_grad():
                logits = model(torch.tensor([prompt + ids[:-1]])).logits[0].double()
            logits[:, tokenizer.pad_token_id] = -torch.inf
            rows = torch.log_softmax(logits, -1)[len(prompt) - 1 :]
            row.append(sum(float(r[token]) for r, token in zip(rows, ids, strict=True)))
        found.append(pytest.approx(row, abs=1e-4))
    return found


@pytest.mark.parametrize("name", SHARED)
def test_shared_beginnings_give_what_each_prompt_gives_alone(make_folder, name, capsys):
    folder = make_folder(*SHARED[name])
    engine = TransformersEngine(folder, device="cpu")
    requests = asked()
    attention = engine._model.config._attn_implementation
    choices = engine.choose(requests)
    assert isinstance(engine._way, Way)
    assert engine._way.trims
    assert [choice.logprobs for choice in choices] == alone(folder, requests)
    assert max(choices[0].logprobs) - min(choices[0].logprobs) > 0.01  # there is something to see
    assert engine._model.config._attn_implementation == attention
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", WHOLE)
def test_where_sharing_would_be_wrong_prompts_are_read_whole(make_folder, name, capsys):
    folder = make_folder(*WHOLE[name])
    engine = TransformersEngine(folder, device="cpu")
    requests = asked()[:9] if name != "dynamic" else asked()[:4]
    choices = engine.choose(requests)
    assert engine._way is None
    assert "every prompt is read whole" in capsys.readouterr().err
    assert [choice.logprobs for choice in choices] == alone(folder, requests)


@pytest.mark.parametrize("name", ["mistral", "bloom", "mpt", "mamba"])
def test_a_model_is_found_out_by_trying_it_too(make_folder, name, monkeypatch):
    folder = make_folder(*WHOLE[name])
    tokenizer = load_tokenizer(folder)
    model = load_causal(folder, tokenizer=tokenizer, device="cpu")
    monkeypatch.setattr("cai.engines.prefix.probe.why_not", lambda config: "")
    with torch.inference_mode():
        found = find_way(Head(model, head_is_all(model)), pad_id=tokenizer.pad_token_id)
    assert isinstance(found, str)


def test_a_window_as_wide_as_the_context_hides_nothing():
    assert why_not(MistralConfig(sliding_window=512, max_position_embeddings=512)) == ""
    assert "sliding_window" in why_not(MistralConfig(sliding_window=128))


def test_the_embedded_model_shares(tiny_model):
    engine = TransformersEngine("cai-mini", device="cpu")
    requests = asked()[:9]
    assert [choice.logprobs for choice in engine.choose(requests)] == alone("cai-mini", requests)
    assert isinstance(engine._way, Way)


def test_results_do_not_depend_on_the_batch(tiny_model):
    requests = asked()
    roomy = TransformersEngine(str(tiny_model), device="cpu")
    tight = TransformersEngine(str(tiny_model), device="cpu", token_budget=90)
    together = roomy.choose(requests)
    for others in (tight.choose(requests), [roomy.choose([request])[0] for request in requests]):
        for a, b in zip(together, others, strict=True):
            assert a.logprobs == pytest.approx(b.logprobs, abs=1e-5)
            assert (a.call, a.prompt_tokens) == (b.call, b.prompt_tokens)
    backwards = roomy.choose(requests[::-1])[::-1]
    assert [c.call for c in backwards] == [c.call for c in together]
    assert together[0].logprobs == together[-1].logprobs  # the same request


def test_nothing_asked_is_nothing_said(tiny_model):
    engine = TransformersEngine(str(tiny_model), device="cpu")
    assert engine.choose([]) == []
    assert engine.generate([]) == []
    assert "_model" not in vars(engine)  # and nothing was loaded for it


def test_prompts_that_share_nothing(make_chat_tokenizer, make_chat_model):
    tokenizer = make_chat_tokenizer(["a b c d"])
    tokenizer.chat_template = "{% for message in messages %}{{ message.content }}{% endfor %}"
    folder = str(make_chat_model(tokenizer, context=128))
    requests = [
        ChooseRequest(messages=said_by("user", text), options=("A", "B"))
        for text in ("one two", "three", "and four more of them", "five")
    ]
    choices = TransformersEngine(folder, device="cpu").choose(requests)
    assert [choice.logprobs for choice in choices] == alone(folder, requests)


def test_sharing_leaves_generation_as_it_was(tiny_model):
    request = GenerateRequest(messages=said_by("user", "Hi."), max_new_tokens=8, seed=3)
    engine = TransformersEngine(str(tiny_model), device="cpu")
    before = engine.generate([request])
    engine.choose(asked())
    assert engine.generate([request]) == before


def written(count=14):
    """Requests that begin alike, are equal but for their seeds, or share nothing."""
    talk = "Tell me how plants grow when the sun is out and the soil is wet. " * 3
    texts = [f"{talk} {'And ' * (n % 4)} {n % 5}?" if n % 3 else "word " * n for n in range(count)]
    return [
        GenerateRequest(messages=said_by("user", text), max_new_tokens=6 + n % 3, seed=n)
        for n, text in enumerate(texts)
    ]


@pytest.mark.parametrize("name", [*SHARED, *WHOLE])
def test_answers_are_those_of_the_models_own_cache(make_folder, name, capsys):
    folder = make_folder(*(SHARED | WHOLE)[name])
    engine = TransformersEngine(folder, device="cpu", token_budget=600)
    requests = written()
    answers = engine.generate(requests)
    assert engine._continues == (name in SHARED)
    assert ("every prompt is read whole" in capsys.readouterr().err) == (name in WHOLE)
    for request, answer in zip(requests, answers, strict=True):
        # Loaded anew: a growing rotary embedding remembers the longest text it has seen.
        model = load_causal(folder, tokenizer=engine._tokenizer, device="cpu")
        (said,) = sample(
            model,
            [encode_chat(engine._tokenizer, request.messages)],
            uniforms=uniforms([request.seed], request.max_new_tokens),
            max_new_tokens=request.max_new_tokens,
            stop_ids=engine._stops,
            pad_id=engine._pad_id,
            banned_ids=[engine._pad_id],
        )
        text = engine._tokenizer.decode(said.tokens, skip_special_tokens=True).strip()
        assert (answer.text, answer.new_tokens) == (text, len(said.tokens))
