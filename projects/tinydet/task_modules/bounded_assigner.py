"""What all label assigners of this package share: checked boxes, ignore regions, the result."""

from __future__ import annotations

from abc import abstractmethod

import torch
from mmdet.models.task_modules.assigners import AssignResult, BaseAssigner
from mmdet.structures.bbox import bbox_overlaps, get_box_tensor
from mmengine.logging import print_log
from mmengine.structures import InstanceData
from torch import Tensor

from tinydet.task_modules.arguments import check_positive
from tinydet.task_modules.similarities import Similarity
from tinydet.task_modules.windows import Windows

BYTES_PER_OVERLAP = 64  # of mmdet's bbox_overlaps, of a pair


class BoundedAssigner(BaseAssigner):
    """An assigner whose temporaries never exceed a limit, on the device the boxes are on.

    Args:
        similarity: What is compared.
        ignore_iof_thr: A prior of which more than this share lies in one ignore region is neither
            positive nor negative; not above 0 to pay no attention to ignore regions.
        ignore_wrt_candidates: The share is of the prior's area; ``False``: of the region's.
        gpu_assign_thr: Accepted for configs of mmdet's assigners, and without effect.
        memory_limit_mb: Most memory for temporaries, MB; at least one object is compared at once.

    Raises:
        ValueError: ``memory_limit_mb`` is not above 0.
    """

    def __init__(
        self,
        similarity: Similarity,
        ignore_iof_thr: float = -1,
        ignore_wrt_candidates: bool = True,
        gpu_assign_thr: float = -1,
        memory_limit_mb: float = 256,
    ) -> None:
        self.similarity = similarity
        self.ignore_iof_thr = ignore_iof_thr
        self.ignore_wrt_candidates = ignore_wrt_candidates
        self.memory_limit_mb = check_positive("memory_limit_mb", memory_limit_mb)
        tell_gpu_assign_thr(gpu_assign_thr, memory_limit_mb)

    @torch.no_grad()
    def assign(
        self,
        pred_instances: InstanceData,
        gt_instances: InstanceData,
        gt_instances_ignore: InstanceData | None = None,
        **kwargs,
    ) -> AssignResult:
        """Assign one image; the instances stay as they are.

        Args:
            pred_instances: ``priors`` ``(N, 4)`` as x1, y1, x2, y2, px.
            gt_instances: ``bboxes`` ``(M, 4)``, px, and ``labels`` ``(M,)``.
            gt_instances_ignore: ``bboxes`` ``(I, 4)`` of ignore regions.
            **kwargs: Not used.

        Returns:
            ``gt_inds`` ``(N,)``: 1 + index of the object, 0 for a negative prior, -1 for one that
            is neither; ``labels``: of the object, or -1; ``max_overlaps``: similarity to the own
            object, of the others the largest one as far as the assigner has to know it, or 0.

        Raises:
            ValueError: A coordinate is NaN or infinite.
        """
        priors, gts = boxes_of(pred_instances, gt_instances)
        ignored = self.ignored(priors, gt_instances_ignore)
        inds = torch.zeros(len(priors), dtype=torch.long, device=priors.device)
        inds[ignored] = -1
        overlaps = torch.zeros(len(priors), device=priors.device)
        taking_part = (~ignored).nonzero().squeeze(1)
        if len(gts) and len(taking_part):
            own_inds, own_overlaps = self.match(priors[taking_part], gts)
            inds[taking_part] = own_inds
            overlaps[taking_part] = own_overlaps.float()
        return result_of(inds, overlaps, gt_instances.labels)

    @abstractmethod
    def match(self, priors: Tensor, gts: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``gt_inds`` and ``max_overlaps`` of at least one prior and one object."""

    def windows(self, priors: Tensor) -> Windows:
        """Sort at least one prior for the comparison with objects."""
        return Windows(priors, self.similarity, self.memory_limit_mb)

    def ignored(self, priors: Tensor, regions: InstanceData | None) -> Tensor:
        """Tell which priors lie in an ignore region, ``(N,)``."""
        return in_regions(
            priors, regions, self.ignore_iof_thr, self.ignore_wrt_candidates, self.memory_limit_mb
        )


def boxes_of(pred_instances: InstanceData, gt_instances: InstanceData) -> tuple[Tensor, Tensor]:
    """Return priors and objects ``(N, 4)``, ``(M, 4)``.

    Raises:
        ValueError: A coordinate is NaN or infinite.
    """
    priors = get_box_tensor(pred_instances.priors)[:, :4]
    gts = get_box_tensor(gt_instances.bboxes)[:, :4]
    for name, boxes in (("gt_instances.bboxes", gts), ("pred_instances.priors", priors)):
        # The sum takes one pass, and is finite if every coordinate is.
        if not boxes.double().sum().isfinite():
            row = int((~boxes.isfinite().all(-1)).nonzero()[0])
            raise ValueError(f"{name}[{row}] is {boxes[row].tolist()}: boxes must be finite")
    return priors, gts


def in_regions(
    priors: Tensor, regions: InstanceData | None, threshold: float, of_prior: bool, limit_mb: float
) -> Tensor:
    """Tell of which priors more than a share lies in one ignore region, ``(N,)``.

    The share is a true intersection over foreground whatever the assigner compares boxes by,
    because ignore regions are areas.

    Args:
        priors: ``(N, 4)``.
        regions: ``bboxes`` ``(I, 4)``, or ``None``.
        threshold: The share; not above 0 for no prior at all.
        of_prior: Of the prior's area, else of the region's.
        limit_mb: Most memory for temporaries, MB.
    """
    inside = torch.zeros(len(priors), dtype=torch.bool, device=priors.device)
    if regions is None or len(regions.bboxes) == 0 or not threshold > 0:
        return inside
    areas = get_box_tensor(regions.bboxes)[:, :4]
    step = max(1, int(limit_mb * 2**20 / BYTES_PER_OVERLAP / len(areas)))
    for part, told in zip(priors.split(step), inside.split(step), strict=True):
        if of_prior:
            share = bbox_overlaps(part, areas, mode="iof").amax(1)
        else:
            share = bbox_overlaps(areas, part, mode="iof").amax(0)
        told.copy_(share > threshold)
    return inside


def result_of(inds: Tensor, overlaps: Tensor, labels: Tensor) -> AssignResult:
    """Return mmdet's result with the labels of positive priors."""
    of_priors = torch.full_like(inds, -1)
    positive = inds > 0
    of_priors[positive] = labels[inds[positive] - 1].long()
    return AssignResult(len(labels), inds, overlaps, labels=of_priors)


def tell_gpu_assign_thr(threshold: float, limit_mb: float) -> None:
    """Say in the log that mmdet's way out of memory is not taken."""
    if threshold > 0:
        print_log(
            f"gpu_assign_thr={threshold} has no effect: nothing moves to the CPU, because "
            f"memory_limit_mb={limit_mb} bounds the memory with any number of objects",
            "current",
        )
