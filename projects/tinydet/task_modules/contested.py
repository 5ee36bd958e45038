"""The object that a predicted box overlaps most, found among the objects near the box."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from tinydet.task_modules.cells import Cells, measure, octaves, span
from tinydet.task_modules.matching import Owners
from tinydet.task_modules.similarities import Similarity
from tinydet.task_modules.windows import MARGIN

SLACK = 0.01  # relative to an overlap; more than the rounding of float32


class Boxes(NamedTuple):
    """Boxes of several images."""

    boxes: Tensor  # (P, 4) x1, y1, x2, y2, px, finite
    image: Tensor  # (P,)


def most_overlapped(
    predicted: Boxes,
    objects: Boxes,
    overlap: Callable[[Tensor, Tensor], Tensor],
    known_overlap: Tensor,
    similarity: Similarity,
    pairs_at_once: int,
) -> Tensor:
    """Return the object of the same image that each box overlaps most, the first of equal ones.

    Args:
        predicted: ``P`` boxes.
        objects: ``M`` boxes.
        overlap: Returns the overlaps of pairs of boxes.
        known_overlap: ``(P,)`` an overlap above 0 that each box has with some object.
        similarity: An upper bound of the overlap, which bounds the distance of the object.
        pairs_at_once: Highest number of pairs compared at once.

    Returns:
        ``(P,)`` indices of objects.
    """
    center, size = measure(objects.boxes)
    kind = octaves(size.amax(1))
    smallest, largest = span(size, kind, int(kind.max()) + 1)
    # Images are laid side by side, so far apart that few boxes meet boxes of another image.
    apart = center.new_tensor([2, 0]) * center.abs().max() + 1
    cells = Cells(center + apart * objects.image[:, None], kind)
    owners = Owners(len(predicted.boxes), center.device)
    step = cells.windows_at_once(pairs_at_once * 256)
    for start in range(0, len(predicted.boxes), step):
        part = slice(start, start + step)
        at, size = measure(predicted.boxes[part, None])
        floor = known_overlap[part, None].double() * (1 - SLACK)
        reach = similarity.reach(floor, size, smallest, largest) * (1 + MARGIN) + MARGIN
        at = at + apart * predicted.image[part, None, None]
        for box, place in cells.pairs(at - reach, at + reach, pairs_at_once):
            box, gt = box + start, cells.order.index_select(0, place)
            same = objects.image.index_select(0, gt) == predicted.image.index_select(0, box)
            same = same.nonzero().squeeze(1)
            box, gt = box.index_select(0, same), gt.index_select(0, same)
            value = overlap(predicted.boxes.index_select(0, box), objects.boxes.index_select(0, gt))
            owners.update(gt, box, value.double())
    return owners.gt
