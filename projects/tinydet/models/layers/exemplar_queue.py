"""The last exemplary features of each class, a memory that trains with the model.

Paper: CFINet, arXiv:2308.09534, section on feature imitation. The public code
(shaunyuan22/CFINet) keeps a file per class and process, which a resumed training has lost, and
truncates it by a boolean: with one exemplar too many, a class keeps the last one alone.
Ours: buffers, so that checkpoints contain the queue and EMA, devices and ``resume`` work as for
batch normalization; a class keeps its last ``size`` exemplars (``as_published=True``: as above).
Several processes exchange their exemplars in each step, so that all have the same queue, of
``size`` exemplars in all; in the public code each has its own share of the size.
"""

from __future__ import annotations

import torch
from mmengine.dist import all_gather_object, get_world_size
from torch import Tensor, nn

from tinydet.arguments import check_count

LARGEST = torch.finfo(torch.half).max


class ExemplarQueue(nn.Module):
    """First in, first out, for each class.

    Args:
        num_classes: ``K``.
        size: ``Q``, exemplars a class. Half-precision features of 256 x 7 x 7 take 6.4 MB a class
            for 256 exemplars.
        channels: ``C`` of a feature.
        side: ``S`` of a feature.
        as_published: Let an exemplar beyond ``Q`` replace all others of its class.

    Attributes:
        features: ``(K, Q, C, S, S)``, half precision.
        pushed: ``(K,)`` exemplars that each class was given.

    Raises:
        ValueError: An argument is not a positive integer.
    """

    features: Tensor
    pushed: Tensor

    def __init__(
        self, num_classes: int, size: int, channels: int, side: int, as_published: bool = False
    ) -> None:
        super().__init__()
        sizes = dict(num_classes=num_classes, size=size, channels=channels, side=side)
        for name, value in sizes.items():
            check_count(self, name, value)
        self.size = size
        self.as_published = as_published
        shape = (num_classes, size, channels, side, side)
        self.register_buffer("features", torch.zeros(shape, dtype=torch.half))
        self.register_buffer("pushed", torch.zeros(num_classes, dtype=torch.long))

    def __len__(self) -> int:
        return int(self.pushed.clamp(max=self.size).sum())

    @torch.no_grad()
    def push(self, features: Tensor, labels: Tensor) -> None:
        """Append exemplars of this process and of all others, in the order of the ranks.

        Every process of a distributed training must call this in each step, even with none.

        Args:
            features: ``(E, C, S, S)``.
            labels: ``(E,)`` classes, below ``K``.
        """
        features = features.clamp(-LARGEST, LARGEST).to(self.features)  # an inf would stay for long
        given = [(features, labels.tolist())]
        if get_world_size() > 1:
            given = all_gather_object((features.cpu(), labels.tolist()))
        for part, classes in given:
            for feature, label in zip(part.to(self.features), classes, strict=True):
                self._append(feature, label)

    def _append(self, feature: Tensor, label: int) -> None:
        pushed = int(self.pushed[label])
        if self.as_published and pushed == self.size:
            pushed = 0
        self.features[label, pushed % self.size] = feature
        self.pushed[label] = pushed + 1

    def of(self, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the exemplars of some classes.

        Args:
            labels: Classes, repeated or not.

        Returns:
            ``(E, C, S, S)`` features and ``(E,)`` classes, which ascend.
        """
        wanted = labels.unique()
        count = self.pushed[wanted].clamp(max=self.size)
        filled = torch.arange(self.size, device=count.device) < count[:, None]
        classes = wanted.repeat_interleave(count)
        return self.features[classes, filled.nonzero()[:, 1]], classes
