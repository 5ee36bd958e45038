"""Similarities for label assigners: their values, and the distance within which they reach a value.

An image has 10^8 pairs of a prior and an object, of which one in a thousand matters. Every distance
of :mod:`tinydet.task_modules.distances` is a sum of two costs: one of the sizes alone, and one that
grows with the offset of the centers. A lowest similarity sets a highest cost. The part of this cost
that the sizes leave bounds the offset along each axis; priors beyond are never compared.

    ======================  ====================  ================  ==========================
    similarity s            cost(s)               offset adds       so ``|dx|`` is at most
    ======================  ====================  ================  ==========================
    nwd, dotd               ``(C ln s)^2``        ``dx^2 + dy^2``   ``sqrt(rest)``
    wasserstein             ``1 / s - 1``         ``dx^2 + dy^2``   ``sqrt(rest)``
    kld                     ``1 / s - 1``         ``2 dx^2/wg^2``   ``wg sqrt(rest / 2)``
    simd                    ``-ln s``             ``m dx/(w + wg)`` ``rest (w + wg) / m``
    iou                     (below)                                 ``(w + wg) / 2``, less
                                                                    ``s max(w, wg)``
    ======================  ====================  ================  ==========================
"""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Callable

import torch
from mmdet.structures.bbox import bbox_overlaps
from torch import Tensor

from tinydet.arguments import check_choice, check_number, described
from tinydet.task_modules import distances

SLACK = 1e-6  # relative; bounds are widened by more than the rounding of a similarity


def shorten(value: Tensor) -> Tensor:
    """Round float64 to the 24 significant bits of float32, and keep the exponent of float64.

    Pairs that are equally similar by the equation are then equal here, on any device and in any
    order of evaluation. Unlike in float32, a similarity becomes 0 only beyond a distance of 700 C,
    so that an object much larger than all priors still has a most similar prior.
    (Veltkamp's splitting of a product: T. J. Dekker, Numerische Mathematik 18, 1971.)
    """
    scaled = value * (2**29 + 1)
    return scaled - (scaled - value)


class Similarity(metaclass=ABCMeta):
    """A similarity of priors and objects that falls with the distance of their centers."""

    @abstractmethod
    def aligned(self, priors: Tensor, gts: Tensor) -> Tensor:
        """Return the ``(P,)`` similarities of ``P`` pairs of boxes ``(P, 4)``, float64."""

    @abstractmethod
    def reach(self, floor: Tensor, gt_size: Tensor, low: Tensor, high: Tensor) -> Tensor:
        """Return the largest offset of the centers at which a similarity can reach a value.

        Args:
            floor: ``(...)`` the value, above 0, float64.
            gt_size: ``(..., 2)`` width and height of the object, px.
            low: ``(..., 2)`` smallest width and height of the priors, px.
            high: ``(..., 2)`` largest width and height of the priors, px.

        Returns:
            ``(..., 2)`` px along x and y; minus infinity where no offset reaches the value.
        """


class Gaussian(Similarity):
    """A similarity of :mod:`tinydet.task_modules.distances`, with its constants."""

    def __init__(self, function: Callable[..., Tensor], **constants: float) -> None:
        self.function = function
        self.constants = constants

    def aligned(self, priors: Tensor, gts: Tensor) -> Tensor:
        return shorten(self.function(priors.double(), gts.double(), **self.constants))

    def reach(self, floor: Tensor, gt_size: Tensor, low: Tensor, high: Tensor) -> Tensor:
        # The size between low and high that is nearest to the object's size costs least.
        size = torch.minimum(torch.maximum(gt_size, low), high)
        best = self.aligned(_centered(size), _centered(gt_size.expand_as(size)))
        rest = self.cost(floor * (1 - SLACK)) - self.cost(best)
        extent = self.extent(rest.clamp(min=0), gt_size, high)
        return torch.where((rest >= 0)[..., None], extent, -torch.inf)

    @abstractmethod
    def cost(self, similarity: Tensor) -> Tensor:
        """Return the cost of sizes and offsets at a similarity; infinite at 0."""

    @abstractmethod
    def extent(self, rest: Tensor, gt_size: Tensor, high: Tensor) -> Tensor:
        """Return the offsets ``(..., 2)`` along x and along y that alone cost ``rest``."""


class _Exponential(Gaussian):
    """NWD and DotD: ``exp(-distance / C)``."""

    def cost(self, similarity: Tensor) -> Tensor:
        return (self.constants["constant"] * similarity.log()) ** 2

    def extent(self, rest: Tensor, gt_size: Tensor, high: Tensor) -> Tensor:
        return rest.sqrt()[..., None].expand(*rest.shape, 2)


class _Wasserstein(_Exponential):
    def cost(self, similarity: Tensor) -> Tensor:
        return 1 / similarity - 1


class _KullbackLeibler(_Wasserstein):
    def extent(self, rest: Tensor, gt_size: Tensor, high: Tensor) -> Tensor:
        return gt_size.clamp(min=distances.EPS) * (rest / 2).sqrt()[..., None]


class _SimD(Gaussian):
    def cost(self, similarity: Tensor) -> Tensor:
        return -similarity.log()

    def extent(self, rest: Tensor, gt_size: Tensor, high: Tensor) -> Tensor:
        scale = torch.tensor([self.constants["m"], self.constants["n"]]).to(gt_size)
        return rest[..., None] * (gt_size + high).clamp(min=distances.EPS) / scale


class IoU(Similarity):
    """Intersection over union by mmdet's function, bit for bit, in the precision of the boxes."""

    def aligned(self, priors: Tensor, gts: Tensor) -> Tensor:
        return bbox_overlaps(gts, priors, is_aligned=True).double()

    def reach(self, floor: Tensor, gt_size: Tensor, low: Tensor, high: Tensor) -> Tensor:
        # Along each axis the overlap is at least the floor times the longer side. The size that
        # allows the largest offset is the nearest to the object's size, or the largest.
        share = floor[..., None] * (1 - SLACK)
        rooms = (
            (gt_size + size) / 2 - share * torch.maximum(gt_size, size)
            for size in (torch.minimum(torch.maximum(gt_size, low), high), high)
        )
        return torch.maximum(*rooms)


def _centered(size: Tensor) -> Tensor:
    return torch.cat([-size / 2, size / 2], -1)


# The values of an argument ``distance="…"``, and the constants of each.
SIMILARITIES: dict[str, tuple[Callable[..., Similarity], set[str]]] = {
    "nwd": (lambda **constants: _Exponential(distances.nwd, **constants), {"constant"}),
    "dotd": (lambda **constants: _Exponential(distances.dotd, **constants), {"constant"}),
    "wasserstein": (lambda: _Wasserstein(distances.wasserstein), set()),
    "kld": (lambda: _KullbackLeibler(distances.kld), set()),
    "simd": (lambda **constants: _SimD(distances.simd, **constants), {"m", "n"}),
    "iou": (IoU, set()),
}


def build_similarity(
    owner: object, distance: str | dict, constant: float | None = None
) -> Similarity:
    """Return the similarity that the arguments of an assigner name.

    Args:
        owner: The assigner, for the error.
        distance: ``"nwd"``, ``"dotd"`` (both with ``constant``), ``"kld"``, ``"wasserstein"``,
            ``"iou"``, or ``dict(type="simd", m=..., n=...)``.
        constant: C of NWD and DotD, px; the other distances ignore it.

    Raises:
        ValueError: The distance is unknown, or a constant is missing, unknown or not positive.
    """
    constants = dict(distance) if isinstance(distance, dict) else dict(type=distance)
    kind = constants.pop("type", None)
    check_choice(owner, "distance", kind, SIMILARITIES)
    build, wanted = SIMILARITIES[kind]
    if "constant" in wanted:
        constants.setdefault("constant", constant)
        constants["constant"] = distances.check_constant(owner, constants["constant"])
    if set(constants) != wanted:
        raise ValueError(
            f"{described(owner, 'distance', distance)}: {kind} takes "
            f"{sorted(wanted) or 'no constants'}, not {sorted(constants)}"
        )
    for name, value in constants.items():
        check_number(owner, name, value)
    return build(**constants)
