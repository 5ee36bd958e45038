"""The page of ``tools/data/report.py``: what a data set has, and what that asks of a training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup

from tinydet.boxes import Boxes
from tinydet.data_tools import charts
from tinydet.data_tools.advice import TILES, Advice, overlap
from tinydet.data_tools.crowding import spacing, twice
from tinydet.data_tools.objects import Objects, objects_of
from tinydet.data_tools.page import Section, Share, code, facts, grid, picture, table, text
from tinydet.datasets.annotations import read_coco, some
from tinydet.datasets.boxes import BoxReport, clean_boxes, without_ignored
from tinydet.datasets.images import find_missing
from tinydet.datasets.loading import as_seen
from tinydet.datasets.palette import class_colors
from tinydet.datasets.statistics import RANGES
from tinydet.errors import InputError
from tinydet.slicing.geometry import tile_grid
from tinydet.visualization.draw import draw_boxes, draw_objects, zoomed
from tinydet.visualization.panels import densest_window, within

INPUTS = (416, 512, 640, 800, 1024, 1333, 1600, 2048)  # px of the longer side
TILE_INPUT = 1024  # px that a tile is enlarged to
EDGES = 2.0 ** np.arange(0, 10.5, 0.5)  # px of the histograms of sizes
RATIOS = 2.0 ** np.arange(-3, 3.25, 0.25)  # width over height
GAPS = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24])
WINDOW, SHOWN = 512, 640  # px of a picture's densest part, and of what the page shows of it
DENSEST, CROPS = 4, 24  # pictures, crops of faults
AROUND, CROP_SIDE = 12, 168  # px around a fault, px of its crop in the page
RED = np.array([[255, 70, 70]], np.uint8)


@dataclass(frozen=True)
class Data:
    """An annotation file.

    Attributes:
        name: Of the file.
        coco: As it was read.
        used: What a training learns of it.
        faults: Boxes that training drops or clips.
        objects: Of ``used``.
        folder: Of the pictures; None to show none.
    """

    name: str
    coco: dict
    used: dict
    faults: BoxReport
    objects: Objects
    folder: Path | None

    @classmethod
    def read(cls, file: str | Path, folder: str | Path | None) -> Data:
        """Read a file.

        Raises:
            InputError: The file cannot be read, has a picture without a name, or has no object that
                a training could learn; or the folder does not exist.
        """
        coco = read_coco(file)
        nameless = [
            row["id"] for row in coco["images"] if not isinstance(row.get("file_name"), str)
        ]
        if nameless:
            raise InputError(
                f"{file}: images {some(nameless)} have no 'file_name'; name their files"
            )
        if folder and not Path(folder).is_dir():
            raise InputError(
                f"--images {folder} is no folder; name the one that file names start from"
            )
        cleaned, faults = clean_boxes(coco, file)
        used = without_ignored(cleaned)
        if not used["annotations"]:
            raise InputError(
                f"{file} has no object to report on; check it with tools/data/check.py"
            )
        folder = Path(folder) if folder else None
        return cls(Path(file).name, coco, used, faults, objects_of(used), folder)

    def pixels(self, place: int) -> np.ndarray:
        """Return ``(H, W, 3)`` RGB of a picture."""
        return as_seen(self.folder / self.used["images"][place]["file_name"])


def sections(
    data: Data,
    other: Data | None,
    seen: Objects,
    advices: Sequence[Advice],
    found: Boxes | None = None,
) -> Iterator[Section]:
    """Yield the sections of the page.

    Args:
        data: The training set.
        other: The validation set.
        seen: The objects of ``data`` in px of the network input.
        advices: For the training set.
        found: Detections in the training set's pictures.
    """
    yield _overview(data)
    yield Section(
        "Advice", [_advice(one) for one in advices], "For the sizes in the network input."
    )
    yield _sizes(data, seen)
    yield _shapes(data)
    yield _crowding(data)
    if data.folder:
        yield _densest(data, found)
    yield _faults(data)
    if other:
        yield _splits(data, other)
    yield _resolutions(data)


def _overview(data: Data) -> Section:
    objects, counts = data.objects, data.objects.per_picture
    wide, high = objects.shapes.max(0)
    figures = [
        (f"{len(counts):,}", "pictures"),
        (f"{len(objects.boxes):,}", "objects"),
        (len(objects.classes), "classes"),
        (f"{wide:.0f} × {high:.0f}", "px, the largest picture"),
        (f"{np.median(objects.sizes):.1f}", "px, the median object, √(w · h)"),
        (f"{np.mean(objects.sizes < 16):.0%}", "of the objects below 16 px"),
        (f"{counts.mean():.1f}", f"objects a picture, at most {counts.max():,}"),
        (f"{(counts == 0).sum():,}", "pictures without objects"),
    ]
    classes = np.bincount(objects.class_ids, minlength=len(objects.classes))
    order = np.argsort(-classes, kind="stable")
    named = {objects.classes[place]: int(classes[place]) for place in order}
    edges = np.unique(np.linspace(0, counts.max() + 1, 16).round().astype(int))
    per_picture = charts.histogram(
        "Objects a picture", np.histogram(counts, edges)[0], edges, "objects"
    )
    return Section(
        "Overview", [facts(figures), grid(charts.bars("Objects by class", named), per_picture)]
    )


def _advice(advice: Advice) -> Markup:
    return Markup('<div class="advice"><h3>{}</h3>{}{}</div>').format(
        advice.title, text(advice.reason), code(advice.lines) if advice.lines else ""
    )


def shares(sizes: np.ndarray) -> list[float]:
    """Return the share of each of AI-TOD's size ranges."""
    places = np.searchsorted(list(RANGES.values()), sizes)
    return (np.bincount(places, minlength=len(RANGES)) / max(1, len(sizes))).tolist()


def _percents(values: Sequence[float]) -> list[Share]:
    return [Share(value) for value in values]


def _sizes(data: Data, seen: Objects) -> Section:
    objects = data.objects
    lines = {"pictures as they are": _cumulative(objects.sizes)}
    if not np.array_equal(seen.boxes, objects.boxes):
        lines["network input"] = _cumulative(seen.sizes)
    borders = {f"{border:g}": border for border in RANGES.values() if np.isfinite(border)}
    edges = size_edges(objects.sizes)
    counts = np.histogram(objects.sizes.clip(edges[0], edges[-1]), edges)[0]
    rows = []
    for place, name in [*enumerate(objects.classes), (None, "all")]:
        chosen = objects.sizes if place is None else objects.sizes[objects.class_ids == place]
        mean = [chosen.mean(), chosen.std()] if len(chosen) else ["", ""]
        rows.append([name, len(chosen), *mean, *_percents(shares(chosen))])
    return Section(
        "Sizes",
        [
            grid(
                charts.histogram("Sizes", counts, edges, "√(w · h), px", borders),
                charts.curves(
                    "Share of objects up to a size", lines, "√(w · h), px", True, 1.0, borders
                ),
            ),
            table(["class", "objects", "mean, px", "deviation", *_ranges()], rows),
        ],
        "√(w · h) in pixels, with the ranges of AI-TOD; a border belongs to the lower range.",
    )


def size_edges(*sizes: np.ndarray) -> np.ndarray:
    """Return the edges of a histogram of sizes, half an octave apart, up to the largest."""
    last = np.searchsorted(EDGES, max(part.max() for part in sizes))
    return EDGES[: max(10, last) + 1]


def _ranges() -> list[str]:
    """Return the names of the size ranges with their borders."""
    lows = [0, *RANGES.values()]
    return [
        f"{name}, {low:g}–{high:g}" if np.isfinite(high) else f"{name}, over {low:g}"
        for low, (name, high) in zip(lows, RANGES.items(), strict=False)
    ]


def _cumulative(sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return 100 points of the distribution of sizes."""
    share = np.linspace(0, 1, 100)
    return np.quantile(sizes, share).clip(0.5), share


def _shapes(data: Data) -> Section:
    objects = data.objects
    ratio = objects.sides[:, 0] / objects.sides[:, 1]
    counts = np.histogram(ratio.clip(RATIOS[0], RATIOS[-1]), RATIOS)[0]
    own = objects.shapes[objects.picture]
    columns = 24
    rows = int(np.clip(columns * objects.shapes[:, 1].mean() / objects.shapes[:, 0].mean(), 8, 32))
    x, y = (objects.centered[:, :2] / own).T
    places = np.histogram2d(y, x, (rows, columns), ((0, 1), (0, 1)))[0]
    return Section(
        "Shapes and places",
        [
            grid(
                charts.histogram("Aspect ratios", counts, RATIOS, "width / height", {"1": 1}),
                charts.heat(
                    "Places of the centers",
                    places,
                    f"All pictures laid over each other; the fullest cell has {places.max():,.0f} "
                    "objects.",
                ),
            )
        ],
    )


def _crowding(data: Data) -> Section:
    gaps = spacing(data.objects)
    near = np.mean(gaps < 1)
    counts = np.histogram(gaps[np.isfinite(gaps)].clip(0, GAPS[-1]), GAPS)[0]
    ids = data.objects.per_picture
    order = np.argsort(-ids, kind="stable")[:10]
    names = [[data.used["images"][place]["file_name"], ids[place]] for place in order]
    return Section(
        "Crowding",
        [
            text(
                f"{near:.1%} of the objects have a neighbor whose center is less than one object "
                "size away. NMS by IoU and pooled labels are hard on these."
            ),
            grid(
                charts.histogram("Distance to the nearest center", counts, GAPS, "object sizes"),
                table(["fullest pictures", "objects"], names),
            ),
        ],
    )


def _densest(data: Data, found: Boxes | None) -> Section:
    parts = []
    counts = data.objects.per_picture
    for place in np.argsort(-counts, kind="stable")[:DENSEST]:
        image = data.used["images"][place]
        if find_missing([str(data.folder / image["file_name"])]):
            parts.append(text(f"{image['file_name']} does not exist in {data.folder}", "fault"))
            continue
        mine = data.objects.picture == place
        truth = Boxes(data.objects.boxes[mine], data.objects.class_ids[mine])
        pixels = data.pixels(place)
        shown = {f"{image['file_name']}: {counts[place]} objects": truth}
        if found is not None:
            boxes = _detected(data, found, image["id"])
            shown[f"{len(boxes)} detections from a score of 0.3"] = boxes
        parts += [
            picture(_crop(pixels, boxes, truth, data.objects.classes), words)
            for words, boxes in shown.items()
        ]
    return Section(
        "Densest pictures",
        [_legend(data.objects.classes), grid(*parts, least=440)],
        f"The fullest {WINDOW} px of the pictures with most objects, {DENSEST} at most.",
    )


def _legend(classes: Sequence[str]) -> Markup:
    items = zip(classes, class_colors(len(classes)).tolist(), strict=True)
    item = Markup('<li style="--color:rgb({},{},{})">{}</li>')
    return Markup('<ul class="legend swatches">{}</ul>').format(
        Markup("").join(item.format(*color, name) for name, color in items)
    )


def _detected(data: Data, found: Boxes, image_id: int, least: float = 0.3) -> Boxes:
    """Return the detections of a picture above a score, with labels for class ids."""
    ids = [item["id"] for item in data.used["categories"]]
    mine = found[(found.image_ids == image_id) & (found.scores >= least)]
    mine = mine[np.isin(mine.class_ids, ids)]
    return Boxes(mine.xyxy, np.searchsorted(ids, mine.class_ids), mine.scores)


def _crop(pixels: np.ndarray, boxes: Boxes, truth: Boxes, classes: Sequence[str]) -> np.ndarray:
    """Return the densest window of a picture with its boxes, in about 640 px."""
    height, width = pixels.shape[:2]
    size = (min(WINDOW, width), min(WINDOW, height))
    window = densest_window(truth.xyxy, size, (width, height))
    x1, y1, x2, y2 = window
    colors, nameless = class_colors(len(classes)), [""] * len(classes)
    inside = Boxes(within(boxes, window).moved(x1, y1).xyxy, within(boxes, window).class_ids)
    return draw_objects(pixels[y1:y2, x1:x2], inside, nameless, colors, max(1, SHOWN // max(size)))


def suspects(data: Data) -> Iterator[tuple[str, dict]]:
    """Yield ``(fault, annotation)`` of what a person should look at."""
    raw = {row["id"]: row for row in data.coco["annotations"]}
    for name, words in BoxReport.TRAINED.items():
        yield from ((words, raw[key]) for key in getattr(data.faults, name))
    rows, objects = data.used["annotations"], data.objects
    for _, second in twice(objects):
        yield "labeled twice", raw[rows[second]["id"]]
    for place in np.flatnonzero(objects.sides.min(1) < 2):
        yield "less than 2 px wide or high", raw[rows[place]["id"]]
    logs = np.log(objects.sizes)
    for label, name in enumerate(objects.classes):
        mine = np.flatnonzero(objects.class_ids == label)
        if len(mine) < 20:
            continue
        away = np.abs(logs[mine] - np.median(logs[mine]))
        limit = max(np.log(3), 4 * 1.4826 * np.median(away))
        for place in mine[away > limit]:
            yield f"of an unusual size for {name}", raw[rows[place]["id"]]


def _faults(data: Data) -> Section:
    kinds: dict[str, list[dict]] = {}
    for words, row in suspects(data):
        kinds.setdefault(words, []).append(row)
    lost = _missing(data)
    if not kinds:
        return Section("Label faults", [*lost, text("No rule found a fault in a label.")])
    rows = [
        [words, len(found), ", ".join(str(row["id"]) for row in found[:8])]
        for words, found in kinds.items()
    ]
    parts = [*lost, table(["boxes", "number", "annotation ids, the first eight"], rows)]
    if data.folder:
        each = max(2, CROPS // len(kinds))
        crops = [
            crop
            for words, found in kinds.items()
            for crop in _fault_crops(data, words, found[:each])
        ]
        parts.append(grid(*crops, least=150))
    return Section(
        "Label faults",
        parts,
        "Found by rules that take rare objects for faults, too: look before you mend.",
    )


def _missing(data: Data) -> list[Markup]:
    """Return a sentence on the pictures that do not exist, if there are some."""
    if not data.folder:
        return []
    names = [image["file_name"] for image in data.coco["images"]]
    lost = find_missing([str(data.folder / name) for name in names])
    words = f"{len(lost)} of {len(names)} pictures do not exist: {some(lost)}"
    return [text(words, "fault")] if lost else []


def _fault_crops(data: Data, words: str, rows: Sequence[dict]) -> Iterator[Markup]:
    """Yield a crop around each box that lies in an existing picture."""
    images = {image["id"]: image for image in data.used["images"]}
    for row in rows:
        image = images[row["image_id"]]
        box = (
            np.array(row["bbox"], float) if len(row.get("bbox") or ()) == 4 else np.full(4, np.nan)
        )
        path = data.folder / str(image["file_name"])
        if not np.isfinite(box).all() or find_missing([str(path)]):
            continue
        pixels = as_seen(path)
        box[2:] += box[:2]
        middle, side = (box[:2] + box[2:]) / 2, int(max(box[2:] - box[:2]) + 2 * AROUND)
        low = np.clip(middle - side / 2, 0, np.maximum(0, np.array(pixels.shape[1::-1]) - side))
        x, y = low.astype(int)
        crop = pixels[y : y + side, x : x + side]
        zoom = max(1, CROP_SIDE // side)
        drawn = draw_boxes(zoomed(crop, zoom), (box - [x, y, x, y])[None] * zoom, RED)
        yield picture(drawn, f"{row['id']}: {words}", lossless=True)


def _splits(data: Data, other: Data) -> Section:
    names = list(dict.fromkeys([*data.objects.classes, *other.objects.classes]))
    rows = []
    for name in names:
        row: list[object] = [name]
        for one in (data.objects, other.objects):
            mine = np.array([one.classes[label] == name for label in one.class_ids])
            row += [int(mine.sum()), Share(mine.mean()), *_mean(one.sizes[mine])]
        rows.append(row)
    both = {"train": data.objects, "val": other.objects}
    edges = size_edges(data.objects.sizes, other.objects.sizes)
    counts = {
        name: np.histogram(one.sizes.clip(edges[0], edges[-1]), edges)[0] / len(one.sizes)
        for name, one in both.items()
    }
    lines = {name: _cumulative(one.sizes) for name, one in both.items()}
    shared = {image["file_name"] for image in data.coco["images"]} & {
        image["file_name"] for image in other.coco["images"]
    }
    return Section(
        "Train against val",
        [
            text(
                f"{len(shared)} pictures are in both files by name.", "fault" if shared else "note"
            ),
            grid(
                charts.histogram("Sizes, shares", counts, edges, "√(w · h), px"),
                charts.curves("Share of objects up to a size", lines, "√(w · h), px", True, 1.0),
            ),
            table(
                [
                    "class",
                    *(
                        f"{one}: {what}"
                        for one in both
                        for what in ("objects", "share", "mean, px")
                    ),
                ],
                rows,
            ),
        ],
    )


def _mean(sizes: np.ndarray) -> list[object]:
    return [float(sizes.mean())] if len(sizes) else [""]


def _resolutions(data: Data) -> Section:
    objects = data.objects
    longest = objects.shapes.max(1)
    area = objects.shapes.prod(1).mean()
    head = ["median, px", *RANGES]
    inputs = [
        [
            side,
            *_at(objects, side / longest),
            float((side / longest) ** 2 @ objects.shapes.prod(1) / len(longest) / area),
        ]
        for side in INPUTS
    ]
    tiles = []
    for side in TILES:
        number, whole = tiled(objects, side)
        factor = np.full(len(longest), TILE_INPUT / side)
        tiles.append([side, *_at(objects, factor), number, Share(1 - whole)])
    return Section(
        "Input sizes and tiles",
        [
            table(
                ["longer side, px", *head, "pixels, times as many"],
                inputs,
                "Whole pictures, resized so that the longer side has a length.",
            ),
            table(
                ["tile, px", *head, "tiles a picture", "objects whole in none"],
                tiles,
                f"Tiles enlarged to {TILE_INPUT} px, with an overlap of {overlap(objects)} px, at "
                "most half a tile.",
            ),
        ],
        "The share of each size range after the resize. Enlarging invents no detail; it moves "
        "objects to levels whose cells are smaller than they.",
    )


def _at(objects: Objects, factors: np.ndarray) -> list[object]:
    """Return the median size and the shares of the size ranges after a resize, ``(P,)``."""
    sizes = objects.sizes * factors[objects.picture]
    return [float(np.median(sizes)), *_percents(shares(sizes))]


def tiled(objects: Objects, side: int) -> tuple[float, float]:
    """Return the tiles a picture and the share of objects that lie whole in some tile."""
    number, whole = 0, 0
    shape = objects.shapes[objects.picture]
    for width, height in np.unique(objects.shapes, axis=0):
        tiles = tile_grid(int(height), int(width), (side, side), min(overlap(objects), side // 2))
        number += len(tiles) * int((objects.shapes == (width, height)).all(1).sum())
        boxes = objects.boxes[(shape == (width, height)).all(1)]
        inside = np.zeros(len(boxes), bool)
        for x1, y1, x2, y2 in tiles:
            inside |= ((boxes >= [x1, y1, x1, y1]) & (boxes <= [x2, y2, x2, y2])).all(1)
        whole += int(inside.sum())
    return number / len(objects.shapes), whole / len(objects.boxes)
