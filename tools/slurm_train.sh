#!/usr/bin/env bash
# Train under Slurm, one task a GPU:
#   GPUS=8 GPUS_PER_NODE=8 CPUS_PER_TASK=5 tools/slurm_train.sh PARTITION JOB_NAME CONFIG [options of tools/train.py]
# SRUN_ARGS is passed on to srun, for accounts, time limits and the like.
set -euo pipefail
if [ $# -lt 3 ]; then
    sed -n '2,4s/^# //p' "$0" >&2
    exit 2
fi
partition=$1 job=$2
shift 2
exec "$(dirname "$0")/srun.sh" "$partition" "$job" train.py "$@"
