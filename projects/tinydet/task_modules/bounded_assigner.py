"""What the label assigners of this package share: checks of boxes, ignore regions, results."""

from __future__ import annotations

from abc import abstractmethod

import torch
from mmdet.models.task_modules.assigners import AssignResult, BaseAssigner
from mmdet.structures.bbox import bbox_overlaps, get_box_tensor
from mmengine.logging import print_log
from mmengine.structures import InstanceData
from torch import Tensor

from tinydet.arguments import check_number
from tinydet.task_modules.similarities import Similarity
from tinydet.task_modules.windows import Windows

BYTES_PER_OVERLAP = 64  # of a pair in mmdet's bbox_overlaps


class BoundedAssigner(BaseAssigner):
    """A label assigner that works in bounded memory, on the device of the boxes.

    Args:
        similarity: Compares priors with objects.
        ignore_iof_thr: Priors that overlap an ignore region by more than this fraction are ignored.
            Values ≤ 0 disable this.
        ignore_wrt_candidates: The fraction is of the prior's area; ``False``: of the region's area.
        gpu_assign_thr: Has no effect; accepted because configs of mmdet's assigners contain it.
        memory_limit_mb: Memory limit for temporaries, MB. An assigner compares at least one object
            at a time, whatever the limit.

    Raises:
        ValueError: ``memory_limit_mb`` is not above 0.
    """

    @property
    @abstractmethod
    def compares(self) -> str:
        """What objects are compared with: a kind of :mod:`tinydet.configuration.contracts`."""

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
        self.memory_limit_mb = check_number(self, "memory_limit_mb", memory_limit_mb)
        log_gpu_assign_thr(gpu_assign_thr, memory_limit_mb)

    @torch.no_grad()
    def assign(
        self,
        pred_instances: InstanceData,
        gt_instances: InstanceData,
        gt_instances_ignore: InstanceData | None = None,
        **kwargs,
    ) -> AssignResult:
        """Assign the priors of one image; the arguments are left unchanged.

        Args:
            pred_instances: ``priors`` ``(N, 4)`` as x1, y1, x2, y2, px.
            gt_instances: ``bboxes`` ``(M, 4)``, px, and ``labels`` ``(M,)``.
            gt_instances_ignore: ``bboxes`` ``(I, 4)`` of ignore regions.
            **kwargs: Unused.

        Returns:
            ``gt_inds`` ``(N,)``: 1 + index of the assigned object, 0 for a negative prior, -1 for
            an ignored prior. ``labels`` ``(N,)``: the object's label, else -1. ``max_overlaps``
            ``(N,)``: the similarity to the assigned object. An unassigned prior has its largest
            similarity there if the assigner needed that value, else 0.

        Raises:
            ValueError: A coordinate is NaN or infinite.
        """
        priors, gts = boxes_of(pred_instances, gt_instances)
        ignored = self.ignored(priors, gt_instances_ignore)
        inds = torch.zeros(len(priors), dtype=torch.long, device=priors.device)
        inds[ignored] = -1
        overlaps = torch.zeros(len(priors), device=priors.device)
        candidates = (~ignored).nonzero().squeeze(1)
        if len(gts) and len(candidates):
            matched_inds, matched_overlaps = self.match(priors[candidates], gts)
            inds[candidates] = matched_inds
            overlaps[candidates] = matched_overlaps.float()
        return result_of(inds, overlaps, gt_instances.labels)

    @abstractmethod
    def match(self, priors: Tensor, gts: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``gt_inds`` and ``max_overlaps``, given at least one prior and one object."""

    def windows(self, priors: Tensor) -> Windows:
        """Sort at least one prior by place, to compare objects with the priors near them."""
        return Windows(priors, self.similarity, self.memory_limit_mb)

    def ignored(self, priors: Tensor, regions: InstanceData | None) -> Tensor:
        """Return a mask of the priors that lie in an ignore region, ``(N,)``."""
        return overlap_regions(
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
        # A finite sum means finite coordinates, and needs a single pass.
        if not boxes.double().sum().isfinite():
            row = int((~boxes.isfinite().all(-1)).nonzero()[0])
            raise ValueError(f"{name}[{row}] is {boxes[row].tolist()}: boxes must be finite")
    return priors, gts


def overlap_regions(
    priors: Tensor, regions: InstanceData | None, threshold: float, of_prior: bool, limit_mb: float
) -> Tensor:
    """Return a mask of the priors that overlap an ignore region by more than a threshold, ``(N,)``.

    The overlap is the intersection over foreground (IoF), whatever similarity the assigner uses,
    because ignore regions are areas, not objects.

    Args:
        priors: ``(N, 4)``.
        regions: ``bboxes`` ``(I, 4)``, or ``None``.
        threshold: Fraction of an area; values ≤ 0 select no prior.
        of_prior: The fraction is of the prior's area; ``False``: of the region's area.
        limit_mb: Memory limit for temporaries, MB.
    """
    inside = torch.zeros(len(priors), dtype=torch.bool, device=priors.device)
    if regions is None or len(regions.bboxes) == 0 or not threshold > 0:
        return inside
    areas = get_box_tensor(regions.bboxes)[:, :4]
    step = max(1, int(limit_mb * 2**20 / BYTES_PER_OVERLAP / len(areas)))
    for part, mask in zip(priors.split(step), inside.split(step), strict=True):
        if of_prior:
            iof = bbox_overlaps(part, areas, mode="iof").amax(1)
        else:
            iof = bbox_overlaps(areas, part, mode="iof").amax(0)
        mask.copy_(iof > threshold)
    return inside


def result_of(inds: Tensor, overlaps: Tensor, labels: Tensor) -> AssignResult:
    """Return mmdet's result; positive priors get the labels of their objects."""
    prior_labels = torch.full_like(inds, -1)
    positive = inds > 0
    prior_labels[positive] = labels[inds[positive] - 1].long()
    return AssignResult(len(labels), inds, overlaps, labels=prior_labels)


def log_gpu_assign_thr(threshold: float, limit_mb: float) -> None:
    """Log that ``gpu_assign_thr``, mmdet's remedy for full GPU memory, has no effect."""
    if threshold > 0:
        print_log(
            f"gpu_assign_thr={threshold} has no effect: nothing moves to the CPU, because "
            f"memory_limit_mb={limit_mb} bounds the memory with any number of objects",
            "current",
        )
