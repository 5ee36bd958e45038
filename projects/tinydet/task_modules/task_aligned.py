r"""Task-aligned assignment of YOLOv8 in bounded memory, and in time for what can matter alone.

Paper: TOOD, arXiv:2108.07755, Eq. 3: an object takes the k priors inside it with the largest
:math:`score^\alpha \cdot overlap^\beta`. mmyolo compares every object with every prior in
tensors ``(B, M, N)`` and lists the k best as one-hot ``(B, M, k, N)`` integers: 11 GB for 8 images
of 640 px with 500 objects each and a stride of 4.
Ours: the priors are sorted by place, and an object looks at those whose center lies inside it; the
objects of a batch in one pass, however many images they come from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from mmyolo.models.losses import bbox_overlaps
from mmyolo.models.task_modules.assigners import BatchTaskAlignedAssigner
from torch import Tensor

from tinydet.registry import TASK_UTILS
from tinydet.task_modules.cells import Cells
from tinydet.task_modules.contested import Boxes, most_overlapped
from tinydet.task_modules.matching import rank
from tinydet.task_modules.similarities import IoU, Similarity

INSIDE = 1e-9  # px by which a center must be inside, as in mmyolo
BYTES_PER_PAIR = 256  # of an object and a prior inside it, all temporaries together
BLOCK = 1 << 16  # most pairs at once: fewer would not be faster, more leave a CPU's cache


class _Batch(NamedTuple):
    """Predictions of all images in one row, N an image, and the R objects that are no padding."""

    boxes: Tensor  # (B N, 4)
    scores: Tensor  # (B N, classes)
    objects: Tensor  # (R, 4)
    labels: Tensor  # (R,)
    image: Tensor  # (R,)


@TASK_UTILS.register_module()
class TaskAlignedAssigner(BatchTaskAlignedAssigner):
    """mmyolo's :class:`BatchTaskAlignedAssigner` with the same result in bounded memory.

    The results are equal wherever mmyolo's is defined, which it is not at ties: of equal metrics
    ``torch.topk`` takes any, among them priors of metric 0. Here of equal ones, in float32, the
    first prior goes first, and a metric of 0 wins nothing (its target would be 0).

    As in mmyolo a prior that several objects want goes to the object that it overlaps most, be
    that one of them or a third.

    A subclass with another :meth:`overlap` sets ``similarity`` to one that is nowhere less: it
    tells how far away an object can be that overlaps a prediction by so much.

    Args:
        memory_limit_mb: Most memory for temporaries, MB; at least one object is compared at once.
        **kwargs: Everything :class:`mmyolo.models.BatchTaskAlignedAssigner` takes.

    Raises:
        ValueError: ``topk`` or ``memory_limit_mb`` is below 1.
    """

    similarity: Similarity = IoU()

    def __init__(self, *args, memory_limit_mb: float = 256, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        name = type(self).__name__
        if isinstance(self.topk, bool) or not isinstance(self.topk, int) or self.topk < 1:
            raise ValueError(f"{name}: topk={self.topk!r} must be a whole number of at least 1")
        if not memory_limit_mb >= 1:
            raise ValueError(f"{name}: memory_limit_mb={memory_limit_mb!r} is below 1")
        self.pairs_at_once = min(BLOCK, int(memory_limit_mb * 2**20 / BYTES_PER_PAIR))

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
            priors: ``(N, 4)``, of which the first two are centers, px.
            gt_labels: ``(B, M, 1)``.
            gt_bboxes: ``(B, M, 4)``, px.
            pad_bbox_flag: ``(B, M, 1)``, 0 where an image has fewer than M objects.

        Returns:
            ``assigned_labels`` ``(B, N)``, ``assigned_bboxes`` ``(B, N, 4)``, ``assigned_scores``
            ``(B, N, classes)`` and ``fg_mask_pre_prior`` ``(B, N)``. A prior without an object has
            label and box of its image's first, and a score of 0, as in mmyolo.
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
        """Return positive priors, their objects and the target of their score, each ``(P,)``."""
        none = torch.zeros_like(batch.labels[:0])
        claims = [(none, none, batch.boxes[:0, 0])]
        claims += [self._best(gt, prior, batch) for gt, prior in self._inside(batch, centers)]
        gt, prior, overlap = (torch.cat(part) for part in zip(*claims, strict=True))
        times = torch.bincount(prior, minlength=len(batch.boxes))
        owner = torch.zeros_like(times)
        owner[prior] = gt
        contested = (times > 1).nonzero().squeeze(1)
        if len(contested):
            least = overlap.new_zeros(len(times)).scatter_reduce_(0, prior, overlap, "amax")
            owner[contested] = most_overlapped(
                Boxes(batch.boxes[contested], contested // len(centers)),
                Boxes(batch.objects, batch.image),
                self.overlap,
                least[contested],
                self.similarity,
                self.pairs_at_once,
            )
        claimed = times.nonzero().squeeze(1)
        gt = owner[claimed]
        metric, overlap = self._metric(gt, claimed, batch)
        # The best prior of an object is trained to score its largest overlap.
        best = torch.zeros(2, len(batch.objects), dtype=metric.dtype, device=metric.device)
        best[0].scatter_reduce_(0, gt, metric, "amax")
        best[1].scatter_reduce_(0, gt, overlap.to(best), "amax")
        return claimed, gt, metric * best[1][gt] / (best[0][gt] + self.eps)

    def _metric(self, gt: Tensor, prior: Tensor, batch: _Batch) -> tuple[Tensor, Tensor]:
        """Return alignment and overlap of pairs of indices, ``(P,)``."""
        overlap = self.overlap(
            batch.boxes.index_select(0, prior), batch.objects.index_select(0, gt)
        )
        score = batch.scores[prior, batch.labels.index_select(0, gt)]
        return score.pow(self.alpha) * overlap.pow(self.beta), overlap

    def _inside(self, batch: _Batch, centers: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield pairs (object, prior inside it), all those of an object in one block."""
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
        order = prior.argsort()
        order = order[_falling(metric[order]).argsort(stable=True)]
        order = order[gt[order].argsort(stable=True)]  # by object, best first
        gt = gt[order]
        best = rank(gt) < self.topk
        order = order[best]
        return gt[best], prior[order], overlap[order]


def _falling(positive: Tensor) -> Tensor:
    """Return integers that fall as positive floats rise: to sort them is three times as fast."""
    return -positive.float().view(torch.int32)
