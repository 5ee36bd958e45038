#!/usr/bin/env bash
# What dist_train.sh and dist_test.sh share:  tools/torchrun.sh GPUS TOOL ARGUMENTS...
set -euo pipefail
tools=$(cd "$(dirname "$0")" && pwd)
gpus=$1 tool=$2
shift 2
# Once, in a sentence, rather than by each of the processes.
"$tools/python.sh" -m tinydet.devices "$gpus"
exec "$tools/python.sh" -m torch.distributed.run \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" --nproc_per_node="$gpus" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
    "$tools/$tool" "$@" --launcher pytorch
