"""An order of tiles in which few pictures are open at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from mmengine.dataset import BaseDataset, DefaultSampler

from tinydet.datasets.wrappers import nested
from tinydet.registry import DATA_SAMPLERS
from tinydet.slicing.dataset import SlicedDataset

STREAMS = 8  # 1, 2, 4 or 8 workers then decode each picture once


@DATA_SAMPLERS.register_module()
class TileSampler(DefaultSampler):
    """mmengine's ``DefaultSampler`` for the tiles of a ``tinydet.SlicedDataset``.

    It tells the data set the epoch, whose tiles are drawn anew. The pictures are dealt to eight
    streams, and batch ``k`` comes from stream ``k mod 8``. A stream mixes the tiles of a few
    pictures, then those of its next few, so that a worker, which gets every n-th batch, decodes a
    picture once for all its tiles. The order depends on seed, epoch and ``batch_size``, not on the
    number of workers.

    Args:
        dataset: A ``SlicedDataset``; around others this is a ``DefaultSampler``.
        batch_size: Of the loader, which ``tools/train.py`` fills in.
        together: Pictures whose tiles are mixed.
        **kwargs: Those of mmengine's ``DefaultSampler``.
    """

    def __init__(
        self, dataset: BaseDataset, batch_size: int = 1, together: int = 4, **kwargs
    ) -> None:
        super().__init__(dataset, **kwargs)
        self.batch_size, self.together = batch_size, together
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Draw the tiles of an epoch, and their order."""
        super().set_epoch(epoch)
        for part in sliced(self.dataset):
            part.set_epoch(epoch)

    def __iter__(self) -> Iterator[int]:
        if not self.shuffle or not isinstance(self.dataset, SlicedDataset):
            return super().__iter__()
        rng = np.random.default_rng((self.seed, self.epoch))
        streams = STREAMS * self.world_size
        order = mixed(self.dataset.pictures(), self.together, self.batch_size, streams, rng)
        whole = (
            len(order) // (self.batch_size * self.world_size) * self.batch_size * self.world_size
        )
        own = order[:whole].reshape(-1, self.world_size, self.batch_size)[:, self.rank]
        rest = np.resize(order[whole:], self.total_size - whole)[self.rank :: self.world_size]
        return iter(np.concatenate([own.ravel(), rest]).tolist())


def mixed(
    pictures: np.ndarray, together: int, batch_size: int, streams: int, rng: np.random.Generator
) -> np.ndarray:
    """Return a random order of tiles whose batches come from several streams in turn.

    Args:
        pictures: Of each tile the number of its picture, ``(N,)``.
        together: Pictures of a stream whose tiles are mixed; then come those of the next ones.
        batch_size: Tiles that a stream gives in its turn.
        streams: Their number. What does not fill them comes last.
        rng: Of the order.
    """
    _, picture = np.unique(pictures, return_inverse=True)
    place = rng.permutation(picture.max() + 1)[picture]  # of a tile's picture
    order = np.argsort(place, kind="stable")
    whole = len(order) // (batch_size * streams) * batch_size * streams
    parts = order[:whole].reshape(streams, -1)
    group = (place[parts] - place[parts[:, :1]]) // together
    parts = np.take_along_axis(parts, np.lexsort((rng.random(parts.shape), group)), 1)
    batches = parts.reshape(streams, -1, batch_size).swapaxes(0, 1)
    return np.concatenate([batches.ravel(), rng.permutation(order[whole:])])


def sliced(dataset: object) -> list[SlicedDataset]:
    """Return the sliced data sets inside all wrappers."""
    return [one for one in nested(dataset) if isinstance(one, SlicedDataset)]
