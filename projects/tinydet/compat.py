"""What mmengine 0.10.7, mmcv 2.1, mmdet 3.3 and mmyolo 0.6 need to work together.

Tried with torch 2.13 and numpy 2.4; which torch is supported says :mod:`tinydet.supported`. One
function an item: its docstring gives the reason, "No-op" the condition under which it changes
nothing. ``apply()`` runs them all and may be called any number of times.

Checkpoints, the largest item, have a file of their own: :mod:`tinydet.checkpoints`.
"""

from __future__ import annotations

import atexit
import functools
import importlib.util
import inspect
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from types import ModuleType

import torch
from mmengine.logging import print_log

from tinydet.errors import InputError

MMYOLO = "mmyolo==0.6.0"
TOGETHER = f"{MMYOLO} mmdet==3.3.0 mmengine==0.10.7"  # as in requirements.txt


def _wrap_once(
    owner: object,
    name: str,
    make: Callable[[Callable], Callable],
    kind: Callable = lambda function: function,
) -> None:
    """Replace ``owner.name`` by ``kind(make(original))``; a second call leaves it as it is."""
    original = getattr(owner, name)
    if hasattr(original, "tinydet_original"):
        return
    wrapped = functools.wraps(original)(make(original))
    wrapped.tinydet_original = original
    setattr(owner, name, kind(wrapped))


def _wrap_everywhere(owner: ModuleType, name: str, make: Callable[[Callable], Callable]) -> None:
    """As :func:`_wrap_once`, also for the modules that took ``name`` from ``owner`` before."""
    original = getattr(owner, name)
    _wrap_once(owner, name, make)
    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get(name) is original:
            setattr(module, name, getattr(owner, name))


def has_mmyolo() -> bool:
    """Tell whether mmyolo (GPL-3.0, therefore optional) is installed and can be imported."""
    return not mmyolo_trouble()


def mmyolo_trouble() -> str:
    """Return why mmyolo cannot be used and what to do; nothing where it can."""
    if importlib.util.find_spec("mmyolo") is None:
        return f"is not installed: pip install --no-deps {MMYOLO} (mind its licence, see README.md)"
    return _import_trouble("mmyolo") or _import_trouble("mmyolo.models")


@functools.cache
def _import_trouble(module: str) -> str:
    """Import a module of mmyolo; where that fails, return why, and warn."""
    import mmcv

    true_version = mmcv.__version__
    mmcv.__version__ = "2.0.1"
    try:
        importlib.import_module(module)
    except Exception as error:  # whatever a module may do while it is imported
        cause = f"{type(error).__name__}: {str(error).strip() or 'no message'}"
        cure = f"pip install --no-deps --force-reinstall {TOGETHER}"
        if isinstance(error, ModuleNotFoundError) and not error.name.startswith("mmyolo"):
            cure = f"install {error.name.split('.')[0]}"
        trouble = f"is broken ({cause}): {cure}, or pip uninstall mmyolo"
        warnings.warn(f"mmyolo {trouble}; all else goes on without it", stacklevel=2)
        return trouble
    finally:
        mmcv.__version__ = true_version
    return ""


def use_torchvisions_operators() -> None:
    """Let ``mmcv.ops`` work with ``mmcv-lite``, which has no compiled operators.

    Compiling them takes a compiler, nvcc and up to 40 minutes; see :mod:`tinydet.ops`.

    No-op: the compiled ones import, or torchvision's do not work; ``TINYDET_OPS`` overrules it.
    """
    from tinydet.ops.choice import choose

    choose()


def import_mmyolo() -> None:
    """Import mmyolo although it asserts ``mmcv < 2.1.0``.

    mmyolo 0.6.0 works with mmcv 2.1, the only 2.x that compiles against current torch; the
    upper bound was written before 2.1 came out. The version it reads is lowered for the
    duration of the import alone. A mmyolo whose import fails (it asserts versions of mmengine and
    mmdet, too, and has dependencies of its own) is an absent one, with a warning.

    No-op: mmyolo is absent, already imported, or mmcv is older than 2.1.
    """
    if importlib.util.find_spec("mmyolo") is not None:
        _import_trouble("mmyolo")


def resolve_collate_scope() -> None:
    """Understand a scope in ``collate_fn``: ``type="mmyolo.yolov5_collate"`` or ``_scope_``.

    mmengine keeps collate functions in one flat registry, so that a dotted type is not found,
    and a config inherited across packages (``_base_ = "mmyolo::..."``) gets ``_scope_`` in every
    dict with a ``type``, which ``Runner.build_dataloader`` hands to the function as an argument.

    No-op: the type names no scope and there is no ``_scope_``.
    """
    from mmengine.runner import Runner

    def make(original: Callable) -> Callable:
        def build_dataloader(dataloader, *args, **kwargs):
            collate = dataloader.get("collate_fn") if isinstance(dataloader, dict) else None
            if isinstance(collate, dict) and isinstance(collate.get("type"), str):
                collate = dict(collate)
                scope, _, name = collate["type"].rpartition(".")
                scope = collate.pop("_scope_", None) or scope
                if scope:
                    importlib.import_module(f"{scope}.datasets")  # registers its functions
                collate["type"] = name
                if name == "yolov5_collate":
                    extend_yolov5_collate()
                dataloader = {**dataloader, "collate_fn": collate}
            return original(dataloader, *args, **kwargs)

        return build_dataloader

    _wrap_once(Runner, "build_dataloader", make, staticmethod)


def extend_yolov5_collate() -> None:
    """Let a batch of mmyolo's ``yolov5_collate`` be of several sizes, and say from which files.

    The function stacks the images, which has to be of one size where no mosaic made them: they are
    padded to the largest. It makes one tensor of all objects and drops the rest, so that nobody
    could name the image that broke a training: its dictionary gets one more key, which mmyolo does
    not read. Called when a data loader with this function is built.
    """
    from mmengine.registry import FUNCTIONS

    from tinydet.padding import to_same_size

    def make(original: Callable) -> Callable:
        def yolov5_collate(data_batch, *args, **kwargs):
            images = to_same_size([item["inputs"] for item in data_batch])
            same = [{**item, "inputs": one} for item, one in zip(data_batch, images, strict=True)]
            collated = original(same, *args, **kwargs)
            paths = [item["data_samples"].get("img_path") for item in data_batch]
            collated["data_samples"]["img_paths"] = paths
            return collated

        return yolov5_collate

    owner = importlib.import_module("mmyolo.datasets.utils")
    _wrap_once(owner, "yolov5_collate", make)
    FUNCTIONS.module_dict["yolov5_collate"] = owner.yolov5_collate


def resolve_nms_scope() -> None:
    """Understand ``nms=dict(type="tinydet.nwd_nms", ...)`` in ``test_cfg`` and ``rpn_proposal``.

    ``mmcv.ops.batched_nms`` evaluates the type among the names of its own file, and keeps classes
    apart by shifting each by the largest coordinate plus 1. That is enough for overlaps, which
    end where boxes end, but not for distances, so a type of ours gets boxes and classes as they
    are. Modules that took the function before are given the new one.

    No-op: the type is not of scope tinydet; mmcv has no operators of either kind.
    """
    if importlib.util.find_spec("mmcv._ext") is None:
        return

    def make(original: Callable) -> Callable:
        def batched_nms(boxes, scores, idxs, nms_cfg, class_agnostic=False):
            kind = (nms_cfg or {}).get("type")
            if not (isinstance(kind, str) and kind.startswith("tinydet.")):
                return original(boxes, scores, idxs, nms_cfg, class_agnostic)
            from tinydet.registry import TASK_UTILS

            function = TASK_UTILS.get(kind)
            if function is None:
                raise KeyError(f"nms: type={kind!r} is unknown; tinydet has 'tinydet.nwd_nms'")
            arguments = {k: v for k, v in nms_cfg.items() if k not in ("type", "_scope_")}
            return function(boxes, scores, idxs, **{"class_agnostic": class_agnostic, **arguments})

        return batched_nms

    _wrap_everywhere(importlib.import_module("mmcv.ops.nms"), "batched_nms", make)


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

    _wrap_once(utils, "_init_dist_pytorch", lambda _: _init_gloo)
    _wrap_once(utils, "_init_dist_slurm", lambda _: _init_gloo_from_slurm)
    _wrap_once(MMDistributedDataParallel, "__init__", without_device_ids)
    _wrap_once(Runner, "wrap_model", without_sync_bn)
    _wrap_once(runner, "convert_sync_batchnorm", checked_only)


def checkpoint_activations() -> None:
    """Let ``activation_checkpointing`` train modules that take a tuple, such as every neck.

    torch's older way of checkpointing, which mmengine leaves at its default, looks for tensors that
    need a gradient among the arguments alone, not inside them, and where it finds none neither the
    module nor what comes before it is trained. A warning is all that is said.

    No-op: the key is not in the config.
    """
    from mmengine.runner import activation_checkpointing

    def make(original: Callable) -> Callable:
        return functools.partial(original, use_reentrant=False)

    _wrap_once(activation_checkpointing, "checkpoint", make)


def compile_without_optimizer() -> None:
    """Let ``compile`` leave the step of the optimizer as it is.

    mmengine compiles ``train_step`` with the optimizer inside, whose parameter groups the compiler
    of torch 2.13 cannot follow (``InternalTorchDynamoError``). Model and losses are what counts.

    No-op: the key is not in the config.
    """
    from mmengine.optim import OptimWrapper
    from mmengine.runner import Runner

    def make(original: Callable) -> Callable:
        def _maybe_compile(self, target):
            if self.cfg.get("compile"):
                _wrap_once(OptimWrapper, "update_params", torch.compiler.disable)
            return original(self, target)

        return _maybe_compile

    _wrap_once(Runner, "_maybe_compile", make)


def remember_bases() -> None:
    """Look for the file of each ``_base_ = "mmdet::..."`` once in a process.

    mmengine reads all lists of models of the package, 102 of mmdet's, each time, which was two
    thirds of the time that reading one of our configs took.

    No-op: the base was not asked for before.
    """
    from mmengine.config import config

    _wrap_once(config, "_get_external_cfg_path", functools.cache)


def quieten() -> None:
    """Hide the warnings of the frameworks that say nothing about the user's run.

    No-op: Python runs with ``-W`` or ``PYTHONWARNINGS``, that is, somebody wants to see them.
    """
    if sys.warnoptions:
        return
    for message, module in (
        ("pkg_resources is deprecated", ""),
        ("__array_wrap__ must accept context", ""),
        ("torch.meshgrid: in an upcoming release", ""),
        ("Unable to import torch_npu", ""),
        (".*torch.cuda.amp.*is deprecated", ""),
        (".*pin_memory.*no accelerator is found", ""),
        ("Failed to import .transformers.", ""),
        (".*`torch.jit.script` is deprecated", ""),
    ):
        warnings.filterwarnings("ignore", message=message, module=module)


DROWNING = (
    # A line a parameter and setting, hundreds at each start; tinydet.every_run says it in one.
    "paramwise_options -- ",
    '"FileClient" will be deprecated',
    '"HardDiskBackend" is the alias',
)


def quieten_log() -> None:
    """Keep mmengine's lines about itself out of the user's log.

    No-op: ``log_level = "DEBUG"``, that is, somebody wants to see everything.
    """
    from mmengine.logging import MMLogger

    def make(original: Callable) -> Callable:
        def callHandlers(self, record):  # noqa: N802
            noise = isinstance(record.msg, str) and record.msg.startswith(DROWNING)
            # MMLogger keeps the level in its handlers.
            if not noise or any(handler.level <= logging.DEBUG for handler in self.handlers):
                original(self, record)

        return callHandlers

    _wrap_once(MMLogger, "callHandlers", make)


def find_loaders_by_kind() -> None:
    """Let mmdet's inferencer and tools find the transforms of our pipelines.

    ``DetInferencer`` looks for ``type="LoadImageFromFile"`` by that very name, to put a loader of
    files and arrays in its place, as sahi looks for ``"Resize"`` by the same method;
    ``get_loading_pipeline``, by which mmdet's tools show ground truth, compares with mmcv's class.
    ``tinydet.LoadImageFromFile``, ``mmdet.Resize`` and ``mmyolo.YOLOv5KeepRatioResize`` are none of
    these, but subclasses are of their kind. Files that are given to an inferencer are read by our
    loader, with the arguments that the config has for it.

    No-op: mmdet cannot be imported, which is told by what needs it.
    """
    try:
        from mmdet.apis import DetInferencer
        from mmdet.datasets import transforms, utils
        from mmdet.registry import TRANSFORMS
    except Exception:  # whatever a module may do while it is imported
        return

    def is_of(step: dict, kinds: tuple[str | type, ...]) -> bool:
        wanted = [TRANSFORMS.get(kind) if isinstance(kind, str) else kind for kind in kinds]
        found = TRANSFORMS.get(step["type"]) if isinstance(step["type"], str) else step["type"]
        return found is not None and issubclass(found, tuple(filter(None, wanted)))

    def by_kind(original: Callable) -> Callable:
        def _get_transform_idx(self, pipeline_cfg, name):
            kinds = name if isinstance(name, tuple) else (name,)
            return next((i for i, step in enumerate(pipeline_cfg) if is_of(step, kinds)), -1)

        return _get_transform_idx

    def loading(original: Callable) -> Callable:
        def get_loading_pipeline(pipeline):
            kinds = utils.LoadImageFromFile, utils.LoadAnnotations, utils.LoadPanopticAnnotations
            kept = [step for step in pipeline if is_of(step, kinds)]
            return kept if len(kept) == 2 else original(pipeline)  # which says what it lacks

        return get_loading_pipeline

    def with_our_reader(original: Callable) -> Callable:
        def __init__(self, **kwargs):
            known = inspect.signature(utils.LoadImageFromFile).parameters
            original(self, **{key: value for key, value in kwargs.items() if key in known})
            self.from_file = TRANSFORMS.build(dict(type="tinydet.LoadImageFromFile", **kwargs))

        return __init__

    _wrap_once(DetInferencer, "_get_transform_idx", by_kind)
    _wrap_once(transforms.InferencerLoader, "__init__", with_our_reader)
    _wrap_everywhere(utils, "get_loading_pipeline", loading)


def average_from_plain_states() -> None:
    """Let EMA start from a ``load_from`` that holds tensors alone, as files of weights do.

    mmengine's hook looks for ``checkpoint["state_dict"]`` where the rest of it takes both.

    No-op: the checkpoint has a ``state_dict``.
    """
    from mmengine.hooks import EMAHook

    def make(original: Callable) -> Callable:
        def after_load_checkpoint(self, runner, checkpoint):
            whole = checkpoint if "state_dict" in checkpoint else dict(state_dict=checkpoint)
            original(self, runner, whole)

        return after_load_checkpoint

    _wrap_once(EMAHook, "after_load_checkpoint", make)


def apply() -> None:
    """Run every item above; called by ``import tinydet``."""
    from tinydet.checkpoints import load_safely
    from tinydet.weights.report import report_loads

    quieten()
    quieten_log()
    use_torchvisions_operators()
    remember_bases()
    import_mmyolo()
    resolve_collate_scope()
    resolve_nms_scope()
    distribute_on_cpu()
    checkpoint_activations()
    compile_without_optimizer()
    find_loaders_by_kind()
    load_safely()
    report_loads()
    average_from_plain_states()
