#!/usr/bin/env bash
# Run the interpreter that tinydet is set up in:  tools/python.sh ARGUMENTS...
# TINYDET_PYTHON (tools/tables/run.py sets it to its own), else the active environment where
# TINYDET_ENV=active or there is no .venv, else .venv. TINYDET_DEVICE=cpu hides the GPUs from it.
set -euo pipefail
venv=$(cd "$(dirname "$0")/.." && pwd)/.venv/bin/python
if [ "${TINYDET_ENV:-}" = active ] || [ ! -x "$venv" ]; then venv=python; fi
if [ "${TINYDET_DEVICE:-}" = cpu ]; then export CUDA_VISIBLE_DEVICES=; fi
exec "${TINYDET_PYTHON:-$venv}" "$@"
