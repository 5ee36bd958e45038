"""mmdet's MaxIoU assignment in bounded memory, with equal results.

Faster R-CNN, arXiv:1506.01497, section 3.1.2. mmdet builds the IoU of every object and prior, with
temporaries ten times its size: 14 GB for 2,600 objects on an 800x800 image from stride 4.
Ours: only overlapping pairs are compared; an ``iou_calculator`` other than ``BboxOverlaps2D`` is
called for a block of objects at a time.
"""

from __future__ import annotations

import torch
from mmdet.models.task_modules.assigners import AssignResult, BboxOverlaps2D
from mmdet.models.task_modules.assigners import MaxIoUAssigner as Upstream
from mmdet.models.task_modules.assigners.max_iou_assigner import perm_repeat_bboxes
from mmengine.structures import InstanceData
from torch import Tensor

from tinydet.arguments import check_number
from tinydet.registry import TASK_UTILS
from tinydet.task_modules.bounded_assigner import (
    boxes_of,
    log_gpu_assign_thr,
    overlap_regions,
    result_of,
)
from tinydet.task_modules.matching import Owners
from tinydet.task_modules.similarities import IoU
from tinydet.task_modules.threshold_assigner import check_negatives
from tinydet.task_modules.windows import Windows

BYTES_PER_PAIR = 128  # of an iou_calculator's table


@TASK_UTILS.register_module()
class MaxIoUAssigner(Upstream):
    """:class:`mmdet.models.task_modules.MaxIoUAssigner` with equal results in bounded memory.

    The results are equal even where mmdet's rule is odd. With ``min_pos_iou=0``, the default, an
    object that overlaps no prior claims *all* priors. A prior that several objects match with low
    quality is assigned to the last of them.
    :class:`ThresholdAssigner` does neither.

    Args:
        pos_iou_thr: See mmdet's class.
        neg_iou_thr: A number, or a pair (lowest, highest).
        *args: See mmdet's class.
        memory_limit_mb: Memory limit for temporaries, MB; at least one object is compared at a
            time.
        **kwargs: All arguments of mmdet's class; ``gpu_assign_thr`` has no effect.

    Raises:
        ValueError: A threshold outside [0, 1], ``memory_limit_mb`` not above 0.
    """

    compares = "priors by threshold"

    def __init__(
        self,
        pos_iou_thr: float,
        neg_iou_thr: float | tuple[float, float],
        *args,
        memory_limit_mb: float = 256,
        **kwargs,
    ) -> None:
        # With a scope, because mmdet's default is found only in the scopes of mmdet and mmyolo.
        kwargs.setdefault("iou_calculator", dict(type="mmdet.BboxOverlaps2D"))
        super().__init__(pos_iou_thr, neg_iou_thr, *args, **kwargs)
        check_number(self, "pos_iou_thr", pos_iou_thr, "[0, 1]")
        check_number(self, "min_pos_iou", self.min_pos_iou, "[0, 1]")
        self.negative = check_negatives(self, neg_iou_thr)
        self.memory_limit_mb = check_number(self, "memory_limit_mb", memory_limit_mb)
        log_gpu_assign_thr(self.gpu_assign_thr, memory_limit_mb)

    @torch.no_grad()
    def assign(
        self,
        pred_instances: InstanceData,
        gt_instances: InstanceData,
        gt_instances_ignore: InstanceData | None = None,
        **kwargs,
    ) -> AssignResult:
        """Assign the priors of one image; see mmdet's class.

        Raises:
            ValueError: A coordinate is NaN or infinite.
        """
        priors, gts = boxes_of(pred_instances, gt_instances)
        if self.perm_repeat_gt_cfg is not None and len(priors):
            gts = perm_repeat_bboxes(gts, self.iou_calculator, self.perm_repeat_gt_cfg)
        if len(gts) == 0 or len(priors) == 0:
            inds = torch.zeros(len(priors), dtype=torch.long, device=priors.device)
            return result_of(inds, priors.new_zeros(len(priors)), gt_instances.labels)
        ignored = overlap_regions(
            priors,
            gt_instances_ignore,
            self.ignore_iof_thr,
            self.ignore_wrt_candidates,
            self.memory_limit_mb,
        )
        plain = type(self.iou_calculator) is BboxOverlaps2D and self.iou_calculator.dtype is None
        scan = self._overlapping if plain else self._by_tables
        best, nearest, low_quality = scan(priors, gts, ignored)
        best[ignored] = -1
        inds = torch.full_like(nearest, -1)
        inds[(best >= self.negative[0]) & (best < self.negative[1])] = 0
        positive = best >= self.pos_iou_thr
        inds[positive] = nearest[positive] + 1
        inds = torch.where(low_quality >= 0, low_quality + 1, inds)
        return result_of(inds, best, gt_instances.labels)

    def _overlapping(self, priors: Tensor, gts: Tensor, ignored: Tensor) -> tuple[Tensor, ...]:
        """Compare the pairs that overlap.

        Returns:
            Three tensors ``(N,)``: the largest overlap of each prior, the index of the object with
            that overlap, and the index of the object that matches the prior with low quality, or
            -1.
        """
        windows = Windows(priors, IoU(), self.memory_limit_mb)
        owners = Owners(len(priors), priors.device)
        low_quality = torch.full_like(owners.gt, -1)
        top = owners.value.new_zeros(len(gts))
        for gt, prior, value in windows.pairs(gts, top):
            kept = ~ignored[prior]
            gt, prior, value = gt[kept], prior[kept], value[kept]
            owners.update(gt, prior, value)
            top.scatter_reduce_(0, gt, value, "amax")
            equal = (value == top[gt]) & (value >= self.min_pos_iou)
            self._match_low_quality(gt[equal], prior[equal], len(gts), low_quality)
        alone = (top == 0).nonzero().squeeze(1)
        if len(alone) and self.min_pos_iou <= 0:  # mmdet: an overlap of 0 is then enough
            prior = (~ignored).nonzero().squeeze(1)
            for gt in alone[-1:] if self.gt_max_assign_all else alone:
                self._match_low_quality(gt.expand_as(prior), prior, len(gts), low_quality)
        dtype = torch.promote_types(priors.dtype, gts.dtype)
        return owners.value.to(dtype), owners.gt.clamp(min=0), low_quality

    def _by_tables(self, priors: Tensor, gts: Tensor, ignored: Tensor) -> tuple[Tensor, ...]:
        """Compare a block of objects at a time; returns what :meth:`_overlapping` returns."""
        step = max(1, int(self.memory_limit_mb * 2**20 / BYTES_PER_PAIR / len(priors)))
        low_quality = torch.full(ignored.shape, -1, device=priors.device)
        best, nearest = None, torch.zeros_like(low_quality)
        for first in range(0, len(gts), step):
            table = self.iou_calculator(gts[first : first + step], priors)
            table[:, ignored] = -1
            value, gt = table.max(0)
            better = value > best if best is not None else torch.ones_like(ignored)
            nearest = torch.where(better, gt + first, nearest)
            best = torch.where(better, value, best) if best is not None else value
            top = table.amax(1, keepdim=True)
            gt, prior = ((table == top) & (top >= self.min_pos_iou)).nonzero().unbind(1)
            self._match_low_quality(gt + first, prior, len(gts), low_quality)
        return best, nearest, low_quality

    def _match_low_quality(self, gt: Tensor, prior: Tensor, gts: int, low_quality: Tensor) -> None:
        """Write into ``low_quality`` the last of the objects that match each prior."""
        if not self.match_low_quality:
            return
        if not self.gt_max_assign_all:
            first = torch.full((gts,), len(low_quality), device=prior.device)
            first.scatter_reduce_(0, gt, prior, "amin")
            gt, prior = gt[prior == first[gt]], prior[prior == first[gt]]
        low_quality.scatter_reduce_(0, prior, gt, "amax")
