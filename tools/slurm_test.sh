#!/usr/bin/env bash
# Evaluate under Slurm, one task a GPU:
#   GPUS=8 GPUS_PER_NODE=8 tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [options of tools/test.py]
# SRUN_ARGS is passed on to srun, for accounts, time limits and the like.
set -euo pipefail
if [ $# -lt 4 ]; then
    sed -n '2,4s/^# //p' "$0" >&2
    exit 2
fi
partition=$1 job=$2
shift 2
exec "$(dirname "$0")/srun.sh" "$partition" "$job" test.py "$@"
