"""What a data loader's numbers come to, looked at before the first step.

Three images in batches of eight, the last one dropped, are a training without a step: mmengine
then saves its random weights, validates them and calls them the best.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from mmdet.datasets.samplers import MultiSourceSampler
from mmengine.dataset import InfiniteSampler
from mmengine.logging import print_log
from torch.utils.data import BatchSampler, DataLoader, Sampler

from tinydet.configuration.nested import dictionaries
from tinydet.datasets.wrappers import LOADERS
from tinydet.errors import InputError
from tinydet.slicing.sampler import TileSampler, sliced

ENDLESS = (InfiniteSampler, MultiSourceSampler)
OF_WORKERS = ("persistent_workers", "prefetch_factor", "multiprocessing_context")


def settle_loaders(config: Mapping) -> None:
    """Check the numbers of a config's loaders and take out what excludes itself, in place.

    ``num_workers=0``, by which people debug, leaves no worker to persist or to fetch ahead.

    Raises:
        InputError: ``batch_size`` is not a positive integer, or ``num_workers`` a negative one.
    """
    for name in LOADERS:
        loader = config.get(name)
        if not isinstance(loader, Mapping):
            continue
        for key, least in (("batch_size", 1), ("num_workers", 0)):
            value = loader.get(key, least)
            if not isinstance(value, int) or value < least:
                raise InputError(f"{name}.{key}={value!r}; write an integer of {least} or more")
        idle = [key for key in OF_WORKERS if loader.get(key)]
        if idle and not loader.get("num_workers", 0):
            for key in idle:
                del loader[key]
            print_log(f"{name}: num_workers=0, so {', '.join(idle)} left out", "current")
        _draw_tiles(loader)


def _draw_tiles(loader: Mapping) -> None:
    """Let tiles be drawn by their own sampler, which tells them the epoch, in place."""
    nodes = [node for _, node in dictionaries(loader.get("dataset"), "dataset")]
    sampler = loader.get("sampler")
    if not isinstance(sampler, Mapping) or not any(_is_a(node, "SlicedDataset") for node in nodes):
        return
    if _is_a(sampler, "DefaultSampler") or _is_a(sampler, "InfiniteSampler"):
        sampler["type"] = "tinydet.TileSampler"
    if _is_a(sampler, "TileSampler"):
        sampler.setdefault("batch_size", loader.get("batch_size", 1))


def _is_a(node: Mapping, name: str) -> bool:
    kind = node.get("type", "")  # a class in new-style configs
    return getattr(kind, "__name__", str(kind)).rpartition(".")[2] == name


def check_training(loader: DataLoader) -> None:
    """Refuse a loader of training images that has no batch.

    Raises:
        InputError: Names the numbers and the line to change.
    """
    sampler, batches = _samplers(loader)
    if sliced(loader.dataset) and not isinstance(sampler, TileSampler):
        print_log(
            f"train_dataloader: {type(sampler).__name__} does not tell tinydet.SlicedDataset the "
            "epoch, so that all epochs see the tiles of the first; tinydet.TileSampler does",
            "current",
            logging.WARNING,
        )
    if isinstance(sampler, ENDLESS) or len(loader):
        return
    images, size = len(sampler), batches.batch_size
    lines = f"train_dataloader.batch_size={images}, or train_dataloader.drop_last=False"
    raise InputError(
        f"train_dataloader: {images} images are less than a batch (batch_size={size}, "
        f"drop_last=True), so that no step would be trained; write {lines if images else 'more'}"
    )


def check_evaluation(loader: DataLoader, name: str) -> None:
    """Refuse a loader that leaves images out of an evaluation.

    Args:
        loader: Of images to evaluate on.
        name: Its key in the config.

    Raises:
        InputError: Says how many it leaves out, and the line to change.
    """
    sampler, batches = _samplers(loader)
    left = len(sampler) % batches.batch_size
    if batches.drop_last and left:
        raise InputError(
            f"{name}: drop_last=True would leave {left} of {len(sampler)} images out of the "
            f"evaluation; write {name}.drop_last=False"
        )


def _samplers(loader: DataLoader) -> tuple[Sampler, BatchSampler]:
    """Return what chooses a process' images and what makes batches of them."""
    return loader.batch_sampler.sampler, loader.batch_sampler
