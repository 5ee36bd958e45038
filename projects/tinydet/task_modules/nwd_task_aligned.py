"""YOLOv8's task-aligned assignment with NWD in place of IoU.

NWD: arXiv:2110.13389; the assignment: :mod:`tinydet.task_modules.task_aligned`. A prediction some
pixels beside a tiny object has an IoU of 0 and is never assigned; its NWD still ranks it.
"""

from __future__ import annotations

from torch import Tensor

from tinydet.registry import TASK_UTILS
from tinydet.task_modules.distances import check_constant, nwd
from tinydet.task_modules.similarities import build_similarity
from tinydet.task_modules.task_aligned import TaskAlignedAssigner


@TASK_UTILS.register_module()
class NWDTaskAlignedAssigner(TaskAlignedAssigner):
    r""":class:`TaskAlignedAssigner` with the overlap :math:`\exp(-W_2 / C)` (arXiv:2110.13389).

    YOLOv8 hands boxes to its assigner in pixels, so C means the same on every level.

    Args:
        constant: C, px: the mean absolute object size of the data set; 12.8 for AI-TOD.
        **kwargs: See :class:`TaskAlignedAssigner`; ``use_ciou`` has no effect.

    Raises:
        ValueError: ``constant`` is not a positive number.
    """

    def __init__(self, *args, constant: float = 12.8, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.constant = check_constant(self, constant)
        self.similarity = build_similarity(self, "nwd", self.constant)

    def overlap(self, boxes: Tensor, objects: Tensor) -> Tensor:
        return nwd(boxes, objects, self.constant)
