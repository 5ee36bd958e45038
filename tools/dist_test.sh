#!/usr/bin/env bash
# Evaluate on several GPUs; with a torch for the CPU, or TINYDET_DEVICE=cpu, in as many gloo processes:
#   tools/dist_test.sh CONFIG CHECKPOINT GPUS [options of tools/test.py]
# On several nodes: NNODES, NODE_RANK, MASTER_ADDR and PORT as in dist_train.sh.
set -euo pipefail
if [ $# -lt 3 ]; then
    sed -n '2,4s/^# //p' "$0" >&2
    exit 2
fi
config=$1 checkpoint=$2 gpus=$3
shift 3
exec "$(dirname "$0")/torchrun.sh" "$gpus" test.py "$config" "$checkpoint" "$@"
