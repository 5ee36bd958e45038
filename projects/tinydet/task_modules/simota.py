"""SimOTA, YOLOX's label assignment, in bounded memory.

Paper: YOLOX, arXiv:2107.08430, section 2. Each object is assigned its k priors of lowest cost,
where k is the sum of its 10 largest overlaps. mmdet computes the costs of all candidate priors and
all objects at once, the classification cost as ``(N, M, classes)``: 8 GB with the temporaries for
20,000 candidates, 2,000 objects and 8 classes.
Ours: the priors are sorted by place, and each object is compared with the priors near it; see
:mod:`tinydet.task_modules.dynamic_k` for the costs.
"""

from __future__ import annotations

import torch
from mmdet.models.task_modules.assigners import AssignResult
from mmdet.models.task_modules.assigners import SimOTAAssigner as Upstream
from mmengine.structures import InstanceData
from torch import Tensor

from tinydet.arguments import check_count, check_number
from tinydet.registry import TASK_UTILS
from tinydet.task_modules.cells import Cells, measure, octaves, span
from tinydet.task_modules.dynamic_k import INF, Costs, match

BYTES_PER_PAIR = 96  # temporaries of a prior and an object
BLOCK = 1 << 16  # highest number of pairs at once; more would leave a CPU's cache


@TASK_UTILS.register_module()
class SimOTAAssigner(Upstream):
    """:class:`mmdet.models.SimOTAAssigner` with the same result in bounded memory.

    ``iou_calculator=dict(type="tinydet.NWDOverlaps", constant=12.8)`` puts NWD in place of IoU.

    The results are equal wherever mmdet's result is defined. At ties it is not: ``torch.topk``
    returns any of equal costs, and the costs of priors outside an object, all near 1e5, are often
    equal in float32. Here the first prior of equal cost comes first, at any memory limit. As in
    mmdet, a prior claimed by several objects is assigned to the object of lowest cost among all
    objects, even if that object did not claim the prior.

    Args:
        memory_limit_mb: Memory limit for temporaries, MB; at least one object is compared at a
            time.
        **kwargs: All arguments of mmdet's class.

    Raises:
        ValueError: ``candidate_topk`` or ``memory_limit_mb`` is below 1.
    """

    compares = "predictions of an image"

    def __init__(self, *args, memory_limit_mb: float = 256, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        check_count(self, "candidate_topk", self.candidate_topk)
        self.memory_limit_mb = check_number(self, "memory_limit_mb", memory_limit_mb, "[1, inf)")
        self.pairs_at_once = min(BLOCK, int(memory_limit_mb * 2**20 / BYTES_PER_PAIR))

    @torch.no_grad()
    def assign(
        self,
        pred_instances: InstanceData,
        gt_instances: InstanceData,
        gt_instances_ignore: InstanceData | None = None,
        **kwargs,
    ) -> AssignResult:
        """Assign the priors of one image.

        Args:
            pred_instances: ``priors`` ``(N, 4)`` as center and strides, px; ``bboxes`` ``(N, 4)``
                and ``scores`` ``(N, classes)``, predicted.
            gt_instances: ``bboxes`` ``(M, 4)``, px, and ``labels`` ``(M,)``.
            gt_instances_ignore: Unused, as in mmdet.
            **kwargs: Unused.
        """
        priors, objects = pred_instances.priors, gt_instances.bboxes
        labels = gt_instances.labels.long()
        overlaps = pred_instances.bboxes.new_zeros(len(priors))
        inds = torch.zeros(len(priors), dtype=torch.long, device=priors.device)
        prior_labels = torch.full_like(inds, -1)
        result = AssignResult(len(objects), inds, overlaps, labels=prior_labels)
        if len(priors) == 0 or len(objects) == 0:
            return result
        near, gt, prior = self._near(priors, objects)
        candidates = near.nonzero().squeeze(1)
        if len(candidates) == 0:
            return result
        costs = Costs(self, pred_instances[candidates], objects, labels)
        row, gt = match(costs, gt, (near.cumsum(0) - 1)[prior])
        prior = candidates[row]
        overlaps = torch.full_like(overlaps, -INF, dtype=torch.float32)
        overlaps[prior] = costs.of_pairs(row, gt)[1].float()
        inds[prior] = gt + 1
        prior_labels[prior] = labels[gt]
        return AssignResult(len(objects), inds, overlaps, labels=prior_labels)

    def _near(self, priors: Tensor, objects: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Find the priors inside an object or near its center, and the pairs that are both.

        Returns:
            A mask of the priors, ``(N,)``, and the objects, ascending, and priors of the pairs,
            ``(P,)``.
        """
        kind = octaves(priors[:, 2:].amax(1))
        _, stride = span(priors[:, 2:].double(), kind, int(kind.max()) + 1)
        cells = Cells(priors[:, :2], kind)
        sorted_priors = priors[cells.order]
        step = cells.windows_at_once(self.pairs_at_once * BYTES_PER_PAIR)
        near = torch.zeros(len(priors), dtype=torch.bool, device=priors.device)
        found = [torch.zeros(2, 0, dtype=torch.long, device=priors.device)]
        for start in range(0, len(objects), step):
            center, size = measure(objects[start : start + step, None])
            # A little farther, because center and reach are rounded to float32 in places().
            reach = torch.maximum(size / 2, self.center_radius * stride) * 1.001
            for gt, place in cells.pairs(center - reach, center + reach, self.pairs_at_once):
                gt = gt + start
                inside, central = self.places(
                    sorted_priors.index_select(0, place), objects.index_select(0, gt)
                )
                prior = cells.order.index_select(0, place)
                near[prior[inside | central]] = True
                found.append(torch.stack([gt, prior])[:, inside & central])
        return near, *torch.cat(found, 1)

    def places(self, priors: Tensor, objects: Tensor) -> tuple[Tensor, Tensor]:
        """Return masks of the priors inside their objects, and of those near the objects' centers.

        Args:
            priors: ``(..., 4)`` centers and strides.
            objects: ``(..., 4)``, broadcast against ``priors``.
        """
        at, stride = priors[..., :2], priors[..., 2:]
        low, high = objects[..., :2], objects[..., 2:]
        center, reach = (low + high) / 2.0, self.center_radius * stride
        inside = (at - low > 0) & (high - at > 0)
        central = (at - (center - reach) > 0) & (center + reach - at > 0)
        return inside[..., 0] & inside[..., 1], central[..., 0] & central[..., 1]
