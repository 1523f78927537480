import sqlite3

import pytest
import torch
from transformers import AutoTokenizer, Gemma2Config, Gemma2ForCausalLM

from cai.engines.base import ChooseRequest, GenerateRequest, call_key
from cai.engines.cache import CachedEngine, CallCache
from cai.engines.identity import identity_of
from cai.engines.transformers import TransformersEngine
from cai.errors import EngineError, RunError
from cai.models import encode_chat, encode_full, load_causal, load_tokenizer
from cai.records import Message, said_by


@pytest.fixture(scope="module")
def tiny_gemma2(tiny_model, tmp_path_factory):
    """A random Gemma 2: a cap, low enough to bite, comes after its head."""
    folder = tmp_path_factory.mktemp("tiny-gemma2")
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    config = Gemma2Config(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, head_dim=16, max_position_embeddings=512,
        final_logit_softcapping=0.05, pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id, bos_token_id=None,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        Gemma2ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=["tiny_model", "tiny_gpt2", "tiny_gemma2"])
def folder(request):
    return str(request.getfixturevalue(request.param))


@pytest.fixture(scope="module")
def engine(folder):
    return TransformersEngine(folder, device="cpu", token_budget=300)


def ask(text, seed=0, **settings):
    return GenerateRequest(
        messages=said_by("user", text), seed=seed, **({"max_new_tokens": 12} | settings)
    )


def test_results_come_in_order_whatever_the_batches(engine):
    requests = [ask("word " * n, seed=n, max_new_tokens=4 + n % 3) for n in (9, 1, 30, 4, 2, 17)]
    together = engine.generate(requests)
    assert together == [engine.generate([request])[0] for request in requests]
    assert [c.call for c in together] == [call_key(engine.identity, r) for r in requests]
    assert all(c.new_tokens <= r.max_new_tokens for c, r in zip(together, requests, strict=True))


def test_a_base_model_is_stopped_where_it_begins_the_next_turn(transcript_writer):
    engine = TransformersEngine(str(transcript_writer), device="cpu")
    answer, cut = engine.generate([ask("Hi.", max_new_tokens=40), ask("Hi.", max_new_tokens=2)])
    assert (answer.text, answer.finish) == ("Hello.", "turn")
    said = engine._tokenizer(" Hello.\n\nHuman:").input_ids
    assert answer.new_tokens == len(said)
    assert (cut.finish, cut.new_tokens) == ("length", 2)


def test_option_logprobs_equal_a_plain_forward_pass(engine, folder):
    tokenizer = load_tokenizer(folder)
    model = load_causal(folder, tokenizer=tokenizer, device="cpu")
    options = ("A", "B", "a longer option")
    requests = [ChooseRequest(messages=said_by("user", "x " * n), options=options) for n in (3, 9)]
    space = " " if "gpt2" in folder else ""
    for request, choice in zip(requests, engine.choose(requests), strict=True):
        prompt = encode_chat(tokenizer, request.messages)
        for option, found in zip(options, choice.logprobs, strict=True):
            ids = tokenizer(space + option, add_special_tokens=False).input_ids
            with torch.no_grad():
                logits = model(torch.tensor([prompt + ids])).logits[0].double()
            logits[:, tokenizer.pad_token_id] = -torch.inf
            rows = torch.log_softmax(logits, -1)[len(prompt) - 1 : -1]
            wanted = sum(float(row[token]) for row, token in zip(rows, ids, strict=True))
            assert found == pytest.approx(wanted, abs=1e-4)


def test_single_token_options_equal_the_general_path(engine):
    single = engine.choose([ChooseRequest(messages=said_by("user", "hi"), options=("A", "B"))])[0]
    mixed = engine.choose(
        [ChooseRequest(messages=said_by("user", "hi"), options=("A", "B", "two words"))]
    )[0]
    assert single.logprobs == pytest.approx(mixed.logprobs[:2], abs=1e-5)


def test_a_prompt_longer_than_the_context_is_refused(engine):
    with pytest.raises(EngineError, match=r"request 2 \('word word.* needs \d+ tokens, more than"):
        engine.generate([ask("short"), ask("word " * 600)])


def test_text_cannot_end_its_own_turn(folder):
    tokenizer = load_tokenizer(folder)
    token = tokenizer.eos_token
    ids = encode_chat(tokenizer, said_by("user", f"one {token} two"))
    clean = encode_chat(tokenizer, said_by("user", "one two"))
    assert ids.count(tokenizer.eos_token_id) == clean.count(tokenizer.eos_token_id)


def test_a_whole_conversation_ends_at_its_end_token(folder):
    tokenizer = load_tokenizer(folder)
    messages = (*said_by("user", "Hi."), *said_by("assistant", "Good day."))
    ids = encode_full(tokenizer, messages)
    prompt = encode_chat(tokenizer, messages[:1])
    assert ids[: len(prompt)] == prompt
    assert ids[-1] == tokenizer.eos_token_id
    assert tokenizer.decode(ids[len(prompt) : -1]).strip() == "Good day."
    assert tokenizer.pad_token_id != tokenizer.eos_token_id


def test_what_a_template_adds_after_the_end_token_is_cut(tiny_model):
    tokenizer = load_tokenizer(str(tiny_model))
    messages = (*said_by("user", "Hi."), *said_by("assistant", "Good day."))
    plain = encode_full(tokenizer, messages)
    tokenizer.chat_template += "{% if not add_generation_prompt %}{{ '\n' }}{% endif %}"
    assert encode_full(tokenizer, messages) == plain


def test_a_template_without_system_role_gets_it_in_the_first_turn(tiny_model):
    tokenizer = load_tokenizer(str(tiny_model))
    folded = encode_chat(tokenizer, said_by("user", "Be brief.\n\nHi."))
    tokenizer.chat_template = (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        + tokenizer.chat_template
    )
    messages = (Message(role="system", content="Be brief."), Message(role="user", content="Hi."))
    assert encode_chat(tokenizer, messages) == folded


def test_a_missing_model_is_named():
    with pytest.raises(EngineError, match=r"'\./nowhere': there is no such folder"):
        TransformersEngine("./nowhere")


def test_moving_a_folder_keeps_its_identity(tiny_model, tmp_path):
    import shutil

    moved = tmp_path / "elsewhere"
    shutil.copytree(tiny_model, moved)
    assert identity_of(str(moved)) == identity_of(str(tiny_model))


def test_finished_calls_are_never_made_again(engine, tmp_path):
    def cached():
        return CachedEngine(
            lambda: engine, identity=engine.identity, cache=CallCache(tmp_path / "calls.sqlite")
        )

    requests = [ask(f"number {n}", seed=n % 2) for n in range(6)]
    first, second = cached(), cached()
    fresh = first.generate([*requests[:4], requests[0]])
    assert (first.count_of_calls.made, first.count_of_calls.cached) == (4, 1)
    again = second.generate(requests)
    assert (second.count_of_calls.made, second.count_of_calls.cached) == (2, 4)
    assert [c.text for c in again[:4]] == [c.text for c in fresh[:4]]
    assert [c.cached for c in again] == [True] * 4 + [False] * 2
    choice = ChooseRequest(messages=said_by("user", "x"), options=("A", "B"))
    assert first.choose([choice])[0].logprobs == second.choose([choice])[0].logprobs


def test_a_call_is_named_by_what_decides_it():
    from cai.engines.base import EngineIdentity

    identity = EngineIdentity(model="m", weights="w", dtype="float32", template="t")
    key = call_key(identity, ask("x"))
    assert key == call_key(identity, ask("x"))
    different = [ask("y"), ask("x", seed=1), ask("x", temperature=0.5), ask("x", top_p=0.5)]
    assert len({key, *(call_key(identity, request) for request in different)}) == 5
    greedy = [ask("x", temperature=0.0, seed=seed) for seed in (1, 2)]
    assert call_key(identity, greedy[0]) == call_key(identity, greedy[1])


def test_a_damaged_store_is_named_with_its_mend(tmp_path):
    path = tmp_path / "calls.sqlite"
    store = CallCache(path)
    sqlite3.connect(path).execute("DROP TABLE results")
    for use in (lambda: store.find(["00"]), lambda: store.add([("00", {})])):
        with pytest.raises(RunError, match=r"calls\.sqlite: .* a damaged file may be deleted"):
            use()
    (tmp_path / "other.sqlite").write_text("no database at all" * 99)
    with pytest.raises(RunError, match="cannot be opened"):
        CallCache(tmp_path / "other.sqlite")


def test_answers_come_as_they_end(tiny_model, monkeypatch):
    engine = TransformersEngine(str(tiny_model), device="cpu", token_budget=300)
    monkeypatch.setattr("cai.engines.transformers._SECONDS", 0.0)
    asked = [ask("word " * n, seed=n, max_new_tokens=2 + 3 * (n % 4)) for n in range(12)]
    requests = [*asked, ChooseRequest(messages=said_by("user", "x"), options=("A", "B"))]
    parts = list(engine.stream(requests))
    assert len(parts) > 3
    found = dict(one for part in parts for one in part)
    assert sum(map(len, parts)) == len(found) == len(requests)
    assert [found[index] for index in range(len(asked))] == engine.generate(asked)
    assert found[len(asked)] == engine.choose(requests[-1:])[0]
    assert engine.most(asked[3]) == (found[3].prompt_tokens, asked[3].max_new_tokens)


def test_what_has_ended_before_a_kill_is_kept(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setattr("cai.engines.transformers._SECONDS", 0.0)
    requests = [ask("word " * n, seed=n, max_new_tokens=2 + 5 * (n % 4)) for n in range(12)]

    class Killed(BaseException):
        pass

    def engine():
        return TransformersEngine(str(tiny_model), device="cpu", token_budget=300)

    def stored(make):
        store = CallCache(tmp_path / "calls.sqlite")
        return CachedEngine(make, identity=engine().identity, cache=store)

    def dies():
        made = engine()
        passes = iter([*range(20)])

        def hook(_module, _args):
            if next(passes, None) is None:
                raise Killed

        made.generate(requests[:1])  # the probes are over
        made._model.base_model.register_forward_pre_hook(hook)
        return made

    with pytest.raises(Killed):
        stored(dies).generate(requests)
    second = stored(engine)
    answers = second.generate(requests)
    assert 0 < second.count_of_calls.cached < len(requests)
    assert [one.text for one in answers] == [one.text for one in engine().generate(requests)]


def test_a_model_whose_answers_wait_for_one_another_hands_them_over_in_parts(
    tiny_gemma2, monkeypatch
):
    monkeypatch.setattr("cai.engines.transformers._SECONDS", 0.0)
    monkeypatch.setattr("cai.engines.continuous.running._TOGETHER", 3)
    engine = TransformersEngine(str(tiny_gemma2), device="cpu")
    asked = [ask("word " * n, seed=n, max_new_tokens=2) for n in range(7)]
    parts = list(engine.stream(asked))
    assert [[index for index, _ in part] for part in parts] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [found for part in parts for _, found in part] == engine.generate(asked)
