"""What a model costs: parameters, operations, latency, memory, at the size its config tests at."""

from __future__ import annotations

import ctypes
import gc
import logging
import statistics
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch
from mmdet.structures import DetDataSample
from mmengine.analysis import FlopAnalyzer
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import MODELS, init_default_scope
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from tinydet.errors import InputError

MEASURES = ("parameters", "flops", "latency", "memory")


@dataclass
class Card:
    """The costs of a model; ``None`` is what could not be measured, and ``reasons`` says why.

    Attributes:
        size: Height and width of the image, pixels.
        device: Where it ran, by name.
        parameters: Their number, frozen ones with them.
        flops: Multiply-adds of the network for one image, one of each pair counted, as
            :mod:`mmengine.analysis` does. Post-processing is no part of them.
        latency: Median seconds of a prediction of one image, post-processing with it.
        memory: Bytes at the peak of a prediction, the model with it.
        reasons: ``{measure: sentence}``: why it failed, or what it leaves out.
    """

    size: tuple[int, int]
    device: str
    parameters: int | None = None
    flops: int | None = None
    latency: float | None = None
    memory: int | None = None
    reasons: dict[str, str] = field(default_factory=dict)


def input_size(config: Config) -> tuple[int, int]:
    """Return height and width of the image that a config tests at, before padding.

    Raises:
        InputError: The test pipeline resizes nothing and there is no ``img_scale``.
    """
    dataset = (config.get("test_dataloader") or {}).get("dataset") or {}
    for step in reversed(dataset.get("pipeline") or []):
        scale = step.get("scale")
        if "Resize" in str(step.get("type")) and scale is not None:
            width, height = (scale, scale) if isinstance(scale, int | float) else scale
            return int(height), int(width)
    scale = config.get("img_scale")
    if scale is None:
        raise InputError(
            "the config's test pipeline has no Resize with a scale, nor the config an img_scale; "
            "name the size of the image by --shape HEIGHT WIDTH"
        )
    return int(scale[1]), int(scale[0])


def weigh(
    config: Config,
    size: tuple[int, int] | None = None,
    device: str = "cpu",
    only: tuple[str, ...] = MEASURES,
    repeats: int = 10,
) -> Card:
    """Measure a config's model, with the weights that a training from scratch begins with.

    Args:
        config: ``model``, ``default_scope`` and the test pipeline are read.
        size: Height and width; by default those of :func:`input_size`. Padded to what the model's
            preprocessor asks for.
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        only: The measures to take.
        repeats: Predictions that are timed, after two that are not.

    Returns:
        A card. A measure that fails does not keep the others from being taken.
    """
    init_default_scope(config.get("default_scope", "mmdet"))
    size = _padded(size or input_size(config), config.model)
    card = Card(size, device_name(device))
    before = _memory_before(device)
    with _quiet():
        model = build_fresh(config).to(device).eval()
    images = torch.rand(1, 3, *size, device=device)
    _settle(model, images)
    measures: dict[str, Callable[[], float]] = {
        # Memory first: freed blocks of other measures would hide what a prediction takes.
        "memory": lambda: _peak_memory(model, images, device) - before,
        "parameters": lambda: sum(weight.numel() for weight in model.parameters()),
        "flops": lambda: _count_flops(model, images, card.reasons),
        "latency": lambda: _latency(model, images, device, repeats),
    }
    for name, measure in measures.items():
        if name in only:
            try:
                with torch.no_grad(), _quiet():
                    setattr(card, name, measure())
            except Exception as error:  # of any operator of any model
                card.reasons[name] = f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
    return card


def build_fresh(config: Config) -> nn.Module:
    """Return the config's model as it is before a training, without any pretrained weights.

    Initialised all the same: DetectoRS, for one, gives NaN with what its constructors leave.
    """

    def untrained(node: object) -> object:
        if isinstance(node, dict):
            kept = {key: untrained(value) for key, value in node.items()}
            if "pretrained" in kept:  # mmdet's older name; DetectoRS has it in its neck
                kept["pretrained"] = None
            if isinstance(kept.get("init_cfg"), dict) and kept["init_cfg"]["type"] == "Pretrained":
                kept["init_cfg"] = None
            return kept
        return [untrained(value) for value in node] if isinstance(node, list) else node

    model = MODELS.build(Config(dict(model=untrained(config.model.to_dict()))).model)
    model.init_weights()
    return model


def _settle(model: nn.Module, images: Tensor) -> None:
    """Give batch normalisation the statistics of these images.

    Without them the maps of a deep backbone grow to 1e7 and its heads propose nothing, so that
    what comes after the proposals would not be measured.
    """
    for layer in model.modules():
        if isinstance(layer, _BatchNorm):
            layer.train()
            layer.momentum = 1.0
    with torch.no_grad():
        model.extract_feat(images)
    model.eval()


def device_name(device: str) -> str:
    """Return ``NVIDIA …`` or ``CPU, N threads``."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"CPU, {torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}"


def _padded(size: tuple[int, int], model: Config) -> tuple[int, int]:
    divisor = (model.get("data_preprocessor") or {}).get("pad_size_divisor") or 1
    height, width = (-(-side // divisor) * divisor for side in size)
    return height, width


def _sample(images: Tensor) -> DetDataSample:
    """Return what heads ask of an image: it fills the batch and was not resized."""
    shape = tuple(images.shape[-2:])
    names = ("img_shape", "ori_shape", "pad_shape", "batch_input_shape")
    meta = dict.fromkeys(names, shape) | dict(scale_factor=(1.0, 1.0), img_id=0)
    # CornerNet's and CenterNet's test pipelines pad, and their heads take the border off again.
    border = dict(border=torch.tensor([0.0, shape[0], 0.0, shape[1]]).numpy())
    return DetDataSample(metainfo=meta | border)


class _Forward(nn.Module):
    """The network alone, as a function of the images."""

    def __init__(self, model: nn.Module, sample: DetDataSample) -> None:
        super().__init__()
        self.model = model
        self.sample = sample

    def forward(self, images: Tensor) -> object:
        return self.model(images, [self.sample], mode="tensor")


def _count_flops(model: nn.Module, images: Tensor, reasons: dict[str, str]) -> int:
    analysis = FlopAnalyzer(_Forward(model, _sample(images)), images)
    total = int(analysis.total())
    # Operators with Python or C++ of their own; element-wise ones are never counted.
    unknown = [
        name.rpartition(".")[2].rpartition("::")[2]
        for name in analysis.unsupported_ops()
        if "PythonOp" in name or not name.startswith(("aten::", "prim::"))
    ]
    if unknown:
        reasons["flops"] = f"not counted: {', '.join(sorted(set(unknown)))}"
    return total


def _predict(model: nn.Module, images: Tensor) -> None:
    model(images, [_sample(images)], mode="predict")


def _latency(model: nn.Module, images: Tensor, device: str, repeats: int) -> float:
    seconds = []
    for _ in range(2 + repeats):
        _synchronize(device)
        start = time.perf_counter()
        _predict(model, images)
        _synchronize(device)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[2:])


def _synchronize(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


def _memory_before(device: str) -> int:
    """Return the bytes in use, and forget the peak that the process had so far."""
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)
        return 0  # the allocator counts tensors alone
    try:
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # else blocks that were freed hide what is taken next
        Path("/proc/self/clear_refs").write_text("5")  # Linux: resets VmHWM
        return _status("VmRSS")
    except (OSError, AttributeError):  # no Linux, no glibc: _peak_memory will say so
        return 0


def _peak_memory(model: nn.Module, images: Tensor, device: str) -> int:
    _predict(model, images)
    if device.startswith("cuda"):
        _synchronize(device)
        return torch.cuda.max_memory_allocated(device)
    return _status("VmHWM")


def _status(name: str) -> int:
    """Return a line of Linux's account of this process, bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


@contextmanager
def _quiet():
    """Keep mmengine from naming each weight it initialises and each operator it counts."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
