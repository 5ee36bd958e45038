"""AlignHead of FSANet: FCOS with a coarse box, by which both branches look again.

Paper: FSANet: Feature-and-Spatial-Aligned Network for Tiny Object Detection in Remote Sensing
Images, TGRS 2022, doi 10.1109/TGRS.2022.3205052; layers and targets as in the authors' code
(Lausen-Ng/FSANet). A point predicts a coarse box; a 1x1 convolution turns the raw prediction into
the offsets of a deformable convolution in each branch; the final sides are the coarse ones plus a
correction.

The coarse box learns from FCOS' targets, class and final box from the object around the center of
the predicted final box.
Ours: targets in parts of bounded memory; a batch of any size; offsets in float32 under mixed
precision.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import Scale, build_norm_layer
from mmcv.ops import DeformConv2d
from mmdet.models import FCOSHead
from mmdet.utils import reduce_mean
from mmengine.structures import InstanceData
from torch import Tensor, nn

from tinydet.arguments import check_count
from tinydet.errors import InputError
from tinydet.ops.precision import widened
from tinydet.registry import MODELS

PAIRS = 2**22  # of a point and an object, compared at a time: 52 bytes each


@MODELS.register_module()
class AlignHead(FCOSHead):
    """:class:`mmdet.models.FCOSHead` with a coarse box and aligned features.

    Args:
        deform_groups: Groups of channels with offsets of their own.
        loss_bbox_init: Loss of the coarse boxes.
        **kwargs: All arguments of FCOS' head; ``regress_ranges`` and ``strides`` for the levels of
            the neck.

    Raises:
        InputError: ``norm_on_bbox`` or ``center_sampling`` is True, which the head does not have.
        ValueError: ``deform_groups`` is not a positive integer.
    """

    contract_changes = dict()  # boxes in pixels, as in FCOS

    def __init__(
        self,
        *args,
        deform_groups: int = 4,
        loss_bbox_init: dict = dict(type="mmdet.IoULoss", loss_weight=0.2),
        **kwargs,
    ) -> None:
        self.deform_groups = check_count(self, "deform_groups", deform_groups)
        super().__init__(*args, **kwargs)
        for name in ("norm_on_bbox", "center_sampling"):
            if getattr(self, name):
                raise InputError(f"AlignHead: {name}=True has no meaning here; leave it out")
        self.loss_bbox_init = MODELS.build(loss_bbox_init)

    def _init_layers(self) -> None:
        super()._init_layers()
        self.conv_reg_init = nn.Conv2d(self.feat_channels, 4, 3, padding=1)
        # Not conv_offset: mmdet sets layers of that name to zero.
        self.offset_conv = nn.Conv2d(4, self.deform_groups * 3 * 3 * 2, 1, bias=False)
        self.align_cls, self.align_reg = (self._aligning() for _ in range(2))

    def _aligning(self) -> nn.ModuleList:
        channels = self.feat_channels
        conv = DeformConv2d(channels, channels, 3, padding=1, deform_groups=self.deform_groups)
        norm = build_norm_layer(self.norm_cfg, channels)[1] if self.norm_cfg else nn.Identity()
        return nn.ModuleList([conv, norm, nn.ReLU()])

    def forward_single(
        self, x: Tensor, scale: Scale, stride: int
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return class scores, final sides, centerness and coarse sides of a level.

        Args:
            x: ``(B, in_channels, H, W)``.
            scale: Factor of the level.
            stride: Unused; sides are in pixels.

        Returns:
            ``(B, classes, H, W)``, ``(B, 4, H, W)``, ``(B, 1, H, W)`` and ``(B, 4, H, W)``; sides
            are left, top, right and bottom, px.
        """
        cls_feat = reg_feat = x
        for cls_conv, reg_conv in zip(self.cls_convs, self.reg_convs, strict=True):
            cls_feat, reg_feat = cls_conv(cls_feat), reg_conv(reg_feat)
        raw = self.conv_reg_init(reg_feat)
        coarse = scale(raw).float().exp()
        # In bfloat16 the places of a deformable convolution are whole cells from 128 on.
        (offset,) = widened(self.offset_conv(raw))
        cls_feat, reg_feat = (
            act(norm(conv(feat, offset)))
            for feat, (conv, norm, act) in ((cls_feat, self.align_cls), (reg_feat, self.align_reg))
        )
        final = coarse + scale(self.conv_reg(reg_feat)).float()
        centerness = self.conv_centerness(reg_feat if self.centerness_on_reg else cls_feat)
        return self.conv_cls(cls_feat), final, centerness, coarse

    def loss_by_feat(
        self,
        cls_scores: Sequence[Tensor],
        bbox_preds: Sequence[Tensor],
        centernesses: Sequence[Tensor],
        coarse_preds: Sequence[Tensor],
        batch_gt_instances: Sequence[InstanceData],
        batch_img_metas: Sequence[dict],
        batch_gt_instances_ignore: Sequence[InstanceData] | None = None,
    ) -> dict[str, Tensor]:
        """Return the losses of a batch; arguments as :meth:`forward_single` returns for levels."""
        sizes = [level.shape[2:] for level in bbox_preds]
        points = self.prior_generator.grid_priors(
            sizes, dtype=bbox_preds[0].dtype, device=bbox_preds[0].device
        )
        places = torch.cat([level.repeat(len(batch_gt_instances), 1) for level in points])
        final, coarse = _flat(bbox_preds), _flat(coarse_preds)
        shifts = _centers(bbox_preds)
        _, first, at_first = self._targets(points, torch.zeros_like(shifts), batch_gt_instances)
        labels, targets, positive = self._targets(points, shifts, batch_gt_instances)
        count = max(reduce_mean(final.new_tensor(len(positive))).item(), 1)
        return dict(
            loss_cls=self.loss_cls(_flat(cls_scores), labels, avg_factor=count),
            loss_bbox=self._box_loss(self.loss_bbox, places, final, targets, positive),
            loss_bbox_init=self._box_loss(self.loss_bbox_init, places, coarse, first, at_first),
            loss_centerness=self.loss_centerness(
                _flat(centernesses).squeeze(1)[positive],
                self.centerness_target(targets[positive]),
                avg_factor=count,
            ),
        )

    def _box_loss(
        self, loss: nn.Module, places: Tensor, sides: Tensor, targets: Tensor, positive: Tensor
    ) -> Tensor:
        """Return the mean of a loss over the positive points, weighted by their centerness."""
        weight = self.centerness_target(targets[positive])
        boxes, wanted = (
            self.bbox_coder.decode(places[positive], part[positive]) for part in (sides, targets)
        )
        total = reduce_mean(weight.sum()).clamp(min=1e-6).item()
        return loss(boxes, wanted, weight=weight, avg_factor=total)

    @torch.no_grad()
    def _targets(
        self, points: Sequence[Tensor], shifts: Tensor, batch_gt_instances: Sequence[InstanceData]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Assign the objects to points that are shifted for it.

        Args:
            points: ``(N_l, 2)`` for each level, px.
            shifts: ``(B, N, 2)`` px.
            batch_gt_instances: ``bboxes`` and ``labels`` of each image.

        Returns:
            Labels ``(BN,)``; sides ``(BN, 4)`` from the unshifted point, px, maybe negative; the
            positive points among them, ``(P,)``. Levels one after the other, in each the images.
        """
        sizes = [len(level) for level in points]
        ranges = torch.cat(
            [
                level.new_tensor(bounds).expand_as(level)
                for level, bounds in zip(points, self.regress_ranges, strict=True)
            ]
        )
        images = [
            self._get_targets_single(objects, place, ranges, sizes)
            for objects, place in zip(batch_gt_instances, torch.cat(points) + shifts, strict=True)
        ]
        labels, sides = (torch.stack(kind) for kind in zip(*images, strict=True))
        sides = sides + torch.cat([-shifts, shifts], -1)
        labels, sides = (
            torch.cat([level.flatten(0, 1) for level in kind.split(sizes, 1)])
            for kind in (labels, sides)
        )
        return labels, sides, (labels < self.num_classes).nonzero().squeeze(1)

    def _get_targets_single(
        self,
        gt_instances: InstanceData,
        points: Tensor,
        regress_ranges: Tensor,
        num_points_per_lvl: list[int],
    ) -> tuple[Tensor, Tensor]:
        step = max(1, PAIRS // max(1, len(gt_instances)))
        parts = [
            super(AlignHead, self)._get_targets_single(gt_instances, *part, num_points_per_lvl)
            for part in zip(points.split(step), regress_ranges.split(step), strict=True)
        ]
        labels, targets = (torch.cat(kind) for kind in zip(*parts, strict=True))
        return labels, targets

    def centerness_target(self, pos_bbox_targets: Tensor) -> Tensor:
        r"""Return :math:`e^{-4 (d_x / w)^2 - 4 (d_y / h)^2}` of points, ``(P,)``.

        ``d`` are the distances from the object's center; a point may lie outside the object.

        Args:
            pos_bbox_targets: ``(P, 4)`` distances to left, top, right and bottom.
        """
        low, high = pos_bbox_targets.split(2, 1)
        off = (low - high) / (2 * (low + high))
        return (-4 * off.square().sum(1)).exp()

    def predict_by_feat(
        self,
        cls_scores: Sequence[Tensor],
        bbox_preds: Sequence[Tensor],
        score_factors: Sequence[Tensor],
        coarse_preds: Sequence[Tensor],
        **kwargs,
    ) -> list[InstanceData]:
        """Return the detections of the final boxes; the coarse boxes are for training."""
        return super().predict_by_feat(cls_scores, bbox_preds, score_factors, **kwargs)


def _flat(levels: Sequence[Tensor]) -> Tensor:
    """Return ``(B * N, C)`` of maps ``(B, C, H_l, W_l)``, level after level, image after image."""
    return torch.cat([level.permute(0, 2, 3, 1).flatten(0, 2) for level in levels])


def _centers(bbox_preds: Sequence[Tensor]) -> Tensor:
    """Return where the centers of predicted boxes lie from their points, ``(B, N, 2)`` px."""
    sides = torch.cat([level.detach().flatten(2) for level in bbox_preds], 2)  # (B, 4, N)
    low, high = sides.transpose(1, 2).split(2, -1)
    return (high - low) / 2
