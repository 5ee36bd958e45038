"""Test-time augmentation: the views of an image by a config's own lines, or it and its mirror."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmdet.utils import get_test_pipeline_cfg
from mmengine.config import Config
from mmengine.logging import print_log

from tinydet.configuration.nested import dictionaries
from tinydet.errors import InputError

FLIP_KEYS = ("flip", "flip_direction")  # by which a view's boxes are turned back


def augment(config: Config) -> None:
    """Let a config's test run merge the detections of several views of each image.

    ``tta_model`` and ``tta_pipeline`` say how. What the config lacks of them is made from its test:
    the image as it is and mirrored, merged by the detector's own NMS.

    Raises:
        InputError: The config's model is augmented already.
    """
    if "module" in config.model:
        raise InputError(
            f"--tta: the model of config {config.filename} is a {config.model.type} already; "
            "leave --tta out"
        )
    for key, make in (("tta_model", _merged_by_nms), ("tta_pipeline", _mirrored)):
        if not config.get(key):
            config[key] = make(config)
            print_log(f"the config has no {key}; made from its test: {config[key]}", "current")
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
    # The flip comes first: behind a resize that pads, it would leave the pads on the wrong sides.
    views = [dict(type="mmdet.RandomFlip", prob=prob) for prob in (0.0, 1.0)]
    return [load, dict(type="TestTimeAug", transforms=[views, *([step] for step in rest)])]
