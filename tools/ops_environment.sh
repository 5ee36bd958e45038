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
# TINYDET_CACHE       where the built mmcv is kept (default: ~/.cache/tinydet)
# CFLAGS, MAX_JOBS    of the build of mmcv
set -euo pipefail
cd "$(dirname "$0")/.."

TORCH=${TORCH:-2.12.0} TORCHVISION=${TORCHVISION:-0.27.0} MMCV=2.1.0
FLAGS=${CFLAGS:--O1 -g0}
CACHE=${TINYDET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tinydet}/wheels
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

install_mmcv() { # the reference: compiled, for the CPU alone although nvcc may be here
    works "import mmcv, mmcv._ext as e; assert mmcv.__version__ == '$MMCV'; e.softnms" && return
    local wheels building
    wheels=$CACHE/$("$python" -c "import platform, sys, torch; print(f'mmcv$MMCV-torch{torch.__version__}-cpu-cp{sys.version_info[0]}{sys.version_info[1]}-{platform.machine()}')")
    if ! ls "$wheels"/mmcv-*.whl >/dev/null 2>&1; then
        say "compiling mmcv $MMCV for the CPU, ten CPU-minutes; full output in $LOG"
        mkdir -p "$CACHE"
        building=$(mktemp -d "$CACHE/building.XXXXXX")
        # mmcv builds for CUDA where FORCE_CUDA=1 or torch sees a GPU.
        env -u CUDA_HOME FORCE_CUDA=0 CUDA_VISIBLE_DEVICES= MMCV_WITH_OPS=1 \
            CFLAGS="$FLAGS" CXXFLAGS="$FLAGS" MAX_JOBS="${MAX_JOBS:-$(nproc)}" PATH="$VENV/bin:$PATH" \
            "$python" -m pip --disable-pip-version-check wheel -v --no-cache-dir --no-deps \
            --no-build-isolation --no-binary mmcv -w "$building" "mmcv==$MMCV" >>"$LOG" 2>&1 ||
            { rm -rf "$building"; stop "mmcv does not compile: $(grep -m 1 -E 'error:|Error:' "$LOG"); the log is $LOG"; }
        rm -rf "$wheels"
        mv "$building" "$wheels" # a wheel is in its place whole or not at all
        say "kept the wheel in $wheels"
    fi
    say "installing mmcv from $wheels"
    pip install --no-deps --force-reinstall "$wheels"/mmcv-*.whl
}

"$python" -c '' 2>/dev/null || make_venv
stamp=$VENV/.tinydet-ops-ready
now=$(cat requirements.txt pyproject.toml tools/ops_environment.sh <(echo "$TORCH $TORCHVISION $PWD") | cksum)
[ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && exit 0
install_pair
say "installing the requirements"
sed "s|^-e \.|-e $PWD|" requirements.txt >"$LOG.requirements"
pip install -r "$LOG.requirements" wheel ninja packaging psutil # the latter for mmcv's build
if ! works 'import cv2'; then
    say "OpenCV finds no libGL on this machine; installing its build without windows"
    version=$("$python" -c 'from importlib.metadata import version; print(version("opencv-python"))')
    pip install --no-deps --force-reinstall "opencv-python-headless==$version"
fi
install_mmcv
install_pair # a requirement may have brought another
works 'import torchvision, mmcv.ops, mmdet.models, tinydet, mmyolo' ||
    stop "the environment is not complete: $(tail -n 1 "$LOG")"
echo "$now" >"$stamp"
say "ready: $python"
