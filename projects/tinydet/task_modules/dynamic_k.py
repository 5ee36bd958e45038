"""YOLOX's dynamic k: what pairs of prior and object cost, and who gets which (arXiv:2107.08430).

mmdet builds tables of all candidate priors and all objects. But a prior that is inside an object
and near its center costs less than any that is not, so an object with enough of them needs no
others, and only overlapping predictions add to its k. The class part of a cost depends on the
object only by its class and is computed once a class. Whatever needs whole rows of the tables,
such as an object smaller than a stride that no prior is inside of, gets them a block at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from mmdet.models.task_modules import BboxOverlaps2D
from mmengine.structures import InstanceData
from torch import Tensor
from torch.nn import functional as F

from tinydet.task_modules.matching import most_similar, rank
from tinydet.task_modules.similarities import IoU
from tinydet.task_modules.windows import Windows

if TYPE_CHECKING:
    from tinydet.task_modules.simota import SimOTAAssigner

INF = 1e5  # cost of a prior that is not inside the object and near its center, as in mmdet
EPS = 1e-7  # of the logarithm, as in mmdet


class Costs:
    """Costs of candidate priors (``N``) and objects (``M``), computed where they are asked for."""

    def __init__(
        self, assigner: SimOTAAssigner, pred: InstanceData, objects: Tensor, labels: Tensor
    ) -> None:
        self.assigner, self.pred, self.objects, self.labels = assigner, pred, objects, labels
        # A NaN must reach the loss, where it stops the training; BCE would fail here, on a GPU by
        # an assertion that ends the process.
        scores = pred.scores.float().nan_to_num(0)
        self.class_cost = pred.scores.new_zeros(scores.shape)  # (N, classes)
        with torch.autocast(scores.device.type, enabled=False):
            for label in labels.unique():
                one_hot = F.one_hot(label, scores.shape[1]).to(scores).expand_as(scores)
                cost = F.binary_cross_entropy(scores, one_hot, reduction="none").sum(-1)
                self.class_cost[:, label] = cost.to(self.class_cost.dtype)

    def of_pairs(self, row: Tensor, gt: Tensor) -> tuple[Tensor, Tensor]:
        """Return costs and overlaps of pairs, ``(P,)``, as if each prior were inside its object."""
        boxes, objects = self.pred.bboxes.index_select(0, row), self.objects.index_select(0, gt)
        overlap = self.assigner.iou_calculator(boxes, objects, is_aligned=True)
        return self._sum(self.class_cost[row, self.labels[gt]], overlap), overlap

    def block(self, rows: slice | Tensor, columns: slice | Tensor) -> tuple[Tensor, Tensor]:
        """Return costs and overlaps, ``(rows, columns)``."""
        own, pred, objects = self.assigner, self.pred[rows], self.objects[columns]
        overlap = own.iou_calculator(pred.bboxes, objects)
        inside, central = own.places(pred.priors[:, None], objects)
        cost = self._sum(self.class_cost[rows][:, self.labels[columns]], overlap)
        return cost + ~(inside & central) * INF, overlap

    def _sum(self, class_cost: Tensor, overlap: Tensor) -> Tensor:
        own = self.assigner
        return class_cost * own.cls_weight - torch.log(overlap + EPS) * own.iou_weight

    def blocks(self, columns: Tensor) -> Iterator[Tensor]:
        """Cut objects such that a block of costs has few enough pairs."""
        return iter(columns.split(max(1, self.assigner.pairs_at_once // len(self.pred))))

    def wanted(self) -> Tensor:
        """Return how many priors each object takes, ``(M,)``: the sum of its largest overlaps."""
        most = min(self.assigner.candidate_topk, len(self.pred))
        calculator = self.assigner.iou_calculator
        if type(calculator) is BboxOverlaps2D and calculator.dtype is None:
            largest = self._largest_ious(most)
        else:
            columns = torch.arange(len(self.objects), device=self.objects.device)
            parts = self.blocks(columns)
            tables = (calculator(self.pred.bboxes, self.objects[part]) for part in parts)
            largest = torch.cat([table.topk(most, 0).values for table in tables], 1)
        return largest.sum(0).int().clamp(min=1).long()

    def _largest_ious(self, most: int) -> Tensor:
        """Return the ``(most, M)`` largest IoU of each object, from the pairs that overlap."""
        boxes = self.pred.bboxes
        largest = boxes.new_zeros(most, len(self.objects))
        boxes = boxes[boxes.isfinite().all(1)]
        if len(boxes):
            windows = Windows(boxes, IoU(), self.assigner.memory_limit_mb)
            floor = torch.zeros(len(self.objects), dtype=torch.float64, device=boxes.device)
            for gt, row, value in windows.pairs(self.objects, floor):
                gt, _, value = most_similar(gt, row, value, most)
                largest[rank(gt), gt] = value.to(largest)
        return largest


def match(costs: Costs, gt: Tensor, row: Tensor) -> tuple[Tensor, Tensor]:
    """Return positive priors and their objects, ``(P,)``.

    Args:
        costs: Of the candidates.
        gt: ``(P,)`` and
        row: ``(P,)``: all pairs of an object and a candidate inside it and near its center.
    """
    wanted = costs.wanted()
    cost, _ = costs.of_pairs(row, gt)
    less = cost < INF  # than any other pair of the object, and of the prior
    gt, row, cost = gt[less], row[less], cost[less]
    enough = torch.bincount(gt, minlength=len(wanted)) >= wanted
    claims = [_cheapest_pairs(gt, row, cost, torch.where(enough, wanted, 0))]
    for part in costs.blocks((~enough).nonzero().squeeze(1)):
        if len(part):
            prior, column = _cheapest(costs.block(slice(None), part)[0], wanted[part]).unbind(1)
            claims.append((part[column], prior))
    claimant, claimed = (torch.cat(part) for part in zip(*claims, strict=True))
    owner = torch.zeros(len(costs.pred), dtype=torch.long, device=gt.device)
    owner[claimed] = claimant
    times = torch.bincount(claimed, minlength=len(owner))
    least = cost.new_full((len(owner),), INF).scatter_reduce_(0, row, cost, "amin")
    # A contested prior goes to the object of least cost, of equal ones to the first.
    first = torch.full_like(owner, len(wanted))
    cheapest = cost == least[row]
    first.scatter_reduce_(0, row[cheapest], gt[cheapest], "amin")
    owner = torch.where((times > 1) & (least < INF), first, owner)
    apart = ((times > 1) & (least >= INF)).nonzero().squeeze(1)
    for part in apart.split(max(1, costs.assigner.pairs_at_once // len(wanted))):
        if len(part):
            owner[part] = costs.block(part, slice(None))[0].min(1).indices
    positive = times.nonzero().squeeze(1)
    return positive, owner[positive]


def _cheapest_pairs(gt: Tensor, row: Tensor, cost: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Return the ``wanted`` ``(M,)`` pairs of least cost of each object, the first of ties."""
    order = row.argsort()
    order = order[cost[order].argsort(stable=True)]
    order = order[gt[order].argsort(stable=True)]
    gt, row = gt[order], row[order]
    taken = rank(gt) < wanted[gt]
    return gt[taken], row[taken]


def _cheapest(cost: Tensor, wanted: Tensor) -> Tensor:
    """Return ``(row, column)`` of the ``wanted`` least costs of each column, the first of ties."""
    least = cost.topk(int(wanted.max()), 0, largest=False).values
    limit = least.gather(0, wanted[None] - 1)  # (1, M): the last cost that is still wanted
    below, at = cost < limit, cost == limit
    left = wanted - below.sum(0)
    return (below | (at & (at.cumsum(0) <= left))).nonzero()
