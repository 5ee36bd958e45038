"""Checkpoints: read without running code from them, and matched to a model before use.

A pickle can run anything while it is read, so ``torch.load(weights_only=False)`` on a file
from the internet is a way to be taken over. mmengine's checkpoints hold, beside tensors, its
``HistoryBuffer`` and numpy arrays; these few classes are allowed and every other is refused.
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
    """Stand in for ``getattr``, by which a ``HistoryBuffer`` names its methods in a pickle.

    The real one would let a file walk from any object to any other.
    """
    if owner is HistoryBuffer and not name.startswith("_"):
        return getattr(owner, name)
    raise UnpicklingError(f"Unsupported global: GLOBAL builtins.getattr of {owner!r}, {name!r}")


def _allowed() -> list:
    """Return what mmengine writes beside tensors and plain Python values.

    numpy 2 moved ``numpy.core`` to ``numpy._core``; a checkpoint names the module of the numpy
    that wrote it, so both names are listed for whichever is installed.
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
        InputError: torch is older than what is supported.
    """
    too_old = torch_too_old(torch.__version__)
    if too_old:
        raise InputError(too_old)
    torch.serialization.add_safe_globals(_allowed())


def read_checkpoint(name: str | Path, map_location: object = "cpu") -> dict:
    """Read a checkpoint as data only.

    Args:
        name: A file written by mmengine, mmdet, mmyolo or plain ``torch.save``, its URL, or a name
            such as ``torchvision://resnet50``; see :mod:`tinydet.weights.catalogue`.
        map_location: As in :func:`torch.load`.

    Returns:
        The dictionary in the file.

    Raises:
        InputError: No such file or name; cannot be downloaded; truncated or not a checkpoint; holds
            a class that is not on the allow-list.
    """
    if _is_upstreams(str(name)):
        return CheckpointLoader.load_checkpoint(str(name), map_location)
    source = source_of(name)
    content = _read(local_file(source), map_location)
    return source.adapt(content) if source.adapt else content


def _is_upstreams(name: str) -> bool:
    """Tell whether a scheme is left to mmengine: ``s3://`` and its like."""
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
            "that are safe to load (running it could run anything); ask its author for the "
            "state_dict alone, or allow the class yourself by torch.serialization.add_safe_globals"
        ) from None
    except (RuntimeError, EOFError, OSError, KeyError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> InputError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return InputError(
        f"checkpoint {path} cannot be read ({path.stat().st_size:,} bytes): it is truncated or is "
        f"not a checkpoint; copy or download it again ({reason[:120]})"
    )


def load_safely() -> None:
    """Make every checkpoint that mmengine loads go through :func:`read_checkpoint`.

    Reasons: torch >= 2.6 refuses mmengine's own classes, older ones run whatever is in the file,
    and mmengine reads a URL so with any torch; ``torchvision://`` needs torchvision there; nobody
    compares a download with its hash, and a barrier waits for processes that may never come.
    """
    CheckpointLoader.register_scheme(prefixes=["", *SCHEMES], loader=load_from_tinydet, force=True)


def load_from_tinydet(filename: str, map_location: object = None) -> dict:
    """Load a checkpoint for mmengine, which says the part of this name after ``load_from_``."""
    if map_location is None and not torch.cuda.is_available():
        map_location = "cpu"
    return named(read_checkpoint(filename, map_location), filename)


def bare(model: nn.Module) -> nn.Module:
    """Return the model whose weights a checkpoint holds: inside what distributes or augments it."""
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
        InputError: A key of the model is missing, or of another shape; the sentence counts them
            and names the first few.
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
            "use the config it was trained with"
        )


def _shape(value: object) -> tuple[int, ...]:
    return tuple(value.shape) if isinstance(value, Tensor) else ()


def _first(names: Iterable[str], count: int = 3) -> str:
    names = list(names)
    if not names:
        return ""
    return f" ({', '.join(names[:count])}{', …' if len(names) > count else ''})"


def load_model(config: Config, checkpoint: str | Path, device: str = "cpu") -> nn.Module:
    """Build a config's model with the weights of a checkpoint, ready to predict.

    Args:
        config: A loaded config; ``model`` and ``default_scope`` are read.
        checkpoint: File of the weights, or its URL.
        device: ``cpu``, ``cuda`` or ``cuda:N``.

    Returns:
        The model in evaluation mode, its ``dataset_meta`` taken from the checkpoint, or from the
        config's test set where the checkpoint has none.

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
