r"""D3Q's density head: how many objects stand at each place of the finest feature map.

Paper: Density-Aware DETR with Dynamic Query (D3Q), JSTARS 18, 2025. The loss is
:math:`|t - p|^2 \cdot BCE(p, t)` over the number of objects, mmdet's quality focal loss; where the
target t is 0 that is :math:`p^2 BCE(p, 0)`.
"""

from __future__ import annotations

import torch
from mmdet.registry import MODELS
from mmdet.utils import InstanceList, reduce_mean
from mmengine.model import bias_init_with_prob
from torch import Tensor, nn

from tinydet.arguments import check_choice
from tinydet.task_modules.density_target import COMBINE, density_target


class DensityHead(nn.Module):
    """Convolution 3x3, ReLU, convolution 1x1, and their loss.

    Args:
        channels: Of the feature map.
        prior: Density that an untrained head says everywhere.
        combine: See :func:`tinydet.task_modules.density_target.density_target`.
        as_published: Likewise.
        loss: On logits, with targets in [0, 1].

    Raises:
        ValueError: ``combine`` is unknown.
    """

    def __init__(
        self,
        channels: int,
        prior: float = 0.1,
        combine: str = "maximum",
        as_published: bool = False,
        loss: dict = dict(type="mmdet.QualityFocalLoss"),
    ) -> None:
        super().__init__()
        check_choice(self, "combine", combine, COMBINE)
        self.combine, self.as_published = combine, as_published
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, 1, 1),
        )
        nn.init.constant_(self.layers[-1].bias, bias_init_with_prob(prior))
        self.loss_density = MODELS.build(loss)

    def forward(
        self, memory: Tensor, memory_mask: Tensor | None, shape: tuple[int, int]
    ) -> list[Tensor]:
        """Return the logits of the density of each image without padding, ``(H_i, W_i)``.

        Args:
            memory: ``(B, N, C)`` of an encoder, the finest map first.
            memory_mask: ``(B, N)``, True for padding of the picture; None without any.
            shape: ``H`` and ``W`` of the finest map.
        """
        places = shape[0] * shape[1]
        finest = memory[:, :places].unflatten(1, shape).permute(0, 3, 1, 2)
        logits = self.layers(finest).squeeze(1)
        if memory_mask is None:
            return list(logits)
        seen = ~memory_mask[:, :places].unflatten(1, shape)
        sizes = zip(seen[:, :, 0].sum(1).tolist(), seen[:, 0].sum(1).tolist(), strict=True)
        return [one[:high, :wide] for one, (high, wide) in zip(logits, sizes, strict=True)]

    def loss(
        self, density: list[Tensor], objects: InstanceList, stride: tuple[float, float]
    ) -> Tensor:
        """Return the loss over the objects of a process' batch, a scalar.

        Args:
            density: ``(H_i, W_i)`` logits of each image.
            objects: ``bboxes`` of each image, x1, y1, x2, y2, px.
            stride: Width and height of a cell, px.
        """
        targets = [
            density_target(one.bboxes, logits.shape, stride, self.combine, self.as_published)
            for logits, one in zip(density, objects, strict=True)
        ]
        logits, target = (
            torch.cat([one.flatten() for one in maps]).float()[:, None]
            for maps in (density, targets)
        )
        count = reduce_mean(logits.new_tensor(float(sum(map(len, objects)))))
        return self.loss_density(logits, target, avg_factor=count.clamp(min=1).item())
