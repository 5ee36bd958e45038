"""Class-balanced sampling of pictures.

Paper: LVIS, arXiv:1908.03195, Sec. B, repeat factors by the square root of the rarity. mmengine's
``ClassBalancedDataset`` rounds every factor above 1 up to 2 and makes an epoch longer, and with it
the schedule. Here an epoch keeps its length, and the draws of a picture are its factor on average.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from mmengine.dataset import BaseDataset, DefaultSampler

from tinydet.datasets.systematic import drawn
from tinydet.errors import InputError
from tinydet.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class ClassBalancedSampler(DefaultSampler):
    """mmengine's ``DefaultSampler`` that draws pictures with rare classes more often.

    A class in a share ``f`` of the pictures has the weight ``f ** -power``, a picture that of its
    rarest class, and a picture without objects that of the commonest class. The tiles of a
    ``tinydet.SlicedDataset`` change from epoch to epoch: its own ``weights="classes"`` serves them.

    Args:
        dataset: A data set with ``get_cat_ids``, as those of mmdet and this project.
        power: 0 draws all pictures alike; 0.5 is that of LVIS.
        **kwargs: ``seed``, ``shuffle`` and ``round_up`` of mmengine's ``DefaultSampler``.

    Raises:
        InputError: ``power`` is negative, ``shuffle`` is false, or the data set does not tell the
            classes of a picture.
    """

    def __init__(self, dataset: BaseDataset, power: float = 0.5, **kwargs) -> None:
        super().__init__(dataset, **kwargs)
        if power < 0 or not self.shuffle:
            raise InputError(
                f"tinydet.ClassBalancedSampler: power={power!r}, shuffle={self.shuffle!r}; write a "
                "power from 0 on, and DefaultSampler for an order without chance"
            )
        if not hasattr(dataset, "get_cat_ids"):
            raise InputError(
                f"tinydet.ClassBalancedSampler: {type(dataset).__name__} has no get_cat_ids, which "
                "tells the classes of a picture; use DefaultSampler with this data set"
            )
        classes = [set(dataset.get_cat_ids(number)) for number in range(len(dataset))]
        self.weights = picture_weights(classes, power)

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng((self.seed, self.epoch))
        order = rng.permutation(drawn(self.weights, len(self.dataset), rng))
        return iter(np.resize(order, self.total_size)[self.rank :: self.world_size].tolist())


def picture_weights(classes: list[set[int]], power: float) -> np.ndarray:
    """Return ``(N,)`` weights of sum 1 of pictures with the given classes."""
    counts = Counter(label for found in classes for label in found)
    common = max(counts.values(), default=1)
    rarest = [min((counts[label] for label in found), default=common) for found in classes]
    weights = np.array(rarest, float) ** -power
    return weights / weights.sum()
