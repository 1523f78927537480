#!/usr/bin/env bash
# vLLM servers on this machine, one per group of GPUs, on ports from PORT on; ends when one of them
# does. `pip install vllm` in an environment of its own, and put its `vllm` first in PATH.
#
#   GPUS="0 1 2 3" GPUS_PER_SERVER=2 MODEL=Qwen/Qwen2.5-72B-Instruct docs/scaling/serve.sh
set -euo pipefail
MODEL=${MODEL:?the model to serve}
GPUS=${GPUS:-$(nvidia-smi --query-gpu=index --format=csv,noheader | tr '\n' ' ')}
GPUS_PER_SERVER=${GPUS_PER_SERVER:-1} # more where the weights do not fit one
HOST=${HOST:-127.0.0.1}               # of several machines: this one's address in a closed network
PORT=${PORT:-8000}
CONTEXT=${CONTEXT:-8192} # as `context` in the recipe
VLLM=${VLLM:-vllm}

trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
read -ra gpus <<<"$GPUS"
for ((first = 0; first + GPUS_PER_SERVER <= ${#gpus[@]}; first += GPUS_PER_SERVER)); do
    own=$(IFS=,; echo "${gpus[*]:first:GPUS_PER_SERVER}")
    CUDA_VISIBLE_DEVICES=$own $VLLM serve "$MODEL" --host "$HOST" \
        --port "$((PORT + first / GPUS_PER_SERVER))" --tensor-parallel-size "$GPUS_PER_SERVER" \
        --max-model-len "$CONTEXT" --enable-prefix-caching &
done
wait -n
