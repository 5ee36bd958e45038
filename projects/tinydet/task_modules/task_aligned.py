r"""Task-aligned assignment of YOLOv8 in bounded memory.

Paper: TOOD, arXiv:2108.07755, Eq. 3: an object takes the k priors inside it with the largest
:math:`score^\alpha \cdot overlap^\beta`. mmyolo compares every object with every prior in
tensors ``(B, M, N)`` and lists the k best as one-hot ``(B, M, k, N)`` integers: 11 GB for 8 images
of 640 px with 500 objects each and a stride of 4.
Ours: only the priors whose centre lies inside an object are looked at, a block of objects at once.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from mmyolo.models.losses import bbox_overlaps
from mmyolo.models.task_modules.assigners import BatchTaskAlignedAssigner
from torch import Tensor

from tinydet.registry import TASK_UTILS

INSIDE = 1e-9  # px by which a centre must be inside, as in mmyolo
BYTES_PER_PAIR = 256  # of an object and a prior inside it, all temporaries together


@TASK_UTILS.register_module()
class TaskAlignedAssigner(BatchTaskAlignedAssigner):
    """mmyolo's :class:`BatchTaskAlignedAssigner` with the same result in bounded memory.

    The results are equal wherever mmyolo's is defined, which it is not at ties: of equal metrics
    ``torch.topk`` takes any, among them priors of metric 0. Here of equal ones the first prior
    goes first, and a metric of 0 wins nothing (its target would be 0).

    As in mmyolo a prior that several objects want goes to the object that it overlaps most, be
    that one of them or a third.

    Args:
        memory_limit_mb: Most memory for temporaries, MB; at least one object is compared at once.
        **kwargs: Everything :class:`mmyolo.models.BatchTaskAlignedAssigner` takes.

    Raises:
        ValueError: ``topk`` or ``memory_limit_mb`` is below 1.
    """

    def __init__(self, *args, memory_limit_mb: float = 256, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        name = type(self).__name__
        if isinstance(self.topk, bool) or not isinstance(self.topk, int) or self.topk < 1:
            raise ValueError(f"{name}: topk={self.topk!r} must be a whole number of at least 1")
        if not memory_limit_mb >= 1:
            raise ValueError(f"{name}: memory_limit_mb={memory_limit_mb!r} is below 1")
        self.pairs_at_once = int(memory_limit_mb * 2**20 / BYTES_PER_PAIR)

    def overlap(self, boxes: Tensor, objects: Tensor) -> Tensor:
        """Return the overlap of ``(P, 4)`` predictions and objects, px, pair by pair."""
        if self.use_ciou:
            return bbox_overlaps(boxes, objects, iou_mode="ciou", bbox_format="xyxy").clamp(0)
        low = torch.maximum(boxes[:, :2], objects[:, :2])
        high = torch.minimum(boxes[:, 2:], objects[:, 2:])
        shared = (high - low).clamp(0).prod(-1)
        areas = [(b[:, 2:] - b[:, :2]).clamp(0).prod(-1) for b in (objects, boxes)]
        return shared / (areas[0] + areas[1] - shared + 1e-9)

    @torch.no_grad()
    def forward(
        self,
        pred_bboxes: Tensor,
        pred_scores: Tensor,
        priors: Tensor,
        gt_labels: Tensor,
        gt_bboxes: Tensor,
        pad_bbox_flag: Tensor,
    ) -> dict[str, Tensor]:
        """Assign a batch.

        Args:
            pred_bboxes: ``(B, N, 4)`` predictions, px.
            pred_scores: ``(B, N, classes)`` probabilities.
            priors: ``(N, 4)``, of which the first two are centres, px.
            gt_labels: ``(B, M, 1)``.
            gt_bboxes: ``(B, M, 4)``, px.
            pad_bbox_flag: ``(B, M, 1)``, 0 where an image has fewer than M objects.

        Returns:
            ``assigned_labels`` ``(B, N)``, ``assigned_bboxes`` ``(B, N, 4)``, ``assigned_scores``
            ``(B, N, classes)`` and ``fg_mask_pre_prior`` ``(B, N)``.
        """
        batch, count = pred_scores.shape[:2]
        owner = torch.zeros(batch, count, dtype=torch.long, device=gt_bboxes.device)
        target = gt_bboxes.new_full((batch, count), -1)
        for image, flags in enumerate(pad_bbox_flag[..., 0].bool()):
            real = flags.nonzero().squeeze(1)
            if len(real):
                prior, gt, score = self._assign_image(
                    pred_bboxes[image],
                    pred_scores[image],
                    priors[:, :2],
                    gt_labels[image, real, 0].long(),
                    gt_bboxes[image, real],
                )
                owner[image, prior] = real[gt]
                target[image, prior] = score.to(target)
        return self._result(gt_labels, gt_bboxes, pred_scores, owner, target)

    def _result(
        self,
        gt_labels: Tensor,
        gt_bboxes: Tensor,
        pred_scores: Tensor,
        owner: Tensor,
        target: Tensor,
    ) -> dict[str, Tensor]:
        """Return the dictionary, given object and score target of each prior, -1 for negatives."""
        positive = target >= 0
        batch, count = owner.shape
        if gt_bboxes.size(1) == 0:
            labels = gt_bboxes.new_full((batch, count), self.num_classes)
            boxes, scores = gt_bboxes.new_zeros(batch, count, 4), torch.zeros_like(pred_scores)
        else:
            labels, boxes, scores = self.get_targets(
                gt_labels, gt_bboxes, owner, positive, batch, gt_bboxes.size(1)
            )
        return dict(
            assigned_labels=labels,
            assigned_bboxes=boxes,
            assigned_scores=scores * target.clamp(min=0)[..., None],
            fg_mask_pre_prior=positive,
        )

    def _assign_image(
        self, boxes: Tensor, scores: Tensor, centres: Tensor, labels: Tensor, objects: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return positive priors, their objects and the target of their score, each ``(P,)``."""
        claims = [
            self._best(gt, prior, boxes, scores, labels, objects)
            for gt, prior in self._inside(centres, objects)
        ]
        gt, prior = torch.cat(claims, 1)
        claimed, times = prior.unique(return_counts=True)
        owner = torch.empty_like(centres[:, 0], dtype=torch.long)
        owner[prior] = gt
        contested = claimed[times > 1]
        owner[contested] = self._most_overlapped(contested, boxes, objects)
        gt = owner[claimed]
        metric, overlap = self._metric(gt, claimed, boxes, scores, labels, objects)
        # The best prior of an object is trained to score its largest overlap.
        best = torch.zeros(2, len(objects), dtype=metric.dtype, device=metric.device)
        best[0].scatter_reduce_(0, gt, metric, "amax")
        best[1].scatter_reduce_(0, gt, overlap, "amax")
        return claimed, gt, metric * best[1][gt] / (best[0][gt] + self.eps)

    def _metric(self, gt, prior, boxes, scores, labels, objects) -> tuple[Tensor, Tensor]:
        """Return alignment and overlap of pairs of indices, ``(P,)``."""
        overlap = self.overlap(boxes[prior], objects[gt])
        return scores[prior, labels[gt]].pow(self.alpha) * overlap.pow(self.beta), overlap

    def _inside(self, centres: Tensor, objects: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield pairs (object, prior inside it) of some objects at once."""
        step = max(1, self.pairs_at_once // max(1, len(centres)))
        for start in range(0, len(objects), step):
            low, high = objects[start : start + step, None].split(2, -1)
            inside = ((centres - low > INSIDE) & (high - centres > INSIDE)).all(-1)
            gt, prior = inside.nonzero().unbind(1)
            yield gt + start, prior

    def _best(self, gt, prior, boxes, scores, labels, objects) -> Tensor:
        """Return the k pairs of the largest positive metric of each object, ``(2, pairs)``."""
        metric, _ = self._metric(gt, prior, boxes, scores, labels, objects)
        order = metric.argsort(descending=True, stable=True)
        order = order[gt[order].argsort(stable=True)]  # by object, best first
        gt, prior, metric = gt[order], prior[order], metric[order]
        rank = torch.arange(len(gt), device=gt.device) - torch.searchsorted(gt, gt)
        return torch.stack([gt, prior])[:, (rank < self.topk) & (metric > 0)]

    def _most_overlapped(self, priors: Tensor, boxes: Tensor, objects: Tensor) -> Tensor:
        """Return the object that each prior's prediction overlaps most, of equal ones the first."""
        step = max(1, self.pairs_at_once // len(objects))
        return torch.cat(
            [
                self.overlap(
                    boxes[part].repeat_interleave(len(objects), 0), objects.repeat(len(part), 1)
                )
                .view(len(part), len(objects))
                .max(1)
                .indices
                for part in priors.split(step)
            ]
        )
