"""Label assignment by the normalized Wasserstein distance.

Paper: A Normalized Gaussian Wasserstein Distance for Tiny Object Detection, arXiv:2110.13389.
Ours: see :mod:`tinydet.task_modules.threshold_assigner`.

With C = 12.8 px the thresholds 0.7 and 0.3 are distances of 4.6 and 15.4 px. The smallest anchor of
scale 8 is 32 px wide, so no object below 10 px reaches 0.3: use a smaller scale.
"""

from __future__ import annotations

from tinydet.arguments import warn_renamed
from tinydet.registry import TASK_UTILS
from tinydet.task_modules.threshold_assigner import ThresholdAssigner


@TASK_UTILS.register_module()
class NWDAssigner(ThresholdAssigner):
    """:class:`ThresholdAssigner` by NWD.

    Args:
        constant: C, px: the mean absolute object size of the data set; 12.8 for AI-TOD, 12.7 for
            AI-TOD-v2.
        **kwargs: ``pos_iou_thr=0.7``, ``neg_iou_thr=0.3``, ``min_pos_iou=0.3``,
            ``match_low_quality=True`` of :class:`ThresholdAssigner`, and those of
            :class:`~tinydet.task_modules.bounded_assigner.BoundedAssigner`.

    Raises:
        ValueError: ``constant`` or a threshold is out of range.
    """

    def __init__(self, constant: float | None = None, **kwargs) -> None:
        distance = kwargs.pop("distance", "nwd")
        if distance != "nwd":
            warn_renamed(f"NWDAssigner({distance=})", f"ThresholdAssigner({distance=})")
        super().__init__(distance, constant, **kwargs)
