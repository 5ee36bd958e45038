"""Maps of the activity of a detector's layer, and of the places that its detections depend on.

captum computes the maps:

- ``activation``: the layer's output, averaged over its channels;
- ``gradcam``: channels weighted by the mean of their gradient, arXiv:1610.02391, Eq. (1) and (2);
- ``hirescam``: each position weighted by its own gradient, arXiv:2011.08891, Eq. (2); Grad-CAM's
  mean over the whole picture says little about objects of a few pixels.

The gradients are those of the sum of the scores of all detections. Negative values become 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.visualization import Visualizer
from torch import Tensor, nn

from tinydet.errors import InputError, did_you_mean
from tinydet.inference.of_config import test_pipeline

METHODS = {
    "activation": "LayerActivation",
    "gradcam": "LayerGradCam",
    "hirescam": "LayerGradientXActivation",
}


class Maps(NamedTuple):
    """The picture that the network received, and the maps of a layer.

    Attributes:
        picture: ``(H, W, 3)`` RGB of 8 bits, resized and padded by the pipeline.
        maps: A map ``(h, w)`` for each tensor that the layer returns.
        count: Number of explained detections.
    """

    picture: np.ndarray
    maps: list[Tensor]
    count: int

    def drawn(self) -> list[np.ndarray]:
        """Return each map drawn over the picture, ``(H, W, 3)``; red is the maximum of the map."""
        return [Visualizer.draw_featmap(level[None], self.picture) for level in self.maps]


def attention(
    model: nn.Module,
    config: Config,
    path: Path,
    method: str = "hirescam",
    layer: str = "neck",
    score_thr: float = 0.3,
    labels: Sequence[int] | None = None,
) -> Maps:
    """Compute the maps of one picture.

    Args:
        model: From :func:`tinydet.checkpoints.load_model`.
        config: The model's config.
        path: The picture.
        method: A key of :data:`METHODS`.
        layer: Dotted name of a module of the model that returns maps.
        score_thr: Lowest score of an explained detection.
        labels: Classes of the explained detections; ``None`` for all classes.

    Raises:
        InputError: captum is absent, the model has no such layer, the picture cannot be read,
            nothing is detected, or the layer returns no maps.
    """
    explain = _captum(method)
    target = _module(model, layer)
    step = test_pipeline(config)(dict(img_path=str(path), img_id=0))
    data = model.data_preprocessor(pseudo_collate([step]), False)
    images = data["inputs"].requires_grad_()
    detected = Detected(model, target, data["data_samples"], score_thr, labels)
    if method != "activation":
        with torch.no_grad():
            detected(images)
        if detected.count == 0:
            raise InputError(
                f"nothing to explain: no detection in {path} has a score from {score_thr:g}; "
                "lower it by --score-thr, or take --method activation"
            )
    outputs = _maps(explain(detected, target).attribute(images))
    return Maps(_picture(images, model), [_flat(x, method) for x in outputs], detected.count)


class Detected:
    """The explained function: from a picture to the sum of the scores of its detections.

    ``count`` is the number of detections in the last sum. Arguments: see :func:`attention`.
    """

    def __init__(
        self,
        model: nn.Module,
        layer: nn.Module,
        samples: list,
        score_thr: float,
        labels: Sequence[int] | None,
    ) -> None:
        self.model, self.layer, self.samples = model, layer, samples
        self.score_thr, self.labels, self.count = score_thr, labels, 0

    def __call__(self, images: Tensor) -> Tensor:
        """Return ``(1,)`` of ``(1, 3, H, W)``."""
        zeros = []
        handle = self.layer.register_forward_hook(
            lambda _module, _inputs, output: zeros.extend(0 * x.sum() for x in _maps(output))
        )
        (sample,) = self.model(images, self.samples, mode="predict")
        handle.remove()
        found = sample.pred_instances
        kept = found.scores >= self.score_thr
        if self.labels is not None:
            kept &= torch.isin(found.labels, torch.tensor(self.labels, device=kept.device))
        self.count = int(kept.sum())
        # The zeros: autograd refuses a level on which no score depends, such as P6 after the RPN.
        return found.scores[kept].sum()[None] + sum(zeros)


def _maps(output: object) -> Sequence[Tensor]:
    outputs = output if isinstance(output, tuple | list) else (output,)
    if any(not isinstance(level, Tensor) or level.ndim != 4 for level in outputs):
        raise InputError(
            "--layer: the module returns no maps; name a module before the predictions"
        )
    return outputs


def _captum(method: str) -> type:
    try:
        from captum import attr
    except ImportError:
        raise InputError(
            "attention maps are computed by captum, which is not installed: "
            "pip install --no-deps captum"
        ) from None
    return getattr(attr, METHODS[method])


def _module(model: nn.Module, name: str) -> nn.Module:
    modules = dict(model.named_modules())
    if name not in modules or not name:
        first = ", ".join(key for key, _ in model.named_children())
        raise InputError(
            f"--layer: the model has no module {name!r}{did_you_mean(name, modules)}; its first "
            f"modules are {first}"
        )
    return modules[name]


def _flat(output: Tensor, method: str) -> Tensor:
    """Return ``(h, w)`` of a layer's ``(1, C, h, w)``."""
    output = output.detach().cpu()[0]
    return output.mean(0) if method == "activation" else output.sum(0).relu()


def _picture(inputs: Tensor, model: nn.Module) -> np.ndarray:
    """Return the picture before the normalization of ``(1, 3, H, W)``."""
    prepared = model.data_preprocessor
    pixels = inputs.detach()[0]
    if getattr(prepared, "_enable_normalize", False):
        pixels = pixels * prepared.std + prepared.mean
    if not prepared._channel_conversion:  # the network reads the channels of the file, blue first
        pixels = pixels.flip(0)
    return pixels.round().clamp(0, 255).byte().permute(1, 2, 0).cpu().numpy()
