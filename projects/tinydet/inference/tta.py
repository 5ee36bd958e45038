"""Test-time augmentation by the views that a config defines, or by a horizontal flip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmdet.utils import get_test_pipeline_cfg
from mmengine.config import Config
from mmengine.logging import print_log

from tinydet.configuration.nested import dictionaries
from tinydet.errors import InputError

FLIP_KEYS = ("flip", "flip_direction")  # needed to flip the boxes of a view back


def augment(config: Config) -> None:
    """Change a config so that a test merges the detections of several views of each image.

    ``tta_model`` and ``tta_pipeline`` of the config define the views and the merging. If one is
    missing, the views are the image and its horizontal flip, merged by the detector's NMS.

    Raises:
        InputError: The model of the config is already augmented.
    """
    if "module" in config.model:
        raise InputError(
            f"--tta: the model of config {config.filename} is already a {config.model.type}; "
            "leave --tta out"
        )
    for key, make in (("tta_model", _merged_by_nms), ("tta_pipeline", _mirrored)):
        if not config.get(key):
            config[key] = make(config)
            print_log(
                f"the config has no {key}; made from its test setup: {config[key]}", "current"
            )
    config.model = dict(config.tta_model, module=config.model)
    for _, dataset in dictionaries(config.test_dataloader.dataset, "dataset"):
        if "pipeline" in dataset:
            dataset["pipeline"] = config.tta_pipeline


def _merged_by_nms(config: Config) -> dict:
    test = config.model.get("test_cfg") or {}
    test = test.get("rcnn") or test
    nms = test.get("nms") or dict(type="nms", iou_threshold=0.5)
    return dict(type="DetTTAModel", tta_cfg=dict(nms=nms, max_per_img=test.get("max_per_img")))


def _mirrored(config: Config) -> Sequence[Mapping]:
    load, *rest = get_test_pipeline_cfg(config)
    keys = rest[-1].get("meta_keys")
    if keys:
        rest[-1] = dict(rest[-1], meta_keys=tuple(dict.fromkeys([*keys, *FLIP_KEYS])))
    # Flip first: after a resize that pads, a flip would move the padding to the wrong side.
    views = [dict(type="mmdet.RandomFlip", prob=prob) for prob in (0.0, 1.0)]
    return [load, dict(type="TestTimeAug", transforms=[views, *([step] for step in rest)])]
