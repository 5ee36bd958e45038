"""mmdet's inferencer and tools on our pipelines.

``DetInferencer`` looks for ``type="LoadImageFromFile"`` by that very name, to put a loader of files
and arrays in its place, as sahi looks for ``"Resize"`` by the same method;
``get_loading_pipeline``, by which mmdet's tools show ground truth, compares with mmcv's class.
``tinydet.LoadImageFromFile``, ``mmdet.Resize`` and ``mmyolo.YOLOv5KeepRatioResize`` are none of
these, but subclasses are of their kind.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable

from mmengine.infer import BaseInferencer
from mmengine.registry import TRANSFORMS

from tinydet.compat.wrapping import wrap_everywhere, wrap_once


def find_steps_by_kind() -> None:
    """Let ``DetInferencer`` find the transforms of a pipeline by their classes.

    mmdet's inferencers are not imported for this: an inferencer that is being built has been, also
    where it is its config that imports tinydet.

    No-op: no inferencer is built.
    """

    def make(original: Callable) -> Callable:
        def __init__(self, *args, **kwargs):
            _extend_det_inferencer()
            original(self, *args, **kwargs)

        return __init__

    _extend_det_inferencer()
    wrap_once(BaseInferencer, "__init__", make)


def _extend_det_inferencer() -> None:
    module = sys.modules.get("mmdet.apis.det_inferencer")
    if hasattr(module, "DetInferencer"):  # not while the module is being imported
        wrap_once(module.DetInferencer, "_get_transform_idx", _by_kind)


def _by_kind(original: Callable) -> Callable:
    def _get_transform_idx(self, pipeline_cfg, name):
        kinds = name if isinstance(name, tuple) else (name,)
        return next((i for i, step in enumerate(pipeline_cfg) if _is_of(step, kinds)), -1)

    return _get_transform_idx


def _is_of(step: dict, kinds: tuple[str | type, ...]) -> bool:
    from mmdet.registry import TRANSFORMS as MMDETS

    wanted = [MMDETS.get(kind) if isinstance(kind, str) else kind for kind in kinds]
    found = MMDETS.get(step["type"]) if isinstance(step["type"], str) else step["type"]
    return found is not None and issubclass(found, tuple(filter(None, wanted)))


def load_as_configs_do() -> None:
    """Let mmdet's tools find our loading transforms, and its inferencers load files by them.

    Called by ``import tinydet.datasets``, which imports mmdet's data sets.

    No-op: the pipeline has mmdet's own loaders.
    """
    from mmdet.datasets import transforms, utils

    def loading(original: Callable) -> Callable:
        def get_loading_pipeline(pipeline):
            kinds = utils.LoadImageFromFile, utils.LoadAnnotations, utils.LoadPanopticAnnotations
            kept = [step for step in pipeline if _is_of(step, kinds)]
            return kept if len(kept) == 2 else original(pipeline)  # which says what it lacks

        return get_loading_pipeline

    def with_our_reader(original: Callable) -> Callable:
        def __init__(self, **kwargs):
            known = inspect.signature(utils.LoadImageFromFile).parameters
            original(self, **{key: value for key, value in kwargs.items() if key in known})
            self.from_file = TRANSFORMS.build(dict(type="tinydet.LoadImageFromFile", **kwargs))

        return __init__

    wrap_once(transforms.InferencerLoader, "__init__", with_our_reader)
    wrap_everywhere(utils, "get_loading_pipeline", loading)
