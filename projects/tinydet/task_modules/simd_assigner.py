"""Label assignment by the similarity distance, which adapts to the data set.

Paper: Similarity Distance-Based Label Assignment for Tiny Object Detection, IROS 2024,
arXiv:2407.02394. m and n are the means of ``|dx| / (wg + wa)`` and ``|dy| / (hg + ha)`` over all
pairs of an object and an anchor of its image in the training set
(:mod:`tinydet.analysis.simd_constants`).
Ours: m and n are arguments and ``tools/analysis/simd_constants.py`` measures them; the released
code has those of VisDrone written into it. For the rest see
:mod:`tinydet.task_modules.threshold_assigner`.
"""

from __future__ import annotations

from tinydet.registry import TASK_UTILS
from tinydet.task_modules.similarities import build_similarity
from tinydet.task_modules.threshold_assigner import ThresholdAssigner


@TASK_UTILS.register_module()
class SimDAssigner(ThresholdAssigner):
    """:class:`ThresholdAssigner` by SimD.

    Args:
        m: Weight of horizontal offsets: ``python tools/analysis/simd_constants.py CONFIG``.
        n: Weight of vertical offsets.
        **kwargs: ``pos_iou_thr=0.7``, ``neg_iou_thr=0.3``, ``min_pos_iou=0.3``,
            ``match_low_quality=True`` of :class:`ThresholdAssigner`, and those of
            :class:`~tinydet.task_modules.bounded_assigner.BoundedAssigner`.

    Raises:
        ValueError: ``m`` or ``n`` is no positive number, a threshold is out of range.
    """

    def __init__(self, m: float, n: float, **kwargs) -> None:
        super().__init__(build_similarity(dict(type="simd", m=m, n=n)), **kwargs)
