#!/usr/bin/env bash
# One machine with several GPUs: some serve critic and judge, the others train and sample.
# Stopped, it is started again and goes on from there. Arguments go to `cai run`.
#
#   MODEL=Qwen/Qwen2.5-72B-Instruct docs/scaling/several-gpus.sh docs/scaling/fleet.yaml
set -euo pipefail
SERVING=${SERVING:-0 1 2 3}
TRAINING=${TRAINING:-4 5 6 7}
GPUS_PER_SERVER=${GPUS_PER_SERVER:-4}
PORT=${PORT:-8000}
here=$(dirname "$0")
# Others on this machine reach its loopback address too.
export VLLM_API_KEY=${VLLM_API_KEY:-$(head -c 32 /dev/urandom | sha256sum | cut -c 1-64)}

GPUS=$SERVING GPUS_PER_SERVER=$GPUS_PER_SERVER PORT=$PORT "$here/serve.sh" &
servers=$!
trap 'kill "$servers" 2>/dev/null || true' EXIT

read -ra serving <<<"$SERVING"
read -ra training <<<"$TRAINING"
urls=""
for ((number = 0; number < ${#serving[@]} / GPUS_PER_SERVER; number++)); do
    url=http://127.0.0.1:$((PORT + number))
    until curl --silent --fail --output /dev/null "$url/health"; do
        kill -0 "$servers" # they may have failed instead
        sleep 5
    done
    urls+="${urls:+,}$url/v1"
done

CUDA_VISIBLE_DEVICES=$(IFS=,; echo "${training[*]}") \
    torchrun --standalone --nproc_per_node "${#training[@]}" \
    -m cai.cli run "$@" --set "servers.big.urls=[$urls]"
