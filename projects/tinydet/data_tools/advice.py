"""What the sizes of a data set ask of a config: a line to paste, with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from mmengine.config import Config

from tinydet.analysis.simd_constants import MeanOffsets
from tinydet.data_tools.anchors.fitting import fit
from tinydet.data_tools.anchors.heads import head_of
from tinydet.data_tools.objects import Objects
from tinydet.datasets.statistics import mean_size
from tinydet.errors import InputError

WANTED = 16.0  # px of the median object at the input: the upper end of AI-TOD's "tiny"
LARGEST_INPUT = 1333  # px of the longer side that mmdet's configs train on one card
CELLS = 2.0  # cells of the finest level that an object covers, below which neighbors share a cell
TILES = (320, 512, 640, 800, 1024)
RARE = 100  # objects of a class below which its AP says little
ROOM = 1.5  # of max_per_img over the fullest picture
GAIN = 0.01  # of recall or mean similarity, below which anchors stay
PICTURES = 200  # that m and n of SimD are computed from

RESIZED = """\
train_pipeline, test_pipeline = _base_.train_pipeline, _base_.test_pipeline
for step in [*train_pipeline, *test_pipeline]:  # a mosaic: mmyolo_data.mosaics(({wide}, {high}))
    if "scale" in step:
        step.scale = ({wide}, {high})
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
"""
TILED = """\
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type="tinydet.SlicedDataset",
        dataset=_base_.train_dataloader.dataset,
        size={side},
        overlap={overlap},
    )
)
"""


class Advice(NamedTuple):
    """What to do, why, and the config lines for it."""

    title: str
    reason: str
    lines: str = ""


def advice(objects: Objects, config: Config | None = None) -> Iterator[Advice]:
    """Yield advice for objects in px of the network input.

    Args:
        objects: At least one.
        config: The config that will be trained, for its anchors; without one there is no advice
            on anchors and SimD.
    """
    yield from _input_size(objects)
    yield _strides(objects)
    yield _constant(objects)
    yield _detections(objects, config)
    if config is not None:
        yield from _anchors(objects, config)
    yield from _rare(objects)


def _input_size(objects: Objects) -> Iterator[Advice]:
    """Yield an input size, or tiles where pictures would become too large."""
    median = float(np.median(objects.sizes))
    longest = objects.shapes.max()
    factor = max(1.0, WANTED / median)
    wide, high = (32 * np.ceil(objects.shapes.max(0) * factor / 32)).astype(int).tolist()
    if factor == 1.0 and longest <= LARGEST_INPUT:
        yield Advice(
            "Input size: keep it",
            f"The median object has {median:.1f} px at the input, and pictures are at most "
            f"{longest:.0f} px long.",
        )
    elif longest * factor <= LARGEST_INPUT:
        yield Advice(
            f"Input size: {wide} x {high}, {factor:.1f} times as large",
            f"The median object has {median:.1f} px. At {WANTED:g} px its side is 4 cells of a "
            "stride of 4; enlarging costs time and invents no detail, so measure both.",
            RESIZED.format(wide=wide, high=high),
        )
    else:
        side, shared = tile_side(objects), overlap(objects)
        yield Advice(
            f"Tiles of {side} px",
            f"Pictures are up to {longest:.0f} px long, and the median object has {median:.1f} px; "
            f"in an input of {LARGEST_INPUT} px it has {median * LARGEST_INPUT / longest:.1f}. At "
            f"most 1 % of the objects are longer than the overlap of {shared} px, so that 99 of "
            "100 lie whole in some tile.",
            TILED.format(side=side, overlap=shared),
        )


def overlap(objects: Objects) -> int:
    """Return the overlap of tiles that keeps 99 of 100 objects whole, a multiple of 16 px."""
    return int(16 * np.ceil(np.percentile(objects.sides.max(1), 99) / 16))


def tile_side(objects: Objects) -> int:
    """Return the smallest usual side of a tile of which the overlap is at most a quarter."""
    return next((side for side in TILES if overlap(objects) <= side / 4), TILES[-1])


def _strides(objects: Objects) -> Advice:
    """Return which finest stride keeps two objects apart."""
    small = float(np.percentile(objects.sizes, 10))
    if small < 8 * CELLS:
        return Advice(
            "Strides: begin at P2 (4 px)",
            f"A tenth of the objects has less than {small:.1f} px, which is {small / 8:.1f} cells "
            f"of P3 (8 px) and {small / 4:.1f} of P2.",
            "strides=[4, 8, 16, 32, 64]  # FPN with start_level=0 and num_outs=5",
        )
    return Advice(
        "Strides: P3 (8 px) is fine enough",
        f"Nine of ten objects have more than {small:.1f} px, {small / 8:.1f} cells of P3.",
    )


def _constant(objects: Objects) -> Advice:
    constant = mean_size(objects.sizes)
    return Advice(
        f"NWD and DotD: C = {constant}",
        "The papers set C to the mean sqrt(w * h) of the training objects, here in px of the "
        f'input. "auto" computes it from the config\'s files; AI-TOD has 12.8 (here {constant}).',
        'constant="auto"',
    )


def _detections(objects: Objects, config: Config | None) -> Advice:
    """Return max_per_img and nms_pre from the fullest picture, as far as the config has less."""
    fullest = int(objects.per_picture.max())
    wanted = max(100, int(100 * np.ceil(fullest * ROOM / 100)))
    before = max(1000, 10 * wanted)
    least = dict(nms_pre=before, max_per_img=wanted)
    present = config.model.get("test_cfg") or {} if config else least
    if "rcnn" in present:
        first = dict(nms_pre=before, max_per_img=before)
        least = dict(rpn=first, rcnn=dict(max_per_img=wanted))
    raised = _raised(least, present) if config else least
    reason = f"The fullest picture has {fullest} objects. "
    if not raised:
        return Advice("Detections: keep max_per_img and nms_pre", f"{reason}The config has room.")
    return Advice(
        f"Detections: {wanted} a picture, from {before} candidates",
        f"{reason}A detector that may return fewer cannot find all; half as many again leave room "
        "for false ones, and ten candidates a detection for what NMS removes.",
        f"model = dict(test_cfg={_as_call(raised)})",
    )


def _raised(least: dict, present: dict) -> dict:
    """Return the settings of ``least`` that ``present`` has with a smaller value."""
    raised = {}
    for key in least.keys() & present.keys():
        if isinstance(least[key], dict):
            raised[key] = _raised(least[key], present[key] or {})
        elif present[key] < least[key]:
            raised[key] = least[key]
    return {key: raised[key] for key in least if raised.get(key)}


def _as_call(value: object) -> str:
    """Return nested dictionaries as a config writes them."""
    if not isinstance(value, dict):
        return str(value)
    return f"dict({', '.join(f'{key}={_as_call(one)}' for key, one in value.items())})"


def _anchors(objects: Objects, config: Config) -> Iterator[Advice]:
    """Yield fitted anchors and SimD's constants for the config's head, if it has anchors."""
    try:
        head = head_of(config)
        fitted = fit(objects.centered, head)
    except InputError as error:
        yield Advice("Anchors: none fitted", f"{error}.")
        return
    rule = (
        f"an anchor whose sides differ by less than a factor of {1 / head.threshold:g}"
        if head.by_ratio
        else f"an anchor of the grid with an IoU of at least {head.threshold:g}"
    )
    before, after = fitted.before, fitted.after
    found = f"{before.recall:.1%} of the objects have {rule}, the mean similarity is"
    if after.recall < before.recall or max(np.subtract(after, before)) < GAIN:
        yield Advice(
            f"Anchors: keep them, best possible recall {before.recall:.1%}",
            f"{found} {before.mean:.3f}. Fitted anchors reach {after.recall:.1%} and "
            f"{after.mean:.3f}.",
        )
    else:
        yield Advice(
            f"Anchors: best possible recall {before.recall:.1%} → {after.recall:.1%}, "
            f"mean similarity {before.mean:.2f} → {after.mean:.2f}",
            f"{found} {before.mean:.3f}. The anchors below, from k-means in square-root space and "
            f"genetic refinement, reach {after.recall:.1%} and {after.mean:.3f}.",
            fitted.fragment(),
        )
    offsets = MeanOffsets(head.generator)
    count = min(PICTURES, len(objects.shapes))
    for picture in np.linspace(0, len(objects.shapes) - 1, count).round().astype(int):
        boxes = torch.from_numpy(objects.boxes[objects.picture == picture])
        offsets.add(boxes, np.ceil(objects.shapes[picture, ::-1]).astype(int).tolist())
    if offsets.pairs:
        yield Advice(
            f"SimD: m = {offsets.m:.2f}, n = {offsets.n:.2f}",
            f"Mean offsets of all pairs of an object and an anchor in {count} pictures, weighed by "
            "their sizes (arXiv:2407.02394); they hold for this input size and these anchors.",
            f"m={offsets.m:.4f}, n={offsets.n:.4f}  # of tinydet.SimDAssigner",
        )


def _rare(objects: Objects) -> Iterator[Advice]:
    """Yield the classes that are too rare to learn."""
    counts = Counter(dict.fromkeys(objects.classes, 0))
    counts.update(objects.classes[index] for index in objects.class_ids)
    few = {name: count for name, count in counts.items() if count < RARE}
    if few:
        listed = ", ".join(f"{name} ({count})" for name, count in few.items())
        yield Advice(
            f"Rare classes: {len(few)} of {len(counts)}",
            f"Less than {RARE} objects: {listed}. Merge them, make regions to ignore of them, or "
            "label more; their AP will vary by points from seed to seed.",
        )
