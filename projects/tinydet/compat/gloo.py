"""Distributed runs on machines without a GPU."""

from __future__ import annotations

import atexit
import logging
import os
import subprocess
from collections.abc import Callable

import torch
from mmengine.logging import print_log

from tinydet.compat.wrapping import wrap_once
from tinydet.errors import InputError


def distribute_on_cpu() -> None:
    """Let ``--launcher pytorch`` and ``slurm`` run on machines without a GPU, over gloo.

    mmengine's launchers call ``torch.cuda.set_device`` and default to nccl, its runner passes
    ``device_ids`` to ``DistributedDataParallel``, which refuses them for modules on the CPU,
    and mmyolo, as well as ``sync_bn`` in a config, converts to ``SyncBatchNorm``, which has no CPU
    kernel (each process then normalises over its own images).

    No-op: CUDA is available.
    """
    if torch.cuda.is_available():
        return
    from mmengine.dist import utils
    from mmengine.model import MMDistributedDataParallel, revert_sync_batchnorm
    from mmengine.runner import Runner, runner

    def without_device_ids(original: Callable) -> Callable:
        def __init__(self, module, *args, device_ids=None, output_device=None, **kwargs):
            original(self, module, *args, **kwargs)

        return __init__

    def without_sync_bn(original: Callable) -> Callable:
        def wrap_model(self, model_wrapper_cfg, model):
            return original(self, model_wrapper_cfg, revert_sync_batchnorm(model))

        return wrap_model

    def checked_only(original: Callable) -> Callable:
        def convert_sync_batchnorm(module, implementation="torch"):
            if implementation not in ("torch", "mmcv"):
                return original(module, implementation)  # raises
            print_log(
                f"sync_bn={implementation!r} needs GPUs: plain BN", "current", logging.WARNING
            )
            return module

        return convert_sync_batchnorm

    wrap_once(utils, "_init_dist_pytorch", lambda _: _init_gloo)
    wrap_once(utils, "_init_dist_slurm", lambda _: _init_gloo_from_slurm)
    wrap_once(MMDistributedDataParallel, "__init__", without_device_ids)
    wrap_once(Runner, "wrap_model", without_sync_bn)
    wrap_once(runner, "convert_sync_batchnorm", checked_only)


def _init_gloo(backend: str = "gloo", init_backend: str = "torch", **kwargs) -> None:
    """Join the process group that torchrun describes in the environment."""
    from tinydet.devices import require_gpus  # here: `python -m tinydet.devices` imports tinydet

    require_gpus()
    torch.distributed.init_process_group(backend="gloo", **kwargs)
    atexit.register(_leave_group)


def _leave_group() -> None:
    """Leave the process group before Python ends: gloo's threads may abort the exit otherwise."""
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def _init_gloo_from_slurm(backend: str = "gloo", port: int | None = None, **kwargs) -> None:
    """Join the process group that srun describes, at the first of its nodes.

    Raises:
        InputError: The tasks are on several nodes, and Slurm cannot say which is the first.
    """
    os.environ["RANK"] = os.environ["SLURM_PROCID"]
    os.environ["LOCAL_RANK"] = os.environ["SLURM_LOCALID"]
    os.environ["WORLD_SIZE"] = os.environ["SLURM_NTASKS"]
    os.environ.setdefault("MASTER_PORT", str(port or 29500))
    if "MASTER_ADDR" not in os.environ:
        os.environ["MASTER_ADDR"] = _first_node() if _slurm_nodes() > 1 else "127.0.0.1"
    _init_gloo()


def _slurm_nodes() -> int:
    return int(os.environ.get("SLURM_STEP_NUM_NODES") or os.environ.get("SLURM_NNODES") or 1)


def _first_node() -> str:
    nodes = os.environ.get("SLURM_STEP_NODELIST") or os.environ.get("SLURM_NODELIST", "")
    try:
        done = subprocess.run(
            ["scontrol", "show", "hostnames", nodes], capture_output=True, text=True, check=True
        )
        return done.stdout.split()[0]
    except (OSError, subprocess.CalledProcessError, IndexError) as error:
        raise InputError(
            f"scontrol does not say which of the nodes {nodes!r} is the first ({error}); "
            "set MASTER_ADDR to its name"
        ) from None
