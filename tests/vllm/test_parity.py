"""Three engines, the same weights: the same greedy texts, the same probabilities of options.

Prints a row per engine; docs/benchmarks.md has them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cai.engines.base import ChooseRequest, Completion, Engine, GenerateRequest
from cai.engines.server.engine import ServerEngine
from cai.engines.server.settings import ServerSettings
from cai.engines.transformers import TransformersEngine
from cai.engines.vllm.engine import VllmEngine
from cai.errors import EngineError
from cai.records import Message

_KEY = "key-of-this-test-alone"
_OPTIONS = (("A", "B"), ("Yes", "No"), ("1", "2", "10"))
_PATIENCE = 900  # seconds for the server to be ready: it loads in 20, on a core of its own

Prompts = list[tuple[Message, ...]]


@pytest.fixture(scope="module")
def url(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server of vLLM, on this machine alone and behind a key."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log"
    command = [
        *(sys.executable, "-m", "vllm.entrypoints.openai.api_server"),
        *("--model", str(folder), "--served-model-name", "mini", "--dtype", "float32"),
        *("--host", "127.0.0.1", "--port", str(port), "--enforce-eager"),
        *("--no-enable-chunked-prefill", "--max-num-batched-tokens", "4096"),
    ]
    environment = os.environ | {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_API_KEY": _KEY}
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
    try:
        base, begun = f"http://127.0.0.1:{port}/v1", time.monotonic()
        while not _listens(port):
            assert server.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() - begun < _PATIENCE, log.read_text()[-2000:]
            time.sleep(1)
        yield base
    finally:
        server.terminate()
        server.wait(60)


@pytest.fixture(scope="module")
def served(url: str) -> ServerEngine:
    os.environ["CAI_TEST_KEY"] = _KEY
    return ServerEngine("mini", ServerSettings(urls=(url,), key_env="CAI_TEST_KEY"))


def test_vllm_in_process(
    engine: VllmEngine,
    own: TransformersEngine,
    prompts: Prompts,
    greedy: list[GenerateRequest],
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = _compare("vllm", engine, own, prompts, greedy)
    with capsys.disabled():
        print(told)


def test_a_server_of_vllm(
    served: ServerEngine,
    own: TransformersEngine,
    prompts: Prompts,
    greedy: list[GenerateRequest],
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = _compare("server", served, own, prompts, greedy)
    with capsys.disabled():
        print(told)
    assert served.context == own.context
    assert [served.count(p) for p in prompts[:32]] == [own.count(p) for p in prompts[:32]]


def test_a_wrong_key_is_refused_without_being_told(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAI_TEST_OTHER_KEY", "not-the-one")
    other = ServerEngine("mini", ServerSettings(urls=(url,), key_env="CAI_TEST_OTHER_KEY"))
    with pytest.raises(EngineError, match="key") as error:
        other.meet()
    assert "not-the-one" not in str(error.value)


def _listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def _compare(
    name: str, other: Engine, own: Engine, prompts: Prompts, greedy: Sequence[GenerateRequest]
) -> str:
    """What was found, in a line; fails where it is too little."""
    expected, found = own.generate(greedy), other.generate(greedy)
    texts = sum(_seen(a) == _seen(b) for a, b in zip(found, expected, strict=True))
    furthest = 0.0
    for options in _OPTIONS:
        asked = [ChooseRequest(messages=messages, options=options) for messages in prompts]
        pairs = zip(other.choose(asked), own.choose(asked), strict=True)
        furthest = max(
            furthest,
            *(abs(a - b) for x, y in pairs for a, b in zip(x.logprobs, y.logprobs, strict=True)),
        )
    ends = {one.finish for one in expected}
    assert texts >= 0.99 * len(greedy)
    assert furthest <= 1e-3
    assert ends == {"stop", "length"}
    return (
        f"\n{name}: {texts} of {len(greedy)} greedy texts, ends and token counts as the "
        f"transformers engine's; log-probabilities of {len(_OPTIONS) * len(prompts)} choices "
        f"within {furthest:.1e}"
    )


def _seen(one: Completion) -> tuple[str, str, int, int]:
    return one.text, one.finish, one.prompt_tokens, one.new_tokens
