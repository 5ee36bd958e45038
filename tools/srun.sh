#!/usr/bin/env bash
# What slurm_train.sh and slurm_test.sh share:  tools/srun.sh PARTITION JOB_NAME TOOL ARGUMENTS...
# TINYDET_DEVICE=cpu asks for no GPUs; else each task stops where a torch for CUDA sees none.
set -euo pipefail
tools=$(cd "$(dirname "$0")" && pwd)
partition=$1 job=$2 tool=$3
shift 3
gpus=${GPUS:-8}
per_node=${GPUS_PER_NODE:-$((gpus < 8 ? gpus : 8))}
read -r -a extra <<<"${SRUN_ARGS:-}"
gres=(--gres="gpu:$per_node")
if [ "${TINYDET_DEVICE:-}" = cpu ]; then gres=(); fi
exec srun --partition="$partition" --job-name="$job" ${gres[@]+"${gres[@]}"} \
    --ntasks="$gpus" --ntasks-per-node="$per_node" --cpus-per-task="${CPUS_PER_TASK:-5}" \
    --kill-on-bad-exit=1 ${extra[@]+"${extra[@]}"} \
    "$tools/python.sh" -u "$tools/$tool" "$@" --launcher slurm
