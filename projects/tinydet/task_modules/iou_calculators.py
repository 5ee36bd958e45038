"""Gaussian distances as the ``iou_calculator`` of assigners of mmdet and mmyolo.

For assigners that compare boxes by IoU and have no counterpart here: ATSS (arXiv:1912.02424),
SimOTA (arXiv:2107.08430), and others. Both pass priors or predictions first and objects second;
the order matters to :class:`KLDOverlaps` only.
"""

from __future__ import annotations

from abc import abstractmethod

from mmdet.structures.bbox import bbox_overlaps, get_box_tensor
from torch import Tensor

from tinydet.arguments import check_choice, check_number
from tinydet.registry import TASK_UTILS
from tinydet.task_modules import distances


class GaussianOverlaps:
    """A similarity of boxes with the interface of mmdet's ``BboxOverlaps2D``."""

    def __call__(
        self, bboxes1: Tensor, bboxes2: Tensor, mode: str = "iou", is_aligned: bool = False
    ) -> Tensor:
        """Compare boxes.

        Args:
            bboxes1: ``(P, 4)`` as x1, y1, x2, y2, px, or ``(P, 5)`` with scores, which are ignored.
            bboxes2: ``(Q, 4)`` or ``(Q, 5)``.
            mode: ``"iou"`` for the similarity, ``"iof"`` for the intersection over foreground of
                the areas, which assigners use for ignore regions.
            is_aligned: Compare pair by pair; P = Q.

        Returns:
            ``(P, Q)``, or ``(P,)`` if aligned; half precision is raised to float32.

        Raises:
            ValueError: The mode is unknown.
        """
        check_choice(self, "mode", mode, ("iou", "iof"))
        boxes, targets = (get_box_tensor(b).reshape(-1, b.shape[-1]) for b in (bboxes1, bboxes2))
        boxes, targets = boxes[:, :4], targets[:, :4]
        if mode == "iof":
            return bbox_overlaps(boxes, targets, mode, is_aligned)
        return self.similarity(boxes if is_aligned else boxes[:, None], targets)

    @abstractmethod
    def similarity(self, boxes: Tensor, targets: Tensor) -> Tensor:
        """Return similarities of boxes that broadcast against each other."""


@TASK_UTILS.register_module()
class NWDOverlaps(GaussianOverlaps):
    """:func:`tinydet.task_modules.distances.nwd`.

    Args:
        constant: C, px: the mean absolute object size of the data set; 12.8 for AI-TOD.
    """

    def __init__(self, constant: float) -> None:
        self.constant = distances.check_constant(self, constant)

    def similarity(self, boxes: Tensor, targets: Tensor) -> Tensor:
        return distances.nwd(boxes, targets, self.constant)


@TASK_UTILS.register_module()
class DotDOverlaps(NWDOverlaps):
    """:func:`tinydet.task_modules.distances.dotd`, with the constant of :class:`NWDOverlaps`."""

    def similarity(self, boxes: Tensor, targets: Tensor) -> Tensor:
        return distances.dotd(boxes, targets, self.constant)


@TASK_UTILS.register_module()
class KLDOverlaps(GaussianOverlaps):
    """:func:`tinydet.task_modules.distances.kld`; the second boxes are the objects."""

    def similarity(self, boxes: Tensor, targets: Tensor) -> Tensor:
        return distances.kld(boxes, targets)


@TASK_UTILS.register_module()
class WassersteinOverlaps(GaussianOverlaps):
    """:func:`tinydet.task_modules.distances.wasserstein`."""

    def similarity(self, boxes: Tensor, targets: Tensor) -> Tensor:
        return distances.wasserstein(boxes, targets)


@TASK_UTILS.register_module()
class SimDOverlaps(GaussianOverlaps):
    """:func:`tinydet.task_modules.distances.simd`.

    Args:
        m: Weight of horizontal offsets: ``python tools/analysis/simd_constants.py CONFIG``.
        n: Weight of vertical offsets.
    """

    def __init__(self, m: float, n: float) -> None:
        self.m, self.n = check_number(self, "m", m), check_number(self, "n", n)

    def similarity(self, boxes: Tensor, targets: Tensor) -> Tensor:
        return distances.simd(boxes, targets, self.m, self.n)
