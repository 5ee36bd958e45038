"""RSIoU: SIoU with one center distance, a corrected direction and focusing by the penalty.

Paper: LR-Net, CMC 85(2) 2025, doi 10.32604/cmc.2025.067763, Eq. 10-15. Each of the three parts has
a switch, because the paper's Table 4 ablates the parts; without all three the loss is SIoU
(arXiv:2205.12740).
The authors' release (winterscoming/LR-Net, ``bbox_iou``) trains with part 2 alone: SIoU's sum over
x and y, ``alpha = 1``, no focusing. The release also raises the IoU to alpha.
Ours: 1 in place of Eq. 11's constant 2; for what the paper leaves open, see
:mod:`tinydet.models.losses.focusing`.
"""

from __future__ import annotations

from torch import Tensor

from tinydet.arguments import check_number
from tinydet.models.losses import iou_terms as terms
from tinydet.models.losses.penalty_loss import PenaltyLoss
from tinydet.registry import MODELS


@MODELS.register_module()
class RSIoULoss(PenaltyLoss):
    r"""``1 - IoU + ((distance + shape) / 2 + eps)^alpha``, times a focusing factor.

    Args:
        center_distance: Part 1: the distance cost uses :math:`\rho_z` of the centers in place of
            SIoU's sum over x and y.
        corrected_angle: Part 2: steepness :math:`\gamma = \Lambda^2 + 1` in place of
            :math:`2 - \Lambda`, so that at equal distance a box at 45 degrees costs more than a
            box on an axis; in SIoU it costs less.
        focal: Part 3: exponent ``e`` of the factor :math:`IoU^e`: ``"angle"``
            (:math:`\Lambda^2 - 2`), ``"distance"`` (minus the distance cost of parts 1 and 2), a
            number, or ``None`` for no focusing.
        alpha: Exponent of the penalty; 0.5 is the paper's best, 1 leaves the penalty as it is.
        alpha_on_iou: Raise the IoU to alpha too, as in the release.
        constant: ``k`` of the distance cost of part 1, :math:`k - e^{-\gamma \rho_z}`. Eq. 11 has
            2, with which identical boxes have a loss. At ``alpha = 1`` the constant changes the
            value alone; at 0.5 also the slope, because a root is steep only near 0: a box of 10 px
            shifted by 1 px along an axis has a slope of 0.0450 per px with 1, 0.0030 with 2.
        iou_floor: Lower bound of the IoU in the factor, which is infinite at 0.
        focal_normalize: Divide the factors of a call by their mean, which keeps the size of the
            loss.
        eps: Keeps the slope of the root finite for equal and for disjoint boxes.
        **kwargs: See :class:`BoxLoss`.

    All terms are ratios: boxes may be in any unit.

    Raises:
        ValueError: ``focal`` is unknown, ``alpha`` or ``iou_floor`` is outside (0, 1], ``constant``
            is outside [1, 2], or is not 1 without ``center_distance``.
    """

    unit = "any"

    def __init__(
        self,
        center_distance: bool = True,
        corrected_angle: bool = True,
        focal: str | float | None = "angle",
        alpha: float = 0.5,
        alpha_on_iou: bool = False,
        constant: float = 1.0,
        iou_floor: float = 0.1,
        focal_normalize: bool = True,
        eps: float = 1e-7,
        **kwargs,
    ) -> None:
        super().__init__(
            focal=focal, iou_floor=iou_floor, focal_normalize=focal_normalize, **kwargs
        )
        check_number(self, "alpha", alpha, "(0, 1]")
        check_number(self, "constant", constant, "[1, 2]" if center_distance else "[1, 1]")
        self.center_distance = center_distance
        self.corrected_angle = corrected_angle
        self.alpha = alpha
        self.alpha_on_iou = alpha_on_iou
        self.constant = constant
        self.eps = eps

    def distance_cost(self, pairs: terms.BoxPairs) -> Tensor:
        angle = terms.angle_cost(pairs)
        gamma = angle**2 + 1 if self.corrected_angle else 2 - angle
        if self.center_distance:
            return terms.center_distance_cost(pairs, gamma, self.constant)
        return terms.axis_distance_cost(pairs, gamma)

    def reward(self, overlap: Tensor) -> Tensor:
        return self._powered(overlap) if self.alpha_on_iou else overlap

    def penalty(self, pairs: terms.BoxPairs) -> Tensor:
        return self._powered((self.distance_cost(pairs) + terms.shape_cost(pairs)) / 2)

    def _powered(self, value: Tensor) -> Tensor:
        return value if self.alpha == 1 else (value + self.eps) ** self.alpha
