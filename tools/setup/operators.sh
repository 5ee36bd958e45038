# shellcheck shell=bash
# The operators of mmcv for tools/setup.sh: kept, torchvision's, or compiled.

installed() { # installed NAME [VERSION]
    "$python" -c 'import sys, importlib.metadata as m
name, *wanted = sys.argv[1:]
found = m.version(name)
sys.exit(bool(wanted) and found not in wanted)' "$@" 2>/dev/null
}

install_operators() { # what works is kept; torchvision's need no compiler; the rest is compiled
    local said
    if [ "$wish" != torchvision ] && said=$(ask operators mmcv 2>>"$LOG"); then
        say "keeping $said"
    elif [ "$wish" != compile ] && find_torchvision; then
        use_torchvision
    elif [ "$wish" = torchvision ]; then
        stop "TINYDET_OPS=torchvision, but its operators cannot be used: $reason"
    else
        install_mmcv
    fi
}

find_torchvision() { # sets $reason: what works, or why nothing does
    reason=$(ask operators torchvision 2>>"$LOG") && return
    local pair
    if ! pair=$(ask operators pair 2>>"$LOG"); then
        reason=$pair
    elif installed torchvision && [ "${TINYDET_ENV:-}" = active ]; then # not ours to replace
        reason="${reason:-importing torchvision kills Python} (the one for this torch: pip install --no-deps '$pair')"
    elif install_torchvision "$pair"; then
        return
    fi
    say "torchvision's operators are not used: $reason"
    return 1
}

install_torchvision() {
    if ! try_pip install --no-deps "$1"; then # without dependencies: torch stays as it is
        reason="the package registry has no $1"
        network_failed && reason="the package registry cannot be reached for $1"
        return 1
    fi
    reason=$(ask operators torchvision 2>>"$LOG") && return
    reason=${reason:-importing torchvision kills Python}
    try_pip uninstall -y torchvision
    return 1
}

use_torchvision() { # mmcv-lite is mmcv without its compiled part, for which tinydet.ops stands in
    say "the operators are torchvision's: $reason; nothing is compiled"
    if installed mmcv; then # the two share a folder
        pip uninstall -y mmcv mmcv-lite
    fi
    installed mmcv-lite "$MMCV" || pip install --no-deps "mmcv-lite==$MMCV"
}

install_mmcv() {
    local wheels jobs cores memory plan build_target build_says build_cuda build_std build_environment
    links=$(mktemp -d)
    trap 'rm -rf "$links" "${built:-}"' EXIT
    plan=$(ask compiler "$links") || exit 1 # it has said why
    eval "$plan"
    # The flags are part of the key: a wheel built with others is another wheel.
    wheels=$CACHE/wheels/$("$python" -c "import platform, sys, torch; print(f'mmcv$MMCV-torch{torch.__version__}-$build_target-cp{sys.version_info[0]}{sys.version_info[1]}-{platform.machine()}')")
    wheels+=-$(echo "$FLAGS${MMCV_CUDA_ARGS:+ $MMCV_CUDA_ARGS}" | cksum | cut -d' ' -f1)
    mkdir -p "$CACHE/wheels"
    exec 9>"$wheels.lock"
    command -v flock >/dev/null && { flock -n 9 || { say "another set-up is building this wheel; waiting for it"; flock 9; }; }
    if ! ls "$wheels"/mmcv-*.whl >/dev/null 2>&1; then
        command -v "${CXX:-c++}" >/dev/null || command -v g++ >/dev/null ||
            stop "there is no C++ compiler, which building mmcv needs; on Debian: apt-get install g++ (or: conda install gxx)"
        "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' ||
            stop "the headers of Python are missing, which building mmcv needs; on Debian: apt-get install python3-dev"
        cores=$(nproc 2>/dev/null || sysctl -n hw.ncpu)
        memory=$(awk -v each="${build_cuda:+4}" '/MemAvailable/ {print int($2 / 1048576 / (each ? each : 2))}' /proc/meminfo 2>/dev/null || echo "$cores")
        jobs=${MAX_JOBS:-$((memory < 1 ? 1 : memory < cores ? memory : cores))} # 2 GB a compiler, 4 an nvcc
        say "compiling mmcv $MMCV $build_says; full output in $LOG"
        if [ -n "$build_cuda" ]; then
            say "about 80 CPU-minutes for one architecture, more for each other (TORCH_CUDA_ARCH_LIST=8.0 builds for that one alone), with $jobs jobs"
        else
            say "about 10 CPU-minutes, so about $((10 / jobs + 1)) minutes with $jobs jobs"
        fi
        built=$(mktemp -d "$CACHE/wheels/building.XXXXXX")
        (build_wheel "$jobs") # its environment is its own
        rm -rf "$wheels"
        mv "$built/wheel" "$wheels" # a wheel is in its place whole or not at all
        say "kept the wheel in $wheels"
    else
        say "installing mmcv $MMCV $build_says from $wheels"
    fi
    if installed mmcv-lite; then # the two share a folder
        pip uninstall -y mmcv-lite
    fi
    pip install --no-deps --force-reinstall "$wheels"/mmcv-*.whl
    exec 9>&-
    reason=$(ask operators mmcv 2>>"$LOG") || stop "mmcv was compiled, but $reason; remove $wheels and run tools/setup.sh again"
}

build_wheel() { # leaves it in $built/wheel
    mkdir "$built/wheel"
    export "${build_environment[@]}" CFLAGS="$FLAGS" CXXFLAGS="$FLAGS" MAX_JOBS=$1 MMCV_WITH_OPS=1
    pip download --no-cache-dir --no-deps --no-binary mmcv --no-build-isolation -d "$built" "mmcv==$MMCV"
    tar -xzf "$built"/mmcv-*.tar.gz -C "$built"
    # mmcv asks for C++17 and torch's headers for what $build_std says.
    sed -i.orig "s|std=c++17|std=$build_std|; s|std:c++17|std:$build_std|" "$built"/mmcv-*/setup.py
    pip wheel -v --no-cache-dir --no-deps --no-build-isolation -w "$built/wheel" "$built"/mmcv-*/ &
    show_progress $!
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
