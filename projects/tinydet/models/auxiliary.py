"""Losses that a part of a detector computes itself, beside those of the heads, and images for it.

mmdet's detectors collect the losses of their heads, and their necks see features alone. A neck with
losses of its own, such as :class:`tinydet.models.necks.DNFPN`, leaves them here in ``forward``, and
every detector of mmdet and mmyolo returns them with the others: its ``forward(mode="loss")`` is
that of ``BaseDetector``, through which training goes in one process and in several. A part with
``wants_images = True`` finds the images of the batch in ``images`` while the detector runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from mmdet.models import BaseDetector
from mmengine.model import ImgDataPreprocessor
from torch import Tensor, nn

from tinydet.compat.wrapping import wrap_once

ATTRIBUTE = "auxiliary_losses"


def leave_losses(module: nn.Module, losses: dict[str, Tensor]) -> None:
    """Leave losses with the module that computed them, until the detector takes them.

    Args:
        module: A part of a detector.
        losses: ``{name: scalar}``; detectors sum the losses whose names contain ``loss``.
    """
    setattr(module, ATTRIBUTE, losses)


def take_losses(model: nn.Module) -> dict[str, Tensor]:
    """Return the losses that the parts of a model have left, and remove them.

    Raises:
        ValueError: Two parts have a loss of the same name.
    """
    taken: dict[str, Tensor] = {}
    for part, module in model.named_modules():
        for name, value in vars(module).pop(ATTRIBUTE, {}).items():
            if name in taken:
                raise ValueError(f"{part}: another part of the model has a {name}, too")
            taken[name] = value
    return taken


@contextmanager
def images_shown(model: nn.Module, inputs: Tensor) -> Iterator[None]:
    """Give the images to the parts of a model that want them, and take them back.

    Args:
        model: A detector.
        inputs: Its input, ``(B, 3, H, W)``, normalized. The parts get it with values from 0 to 1,
            in the network's order of colors.
    """
    parts = [part for part in model.modules() if getattr(part, "wants_images", False)]
    # In tests, a sliced detector takes a list of pictures, and calls its detector with tiles.
    images = pixels(model, inputs) if parts and isinstance(inputs, Tensor) else None
    for part in parts:
        part.images = images
    try:
        yield
    finally:
        for part in parts:
            part.images = None


@torch.no_grad()
def pixels(model: nn.Module, inputs: Tensor) -> Tensor:
    """Return the input of a detector, ``(B, 3, H, W)``, without the normalization, from 0 to 1."""
    for part in model.data_preprocessor.modules():
        if isinstance(part, ImgDataPreprocessor) and part._enable_normalize:
            inputs = inputs * part.std + part.mean
    return inputs / 255


def install() -> None:
    """Let detectors show images and return these losses; a second call does nothing."""
    wrap_once(BaseDetector, "forward", _with_losses)


def _with_losses(original: Callable) -> Callable:
    def forward(self, inputs, data_samples=None, mode="tensor"):
        with images_shown(self, inputs):
            result = original(self, inputs, data_samples, mode)
        return {**result, **take_losses(self)} if mode == "loss" else result

    return forward
