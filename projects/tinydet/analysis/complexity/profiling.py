"""The costs of a model, measured one by one, so that a failure leaves the others."""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from mmengine.analysis import FlopAnalyzer
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from tinydet.analysis.complexity import attention, deformable
from tinydet.analysis.complexity.memory import PeakMemory
from tinydet.analysis.complexity.subject import (
    build_fresh,
    calibrate_bn,
    deploy,
    input_size,
    padded,
    sample_of,
)
from tinydet.log import quiet

MEASURES = ("parameters", "flops", "latency", "memory")


@dataclass
class Profile:
    """The costs of a model; ``None`` for costs that could not be measured.

    Attributes:
        size: Height and width of the image, pixels.
        device: Name of the device.
        parameters: Number of parameters, including frozen parameters.
        flops: Multiply-adds of the network for one image, each counted once, as in
            :mod:`mmengine.analysis`, without post-processing.
        latency: Median seconds of a prediction of one image, including post-processing.
        memory: Peak bytes of a prediction, including the model.
        reasons: ``{measure: sentence}``: the cause of a failure, or what the number leaves out.
    """

    size: tuple[int, int]
    device: str
    parameters: int | None = None
    flops: int | None = None
    latency: float | None = None
    memory: int | None = None
    reasons: dict[str, str] = field(default_factory=dict)

    def attempt(self, name: str, measure: Callable[[], float]) -> float | None:
        """Return the result of ``measure``, or ``None`` and note the cause of the failure."""
        try:
            with torch.no_grad(), quiet(logging.ERROR):
                return measure()
        except Exception as error:  # any operator of any model may fail
            first = (str(error).splitlines() or [""])[0]
            self.reasons[name] = f"{type(error).__name__}: {first[:200]}"
            return None


def profile(
    config: Config,
    size: tuple[int, int] | None = None,
    device: str = "cpu",
    only: Sequence[str] = MEASURES,
    repeats: int = 10,
    deployed: bool = False,
) -> Profile:
    """Measure a config's model with the initial weights of a training from scratch.

    Args:
        config: The config; ``model``, ``default_scope`` and the test pipeline are read.
        size: Height and width, by default from :func:`input_size`; padded like the model's
            preprocessor does.
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        only: The measures to take.
        repeats: Number of timed predictions, after two untimed ones.
        deployed: Measure the form that only predicts, see
            :func:`tinydet.analysis.complexity.subject.deploy`.
    """
    init_default_scope(config.get("default_scope", "mmdet"))
    costs = Profile(padded(size or input_size(config), config.model), device_name(device))
    peak = PeakMemory(device)
    with quiet(logging.ERROR):
        model = build_fresh(config).to(device).eval()
    images = torch.rand(1, 3, *costs.size, device=device)
    costs.attempt("statistics", lambda: calibrate_bn(model, images))
    if deployed:
        deploy(model)

    def peak_of_prediction() -> int:
        _predict(model, images)
        return peak.read()

    # Memory first: the other measures have peaks of their own.
    if "memory" in only:
        costs.memory = costs.attempt("memory", peak_of_prediction)
    if "parameters" in only:
        costs.parameters = sum(weight.numel() for weight in model.parameters())
    if "flops" in only:
        costs.flops = costs.attempt("flops", lambda: _count_flops(model, images, costs.reasons))
    if "latency" in only:
        costs.latency = costs.attempt("latency", lambda: _latency(model, images, repeats))
    return costs


def device_name(device: str) -> str:
    """Return ``NVIDIA …`` or ``CPU, N threads``."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"CPU, {torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}"


class _Forward(nn.Module):
    """The network without post-processing, as a function of the images."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> object:
        return self.model(images, [sample_of(images)], mode="tensor")


def _count_flops(model: nn.Module, images: Tensor, reasons: dict[str, str]) -> int:
    analysis = FlopAnalyzer(_Forward(model), images)
    for name in deformable.NAMES:
        analysis.set_op_handle(f"prim::PythonOp.{name}", deformable.convolution)
    analysis.set_op_handle("aten::scaled_dot_product_attention", attention.fused)
    total = int(analysis.total())
    # Operators in Python or C++ of a package; element-wise operators are never counted.
    unknown = [
        name.rpartition(".")[2].rpartition("::")[2]
        for name in analysis.unsupported_ops()
        if "PythonOp" in name or not name.startswith(("aten::", "prim::"))
    ]
    if unknown:
        reasons["flops"] = f"not counted: {', '.join(sorted(set(unknown)))}"
    return total


def _predict(model: nn.Module, images: Tensor) -> None:
    model(images, [sample_of(images)], mode="predict")
    if images.is_cuda:
        torch.cuda.synchronize(images.device)


def _latency(model: nn.Module, images: Tensor, repeats: int) -> float:
    seconds = []
    for _ in range(2 + repeats):
        start = time.perf_counter()
        _predict(model, images)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[2:])
