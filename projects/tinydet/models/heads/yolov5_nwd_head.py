"""YOLOv5's head with NWD in the matching of objects and anchors.

NWD: arXiv:2110.13389. YOLOv5 has no label assigner: an object is assigned to its cell and two
neighboring cells, on the anchors whose sides differ from the object's sides by less than a factor
of 4. The smallest anchor of the COCO models is 10 x 13 px, so an object below 2.5 px of width is
not assigned. Ours: anchors of similar size in pixels match too.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from tinydet.arguments import check_number
from tinydet.models.heads.yolov5_pixel_head import YOLOv5PixelHead
from tinydet.registry import MODELS
from tinydet.task_modules.distances import check_constant, nwd


@MODELS.register_module()
class YOLOv5NWDHead(YOLOv5PixelHead):
    """:class:`YOLOv5PixelHead` whose anchors match by the factor of 4 or by NWD.

    Args:
        constant: NWD's C, px.
        nwd_thr: Lowest NWD of a matching anchor and object at the same center. At 0.5 and
            C = 12.8 px both sides may differ by 12.5 px, or one side alone by 17.7 px. So an
            anchor more than 4 times as long as a side of the object can match if that side is below
            6 px. NWD cannot replace the factor of 4, because the sides of large objects differ by
            many pixels from those of every anchor.
        **kwargs: All arguments of :class:`mmyolo.models.YOLOv5Head`.

    Raises:
        ValueError: ``constant`` is not a positive number, or ``nwd_thr`` is outside (0, 1].
    """

    def __init__(self, *args, constant: float = 12.8, nwd_thr: float = 0.5, **kwargs) -> None:
        self.constant = check_constant(self, constant)
        self.nwd_thr = check_number(self, "nwd_thr", nwd_thr, "(0, 1]")
        super().__init__(*args, **kwargs)

    def shape_match(self, level: int) -> Tensor:
        objects = F.pad(self._sizes, (2, 0))  # (M, 4): w, h as a box from the origin
        anchors = F.pad(self.priors_px[level], (2, 0))  # (A, 4)
        centered = [boxes - boxes[:, 2:].repeat(1, 2) / 2 for boxes in (objects, anchors)]
        near = nwd(centered[1][:, None], centered[0], self.constant) >= self.nwd_thr
        ratio = self._sizes / self.priors_px[level][:, None]
        return near | (torch.maximum(ratio, 1 / ratio).amax(-1) < self._factor)

    @property
    def prior_match_thr(self) -> float | Tensor:
        """The threshold on the factor between sides in mmyolo's ``loss_by_feat``.

        During the loss, a tensor ``(A, M)`` for the current level: infinite where anchor and
        object match, 0 elsewhere.
        """
        if self._levels is None:
            return self._factor
        return torch.where(self.shape_match(self._levels.last), torch.inf, 0.0)

    @prior_match_thr.setter
    def prior_match_thr(self, factor: float) -> None:
        self._factor = factor
