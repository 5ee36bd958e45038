#!/usr/bin/env bash
# Set up tinydet: a virtual environment with torch, mmcv and everything else. Run it again at any
# time; it does what is missing and takes seconds when nothing is.
#
#   tools/setup.sh                       environment in .venv
#   TINYDET_ENV=active tools/setup.sh    the active environment (clusters, containers)
#
# PYTHON            interpreter for .venv (default: the first python3 of 3.10-3.12 on PATH)
# TINYDET_CACHE     where built mmcv wheels are kept (default: ~/.cache/tinydet)
# TINYDET_NO_MMYOLO leave out mmyolo (GPL-3.0); the YOLO configs then do not run
# CFLAGS, MAX_JOBS  of the build of mmcv
set -euo pipefail
cd "$(dirname "$0")/.."

TORCH=2.13.0 MMCV=2.1.0
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

stamp_of_now() {
    cat requirements.txt pyproject.toml tools/setup.sh <(echo "${TINYDET_NO_MMYOLO:-}") | cksum
}

check_disk() {
    local free need=${TINYDET_MIN_DISK_GB:-8}
    free=$(($(df -Pk . | awk 'NR == 2 {print $4}') / 1048576))
    [ "$free" -ge "$need" ] || stop "$free GB are free here and set-up needs $need; free some, or lower TINYDET_MIN_DISK_GB if you know better"
}

pip() { # runs pip quietly; its output goes to the log, the reason of a failure to the user
    if ! "$python" -m pip --disable-pip-version-check "$@" >>"$LOG" 2>&1; then
        tail -n 5 "$LOG" >&2
        if grep -qE 'Connection|Temporary failure|Max retries|Network is unreachable|timed out|ProxyError' "$LOG"; then
            stop "the package registry cannot be reached; check the network, or the proxy and index of 'pip config list' (log: $LOG)"
        fi
        stop "pip $1 failed; the log is $LOG"
    fi
}

has_torch() { "$python" -c 'import torch; v = torch.__version__.split("+")[0].split("."); assert (int(v[0]), int(v[1])) >= (2, 1)' 2>/dev/null; }
has_mmcv() { "$python" -c 'import mmcv, mmcv.ops; v = tuple(int(x) for x in mmcv.__version__.split(".")[:3]); assert (2, 0, 1) <= v < (2, 2)' 2>/dev/null; }

install_mmcv() {
    local key wheels jobs cores memory
    key=$("$python" -c "import platform, sys, torch; print(f'mmcv$MMCV-torch{torch.__version__}-cuda{torch.version.cuda}-cp{sys.version_info[0]}{sys.version_info[1]}-{platform.machine()}')")
    # The flags are part of the key: a wheel built with others is another wheel.
    wheels=$CACHE/wheels/$key-$(echo "$FLAGS" | cksum | cut -d' ' -f1)
    mkdir -p "$CACHE/wheels"
    exec 9>"$wheels.lock"
    command -v flock >/dev/null && { flock -n 9 || { say "another set-up is building this wheel; waiting for it"; flock 9; }; }
    if ! ls "$wheels"/mmcv-*.whl >/dev/null 2>&1; then
        command -v "${CXX:-c++}" >/dev/null || command -v g++ >/dev/null ||
            stop "there is no C++ compiler, which building mmcv needs; on Debian: apt-get install g++ (or: conda install gxx)"
        "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' ||
            stop "the headers of Python are missing, which building mmcv needs; on Debian: apt-get install python3-dev"
        cores=$(nproc 2>/dev/null || sysctl -n hw.ncpu)
        memory=$(awk '/MemAvailable/ {print int($2 / 2097152)}' /proc/meminfo 2>/dev/null || echo "$cores")
        jobs=${MAX_JOBS:-$((memory < 1 ? 1 : memory < cores ? memory : cores))} # 2 GB a compiler
        if "$python" -c 'import sys, torch; sys.exit(torch.version.cuda is None)' && command -v nvcc >/dev/null; then
            export FORCE_CUDA=1
            say "compiling mmcv $MMCV with CUDA: 10 to 30 minutes with $jobs jobs; full output in $LOG"
        else
            say "compiling mmcv $MMCV: about 10 CPU-minutes, so about $((10 / jobs + 1)) minutes with $jobs jobs; full output in $LOG"
        fi
        built=$(mktemp -d "$CACHE/wheels/building.XXXXXX")
        trap 'rm -rf "$built"' EXIT
        CFLAGS="$FLAGS" CXXFLAGS="$FLAGS" MAX_JOBS=$jobs MMCV_WITH_OPS=1 \
            pip wheel -v --no-cache-dir --no-deps --no-binary mmcv --no-build-isolation -w "$built" "mmcv==$MMCV" &
        show_progress $!
        rm -rf "$wheels"
        mv "$built" "$wheels" # a wheel is in its place whole or not at all
        say "kept the wheel in $wheels"
    else
        say "installing mmcv $MMCV from $wheels"
    fi
    pip install --no-deps --force-reinstall "$wheels"/mmcv-*.whl
    exec 9>&-
    has_mmcv || stop "mmcv was installed but its ops do not import; remove $wheels and run tools/setup.sh again"
}

show_progress() { # follows ninja's [k/n] until the process ends; returns its status
    local step last=
    while kill -0 "$1" 2>/dev/null; do
        step=$(grep -aoE '\[[0-9]+/[0-9]+\]' "$LOG" | tail -n 1 || true)
        if [ -t 1 ]; then
            printf '\r[setup %4ss] compiling %s ' "$(($(date +%s) - started))" "$step"
        elif [ -n "$step" ] && [ "${step%%[0-9]/*}" != "$last" ]; then
            say "compiling $step" # a line every ten files in a log
            last=${step%%[0-9]/*}
        fi
        sleep 2
    done
    [ -t 1 ] && printf '\n'
    wait "$1"
}

use_environment
stamp="$("$python" -c 'import sys; print(sys.prefix)')/.tinydet-ready"
if [ "$(cat "$stamp" 2>/dev/null)" = "$(stamp_of_now)" ] && "$python" -c 'import importlib.util as u; assert all(map(u.find_spec, ("torch", "mmcv._ext", "mmdet", "tinydet")))' 2>/dev/null; then
    exit 0
fi
check_disk
say "setting up in $("$python" -c 'import sys; print(sys.prefix)'); with mmcv to build this takes 6 to 15 minutes on two cores"
pip install "setuptools<81" wheel ninja packaging
if has_torch; then
    say "keeping torch $("$python" -c 'import torch; print(torch.__version__)')"
else
    say "installing torch $TORCH"
    pip install "torch==$TORCH" "setuptools<81" # torch alone would bring a newer one
    has_torch || stop "torch was installed but does not import; see: $python -c 'import torch'"
fi
pip install "numpy>=2,<3" psutil "setuptools<81" # mmcv's setup.py imports pkg_resources
if has_mmcv; then
    say "keeping mmcv $("$python" -c 'import mmcv; print(mmcv.__version__)')"
else
    # What mmcv itself imports; the rest comes with the requirements.
    pip install addict mmengine==0.10.7 pyyaml yapf
    install_mmcv
fi
say "installing the requirements"
if [ -n "${TINYDET_NO_MMYOLO:-}" ]; then
    grep -v '^mmyolo' requirements.txt >"$LOG.requirements"
    sed -i "s|^-e \.|-e $PWD|" "$LOG.requirements"
    pip install -r "$LOG.requirements"
else
    pip install -r requirements.txt
fi
if ! "$python" -c 'import cv2' 2>>"$LOG"; then
    say "OpenCV finds no libGL on this machine; installing its build without windows"
    version=$("$python" -c 'from importlib.metadata import version; print(version("opencv-python"))')
    pip install --no-deps --force-reinstall "opencv-python-headless==$version"
    "$python" -c 'import cv2' || stop "OpenCV does not import; on Debian: apt-get install libgl1 libglib2.0-0"
fi
has_mmcv || stop "mmcv no longer imports after the requirements were installed; see: $python -c 'import mmcv.ops'"
stamp_of_now >"$stamp"
say "ready; check it by: $python tools/check_env.py"
