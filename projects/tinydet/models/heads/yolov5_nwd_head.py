"""YOLOv5's head with NWD in its matching of objects and anchors.

NWD: arXiv:2110.13389. YOLOv5 has no label assigner: an object goes to its cell and two neighbors,
on the anchors whose sides differ from its own by less than a factor of 4. The smallest anchor of
the COCO models is 10 x 13 px, so an object under 2.5 px wide is learned by nothing. Ours: an anchor
of similar size in pixels matches too.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from tinydet.models.heads.yolov5_pixel_head import YOLOv5PixelHead
from tinydet.registry import MODELS
from tinydet.task_modules.distances import check_constant, nwd


@MODELS.register_module()
class YOLOv5NWDHead(YOLOv5PixelHead):
    """:class:`YOLOv5PixelHead` where an anchor matches by its factor of 4 or by NWD.

    Args:
        constant: NWD's C, px.
        nwd_thr: An anchor matches an object when the NWD of the two, laid on one center, is at
            least that. At 0.5 and C = 12.8 px their sides may differ by 12.5 px each, or one alone
            by 17.7 px: an object whose side is less than a fourth of the anchor's gains it if that
            side is below 6 px. NWD cannot replace the factor of 4, because a large object is many
            pixels away from every anchor.
        **kwargs: Everything :class:`mmyolo.models.YOLOv5Head` takes.

    Raises:
        ValueError: ``constant`` is no positive number, ``nwd_thr`` outside (0, 1].
    """

    def __init__(self, *args, constant: float = 12.8, nwd_thr: float = 0.5, **kwargs) -> None:
        self.constant = check_constant(constant)
        if isinstance(nwd_thr, bool) or not 0 < nwd_thr <= 1:
            raise ValueError(f"YOLOv5NWDHead: nwd_thr={nwd_thr!r} is outside (0, 1]")
        self.nwd_thr = nwd_thr
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
        """Largest factor between the sides, as mmyolo's ``loss_by_feat`` compares it.

        During the loss it is ``(A, M)`` for the level at hand: infinite where anchor and object
        match, 0 where they do not.
        """
        if self._levels is None:
            return self._factor
        return torch.where(self.shape_match(self._levels.last), torch.inf, 0.0)

    @prior_match_thr.setter
    def prior_match_thr(self, factor: float) -> None:
        self._factor = factor
