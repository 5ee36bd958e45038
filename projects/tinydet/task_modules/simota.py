"""SimOTA, YOLOX's label assignment, in bounded memory.

Paper: YOLOX, arXiv:2107.08430, section 2. An object takes the priors of least cost, as many as its
10 largest overlaps add up to. mmdet builds the cost of every candidate prior and every object at
once, the classification part as ``(N, M, classes)``: 8 GB for 20,000 candidates, 2,000 objects and
8 classes with its temporaries.
Ours: that part depends on the object only by its class and is computed once a class; the rest
goes by blocks of objects.
"""

from __future__ import annotations

import torch
from mmdet.models.task_modules.assigners import AssignResult
from mmdet.models.task_modules.assigners import SimOTAAssigner as Upstream
from mmengine.structures import InstanceData
from torch import Tensor
from torch.nn import functional as F

from tinydet.registry import TASK_UTILS

INF = 1e5  # cost of a prior that is not inside the object and near its centre, as in mmdet
EPS = 1e-7  # of the logarithm, as in mmdet
BYTES_PER_PAIR = 96  # of a prior and an object, all temporaries together


@TASK_UTILS.register_module()
class SimOTAAssigner(Upstream):
    """:class:`mmdet.models.SimOTAAssigner` with the same result in bounded memory.

    ``iou_calculator=dict(type="tinydet.NWDOverlaps", constant=12.8)`` puts NWD in place of IoU.
    The results are equal wherever mmdet's is defined, which it is not at ties: of equal costs
    ``torch.topk`` takes any, and the costs of priors outside an object, all near 1e5, are often
    equal in float32. Here of equal ones the first prior goes first, whatever the memory. As in
    mmdet a prior that several objects want goes to the object of least cost, be that one of them
    or a third.

    Args:
        memory_limit_mb: Most memory for temporaries, MB; at least one object is compared at once.
        **kwargs: Everything mmdet's takes.

    Raises:
        ValueError: ``candidate_topk`` or ``memory_limit_mb`` is below 1.
    """

    def __init__(self, *args, memory_limit_mb: float = 256, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not self.candidate_topk >= 1:
            raise ValueError(f"SimOTAAssigner: candidate_topk={self.candidate_topk!r} is below 1")
        if not memory_limit_mb >= 1:
            raise ValueError(f"SimOTAAssigner: memory_limit_mb={memory_limit_mb!r} is below 1")
        self.pairs_at_once = int(memory_limit_mb * 2**20 / BYTES_PER_PAIR)

    @torch.no_grad()
    def assign(
        self,
        pred_instances: InstanceData,
        gt_instances: InstanceData,
        gt_instances_ignore: InstanceData | None = None,
        **kwargs,
    ) -> AssignResult:
        """Assign one image.

        Args:
            pred_instances: ``priors`` ``(N, 4)`` as centre and strides, px; ``bboxes`` ``(N, 4)``
                and ``scores`` ``(N, classes)``, predicted.
            gt_instances: ``bboxes`` ``(M, 4)``, px, and ``labels`` ``(M,)``.
            gt_instances_ignore: Not used, as in mmdet.
            **kwargs: Not used.
        """
        priors, objects = pred_instances.priors, gt_instances.bboxes
        labels = gt_instances.labels.long()
        overlaps = pred_instances.bboxes.new_zeros(len(priors))
        inds = torch.zeros(len(priors), dtype=torch.long, device=priors.device)
        of_priors = torch.full_like(inds, -1)
        result = AssignResult(len(objects), inds, overlaps, labels=of_priors)
        if len(priors) == 0 or len(objects) == 0:
            return result
        candidates = self._candidates(priors, objects).nonzero().squeeze(1)
        if len(candidates) == 0:
            return result
        table = _CostTable(self, pred_instances[candidates], objects, labels)
        prior, gt = table.match()
        overlaps = torch.full_like(overlaps, -INF, dtype=torch.float32)
        overlaps[candidates[prior]] = table.overlap(prior, gt).float()
        inds[candidates[prior]] = gt + 1
        of_priors[candidates[prior]] = labels[gt]
        return AssignResult(len(objects), inds, overlaps, labels=of_priors)

    def _candidates(self, priors: Tensor, objects: Tensor) -> Tensor:
        """Tell which priors lie inside an object, or near the centre of one."""
        near = torch.zeros(len(priors), dtype=torch.bool, device=priors.device)
        for part in objects.split(max(1, self.pairs_at_once // len(priors))):
            inside, central = self.places(priors, part)
            near |= (inside | central).any(1)
        return near

    def places(self, priors: Tensor, objects: Tensor) -> tuple[Tensor, Tensor]:
        """Tell which priors lie inside which objects, and which near their centres: ``(N, M)``."""
        at, stride = priors[:, None, :2], priors[:, None, 2:]
        centre = (objects[:, :2] + objects[:, 2:]) / 2.0
        reach = self.center_radius * stride
        inside = (at - objects[:, :2] > 0) & (objects[:, 2:] - at > 0)
        central = (at - (centre - reach) > 0) & (centre + reach - at > 0)
        return inside.all(-1), central.all(-1)


class _CostTable:
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

    def block(self, rows: slice | Tensor, columns: slice | Tensor) -> tuple[Tensor, Tensor]:
        """Return cost and overlap, ``(rows, columns)``."""
        own = self.assigner
        pred, objects = self.pred[rows], self.objects[columns]
        overlap = own.iou_calculator(pred.bboxes, objects)
        inside, central = own.places(pred.priors, objects)
        cost = self.class_cost[rows][:, self.labels[columns]] * own.cls_weight
        cost = cost - torch.log(overlap + EPS) * own.iou_weight
        return cost + ~(inside & central) * INF, overlap

    def overlap(self, prior: Tensor, gt: Tensor) -> Tensor:
        """Return the overlaps of pairs, ``(P,)``."""
        boxes, objects = self.pred.bboxes[prior], self.objects[gt]
        return self.assigner.iou_calculator(boxes, objects, is_aligned=True)

    def match(self) -> tuple[Tensor, Tensor]:
        """Return positive priors and their objects, ``(P,)``, by dynamic k."""
        count, at_once = len(self.pred), self.assigner.pairs_at_once
        most = min(self.assigner.candidate_topk, count)
        step = max(1, at_once // count)
        claims = []
        for start in range(0, len(self.objects), step):
            cost, overlap = self.block(slice(None), slice(start, start + step))
            wanted = overlap.topk(most, 0).values.sum(0).int().clamp(min=1)  # (columns,)
            prior, column = _cheapest(cost, wanted.long()).nonzero().unbind(1)
            claims.append(torch.stack([prior, column + start]))
        prior, gt = torch.cat(claims, 1)
        owner = torch.full((count,), -1, device=gt.device)
        owner[prior] = gt
        claimed, times = prior.unique(return_counts=True)
        for part in claimed[times > 1].split(max(1, at_once // len(self.objects))):
            owner[part] = self.block(part, slice(None))[0].min(1).indices
        return claimed, owner[claimed]


def _cheapest(cost: Tensor, wanted: Tensor) -> Tensor:
    """Mark the ``wanted`` ``(M,)`` least costs of each column of ``(N, M)``, the first of ties."""
    least = cost.topk(int(wanted.max()), 0, largest=False).values
    limit = least.gather(0, wanted[None] - 1)  # (1, M): the last cost that is still wanted
    below, at = cost < limit, cost == limit
    left = wanted - below.sum(0)
    return below | (at & (at.cumsum(0) <= left))
