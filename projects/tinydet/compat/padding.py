"""Images of any size for mmyolo's detectors, padded at the right and at the bottom.

Their necks double a level and join it with the next finer one, which fits only where the largest
stride divides the sides. Validation images are letterboxed; training images that no mosaic made
come as they are, and mmyolo stacks them so, while mmdet pads. Grey, as mmyolo's letterbox.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tinydet.compat.mmyolo import has_mmyolo
from tinydet.compat.wrapping import wrap_once

GREY = 114


def padded(image: Tensor, height: int, width: int) -> Tensor:
    """Return ``(..., H, W)`` pixels as ``(..., height, width)``; the image itself where it fits."""
    right, bottom = width - image.shape[-1], height - image.shape[-2]
    return F.pad(image, (0, right, 0, bottom), value=GREY) if right or bottom else image


def to_multiple(image: Tensor, divisor: int) -> Tensor:
    """Return ``(..., H, W)`` pixels with sides that ``divisor`` divides."""
    height, width = (math.ceil(side / divisor) * divisor for side in image.shape[-2:])
    return padded(image, height, width)


def to_same_size(images: Sequence[Tensor]) -> list[Tensor]:
    """Return ``(C, H, W)`` images, each with the largest height and width among them."""
    height, width = (max(image.shape[side] for image in images) for side in (-2, -1))
    return [padded(image, height, width) for image in images]


def install() -> None:
    """Let mmyolo's detectors pad; a second call, or a mmyolo that is absent, changes nothing."""
    if has_mmyolo():
        from mmyolo.models import YOLODetector, YOLOv5DetDataPreprocessor

        wrap_once(YOLODetector, "__init__", _knowing_its_stride)
        wrap_once(YOLOv5DetDataPreprocessor, "forward", _padding)


def _knowing_its_stride(original: Callable) -> Callable:
    """Give the preprocessor the largest stride of the head as ``pad_size_divisor``."""

    def __init__(self, *args, **kwargs):
        original(self, *args, **kwargs)
        stride = largest_stride(self)
        own = getattr(self.data_preprocessor, "pad_size_divisor", None)
        if stride and own:
            self.data_preprocessor.pad_size_divisor = math.lcm(own, stride)

    return __init__


def largest_stride(model: nn.Module) -> int | None:
    """Return the pixels between the points of a detector's coarsest level."""
    generator = getattr(getattr(model, "bbox_head", None), "prior_generator", None)
    if generator is None:
        return None
    return max(int(side) for stride in generator.strides for side in stride)


def _padding(original: Callable) -> Callable:
    """Pad before all else; mmyolo's training ignores ``pad_size_divisor``."""

    def forward(self, data, training=False):
        images = data["inputs"]
        if isinstance(images, torch.Tensor):
            images = to_multiple(images, self.pad_size_divisor)
        else:
            images = [to_multiple(image, self.pad_size_divisor) for image in images]
        return original(self, {**data, "inputs": images}, training)

    return forward
