"""The object that a predicted box overlaps most, found among those that are near enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from tinydet.task_modules.cells import Cells, measure, octaves, span
from tinydet.task_modules.matching import Owners
from tinydet.task_modules.similarities import Similarity
from tinydet.task_modules.windows import MARGIN

SLACK = 0.01  # of an overlap: more than float32 can be off


class Boxes(NamedTuple):
    """Boxes of several images."""

    boxes: Tensor  # (P, 4) x1, y1, x2, y2, px, finite
    image: Tensor  # (P,)


def most_overlapped(
    predicted: Boxes,
    objects: Boxes,
    overlap: Callable[[Tensor, Tensor], Tensor],
    least: Tensor,
    similarity: Similarity,
    pairs_at_once: int,
) -> Tensor:
    """Return the object of its image that each box overlaps most, of equal ones the first.

    Args:
        predicted: ``P`` boxes.
        objects: ``M`` boxes.
        overlap: Of pairs of boxes.
        least: ``(P,)`` an overlap above 0 that some object is known to reach.
        similarity: Not less than the overlap anywhere; bounds how far away the object can be.
        pairs_at_once: Most pairs to compare at once.

    Returns:
        ``(P,)`` indices of objects.
    """
    center, size = measure(objects.boxes)
    kind = octaves(size.amax(1))
    smallest, largest = span(size, kind, int(kind.max()) + 1)
    # Images lie side by side, too far from each other for most boxes to meet those of another.
    apart = center.new_tensor([2, 0]) * center.abs().max() + 1
    cells = Cells(center + apart * objects.image[:, None], kind)
    owners = Owners(len(predicted.boxes), center.device)
    step = cells.windows_at_once(pairs_at_once * 256)
    for start in range(0, len(predicted.boxes), step):
        part = slice(start, start + step)
        at, size = measure(predicted.boxes[part, None])
        floor = least[part, None].double() * (1 - SLACK)
        reach = similarity.reach(floor, size, smallest, largest) * (1 + MARGIN) + MARGIN
        at = at + apart * predicted.image[part, None, None]
        for box, place in cells.pairs(at - reach, at + reach, pairs_at_once):
            box, gt = box + start, cells.order.index_select(0, place)
            same = objects.image.index_select(0, gt) == predicted.image.index_select(0, box)
            same = same.nonzero().squeeze(1)
            box, gt = box.index_select(0, same), gt.index_select(0, same)
            value = overlap(predicted.boxes.index_select(0, box), objects.boxes.index_select(0, gt))
            owners.settle(gt, box, value.double())
    return owners.gt
