"""The measured objects: an image of the config's size, and a model without trained weights."""

from __future__ import annotations

import numpy as np
import torch
from mmcv.cnn import fuse_conv_bn
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from tinydet.errors import InputError
from tinydet.models.auxiliary import images_shown


def input_size(config: Config) -> tuple[int, int]:
    """Return height and width of the images in a config's test, before padding.

    Raises:
        InputError: The test pipeline has no ``Resize``, and the config no ``img_scale``.
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
    """Return a size with the padding of the model's preprocessor."""
    divisor = (model.get("data_preprocessor") or {}).get("pad_size_divisor") or 1
    height, width = (-(-side // divisor) * divisor for side in size)
    return height, width


def build_fresh(config: Config) -> nn.Module:
    """Return the config's model with initial weights, without pretrained weights.

    ``init_weights`` is called, because some models, such as DetectoRS, give NaN without it.
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
    """Set the statistics of batch normalization to those of the images.

    With the initial statistics the maps of a deep backbone grow to 1e7, its heads propose nothing,
    and the steps after the proposals would not be measured.
    """
    for layer in model.modules():
        if isinstance(layer, _BatchNorm):
            layer.train()
            layer.momentum = 1.0
    try:
        with torch.no_grad(), images_shown(model, images):
            model.extract_feat(images)
    finally:
        model.eval()


def deploy(model: nn.Module) -> None:
    """Bring a model into the form that only predicts, as the papers of the YOLO family count.

    Parts with ``switch_to_deploy``, mmyolo's name, merge parallel convolutions or drop branches
    that only train; then batch normalization is folded into the convolution before.
    """
    for part in list(model.modules()):
        if hasattr(part, "switch_to_deploy"):
            part.switch_to_deploy()
    fuse_conv_bn(model)


def sample_of(images: Tensor) -> DetDataSample:
    """Return the metadata that heads read, for an image without padding and resizing."""
    shape = tuple(images.shape[-2:])
    names = ("img_shape", "ori_shape", "pad_shape", "batch_input_shape")
    # CornerNet's and CenterNet's test pipelines add a border, which their heads remove.
    border = np.array([0.0, shape[0], 0.0, shape[1]], np.float32)
    meta = dict(scale_factor=(1.0, 1.0), img_id=0, border=border)
    return DetDataSample(metainfo=dict.fromkeys(names, shape) | meta)
