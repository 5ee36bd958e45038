"""A training up to its first step: everything is built, and a batch of each kind goes through."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from mmengine.registry import RUNNERS
from mmengine.runner import Runner
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from tinydet.configuration import load_config
from tinydet.configuration.building import mistakes_named
from tinydet.datasets.annotations import some
from tinydet.datasets.images import find_damaged
from tinydet.datasets.loading import loader_of
from tinydet.datasets.wrappers import leaves
from tinydet.errors import InputError
from tinydet.hooks import ClassNumberHook

# mmengine keeps a visualizer for the process, and with it the folder that it writes to.
NO_FILES = dict(type="mmdet.DetLocalVisualizer", name="rehearsal", vis_backends=[])


def rehearse(path: str | Path, decode: bool = True) -> Iterator[str]:
    """Do what a training by a config does before its first step, and evaluate a batch.

    Annotations, classes, sizes of images and batches and the evaluator's file are looked at as
    ``tools/train.py`` looks at them; nothing is trained, written or downloaded.

    Args:
        path: The config.
        decode: Decode all images first, as the training will.

    Yields:
        What there is to train on, and to validate on.

    Raises:
        InputError: What would stop the training, and the line to change.
    """
    config = load_config(path)
    config.update(log_level="WARNING", load_from=None, resume=False, visualizer=NO_FILES)
    for name in ("train_dataloader", "val_dataloader"):
        if config.get(name):
            config[name].update(num_workers=0, persistent_workers=False)
    with tempfile.TemporaryDirectory() as folder, mistakes_named(path), torch.no_grad():
        config.work_dir = folder
        runner = RUNNERS.build(config)
        yield f"training on {_trained(runner, decode)}"
        if config.get("val_dataloader"):
            yield f"validation on {_validated(runner, decode)}"


def _trained(runner: Runner, decode: bool) -> str:
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    loader = runner.train_dataloader
    if decode:
        _decode(loader.dataset)
    ClassNumberHook().before_train(runner)
    data = runner.model.data_preprocessor(next(iter(loader)), True)
    runner.model(**data, mode="loss")
    return _size(loader, data["inputs"])


def _validated(runner: Runner, decode: bool) -> str:
    loop = runner.build_val_loop(runner._val_loop)
    if decode:
        _decode(loop.dataloader.dataset)
    batch = next(iter(loop.dataloader))
    runner.model.eval()
    loop.evaluator.process(data_samples=runner.model.val_step(batch), data_batch=batch)
    return _size(loop.dataloader, runner.model.data_preprocessor(batch, False)["inputs"])


def _decode(dataset: Dataset) -> None:
    problems = {}
    for part in leaves(dataset):
        images = [part.get_data_info(number) for number in range(len(part))]
        problems |= find_damaged(images, loader_of(part.pipeline.transforms))
    if problems:
        raise InputError(
            f"{len(problems)} images cannot be used: {some(problems.values(), 3)}; correct them, "
            "or train without them by --skip-bad-images"
        )


def _size(loader: DataLoader, images: Sequence[Tensor]) -> str:
    height, width = images[0].shape[-2:]  # of a sliced detector's they are a list
    return (
        f"{len(loader.dataset)} images: {len(loader)} batches of {len(images)}, the first one as "
        f"{width} x {height} px"
    )
