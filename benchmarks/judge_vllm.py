"""One part of benchmarks/judge.py, run by the Python of an environment that has vLLM.

    python judge_vllm.py MODEL_FOLDER ROUNDS < conversations.json

Prints the judgements per second, median of the rounds. Each round makes its conversations anew from
the first word on, so that the prefix cache of one round is of no use to the next.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time

os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "2")
os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")

from transformers import AutoTokenizer
from vllm import LLM, SamplingParams


def main() -> None:
    folder, rounds = sys.argv[1], int(sys.argv[2])
    conversations = json.load(sys.stdin)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    options = [tokenizer(option, add_special_tokens=False).input_ids[0] for option in "AB"]
    llm = LLM(
        model=folder,
        dtype="float32",
        enforce_eager=True,
        enable_chunked_prefill=False,
        enable_prefix_caching=True,
        max_num_batched_tokens=4096,
        max_model_len=1024,
    )
    asked = SamplingParams(max_tokens=1, temperature=0.0, logprob_token_ids=options)
    taken = []
    for _ in range(rounds + 1):  # the first one warms up
        llm.reset_prefix_cache()
        began = time.perf_counter()
        texts = [
            tokenizer.apply_chat_template(each, tokenize=False, add_generation_prompt=True)
            for each in conversations
        ]
        ids = tokenizer(texts, add_special_tokens=False).input_ids
        outputs = llm.generate([{"prompt_token_ids": each} for each in ids], asked, use_tqdm=False)
        assert all(set(options) <= set(o.outputs[0].logprobs[0]) for o in outputs)
        taken.append(time.perf_counter() - began)
    print(len(conversations) / statistics.median(taken[1:]))


main()
