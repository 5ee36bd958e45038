"""Label assignment by the normalized Wasserstein distance, and by others in its place.

Papers: A Normalized Gaussian Wasserstein Distance for Tiny Object Detection, arXiv:2110.13389;
Dot Distance for Tiny Object Detection in Aerial Images, CVPR Workshops 2021.
Ours: see :mod:`tinydet.task_modules.threshold_assigner`.

With C = 12.8 px the thresholds 0.7 and 0.3 are distances of 4.6 and 15.4 px. The smallest anchor of
scale 8 is 32 px wide, so no object below 10 px reaches 0.3: take a smaller scale.
"""

from __future__ import annotations

from tinydet.registry import TASK_UTILS
from tinydet.task_modules.arguments import check_choice
from tinydet.task_modules.similarities import build_similarity
from tinydet.task_modules.threshold_assigner import ThresholdAssigner


@TASK_UTILS.register_module()
class NWDAssigner(ThresholdAssigner):
    """:class:`ThresholdAssigner` by a Gaussian distance.

    Args:
        constant: C, px: the mean absolute object size of the data set; 12.8 for AI-TOD, 12.7 for
            AI-TOD-v2. ``"kld"`` and ``"wasserstein"`` have none.
        distance: ``"nwd"``, ``"dotd"``, ``"kld"`` or ``"wasserstein"``.
        **kwargs: ``pos_iou_thr=0.7``, ``neg_iou_thr=0.3``, ``min_pos_iou=0.3``,
            ``match_low_quality=True`` of :class:`ThresholdAssigner`, and those of
            :class:`~tinydet.task_modules.bounded_assigner.BoundedAssigner`.

    Raises:
        ValueError: Unknown distance, a constant or a threshold out of range.
    """

    def __init__(self, constant: float | None = None, *, distance: str = "nwd", **kwargs) -> None:
        check_choice("distance", distance, ("nwd", "dotd", "kld", "wasserstein"))
        super().__init__(build_similarity(distance, constant), **kwargs)
