r"""YOLOv8's task-aligned assignment in bounded memory, over the pairs that can match alone.

Paper: TOOD, arXiv:2108.07755, Eq. 3: each object is assigned the k priors inside it with the
largest alignment :math:`score^\alpha \cdot overlap^\beta`. mmyolo compares every object with every
prior in tensors ``(B, M, N)`` and lists the k best as one-hot ``(B, M, k, N)`` integers: 11 GB for
8 images of 640 px with 500 objects each and a stride of 4.
Ours: the priors are sorted by place, and each object is compared with the priors whose center lies
inside; the objects of all images of a batch share one pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from mmyolo.models.losses import bbox_overlaps
from mmyolo.models.task_modules.assigners import BatchTaskAlignedAssigner
from torch import Tensor

from tinydet.arguments import check_count, check_number
from tinydet.registry import TASK_UTILS
from tinydet.task_modules.cells import Cells
from tinydet.task_modules.contested import Boxes, most_overlapped
from tinydet.task_modules.matching import best_per_object
from tinydet.task_modules.one_to_one import strongest_claims
from tinydet.task_modules.similarities import IoU, Similarity

INSIDE = 1e-9  # px; distance from a side at which a center is inside, as in mmyolo
BYTES_PER_PAIR = 256  # temporaries of an object and a prior inside
BLOCK = 1 << 16  # highest number of pairs at once; more would leave a CPU's cache


class _Batch(NamedTuple):
    """The N predictions of each of B images, concatenated, and the R objects without padding."""

    boxes: Tensor  # (B N, 4)
    scores: Tensor  # (B N, classes)
    objects: Tensor  # (R, 4)
    labels: Tensor  # (R,)
    image: Tensor  # (R,)


@TASK_UTILS.register_module()
class TaskAlignedAssigner(BatchTaskAlignedAssigner):
    """mmyolo's :class:`BatchTaskAlignedAssigner` with the same result in bounded memory.

    The results are equal wherever mmyolo's result is defined. At ties it is not: ``torch.topk``
    returns any of equal metrics, even priors of metric 0. Here the first prior of equal metric, in
    float32, comes first, and a prior of metric 0 is not assigned (its target would be 0).

    As in mmyolo, a prior claimed by several objects is assigned to the object that it overlaps
    most, even if that object did not claim the prior.

    A subclass with another :meth:`overlap` sets ``similarity`` to an upper bound of that overlap,
    which bounds the distance of an object with a given overlap.

    Args:
        memory_limit_mb: Memory limit for temporaries, MB; at least one object is compared at a
            time.
        one_to_one: Give a prior claimed by several objects to the claimant that it overlaps most,
            so that with ``topk=1`` no object has two priors (YOLOv10, arXiv:2405.14458).
        **kwargs: All arguments of :class:`mmyolo.models.BatchTaskAlignedAssigner`.

    Raises:
        ValueError: ``topk`` or ``memory_limit_mb`` is below 1, or ``one_to_one`` is used with
            another ``topk`` than 1.
    """

    compares = "predictions of a batch"
    similarity: Similarity = IoU()

    def __init__(
        self, *args, memory_limit_mb: float = 256, one_to_one: bool = False, **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        check_count(self, "topk", self.topk)
        if one_to_one and self.topk != 1:
            raise ValueError(
                f"{type(self).__name__}: one_to_one=True gives an object one prior and needs "
                f"topk=1, not topk={self.topk}"
            )
        self.one_to_one = one_to_one
        check_number(self, "memory_limit_mb", memory_limit_mb, "[1, inf)")
        self.pairs_at_once = min(BLOCK, int(memory_limit_mb * 2**20 / BYTES_PER_PAIR))

    def overlap(self, boxes: Tensor, objects: Tensor) -> Tensor:
        """Return the overlaps of ``P`` pairs of a prediction and an object, ``(P, 4)`` px each."""
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
            priors: ``(N, 4)``; the first two columns are centers, px.
            gt_labels: ``(B, M, 1)``.
            gt_bboxes: ``(B, M, 4)``, px.
            pad_bbox_flag: ``(B, M, 1)``, 0 where an image has fewer than M objects.

        Returns:
            ``assigned_labels`` ``(B, N)``, ``assigned_bboxes`` ``(B, N, 4)``, ``assigned_scores``
            ``(B, N, classes)`` and ``fg_mask_pre_prior`` ``(B, N)``. An unassigned prior has the
            label and the box of the first object of its image, and a score of 0, as in mmyolo.
        """
        shape = pred_scores.shape[:2]
        scores = gt_bboxes.new_zeros(pred_scores.shape)
        positive = torch.zeros(shape, dtype=torch.bool, device=gt_bboxes.device)
        if gt_bboxes.size(1) == 0:
            labels = gt_bboxes.new_full(shape, self.num_classes)
            boxes = gt_bboxes.new_zeros(*shape, 4)
        else:
            owner = torch.zeros_like(positive, dtype=torch.long)
            real = (pad_bbox_flag[..., 0] != 0) & gt_bboxes.isfinite().all(-1)
            image, column = real.nonzero().unbind(1)
            batch = _Batch(
                pred_bboxes.flatten(0, 1),
                pred_scores.flatten(0, 1),
                gt_bboxes[image, column],
                gt_labels[image, column, 0].long(),
                image,
            )
            if len(image) and len(priors):
                prior, gt, target = self._assign(batch, priors[:, :2])
                owner.view(-1)[prior] = column[gt]
                positive.view(-1)[prior] = True
                scores.view(-1, scores.size(2))[prior, batch.labels[gt]] = target.to(scores)
            labels = gt_labels[..., 0].long().clamp(min=0).gather(1, owner)
            boxes = gt_bboxes.gather(1, owner[..., None].expand(*shape, 4))
        return dict(
            assigned_labels=labels,
            assigned_bboxes=boxes,
            assigned_scores=scores,
            fg_mask_pre_prior=positive,
        )

    def _assign(self, batch: _Batch, centers: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return positive priors, their objects and the targets of their scores, ``(P,)`` each."""
        none = torch.zeros_like(batch.labels[:0])
        claims = [(none, none, batch.boxes[:0, 0])]
        claims += [self._best(gt, prior, batch) for gt, prior in self._inside(batch, centers)]
        gt, prior, overlap = (torch.cat(part) for part in zip(*claims, strict=True))
        if self.one_to_one:
            claimed, gt = strongest_claims(prior, gt, overlap)
        else:
            claimed, gt = self._owned(gt, prior, overlap, batch, len(centers))
        metric, overlap = self._metric(gt, claimed, batch)
        # The target of an object's best prior is the object's largest overlap.
        best = torch.zeros(2, len(batch.objects), dtype=metric.dtype, device=metric.device)
        best[0].scatter_reduce_(0, gt, metric, "amax")
        best[1].scatter_reduce_(0, gt, overlap.to(best), "amax")
        return claimed, gt, metric * best[1][gt] / (best[0][gt] + self.eps)

    def _owned(
        self, gt: Tensor, prior: Tensor, overlap: Tensor, batch: _Batch, priors: int
    ) -> tuple[Tensor, Tensor]:
        """Return the claimed priors, each once and in order, and their objects, ``(P,)`` each.

        Args:
            gt: Objects of the claims, ``(claims,)``.
            prior: The claimed priors.
            overlap: Overlaps of the claims.
            batch: The predictions and the objects.
            priors: Priors of an image.
        """
        times = torch.bincount(prior, minlength=len(batch.boxes))
        owner = torch.zeros_like(times)
        owner[prior] = gt
        contested = (times > 1).nonzero().squeeze(1)
        if len(contested):
            known = overlap.new_zeros(len(times)).scatter_reduce_(0, prior, overlap, "amax")
            owner[contested] = most_overlapped(
                Boxes(batch.boxes[contested], contested // priors),
                Boxes(batch.objects, batch.image),
                self.overlap,
                known[contested],
                self.similarity,
                self.pairs_at_once,
            )
        claimed = times.nonzero().squeeze(1)
        return claimed, owner[claimed]

    def _metric(self, gt: Tensor, prior: Tensor, batch: _Batch) -> tuple[Tensor, Tensor]:
        """Return alignment and overlap of pairs of indices, ``(P,)``."""
        overlap = self.overlap(
            batch.boxes.index_select(0, prior), batch.objects.index_select(0, gt)
        )
        score = batch.scores[prior, batch.labels.index_select(0, gt)]
        return score.pow(self.alpha) * overlap.pow(self.beta), overlap

    def _inside(self, batch: _Batch, centers: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield pairs of an object and a prior inside; all pairs of an object are in one block."""
        cells = Cells(centers)
        points = centers[cells.order]
        step = cells.windows_at_once(self.pairs_at_once * BYTES_PER_PAIR)
        for start in range(0, len(batch.objects), step):
            low, high = batch.objects[start : start + step, None].double().split(2, -1)
            for gt, place in cells.pairs(low, high, self.pairs_at_once):
                gt = gt + start
                x, y = points.index_select(0, place).unbind(1)
                x1, y1, x2, y2 = batch.objects.index_select(0, gt).unbind(1)
                inside = (x - x1 > INSIDE) & (x2 - x > INSIDE) & (y - y1 > INSIDE)
                inside &= y2 - y > INSIDE
                inside = inside.nonzero().squeeze(1)
                gt, place = gt.index_select(0, inside), place.index_select(0, inside)
                prior = cells.order.index_select(0, place)
                yield gt, batch.image.index_select(0, gt) * len(centers) + prior

    def _best(self, gt: Tensor, prior: Tensor, batch: _Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return objects, priors and overlaps of the k pairs of largest metric of each object."""
        metric, overlap = self._metric(gt, prior, batch)
        some = metric > 0
        gt, prior, metric, overlap = gt[some], prior[some], metric[some], overlap[some]
        best = best_per_object(gt, prior, _integer_cost(metric), self.topk)
        return gt[best], prior[best], overlap[best]


def _integer_cost(metric: Tensor) -> Tensor:
    """Return integers that fall as positive floats rise; sorting integers takes a third."""
    return -metric.float().view(torch.int32)
