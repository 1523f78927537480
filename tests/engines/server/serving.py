"""An OpenAI-compatible server for tests: a process of its own, that fails as often as it is told.

`python serving.py --port 0 …` prints the address that it listens on. It answers by a function of
the request, whose answers a test can compute, or by a model that it loads (`--weights`). It tells
log-probabilities as vLLM does (`ids`), as hosted services do (`top`), or not at all (`none`).
"""

from __future__ import annotations

import argparse
import asyncio
import email.utils
import hashlib
import json
import math
import random
import time
from collections.abc import Callable
from typing import Any

FAULTS = (
    *("dropped", "torn", "hangs", "429", "429-date", "503", "500", "502"),
    *("malformed", "page", "no-choices", "null"),
)
_WORDS = ("plant", "water", "sun", "soil", "seed", "leaf", "root", "rain")


def said(messages: list[dict[str, str]], seed: int | None) -> str:
    """What the made-up model says: words that follow from the request."""
    key = json.dumps([messages, seed], sort_keys=True).encode()
    return " ".join(_WORDS[byte % len(_WORDS)] for byte in hashlib.sha256(key).digest()[:6])


def preferred(messages: list[dict[str, str]]) -> dict[str, float]:
    """Its probabilities of first tokens: of "A", "B" and "I", which is neither."""
    byte = hashlib.sha256(json.dumps(messages, sort_keys=True).encode()).digest()[0]
    share = 0.05 + 0.9 * byte / 255
    return {"A": 0.95 * share, "B": 0.95 * (1 - share), "I": 0.05}


class MadeUp:
    """Answers by the functions above; a token is a character, and its id is its code."""

    def text(self, body: dict[str, Any], draw: random.Random) -> tuple[str, str]:
        if body["max_tokens"] <= 4 and body["temperature"] > 0:  # a vote
            shares = preferred(body["messages"])
            return draw.choices(list(shares), list(shares.values()))[0], "stop"
        return said(body["messages"], body.get("seed")), "stop"

    def first(self, messages: list[dict[str, str]]) -> dict[str, float]:
        return {token: math.log(share) for token, share in preferred(messages).items()}

    def ids(self, text: str) -> list[int]:
        return [ord(character) for character in text]

    def token(self, number: int) -> str:
        return chr(number)

    def prompt(self, messages: list[dict[str, str]]) -> list[int]:
        return self.ids(json.dumps(messages))

    def after(self, prompt: list[int]) -> dict[str, float]:
        return {chr(code): math.log(1 / 128) for code in range(128)}


class Loaded:
    """Answers by a model in this process, through our own engine."""

    def __init__(self, name: str) -> None:
        import torch

        from cai.engines.transformers import TransformersEngine
        from cai.models import encode_chat, load_causal, load_tokenizer

        torch.set_num_threads(1)
        self._engine = TransformersEngine(name, device="cpu", dtype="float32")
        self._tokenizer = load_tokenizer(name)
        self._model = load_causal(name, tokenizer=self._tokenizer, device="cpu")
        self._encode = encode_chat

    def text(self, body: dict[str, Any], draw: random.Random) -> tuple[str, str]:
        from cai.engines.base import GenerateRequest

        request = GenerateRequest(
            messages=tuple(body["messages"]),
            max_new_tokens=body["max_tokens"],
            temperature=body["temperature"],
            top_p=body["top_p"],
            seed=body.get("seed", draw.getrandbits(31)),
        )
        (completion,) = self._engine.generate([request])
        return completion.text, completion.finish

    def first(self, messages: list[dict[str, str]]) -> dict[str, float]:
        return self.after(self.prompt(messages))

    def ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False).input_ids)

    def token(self, number: int) -> str:
        return str(self._tokenizer.decode([number]))

    def prompt(self, messages: list[dict[str, str]]) -> list[int]:
        return self._encode(self._tokenizer, messages)

    def after(self, prompt: list[int]) -> dict[str, float]:
        import torch

        with torch.inference_mode():
            logits = self._model(torch.tensor([prompt])).logits[0, -1].float()
            logits[self._tokenizer.pad_token_id] = -torch.inf
            values = torch.log_softmax(logits, -1).tolist()
        found: dict[str, float] = {}
        for number, value in enumerate(values):
            found.setdefault(self.token(number), value)
        return found


class Server:
    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.draw = random.Random(given.seed)
        self.answers = Loaded(given.weights) if given.weights else MadeUp()
        self.busy = 0
        self.counts = {"requests": 0, "faults": 0, "most_at_once": 0, "full": 0}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines if line)
                sent = await reader.readexactly(int(headers.get("content-length", 0)))
                method, path, _ = first.split(" ", 2)
                if not await self.answer(method, path, headers, sent, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(
        self, method: str, path: str, headers: dict[str, str], sent: bytes, writer: Any
    ) -> bool:
        """Whether the connection goes on."""
        self.busy += 1
        self.counts["most_at_once"] = max(self.counts["most_at_once"], self.busy)
        try:
            if path == "/counts":
                return await _write(writer, 200, self.counts)
            self.counts["requests"] += 1
            if self.given.places and self.busy > self.given.places:
                self.counts["full"] += 1
                return await _write(writer, 429, _error("too many"), {"retry-after": "0.05"})
            if self.draw.random() < self.given.faults:
                self.counts["faults"] += 1
                return await self.fault(self.draw.choice(self.given.kinds), writer)
            if not self.admits(headers.get("authorization")):
                words = f"bad key {headers.get('authorization')}"  # some servers repeat it
                return await _write(writer, 401, _error(words))
            if self.given.seconds:
                await asyncio.sleep(self.given.seconds * self.draw.uniform(0.5, 1.5))
            status, body = self.reply(method, path, json.loads(sent) if sent else {})
            return await _write(writer, status, body)
        finally:
            self.busy -= 1

    def admits(self, authorization: str | None) -> bool:
        if not self.given.key:
            return True
        expired = 0 < self.given.key_lasts < self.counts["requests"]
        return not expired and authorization == f"bearer {self.given.key}".lower()

    async def fault(self, kind: str, writer: Any) -> bool:
        if kind == "hangs":
            await asyncio.sleep(self.given.hang)
        if kind in ("hangs", "dropped"):
            return False
        if kind == "torn":
            text = b'{"choices": [{"message": {"content": "half an ans'
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
            writer.write(b"content-length: 500\r\n\r\n" + text)
            await writer.drain()
            return False
        if kind.startswith("429"):
            wait = self.given.retry_after
            if kind.endswith("date"):
                wait = email.utils.formatdate(time.time() + 1, usegmt=True)
            return await _write(writer, 429, _error("slow down"), {"retry-after": wait})
        if kind.isdigit():
            return await _write(writer, int(kind), _error("something went wrong"))
        bodies = {
            "malformed": b'{"choices": [{"message": {"content": "wrong',
            "page": b"<html><body>Bad gateway</body></html>",
            "no-choices": b'{"choices": []}',
            "null": b'{"choices": [{"message": null}]}',
        }
        return await _write(writer, 200, bodies[kind])

    def reply(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        routes: dict[str, Callable[[dict[str, Any]], tuple[int, Any]]] = {
            "/v1/chat/completions": self.chat,
        }
        if self.given.logprobs == "ids":
            routes |= {"/tokenize": self.tokenize, "/v1/completions": self.completions}
        if path == "/v1/models":
            listed = {"id": self.given.model, "owned_by": self.given.owner}
            listed |= {"max_model_len": 512, "root": self.given.root}
            return 200, {"object": "list", "data": [listed]}
        if path not in routes:
            return 404, _error("there is no such path")
        if body.get("model") != self.given.model:
            return 404, _error(f"the model {body.get('model')} does not exist")
        return routes[path](body)

    def chat(self, body: dict[str, Any]) -> tuple[int, Any]:
        for name in self.given.rejects:
            if name in body:
                return 400, _error(f"unsupported parameter {name}; {self.given.instead}")
        body["max_tokens"] = body.get("max_tokens") or body.get("max_completion_tokens")
        asked = body["messages"][-1]["content"]
        usage = {"prompt_tokens": len(self.answers.prompt(body["messages"]))}
        if "too long" in asked:
            return 400, _error("this model's maximum context length is 512 tokens")
        if "FORBIDDEN PROMPT" in asked:
            return 400, _error("the prompt was filtered", code="content_filter")
        choices = []
        for _ in range(body.get("n", 1)):
            text, finish = self.answers.text(body, self.draw)
            if "FORBIDDEN ANSWER" in asked:
                text, finish = "", "content_filter"
            choices.append({"message": {"role": "assistant", "content": text}})
            choices[-1]["finish_reason"] = "stop" if finish == "turn" else finish
            if body.get("logprobs") and self.given.logprobs != "none":
                choices[-1]["logprobs"] = {"content": [self.listed(body)]}
        new = sum(max(1, len(c["message"]["content"].split())) for c in choices)
        usage |= {"completion_tokens": new, "total_tokens": new + usage["prompt_tokens"]}
        return 200, {"choices": choices, "usage": usage}

    def listed(self, body: dict[str, Any]) -> dict[str, Any]:
        first = self.answers.first(body["messages"])
        ranked = sorted(first, key=lambda token: -first[token])[: body.get("top_logprobs", 0)]
        names = {token: token for token in ranked}
        if body.get("logprob_token_ids") and self.given.logprobs == "ids":
            names = {self.answers.token(n): f"token_id:{n}" for n in body["logprob_token_ids"]}
        top = [{"token": names[token], "logprob": first.get(token, -50.0)} for token in names]
        return {"token": ranked[0] if ranked else "", "logprob": -0.1, "top_logprobs": top}

    def tokenize(self, body: dict[str, Any]) -> tuple[int, Any]:
        if "messages" in body:
            ids = self.answers.prompt(body["messages"])
        else:
            ids = self.answers.ids(body["prompt"])
        return 200, {"tokens": ids, "count": len(ids), "max_model_len": 512}

    def completions(self, body: dict[str, Any]) -> tuple[int, Any]:
        first = self.answers.after(body["prompt"])
        listed = {f"token_id:{n}": first[self.answers.token(n)] for n in body["logprob_token_ids"]}
        return 200, {"choices": [{"text": "", "logprobs": {"top_logprobs": [listed]}}]}


def _error(words: str, **more: str) -> dict[str, Any]:
    return {"error": {"message": words, **more}}


async def _write(
    writer: Any, status: int, body: Any, headers: dict[str, str] | None = None
) -> bool:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "text/html" if content.startswith(b"<") else "application/json"
    lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", f"content-length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
    await writer.drain()
    return True


async def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--port", type=int, default=0)
    given.add_argument("--model", default="plants")
    given.add_argument("--owner", default="vllm")
    given.add_argument("--root", default="/models/plants")
    given.add_argument("--weights", default="", help="a model to load; none: answers made up")
    given.add_argument("--logprobs", choices=("ids", "top", "none"), default="ids")
    given.add_argument("--key", default="")
    given.add_argument("--key-lasts", type=int, default=0, help="requests; 0: for ever")
    given.add_argument("--seconds", type=float, default=0.0, help="that an answer takes")
    given.add_argument("--places", type=int, default=0, help="requests at once; 0: any number")
    given.add_argument("--faults", type=float, default=0.0, help="share of requests that fail")
    given.add_argument("--kinds", nargs="*", default=list(FAULTS))
    given.add_argument("--hang", type=float, default=3.0, help="seconds")
    given.add_argument("--retry-after", default="0.1")
    given.add_argument("--rejects", nargs="*", default=[], help="fields that it does not take")
    given.add_argument("--instead", default="", help="what it says then")
    given.add_argument("--seed", type=int, default=0)
    server = Server(given.parse_args())
    listening = await asyncio.start_server(server.serve, "127.0.0.1", server.given.port)
    port = listening.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}/v1", flush=True)
    await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
