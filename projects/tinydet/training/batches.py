"""Checks of the data loaders' numbers before the first step.

Three images in batches of eight with ``drop_last=True`` give no step at all. mmengine would save
and validate the random weights and report them as the best.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from mmdet.datasets.samplers import MultiSourceSampler
from mmengine.dataset import InfiniteSampler
from mmengine.logging import print_log
from torch import nn
from torch.utils.data import BatchSampler, DataLoader, Sampler

from tinydet.configuration.nested import dictionaries
from tinydet.datasets.wrappers import LOADERS
from tinydet.errors import InputError
from tinydet.slicing.sampler import TileSampler, sliced

ENDLESS = (InfiniteSampler, MultiSourceSampler)
OF_WORKERS = ("persistent_workers", "prefetch_factor", "multiprocessing_context")


def clean_loaders(config: Mapping) -> None:
    """Check the numbers of a config's loaders and remove options without effect, in place.

    With ``num_workers=0``, common in debugging, torch refuses options of worker processes.

    Raises:
        InputError: ``batch_size`` is not a positive integer, or ``num_workers`` not a nonnegative
            one.
    """
    for name in LOADERS:
        loader = config.get(name)
        if not isinstance(loader, Mapping):
            continue
        for key, minimum in (("batch_size", 1), ("num_workers", 0)):
            value = loader.get(key, minimum)
            if not isinstance(value, int) or value < minimum:
                raise InputError(f"{name}.{key}={value!r}; write an integer of {minimum} or more")
        idle = [key for key in OF_WORKERS if loader.get(key)]
        if idle and not loader.get("num_workers", 0):
            for key in idle:
                del loader[key]
            print_log(f"{name}: num_workers=0, so {', '.join(idle)} removed", "current")
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
    """Refuse a loader of training images that yields no batch.

    Raises:
        InputError: The loader yields no batch; the sentence names the numbers and the fix.
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
        f"train_dataloader: {images} images are fewer than one batch (batch_size={size}, "
        f"drop_last=True), so there is no training step; write {lines if images else 'more'}"
    )


def check_batch(loader: DataLoader, model: nn.Module) -> None:
    """Refuse a batch that is too small for a part of the model.

    A part says so by an attribute ``least_batch``, such as a loss that compares images.

    Args:
        loader: Loader of the training images of a process.
        model: The model, without a wrapper.

    Raises:
        InputError: The batch is smaller; the sentence names the part and its least.
    """
    size = _samplers(loader)[1].batch_size
    for name, part in model.named_modules():
        least = getattr(part, "least_batch", 1)
        if size < least:
            raise InputError(
                f"train_dataloader.batch_size={size}, but model.{name} ({type(part).__name__}) "
                f"compares the images of a batch; write train_dataloader.batch_size={least} or more"
            )


def check_evaluation(loader: DataLoader, name: str) -> None:
    """Refuse a loader that excludes images from an evaluation.

    Args:
        loader: Loader of the images to evaluate.
        name: Key of the loader in the config.

    Raises:
        InputError: ``drop_last=True`` drops images; the sentence says how many.
    """
    sampler, batches = _samplers(loader)
    left = len(sampler) % batches.batch_size
    if batches.drop_last and left:
        raise InputError(
            f"{name}: drop_last=True would exclude {left} of {len(sampler)} images from the "
            f"evaluation; write {name}.drop_last=False"
        )


def _samplers(loader: DataLoader) -> tuple[Sampler, BatchSampler]:
    """Return the sampler of a process' images and the sampler of batches."""
    return loader.batch_sampler.sampler, loader.batch_sampler
