#!/usr/bin/env bash
# Train under Slurm, one task a GPU:
#   GPUS=8 GPUS_PER_NODE=8 CPUS_PER_TASK=5 tools/slurm_train.sh PARTITION JOB_NAME CONFIG [options of tools/train.py]
# SRUN_ARGS is passed on to srun, for accounts, time limits and the like.
set -euo pipefail
if [ $# -lt 3 ]; then
    sed -n '2,4s/^# //p' "$0" >&2
    exit 2
fi
partition=$1 job=$2 config=$3
shift 3
gpus=${GPUS:-8}
per_node=${GPUS_PER_NODE:-$((gpus < 8 ? gpus : 8))}
read -r -a extra <<<"${SRUN_ARGS:-}"
exec srun --partition="$partition" --job-name="$job" --gres="gpu:$per_node" \
    --ntasks="$gpus" --ntasks-per-node="$per_node" --cpus-per-task="${CPUS_PER_TASK:-5}" \
    --kill-on-bad-exit=1 "${extra[@]}" \
    python -u "$(dirname "$0")/train.py" "$config" --launcher slurm "$@"
