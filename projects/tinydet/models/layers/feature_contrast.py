"""The contrastive losses of DN-FPN between the levels of a backbone and of its pyramid.

Paper: A DeNoising FPN With Transformer R-CNN for Tiny Object Detection, arXiv:2406.05755; what its
text leaves open is as in the authors' code (hoiliu-0801/DNTR). Every level of every image becomes a
vector, once by an encoder of geometry and once by one of semantics. InfoNCE then pulls a level of
the pyramid towards its positive and away from its negatives:

==========  =============================  ============================================
encoder     positive                       negatives, of pyramid and backbone
==========  =============================  ============================================
geometry    same level of the backbone     other levels of the other images
semantics   next coarser pyramid level     all levels of the other images
==========  =============================  ============================================

In the authors' code, the 1x1 convolutions that give the backbone's levels the pyramid's width are
in a plain Python list: never trained and never saved.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule, ModuleList
from torch import Tensor, nn
from torch.nn import functional as F

from tinydet.arguments import check_number
from tinydet.errors import InputError
from tinydet.ops.precision import widened


class Encoder(BaseModule):
    """Turn a map of any size into a vector.

    Args:
        channels: Channels of the map, and length of the vector.
        norm_cfg: Normalization behind the convolution.

    Shape:
        - input: ``(B, channels, H, W)``
        - output: ``(B, channels)``
    """

    def __init__(self, channels: int, norm_cfg: dict) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=1)
        self.norm = build_norm_layer(norm_cfg, channels)[1]
        self.act = nn.LeakyReLU(0.1)
        self.mlp = nn.Sequential(
            nn.Linear(channels, channels), nn.LeakyReLU(0.1), nn.Linear(channels, channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.mlp(self.act(self.norm(self.conv(x))).mean((2, 3)))


class FeatureContrast(BaseModule):
    """Compute DN-FPN's two losses, sums over levels and images.

    Args:
        in_channels: Channels of the backbone's levels, fine to coarse.
        out_channels: Channels of the same levels of the pyramid. The encoders have the width of the
            finest; levels of other widths get a 1x1 convolution, as the backbone's do.
        temperature: Divides the cosine similarities, above 0.
        as_published: Keep the 1x1 convolutions of the backbone's levels at their random weights.
        norm_cfg: Normalization of the encoders.

    Raises:
        InputError: The two lists of channels are not of one length.
        ValueError: ``temperature`` is not a number above 0.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        out_channels: Sequence[int],
        temperature: float = 0.5,
        as_published: bool = False,
        norm_cfg: dict = dict(type="BN"),
    ) -> None:
        super().__init__()
        self.temperature = check_number(self, "temperature", temperature)
        if len(in_channels) != len(out_channels):
            raise InputError(
                f"FeatureContrast: in_channels={list(in_channels)} and out_channels="
                f"{list(out_channels)} must list the same levels"
            )
        width = out_channels[0]
        self.projections = ModuleList(nn.Conv2d(count, width, 1) for count in in_channels)
        self.projections.requires_grad_(not as_published)
        self.adapters = ModuleList(
            nn.Identity() if count == width else nn.Conv2d(count, width, 1)
            for count in out_channels
        )
        self.geometry = Encoder(width, norm_cfg)
        self.semantics = Encoder(width, norm_cfg)

    def forward(self, backbone: Sequence[Tensor], pyramid: Sequence[Tensor]) -> dict[str, Tensor]:
        """Return the losses of geometry and semantics, scalars; 0 for a single image.

        Args:
            backbone: ``(B, in_channels[l], H_l, W_l)`` for each level.
            pyramid: ``(B, out_channels[l], H_l, W_l)`` for each level.
        """
        images = len(pyramid[0])
        if images == 1:  # InfoNCE without negatives; batch normalization refuses a single value
            nothing = 0 * sum(weight.sum() for weight in self.parameters())
            return dict(geometry=nothing, semantics=nothing)
        below = [layer(level) for layer, level in zip(self.projections, backbone, strict=True)]
        above = [layer(level) for layer, level in zip(self.adapters, pyramid, strict=True)]
        level, image = torch.meshgrid(torch.arange(len(above)), torch.arange(images), indexing="ij")
        level, image = (index.flatten().to(above[0].device) for index in (level, image))
        elsewhere = image[:, None] != image
        geometry, source = _encoded(self.geometry, above), _encoded(self.geometry, below)
        negative = elsewhere & (level[:, None] != level)
        geometry_loss = self._info_nce(geometry, source, torch.cat([geometry, source]), negative)
        semantics, source = _encoded(self.semantics, above), _encoded(self.semantics, below)
        finer = len(semantics) - images  # all levels but the coarsest
        semantics_loss = self._info_nce(
            semantics[:finer], semantics[images:], torch.cat([semantics, source]), elsewhere[:finer]
        )
        return dict(geometry=geometry_loss, semantics=semantics_loss)

    def _info_nce(
        self, queries: Tensor, positives: Tensor, others: Tensor, negative: Tensor
    ) -> Tensor:
        """Return the sum over the queries of minus the log-probability of the positive.

        Args:
            queries: ``(Q, C)``, of length 1 as all vectors.
            positives: ``(Q, C)``.
            others: ``(2K, C)``, ``K`` of the pyramid and ``K`` of the backbone.
            negative: ``(Q, K)``, whether a query is pushed away from those two.
        """
        own = (queries * positives).sum(1, keepdim=True)
        with torch.autocast(queries.device.type, enabled=False):  # differences are small
            apart = queries @ others.T
        apart = apart.masked_fill(~negative.repeat(1, 2), -torch.inf)
        logits = torch.cat([own, apart], 1) / self.temperature
        return F.cross_entropy(logits, logits.new_zeros(len(logits), dtype=int), reduction="sum")


def _encoded(encoder: Encoder, levels: Sequence[Tensor]) -> Tensor:
    """Return vectors of length 1, ``(L * B, C)`` with the images of a level next to each other."""
    (vectors,) = widened(torch.cat([encoder(level) for level in levels]))
    return F.normalize(vectors, dim=1)
