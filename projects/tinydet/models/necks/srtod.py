"""SR-TOD, self-reconstruction: the finest level redraws the image, and what is missing guides it.

Paper: arXiv:2405.11276. Tiny objects are what a reconstruction loses first; the difference from the
image gates the finest level (:mod:`tinydet.models.layers.difference_gate`). The public code
(Hiyuur/SR-TOD, read for facts) is two detector classes; ours is a neck for any detector.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from tinydet.arguments import check_count, check_number
from tinydet.errors import InputError
from tinydet.models.auxiliary import leave_losses
from tinydet.models.layers.difference_gate import DifferenceGate
from tinydet.registry import MODELS


class Reconstruction(nn.Sequential):
    """Draw an image from a level.

    Args:
        channels: ``C``; each doubling of the size halves the channels.
        stride: Pixels of the image for a position, a power of 2.

    Shape:
        - input: ``(B, C, H, W)``
        - output: ``(B, 3, stride H, stride W)``, without the sigmoid
    """

    def __init__(self, channels: int, stride: int) -> None:
        layers: list[nn.Module] = []
        for _ in range(int(math.log2(stride))):
            half = channels // 2
            layers += [nn.ConvTranspose2d(channels, half, 4, stride=2, padding=1)]
            for _ in range(2):
                layers += [nn.Conv2d(half, half, 3, padding=1, bias=False), nn.ReLU(inplace=True)]
            channels = half
        super().__init__(*layers, nn.Conv2d(channels, 3, 3, padding=1))


@MODELS.register_module()
class SRTOD(BaseModule):
    """Gate the finest level of a host's neck; ``loss_reconstruction`` joins the detector's losses.

    mmengine builds a list of necks as a sequence, in mmdet and in mmyolo::

        model = dict(neck=[_base_.model.neck, dict(type="tinydet.SRTOD", channels=256)])

    The host's neck is then called ``neck.0`` in checkpoints.

    Args:
        channels: ``C``, channels of the finest level.
        stride: Pixels of the image for a position of the finest level, a power of 2.
        threshold: Difference from which a position counts twice, in gray levels of 255: 4, or 3 on
            AI-TOD, as published. A parameter.
        loss_weight: Weight of the mean squared error of the reconstruction, in units of the full
            range of gray levels.
        as_published: The threshold gets no gradient, as in the public code.
        init_cfg: Initialization of mmengine.

    Shape:
        - input and output: a tuple of ``(B, C_l, H_l, W_l)``; the levels after the first pass
          through unchanged

    Raises:
        ValueError: ``channels``, ``stride``, ``threshold`` or ``loss_weight`` is impossible.
        InputError: In a call: the stride is not that of the finest level, or there are no images,
            because the neck was called outside of a detector.
    """

    wants_images = True  # see tinydet.models.auxiliary
    images: Tensor | None = None

    def __init__(
        self,
        channels: int = 256,
        stride: int = 4,
        threshold: float = 4.0,
        loss_weight: float = 1.0,
        as_published: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        check_count(self, "stride", stride, 2)
        if stride & (stride - 1):
            raise InputError(f"SRTOD: stride={stride} must be a power of 2")
        check_count(self, "channels", channels, stride)
        check_number(self, "threshold", threshold, "[0, 255)")
        self.stride = stride
        self.loss_weight = check_number(self, "loss_weight", loss_weight, "[0, inf)")
        self.reconstruction = Reconstruction(channels, stride)
        self.gate = DifferenceGate(channels, threshold, as_published=as_published)

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        if self.images is None:
            raise InputError(
                "SRTOD: no images to compare with; call the detector, not its backbone and neck"
            )
        finest, *others = inputs
        drawn = self.reconstruction(finest)
        # In float32: steps of half precision near 1 are as wide as half a gray level and more.
        drawn = self._fitted(drawn).float().sigmoid()
        if self.training:
            error = F.mse_loss(drawn, self.images)
            leave_losses(self, dict(loss_reconstruction=self.loss_weight * error))
        return self.gate(finest, self._difference(drawn)), *others

    def _fitted(self, drawn: Tensor) -> Tensor:
        """Cut off what lies outside of the image, where its sides are no multiples of a stride."""
        sizes = zip(drawn.shape[2:], self.images.shape[2:], strict=True)
        if not all(0 <= drew - size < 2 * self.stride for drew, size in sizes):
            raise InputError(
                f"SRTOD: stride={self.stride} draws {tuple(drawn.shape[2:])} px of images of "
                f"{tuple(self.images.shape[2:])} px; give the stride of the finest level"
            )
        return drawn[..., : self.images.shape[2], : self.images.shape[3]]

    @torch.no_grad()
    def _difference(self, drawn: Tensor) -> Tensor:
        """Return the mean over the colors of the difference in gray levels, ``(B, 1, H, W)``."""
        return 255 * (drawn - self.images).abs().mean(1, keepdim=True)
