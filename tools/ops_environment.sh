#!/usr/bin/env bash
# Make .venv-ops, in which tests/ops compares torchvision's operators with mmcv's compiled ones, both
# on the CPU; `make test-ops` calls this. Run it again at any time: it does what is missing.
# The first time it downloads torch with its CUDA (5 GB of disk in all) and compiles mmcv for
# ten CPU-minutes; the wheel is kept.
#
#   tools/ops_environment.sh
#   TORCH=2.11.0 TORCHVISION=0.26.0 tools/ops_environment.sh
#
# TORCH, TORCHVISION  versions that belong together (default: 2.12.0 and 0.27.0)
# PYTHON              interpreter, 3.10 to 3.12 (default: python3)
# and what tools/setup.sh reads
set -euo pipefail
cd "$(dirname "$0")/.."

TORCH=${TORCH:-2.12.0} TORCHVISION=${TORCHVISION:-0.27.0}
LOG=${TMPDIR:-/tmp}/tinydet-ops-$$.log
VENV=$PWD/.venv-ops
python=$VENV/bin/python
started=$(date +%s)

say() { printf '[ops %4ss] %s\n' "$(($(date +%s) - started))" "$*"; }
stop() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}
pip() {
    if ! "$python" -m pip --disable-pip-version-check "$@" >>"$LOG" 2>&1; then
        tail -n 5 "$LOG" >&2
        stop "pip $1 failed; the log is $LOG"
    fi
}
works() { "$python" -c "$1" >>"$LOG" 2>&1; }

make_venv() {
    local base=${PYTHON:-python3}
    "$base" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' ||
        stop "$base is not Python 3.10, 3.11 or 3.12; name one that is by PYTHON="
    say "making $VENV with $("$base" --version)"
    rm -rf "$VENV"
    "$base" -m venv "$VENV"
}

install_pair() {
    works "
import torch, torchvision
pair = [module.__version__.split('+')[0] for module in (torch, torchvision)]
assert pair == ['$TORCH', '$TORCHVISION'], pair" && return
    say "installing torch $TORCH and torchvision $TORCHVISION"
    pip install "torch==$TORCH" "torchvision==$TORCHVISION"
}

"$python" -c '' 2>/dev/null || make_venv
stamp=$VENV/.tinydet-ops-ready
now=$(cat requirements.txt pyproject.toml tools/ops_environment.sh tools/setup.sh tools/setup/*.* <(echo "$TORCH $TORCHVISION $PWD") | cksum)
[ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && exit 0
install_pair
# The reference is compiled, for the CPU alone although nvcc may be here; set-up keeps the wheel.
PATH=$VENV/bin:$PATH TINYDET_ENV=active TINYDET_OPS=compile TINYDET_CPU_OPS=1 tools/setup.sh
install_pair # a requirement may have brought another
works 'import torchvision, mmcv.ops, mmdet.models, tinydet, mmyolo' ||
    stop "the environment is not complete: $(tail -n 1 "$LOG")"
echo "$now" >"$stamp"
say "ready: $python"
