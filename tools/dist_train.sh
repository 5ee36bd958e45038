#!/usr/bin/env bash
# Train on several GPUs; with a torch for the CPU, or TINYDET_DEVICE=cpu, in as many gloo processes:
#   tools/dist_train.sh CONFIG GPUS [options of tools/train.py]
# On several nodes run it on each, with the same MASTER_ADDR and PORT:
#   NNODES=2 NODE_RANK=0 MASTER_ADDR=10.0.0.1 PORT=29500 tools/dist_train.sh CONFIG 8
set -euo pipefail
if [ $# -lt 2 ]; then
    sed -n '2,5s/^# //p' "$0" >&2
    exit 2
fi
config=$1 gpus=$2
shift 2
exec "$(dirname "$0")/torchrun.sh" "$gpus" train.py "$config" "$@"
