"""YOLOX's dynamic k: the costs of pairs of a prior and an object, and the matching by cost.

Paper: YOLOX, arXiv:2107.08430. mmdet builds tables of all candidate priors and all objects. But a
prior that is inside an object and near its center costs less than any other prior, so an object
with enough such priors needs no others, and only overlapping predictions add to its k. The
classification cost depends on the class of an object alone and is computed once for each class.
Objects that need full columns of the tables, such as those smaller than a stride without a prior
inside, get the columns a block at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from mmdet.models.task_modules import BboxOverlaps2D
from mmengine.structures import InstanceData
from torch import Tensor
from torch.nn import functional as F

from tinydet.task_modules.matching import best_per_object, rank
from tinydet.task_modules.similarities import IoU
from tinydet.task_modules.windows import Windows

if TYPE_CHECKING:
    from tinydet.task_modules.simota import SimOTAAssigner

INF = 1e5  # added for priors outside an object or far from its center, as in mmdet
EPS = 1e-7  # of the logarithm, as in mmdet


class Costs:
    """Costs of ``N`` candidate priors and ``M`` objects, computed on demand."""

    def __init__(
        self, assigner: SimOTAAssigner, pred: InstanceData, objects: Tensor, labels: Tensor
    ) -> None:
        self.assigner, self.pred, self.objects, self.labels = assigner, pred, objects, labels
        # The loss reports a NaN and stops the training. Here BCE would fail first, on a GPU by an
        # assertion that ends the process.
        scores = pred.scores.float().nan_to_num(0)
        self.class_cost = pred.scores.new_zeros(scores.shape)  # (N, classes)
        with torch.autocast(scores.device.type, enabled=False):
            for label in labels.unique():
                one_hot = F.one_hot(label, scores.shape[1]).to(scores).expand_as(scores)
                cost = F.binary_cross_entropy(scores, one_hot, reduction="none").sum(-1)
                self.class_cost[:, label] = cost.to(self.class_cost.dtype)

    def of_pairs(self, row: Tensor, gt: Tensor) -> tuple[Tensor, Tensor]:
        """Return costs and overlaps of pairs, ``(P,)``, without ``INF`` for priors outside."""
        boxes, objects = self.pred.bboxes.index_select(0, row), self.objects.index_select(0, gt)
        overlap = self.assigner.iou_calculator(boxes, objects, is_aligned=True)
        return self._sum(self.class_cost[row, self.labels[gt]], overlap), overlap

    def block(self, rows: slice | Tensor, columns: slice | Tensor) -> tuple[Tensor, Tensor]:
        """Return costs and overlaps of all pairs, ``(rows, columns)``."""
        own, pred, objects = self.assigner, self.pred[rows], self.objects[columns]
        overlap = own.iou_calculator(pred.bboxes, objects)
        inside, central = own.places(pred.priors[:, None], objects)
        cost = self._sum(self.class_cost[rows][:, self.labels[columns]], overlap)
        return cost + ~(inside & central) * INF, overlap

    def _sum(self, class_cost: Tensor, overlap: Tensor) -> Tensor:
        own = self.assigner
        return class_cost * own.cls_weight - torch.log(overlap + EPS) * own.iou_weight

    def blocks(self, columns: Tensor) -> Iterator[Tensor]:
        """Split objects so that a table of their costs keeps the memory limit."""
        return iter(columns.split(max(1, self.assigner.pairs_at_once // len(self.pred))))

    def dynamic_k(self) -> Tensor:
        """Return the k of each object, ``(M,)``: the sum of its largest overlaps, at least 1."""
        count = min(self.assigner.candidate_topk, len(self.pred))
        calculator = self.assigner.iou_calculator
        if type(calculator) is BboxOverlaps2D and calculator.dtype is None:
            largest = self._largest_ious(count)
        else:
            columns = torch.arange(len(self.objects), device=self.objects.device)
            parts = self.blocks(columns)
            tables = (calculator(self.pred.bboxes, self.objects[part]) for part in parts)
            largest = torch.cat([table.topk(count, 0).values for table in tables], 1)
        return largest.sum(0).int().clamp(min=1).long()

    def _largest_ious(self, count: int) -> Tensor:
        """Return the largest IoUs of each object, ``(count, M)``, from overlapping pairs alone."""
        boxes = self.pred.bboxes
        largest = boxes.new_zeros(count, len(self.objects))
        boxes = boxes[boxes.isfinite().all(1)]
        if len(boxes):
            windows = Windows(boxes, IoU(), self.assigner.memory_limit_mb)
            floor = torch.zeros(len(self.objects), dtype=torch.float64, device=boxes.device)
            for gt, row, value in windows.pairs(self.objects, floor):
                best = best_per_object(gt, row, -value, count)
                gt = gt[best]
                largest[rank(gt), gt] = value[best].to(largest)
        return largest


def match(costs: Costs, gt: Tensor, row: Tensor) -> tuple[Tensor, Tensor]:
    """Return positive priors and their objects, ``(P,)``.

    Args:
        costs: Costs of the candidates.
        gt: ``(P,)`` objects of all pairs of an object and a candidate inside it and near its
            center.
        row: ``(P,)`` candidates of these pairs.
    """
    k = costs.dynamic_k()
    cost, _ = costs.of_pairs(row, gt)
    low = cost < INF  # below every other pair of the object, and of the prior
    gt, row, cost = gt[low], row[low], cost[low]
    enough = torch.bincount(gt, minlength=len(k)) >= k
    best = best_per_object(gt, row, cost, torch.where(enough, k, 0))
    claims = [(gt[best], row[best])]
    for part in costs.blocks((~enough).nonzero().squeeze(1)):
        if len(part):
            prior, column = _cheapest(costs.block(slice(None), part)[0], k[part]).unbind(1)
            claims.append((part[column], prior))
    claimant, claimed = (torch.cat(part) for part in zip(*claims, strict=True))
    owner = torch.zeros(len(costs.pred), dtype=torch.long, device=gt.device)
    owner[claimed] = claimant
    times = torch.bincount(claimed, minlength=len(owner))
    lowest = cost.new_full((len(owner),), INF).scatter_reduce_(0, row, cost, "amin")
    # A contested prior is assigned to the object of lowest cost, the first of equal ones.
    first = torch.full_like(owner, len(k))
    cheapest = cost == lowest[row]
    first.scatter_reduce_(0, row[cheapest], gt[cheapest], "amin")
    owner = torch.where((times > 1) & (lowest < INF), first, owner)
    apart = ((times > 1) & (lowest >= INF)).nonzero().squeeze(1)
    for part in apart.split(max(1, costs.assigner.pairs_at_once // len(k))):
        if len(part):
            owner[part] = costs.block(part, slice(None))[0].min(1).indices
    positive = times.nonzero().squeeze(1)
    return positive, owner[positive]


def _cheapest(cost: Tensor, k: Tensor) -> Tensor:
    """Return ``(row, column)`` of the k lowest costs of each column, the first of equal ones."""
    lowest = cost.topk(int(k.max()), 0, largest=False).values
    limit = lowest.gather(0, k[None] - 1)  # (1, M): the k-th lowest cost
    below, at = cost < limit, cost == limit
    left = k - below.sum(0)
    return (below | (at & (at.cumsum(0) <= left))).nonzero()
