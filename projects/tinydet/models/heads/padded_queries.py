"""A DETR head for images with different numbers of queries in one batch."""

from __future__ import annotations

from mmdet.models import DETRHead
from mmengine.structures import InstanceData
from torch import Tensor
from torch.nn import functional as F


class PaddedQueries:
    """Mix-in before a DETR head that matches an image's own queries only.

    Padding has no object and no weight in any loss, and does not count as a negative. The number of
    an image's queries stands in its meta information as ``num_queries``.
    """

    def _get_targets_single(
        self, cls_score: Tensor, bbox_pred: Tensor, gt_instances: InstanceData, img_meta: dict
    ) -> tuple[Tensor, ...]:
        """Return labels, boxes, their weights, and the indices of positives and negatives."""
        count = img_meta["num_queries"]
        labels, label_weights, boxes, box_weights, *indices = super()._get_targets_single(
            cls_score[:count], bbox_pred[:count], gt_instances, img_meta
        )
        padding = len(cls_score) - count
        return (
            F.pad(labels, (0, padding), value=self.num_classes),
            F.pad(label_weights, (0, padding)),
            F.pad(boxes, (0, 0, 0, padding)),
            F.pad(box_weights, (0, 0, 0, padding)),
            *indices,
        )


class ProposalLoss(PaddedQueries, DETRHead):
    """The losses of an encoder's proposals: a DETR head without layers of its own."""

    def _init_layers(self) -> None:
        pass


def with_counts(metas: list[dict], counts: list[int]) -> list[dict]:
    """Return the meta information of images with the number of queries of each."""
    return [dict(meta, num_queries=count) for meta, count in zip(metas, counts, strict=True)]
