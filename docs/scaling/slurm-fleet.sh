#!/usr/bin/env bash
#SBATCH --job-name=cai
#SBATCH --nodes=5
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --cpus-per-task=32
#SBATCH --exclusive
#SBATCH --time=24:00:00
#SBATCH --requeue
# The first machine trains and samples, the others serve critic and judge. Requeued, it goes on from
# where it was: run folder, models and call store (CAI_CACHE) lie on a shared file system. Set
# VLLM_API_KEY to a secret of your own before: the servers listen in the cluster's network.
#
#   sbatch docs/scaling/slurm-fleet.sh docs/scaling/fleet.yaml --out /shared/runs/NAME
set -euo pipefail
export MODEL=${MODEL:-Qwen/Qwen2.5-72B-Instruct} GPUS_PER_SERVER=${GPUS_PER_SERVER:-4}
export VLLM_API_KEY=${VLLM_API_KEY:?a secret of your own} CAI_CACHE=${CAI_CACHE:?a shared folder}
PORT=${PORT:-8000}
GPUS_PER_NODE=${GPUS_PER_NODE:-8}
# SLURM runs a copy of this script from elsewhere.
here=${SLURM_SUBMIT_DIR:-.}/docs/scaling

mapfile -t machines < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
trainer=${machines[0]}
serving=$(IFS=,; echo "${machines[*]:1}")

srun --overlap --nodes="$((${#machines[@]} - 1))" --nodelist="$serving" --kill-on-bad-exit=1 \
    bash -c "HOST=\$(hostname) PORT=$PORT $here/serve.sh" &
servers=$!
trap 'kill "$servers" 2>/dev/null || true' EXIT

urls=""
for machine in "${machines[@]:1}"; do
    for ((number = 0; number < GPUS_PER_NODE / GPUS_PER_SERVER; number++)); do
        url=http://$machine:$((PORT + number))
        until curl --silent --fail --output /dev/null "$url/health"; do
            kill -0 "$servers" # they may have failed instead
            sleep 5
        done
        urls+="${urls:+,}$url/v1"
    done
done

srun --overlap --nodes=1 --nodelist="$trainer" \
    torchrun --standalone --nproc_per_node "$GPUS_PER_NODE" \
    -m cai.cli run "$@" --set "servers.big.urls=[$urls]"
