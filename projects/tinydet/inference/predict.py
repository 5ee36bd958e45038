"""Run a trained detector on image files."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import torch
from mmcv.transforms import Compose
from mmdet.utils import get_test_pipeline_cfg
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import DATASETS, init_default_scope
from torch import nn

from tinydet.boxes import Boxes
from tinydet.datasets.loading import loader_of
from tinydet.errors import InputError, did_you_mean


def test_pipeline(config: Config) -> Compose:
    """Return a config's test pipeline, made for images without annotations.

    The loader of a stock config is replaced by ours, which has the same arguments and notices
    truncated files.
    """
    init_default_scope(config.get("default_scope", "mmdet"))
    steps = []
    for step in get_test_pipeline_cfg(config):
        name = getattr(step["type"], "__name__", step["type"])  # a class in new-style configs
        if name.endswith("LoadImageFromFile"):
            step = {**step, "type": "tinydet.LoadImageFromFile"}
        if not name.endswith("LoadAnnotations"):
            steps.append(step)
    return Compose(steps)


def class_names(model: nn.Module, config: Config) -> list[str]:
    """Return the classes that the checkpoint names, else those of the config's data set."""
    dataset = DATASETS.get(config.test_dataloader.dataset.type)
    classes = model.dataset_meta.get("classes") or getattr(dataset, "METAINFO", {}).get("classes")
    if not classes:
        raise InputError(
            "neither the checkpoint nor the config names the classes; add "
            "--cfg-options test_dataloader.dataset.metainfo.classes='[name,name]'"
        )
    return [classes] if isinstance(classes, str) else list(classes)


def labels_of(wanted: list[str] | None, classes: list[str]) -> list[int]:
    """Return the labels of the classes that ``--classes`` names; all where it is not given."""
    wanted = classes if wanted is None else wanted
    unknown = [name for name in wanted if name not in classes]
    if unknown:
        named = ", ".join(repr(name) + did_you_mean(name, classes) for name in unknown)
        raise InputError(
            f"--classes: the model has no {named}; its classes are {', '.join(classes)}"
        )
    return [classes.index(name) for name in wanted]


@torch.no_grad()
def predict(
    model: nn.Module, config: Config, paths: Sequence[Path], batch_size: int = 1
) -> Iterator[tuple[Path, Boxes | str]]:
    """Detect objects in image files.

    Args:
        model: From :func:`tinydet.checkpoints.load_model`.
        config: Its config; the test pipeline is taken from it.
        paths: Image files.
        batch_size: Images that go through the model together, which fills a GPU; a CPU is not
            faster by it. Twice as many are loaded by threads meanwhile.

    Yields:
        Each path, in order, with its objects in pixels of the file's image, or, where the image
        cannot be read, with what is wrong.
    """
    inputs = _loaded(test_pipeline(config), paths, ahead=2 * batch_size)
    while chunk := list(islice(inputs, batch_size)):
        found: dict[Path, Boxes | str] = dict(chunk)
        good = [path for path, data in chunk if not isinstance(data, str)]
        if good:
            batch = pseudo_collate([found[path] for path in good])
            for path, sample in zip(good, model.test_step(batch), strict=True):
                seen = sample.pred_instances.cpu().numpy()
                found[path] = Boxes(seen.bboxes, seen.labels, seen.scores)
        yield from found.items()


def _loaded(
    pipeline: Compose, paths: Sequence[Path], ahead: int
) -> Iterator[tuple[Path, dict | str]]:
    """Yield each path with its input of a model, or with what is wrong with the image.

    Threads load the next ``ahead`` images while the model works: OpenCV lets them run.
    """
    loader = loader_of(pipeline.transforms)

    def load(path: Path) -> dict | str:
        try:
            return pipeline(dict(img_path=str(path), img_id=0))
        except InputError as error:
            return loader.check(path) or str(error)

    with ThreadPoolExecutor() as pool:
        waiting: deque[tuple[Path, Future]] = deque()
        for path in paths:
            waiting.append((path, pool.submit(load, path)))
            if len(waiting) > ahead:
                first, future = waiting.popleft()
                yield first, future.result()
        for path, future in waiting:
            yield path, future.result()
