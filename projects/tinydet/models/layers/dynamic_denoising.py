"""DINO's denoising queries beside a number of queries that changes from batch to batch.

Paper: DINO, arXiv:2203.03605; dynamic in D3Q, JSTARS 18, 2025. An image with fewer objects than
another of its batch gets padding in each denoising group, which mmdet's DINO trains as background
and lets the image's own denoising queries see. Here padding is told apart.
"""

from __future__ import annotations

from typing import NamedTuple

from mmdet.models.layers import CdnQueryGenerator
from mmdet.structures import SampleList
from torch import Tensor

from tinydet.models.layers.query_padding import first_of


class DenoisingQueries(NamedTuple):
    """Denoising queries of a batch.

    Attributes:
        content: ``(B, D, C)``.
        boxes: ``(B, D, 4)`` before the sigmoid.
        hidden: ``(D + Q, D + Q)``, True where a query must not see another.
        valid: ``(B, D)``, False for padding.
        meta: What mmdet's head needs to know of the groups.
    """

    content: Tensor
    boxes: Tensor
    hidden: Tensor
    valid: Tensor
    meta: dict[str, int]


class DynamicDenoising(CdnQueryGenerator):
    """:class:`mmdet.models.layers.CdnQueryGenerator` for any number of matching queries."""

    def __call__(self, samples: SampleList, num_matching_queries: int) -> DenoisingQueries:
        """Return noisy objects as queries.

        Args:
            samples: With ``gt_instances`` and ``img_shape``.
            num_matching_queries: Q of this batch.
        """
        self.num_matching_queries = num_matching_queries
        content, boxes, hidden, meta = super().__call__(samples)
        objects = first_of([len(sample.gt_instances) for sample in samples], content)
        valid = objects.repeat(1, 2 * meta["num_denoising_groups"])
        return DenoisingQueries(content, boxes, hidden, valid, meta)
