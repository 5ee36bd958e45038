"""CFINet's branch on RoI features: weights of the channels, an embedding, a memory.

Paper: CFINet, arXiv:2308.09534; sizes from its public code (shaunyuan22/CFINet).
"""

from __future__ import annotations

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule, Sequential
from torch import Tensor, nn

from tinydet.models.layers.exemplar_queue import ExemplarQueue

HIDDEN, EMBEDDED = 512, 128  # channels of the embedding


class FeatureImitation(BaseModule):
    """Squeeze an RoI feature to a vector, which weighs the channels and is embedded.

    Args:
        channels: ``C`` of an RoI feature.
        side: ``S`` of an RoI feature, odd.
        num_classes: Classes of the queue.
        queue_size: Exemplars of each class.
        norm_cfg: Norm of the convolutions.
        as_published: See :class:`~tinydet.models.layers.exemplar_queue.ExemplarQueue`.

    Raises:
        ValueError: ``side`` is even, or a size of the queue is not a positive integer.
    """

    def __init__(
        self,
        channels: int,
        side: int,
        num_classes: int,
        queue_size: int,
        norm_cfg: dict | None,
        as_published: bool,
    ) -> None:
        super().__init__()
        if side % 2 == 0:
            raise ValueError(
                f"FeatureImitation: RoI features of {side} x {side} cells; 3x3 convolutions "
                "squeeze an odd side, such as 7, to 1"
            )
        convolutions = [
            ConvModule(channels, channels, 3, norm_cfg=norm_cfg, act_cfg=None)
            for _ in range(side // 2)
        ]
        self.squeeze = Sequential(*convolutions)
        self.embed = Sequential(
            *(nn.Linear(channels, HIDDEN), nn.ReLU()),
            *(nn.Linear(HIDDEN, HIDDEN), nn.ReLU()),
            nn.Linear(HIDDEN, EMBEDDED),
            init_cfg=dict(type="Normal", layer="Linear", std=0.01),
        )
        self.queue = ExemplarQueue(num_classes, queue_size, channels, side, as_published)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return the features with weighted channels, and their vectors ``(R, C)``.

        Args:
            features: ``(R, C, S, S)``.
        """
        vectors = self.squeeze(features)
        return features * (1 + vectors.softmax(1)), vectors.flatten(1)

    def embed_fixed(self, features: Tensor) -> Tensor:
        """Return ``(R, D)`` embeddings, in which the embedding alone learns, not the squeezing."""
        with torch.no_grad():
            vectors = self.squeeze(features).flatten(1)
        return self.embed(vectors)
