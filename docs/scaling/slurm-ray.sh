#!/usr/bin/env bash
#SBATCH --job-name=cai-ray
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --cpus-per-task=32
#SBATCH --exclusive
#SBATCH --time=24:00:00
#SBATCH --requeue
# A Ray cluster for the time of the job: every GPU of every machine answers and judges, and those of
# the first train. Requeued, it goes on from where it was: run folder, models, call store (CAI_CACHE)
# and the environment lie on a shared file system.
#
#   sbatch docs/scaling/slurm-ray.sh docs/scaling/ray.yaml --out /shared/runs/NAME
set -euo pipefail
export CAI_CACHE=${CAI_CACHE:?a shared folder}
PORT=${PORT:-6379}
GPUS_PER_NODE=${GPUS_PER_NODE:-8}
# Whoever reaches Ray's ports could run code with them, so a secret of this job's is asked for.
RAY_AUTH_TOKEN=$(head -c 32 /dev/urandom | sha256sum | cut -c 1-64)
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN RAY_USAGE_STATS_ENABLED=0

mapfile -t machines < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
head=${machines[0]}
others=$(IFS=,; echo "${machines[*]:1}")
address=$(srun --overlap --nodes=1 --nodelist="$head" hostname --ip-address | cut -d ' ' -f 1):$PORT

srun --overlap --nodes=1 --nodelist="$head" \
    ray start --head --port "$PORT" --include-dashboard=false --disable-usage-stats --block &
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
until srun --overlap --nodes=1 --nodelist="$head" ray status --address "$address"; do
    sleep 2
done
if [ -n "$others" ]; then
    srun --overlap --nodes="$((${#machines[@]} - 1))" --nodelist="$others" \
        ray start --address "$address" --disable-usage-stats --block &
fi

srun --overlap --nodes=1 --nodelist="$head" \
    torchrun --standalone --nproc_per_node "$GPUS_PER_NODE" \
    -m cai.cli run "$@" --set "engine.ray.address=$address"
