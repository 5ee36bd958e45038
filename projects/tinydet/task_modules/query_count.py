"""D3Q's number of queries: three for each object that the density counts.

Paper: Density-Aware DETR with Dynamic Query (D3Q), JSTARS 18, 2025.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from tinydet.arguments import check_count, check_number
from tinydet.registry import TASK_UTILS


@TASK_UTILS.register_module()
class DensityQueryCount:
    """Selects the best proposals: ``clamp(ratio * round(sum of density), minimum, maximum)``.

    Args:
        ratio: Queries an object.
        minimum: Least queries an image.

    Raises:
        ValueError: ``ratio`` is not positive, or ``minimum`` is not a number above 0.
    """

    def __init__(self, ratio: float = 3, minimum: int = 300) -> None:
        self.ratio = check_number(self, "ratio", ratio)
        self.minimum = check_count(self, "minimum", minimum)

    def __call__(
        self,
        scores: Sequence[Tensor],
        boxes: Sequence[Tensor],
        density: Sequence[Tensor],
        maximum: int,
    ) -> list[Tensor]:
        """Return the places of the queries among the proposals of each image, best first.

        Args:
            scores: ``(N_i, C)`` of each image.
            boxes: ``(N_i, 4)`` as cx, cy, w, h in units of the image; not used.
            density: ``(H_i, W_i)`` in [0, 1].
            maximum: Most queries an image; no image has fewer proposals.
        """
        return [
            of_image.amax(1).topk(self.count(map_of_image, maximum)).indices
            for of_image, map_of_image in zip(scores, density, strict=True)
        ]

    def count(self, density: Tensor, maximum: int) -> int:
        """Return the number of queries of an image with a density, ``(H, W)``."""
        queries = round(self.ratio * round(density.sum().item()))
        return min(max(queries, self.minimum), maximum)
