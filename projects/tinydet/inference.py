"""Run a trained detector on image files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from mmcv.transforms import Compose
from mmdet.utils import get_test_pipeline_cfg
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from torch import nn

from tinydet.datasets.loading import loader_of
from tinydet.errors import InputError
from tinydet.visualization.draw import Objects


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


@torch.no_grad()
def predict(
    model: nn.Module, config: Config, paths: Sequence[Path], batch_size: int = 1
) -> Iterator[tuple[Path, Objects | str]]:
    """Detect objects in image files.

    Args:
        model: From :func:`tinydet.checkpoints.load_model`.
        config: Its config; the test pipeline is taken from it.
        paths: Image files.
        batch_size: Images that go through the model together.

    Yields:
        Each path, in order, with its objects in pixels of the file's image, or, where the image
        cannot be read, with what is wrong.
    """
    pipeline = test_pipeline(config)
    loader = loader_of(pipeline.transforms)
    for start in range(0, len(paths), batch_size):
        found: dict[Path, Objects | str] = {}
        batch, good = [], []
        for path in paths[start : start + batch_size]:
            try:
                batch.append(pipeline(dict(img_path=str(path), img_id=0)))
                good.append(path)
            except InputError as error:
                found[path] = loader.load(dict(img_path=str(path))) or str(error)
        if batch:
            for path, sample in zip(good, model.test_step(pseudo_collate(batch)), strict=True):
                seen = sample.pred_instances.cpu().numpy()
                found[path] = Objects(seen.bboxes, seen.labels, seen.scores)
        for path in paths[start : start + batch_size]:
            yield path, found[path]
