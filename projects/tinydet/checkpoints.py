"""Checkpoints: read as data without running code, and compared with a model before use.

A pickle can run arbitrary code while it is read, so ``torch.load(weights_only=False)`` on a file
from the internet is unsafe. Besides tensors, mmengine's checkpoints contain ``HistoryBuffer`` and
numpy arrays; only these classes are allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import torch
from mmengine.config import Config
from mmengine.logging import HistoryBuffer
from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor, nn

from tinydet.errors import InputError
from tinydet.supported import torch_too_old
from tinydet.weights.catalogue import SCHEMES, source_of
from tinydet.weights.download import local_file
from tinydet.weights.report import named

DTYPES = (np.float16, np.float32, np.float64, np.int32, np.int64, np.uint8, np.bool_, np.str_)


def _history_attribute(owner: object, name: str) -> object:
    """Replace ``getattr``, by which a pickled ``HistoryBuffer`` names its methods.

    The real ``getattr`` would give a file access to any object.
    """
    if owner is HistoryBuffer and not name.startswith("_"):
        return getattr(owner, name)
    raise UnpicklingError(f"Unsupported global: GLOBAL builtins.getattr of {owner!r}, {name!r}")


def _allowed() -> list:
    """Return the classes that mmengine writes besides tensors and plain Python values.

    numpy 2 moved ``numpy.core`` to ``numpy._core``. A checkpoint names the module of the numpy that
    wrote the file, so both names are allowed.
    """
    array = np.zeros(1)
    reconstruct = array.__reduce__()[0]
    scalar = array[0].__reduce__()[0]
    allowed: list = [HistoryBuffer, np.ndarray, np.dtype]
    allowed += [type(np.dtype(kind)) for kind in DTYPES]
    allowed += [(_history_attribute, name) for name in ("builtins.getattr", "__builtin__.getattr")]
    for module in ("numpy.core.multiarray", "numpy._core.multiarray"):
        allowed += [(reconstruct, f"{module}._reconstruct"), (scalar, f"{module}.scalar")]
    return allowed


def allow_mmengine_classes() -> None:
    """Add mmengine's classes to torch's allow-list for ``weights_only=True``.

    Raises:
        InputError: This torch is too old.
    """
    too_old = torch_too_old(torch.__version__)
    if too_old:
        raise InputError(too_old)
    torch.serialization.add_safe_globals(_allowed())


def read_checkpoint(name: str | Path, map_location: object = "cpu") -> dict:
    """Read a checkpoint as data only.

    Args:
        name: File of mmengine, mmdet, mmyolo or plain ``torch.save``; its URL; or a name such as
            ``torchvision://resnet50``; see :mod:`tinydet.weights.catalogue`.
        map_location: As in :func:`torch.load`.

    Returns:
        The content of the file.

    Raises:
        InputError: The file or name does not exist, cannot be downloaded, is truncated or not a
            checkpoint, or contains a class that is not on the allow-list.
    """
    if _is_upstreams(str(name)):
        return CheckpointLoader.load_checkpoint(str(name), map_location)
    source = source_of(name)
    content = _read(local_file(source), map_location)
    return source.adapt(content) if source.adapt else content


def _is_upstreams(name: str) -> bool:
    """Return whether mmengine reads the scheme, such as ``s3://``."""
    return "://" in name and CheckpointLoader._get_checkpoint_loader(name) is not load_from_tinydet


def _read(path: Path, map_location: object) -> dict:
    allow_mmengine_classes()
    try:
        return torch.load(path, map_location=map_location, weights_only=True)
    except UnpicklingError as error:
        foreign = re.search(r"GLOBAL ([\w.]+)", str(error))
        if foreign is None:
            raise _unreadable(path, error) from None
        raise InputError(
            f"checkpoint {path} holds the class {foreign[1]}, which is not on the list of classes "
            "that are safe to load (it could run arbitrary code); ask the author for the "
            "state_dict alone, or allow the class by torch.serialization.add_safe_globals"
        ) from None
    except (RuntimeError, EOFError, OSError, KeyError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> InputError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    # torch's advice on weights_only is for programmers, and no reason.
    given = "" if reason.startswith("Weights only load failed") else f" ({reason[:120]})"
    return InputError(
        f"checkpoint {path} cannot be read ({path.stat().st_size:,} bytes): it is truncated or "
        f"not a checkpoint; copy or download it again{given}"
    )


def load_safely() -> None:
    """Make mmengine load every checkpoint by :func:`read_checkpoint`.

    mmengine's own loader has several problems: torch >= 2.6 refuses mmengine's classes; older
    versions, and URLs with any version, run code from the file; ``torchvision://`` needs
    torchvision; downloads are not compared with their hash; and a barrier may wait forever.
    """
    CheckpointLoader.register_scheme(prefixes=["", *SCHEMES], loader=load_from_tinydet, force=True)


def load_from_tinydet(filename: str, map_location: object = None) -> dict:
    """Load a checkpoint for mmengine, which logs the part of this name after ``load_from_``."""
    if map_location is None and not torch.cuda.is_available():
        map_location = "cpu"
    return named(read_checkpoint(filename, map_location), filename)


def unwrapped(model: nn.Module) -> nn.Module:
    """Return a model without the wrapper that distributes it."""
    return model.module if is_model_wrapper(model) else model


def bare(model: nn.Module) -> nn.Module:
    """Return the detector inside wrappers for distribution and test-time augmentation.

    The keys of a checkpoint are those of the detector.
    """
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    return model


def detector_of(model: Mapping) -> Mapping:
    """Return the config of a detector: inside what augments it or cuts its images into tiles."""
    while inner := model.get("module") or model.get("detector"):
        model = inner
    return model


def check_fits(model: nn.Module, checkpoint: dict, path: str | Path) -> None:
    """Compare a checkpoint with a model, key by key and shape by shape.

    Raises:
        InputError: Keys of the model are missing or have another shape; the sentence gives the
            counts and the first few keys.
    """
    state = checkpoint.get("state_dict", checkpoint)
    if not isinstance(state, dict):
        raise InputError(f"checkpoint {path} holds a {type(state).__name__} where a state_dict is")
    state = {key.removeprefix("module."): value for key, value in state.items()}
    own = bare(model).state_dict()
    missing = [key for key in own if key not in state]
    reshaped = [
        f"{key} {_shape(state[key])} instead of {_shape(own[key])}"
        for key in own
        if key in state and _shape(state[key]) != _shape(own[key])
    ]
    if missing or reshaped:
        unexpected = [key for key in state if key not in own]
        raise InputError(
            f"checkpoint {path} is of another architecture than this config's model: "
            f"{len(missing)} of {len(own)} keys are missing{_first(missing)}, "
            f"{len(reshaped)} have another shape{_first(reshaped)}, "
            f"{len(unexpected)} are not in the model{_first(unexpected)}; "
            "use the config of its training"
        )


def _shape(value: object) -> tuple[int, ...]:
    return tuple(value.shape) if isinstance(value, Tensor) else ()


def _first(names: Iterable[str], count: int = 3) -> str:
    names = list(names)
    if not names:
        return ""
    return f" ({', '.join(names[:count])}{', …' if len(names) > count else ''})"


def load_model(config: Config, checkpoint: str | Path, device: str = "cpu") -> nn.Module:
    """Build the model of a config with the weights of a checkpoint, ready to predict.

    Args:
        config: A loaded config; ``model`` and ``default_scope`` are read.
        checkpoint: File of the weights, or URL.
        device: ``cpu``, ``cuda`` or ``cuda:N``.

    Returns:
        The model in evaluation mode, with ``dataset_meta`` from the checkpoint, or else from the
        config's test set.

    Raises:
        InputError: See :func:`read_checkpoint` and :func:`check_fits`.
    """
    init_default_scope(config.get("default_scope", "mmdet"))
    data = read_checkpoint(checkpoint)
    model_config = Config(dict(model=config.model)).model  # a copy: building changes it
    detector = detector_of(model_config)
    if "init_cfg" in detector.get("backbone", {}):
        detector.backbone.init_cfg = None  # the checkpoint replaces pretrained weights
    model = MODELS.build(model_config)
    check_fits(model, data, checkpoint)
    state = data.get("state_dict", data)
    state = {key.removeprefix("module."): value for key, value in state.items()}
    bare(model).load_state_dict(state, strict=False)
    meta = data.get("meta", {}).get("dataset_meta")
    model.dataset_meta = meta or dict(config.test_dataloader.dataset.get("metainfo", {}))
    return model.to(device).eval()
