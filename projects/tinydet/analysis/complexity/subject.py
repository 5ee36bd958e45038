"""What is measured: an image of the config's size, and its model without trained weights."""

from __future__ import annotations

import numpy as np
import torch
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from tinydet.errors import InputError


def input_size(config: Config) -> tuple[int, int]:
    """Return height and width of the image that a config tests at, before padding.

    Raises:
        InputError: The test pipeline resizes nothing and there is no ``img_scale``.
    """
    dataset = (config.get("test_dataloader") or {}).get("dataset") or {}
    for step in reversed(dataset.get("pipeline") or []):
        scale = step.get("scale")
        if "Resize" in str(step.get("type")) and scale is not None:
            width, height = (scale, scale) if isinstance(scale, int | float) else scale
            return int(height), int(width)
    scale = config.get("img_scale")
    if scale is None:
        raise InputError(
            "the config's test pipeline has no Resize with a scale, nor the config an img_scale; "
            "name the size of the image by --shape HEIGHT WIDTH"
        )
    return int(scale[1]), int(scale[0])


def padded(size: tuple[int, int], model: Config) -> tuple[int, int]:
    """Return a size as the model's preprocessor pads it."""
    divisor = (model.get("data_preprocessor") or {}).get("pad_size_divisor") or 1
    height, width = (-(-side // divisor) * divisor for side in size)
    return height, width


def build_fresh(config: Config) -> nn.Module:
    """Return the config's model as it is before a training, without any pretrained weights.

    Initialised all the same: DetectoRS, for one, gives NaN with what its constructors leave.
    """

    def untrained(node: object) -> object:
        if isinstance(node, dict):
            kept = {key: untrained(value) for key, value in node.items()}
            if "pretrained" in kept:  # mmdet's older name; DetectoRS has it in its neck
                kept["pretrained"] = None
            if isinstance(kept.get("init_cfg"), dict) and kept["init_cfg"]["type"] == "Pretrained":
                kept["init_cfg"] = None
            return kept
        return [untrained(value) for value in node] if isinstance(node, list) else node

    model = MODELS.build(Config(dict(model=untrained(config.model.to_dict()))).model)
    model.init_weights()
    return model


def calibrate_bn(model: nn.Module, images: Tensor) -> None:
    """Give batch normalisation the statistics of these images.

    Without them the maps of a deep backbone grow to 1e7 and its heads propose nothing, so that
    what comes after the proposals would not be measured.
    """
    for layer in model.modules():
        if isinstance(layer, _BatchNorm):
            layer.train()
            layer.momentum = 1.0
    try:
        with torch.no_grad():
            model.extract_feat(images)
    finally:
        model.eval()


def sample_of(images: Tensor) -> DetDataSample:
    """Return what heads ask of an image: it fills the batch and was not resized."""
    shape = tuple(images.shape[-2:])
    names = ("img_shape", "ori_shape", "pad_shape", "batch_input_shape")
    # CornerNet's and CenterNet's test pipelines pad, and their heads take the border off again.
    border = np.array([0.0, shape[0], 0.0, shape[1]], np.float32)
    meta = dict(scale_factor=(1.0, 1.0), img_id=0, border=border)
    return DetDataSample(metainfo=dict.fromkeys(names, shape) | meta)
