"""DN-FPN, denoising feature pyramid network: contrastive losses on any pyramid, in training alone.

Paper: A DeNoising FPN With Transformer R-CNN for Tiny Object Detection, arXiv:2406.05755. The
losses are those of :mod:`tinydet.models.layers.feature_contrast`; a prediction is the host's.

Ours: the neck sees what it gets and what it gives, so that backbone and neck run once a step. In
the authors' detector they run again, for the losses.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mmengine.logging import print_log
from mmengine.model import BaseModule
from mmengine.registry import MODELS as ROOT_MODELS
from torch import Tensor, nn

from tinydet.arguments import check_number
from tinydet.errors import InputError
from tinydet.models.auxiliary import leave_losses
from tinydet.models.layers.feature_contrast import FeatureContrast
from tinydet.registry import MODELS


@MODELS.register_module()
class DNFPN(BaseModule):
    """A neck, trained with DN-FPN's losses ``loss_geometry`` and ``loss_semantics``.

    ::

        _base_ = "mmdet::faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py"
        model = dict(neck=dict(_delete_=True, type="tinydet.DNFPN", neck=_base_.model.neck))

    The host's neck is then called ``neck.neck`` in checkpoints. To load its weights from a detector
    trained without DN-FPN, give the host's neck ``init_cfg=dict(type="Pretrained", checkpoint=...,
    prefix="neck.")``.

    The losses are sums over images, so their share grows with the batch; the published weight
    belongs to a batch of 2. A batch of one image, such as the rest of an epoch, has losses of 0.

    Args:
        neck: Config of the host's neck.
        in_channels: Channels of the levels that the neck gets, fine to coarse. mmdet's pyramids
            know them; for mmyolo's necks they are given, after the ``widen_factor``.
        out_channels: Channels of the same levels of the neck's output, likewise.
        loss_weight: Weight of each loss, at least 0.
        temperature: See :class:`tinydet.models.layers.FeatureContrast`.
        as_published: See :class:`tinydet.models.layers.FeatureContrast`.
        norm_cfg: See :class:`tinydet.models.layers.FeatureContrast`.
        init_cfg: Initialization of mmengine.

    Shape:
        - input and output: those of the neck

    Raises:
        InputError: The channels are neither given nor known to the neck.
        ValueError: A number is outside its range.
    """

    least_batch = 2  # see tinydet.training.batches

    def __init__(
        self,
        neck: dict,
        in_channels: Sequence[int] | None = None,
        out_channels: Sequence[int] | None = None,
        loss_weight: float = 0.01,
        temperature: float = 0.5,
        as_published: bool = False,
        norm_cfg: dict = dict(type="BN"),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.neck = ROOT_MODELS.build(neck)  # in the scope of the detector
        self.loss_weight = check_number(self, "loss_weight", loss_weight, "[0, inf)")
        if in_channels is None or out_channels is None:
            in_channels, out_channels, self.levels = _of_pyramid(self.neck)
        else:
            self.levels = slice(-len(in_channels), None)
        self.contrast = FeatureContrast(
            in_channels, out_channels, temperature, as_published, norm_cfg
        )

    def forward(self, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        outputs = self.neck(inputs)
        if self.training:
            if len(outputs[0]) < self.least_batch:
                self._warn()
            levels = inputs[self.levels]
            losses = self.contrast(levels, outputs[: len(levels)])
            leave_losses(
                self, {f"loss_{name}": self.loss_weight * loss for name, loss in losses.items()}
            )
        return outputs

    def _warn(self) -> None:
        if not getattr(self, "_warned", False):
            self._warned = True
            text = (
                "DNFPN: the losses of a batch of one image are 0, because an image is contrasted "
                "with the other images of its batch; later batches of one are not reported"
            )
            print_log(text, "current", logging.WARNING)


def _of_pyramid(neck: nn.Module) -> tuple[list[int], list[int], slice]:
    """Return the channels of the levels that a pyramid of mmdet gets and gives, and their place.

    The place counts from the coarsest level: a recursive pyramid gets the image before the levels.

    Raises:
        InputError: The neck does not know its channels.
    """
    known, width = getattr(neck, "in_channels", None), getattr(neck, "out_channels", None)
    # mmyolo's necks remember their channels without the widen_factor.
    if not isinstance(known, list) or not isinstance(width, int) or hasattr(neck, "widen_factor"):
        raise InputError(
            f"DNFPN: the channels of a {type(neck).__name__} are not known; give in_channels and "
            "out_channels, those of each level that the neck gets and gives, fine to coarse"
        )
    start = getattr(neck, "start_level", 0)
    end = getattr(neck, "backbone_end_level", len(known))
    levels = slice(start - len(known), end - len(known) or None)
    return known[start:end], [width] * (end - start), levels
