"""Losses that a part of a detector computes itself, beside those of the heads.

mmdet's detectors collect the losses of their heads. A neck with losses of its own, such as
:class:`tinydet.models.necks.DNFPN`, leaves them here in ``forward``, and every detector of mmdet
and mmyolo returns them with the others: its ``forward(mode="loss")`` is that of ``BaseDetector``,
through which training goes in one process and in several.
"""

from __future__ import annotations

from collections.abc import Callable

from mmdet.models import BaseDetector
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


def install() -> None:
    """Let detectors return these losses with those of their heads; a second call does nothing."""
    wrap_once(BaseDetector, "forward", _with_losses)


def _with_losses(original: Callable) -> Callable:
    def forward(self, inputs, data_samples=None, mode="tensor"):
        result = original(self, inputs, data_samples, mode)
        return {**result, **take_losses(self)} if mode == "loss" else result

    return forward
