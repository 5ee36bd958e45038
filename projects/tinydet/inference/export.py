"""Write predictions as COCO results, CSV or YOLO text.

Each writer takes a folder, one :class:`Found` per image and the class names, and returns the path
of what is written. Images are named by their path relative to the folder that was searched.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from tinydet.inference.found import COLUMNS, Found
from tinydet.inference.geo import WGS84, georeference, write_geojson, write_geopackage
from tinydet.inference.numbering import Numbering, counted


def write_coco(
    out: Path, images: Sequence[Found], classes: Sequence[str], numbering: Numbering | None = None
) -> str:
    """Write COCO results to ``predictions.json``, and the names of their ids to ``images.json``.

    Image and category ids are those of ``numbering``, or count from 1 if it is None. Boxes are x,
    y, width and height in pixels.
    """
    ids = numbering or counted([image.name for image in images], classes)
    results = [
        dict(
            image_id=ids.images[image.name],
            category_id=ids.categories[name],
            bbox=[float(side) for side in box],
            score=float(score),
        )
        for image in images
        for name, box, score in zip(image.names, image.detections.xywh, image.scores, strict=True)
    ]
    files = [
        dict(
            id=ids.images[image.name],
            file_name=image.name,
            width=image.width,
            height=image.height,
        )
        for image in images
    ]
    categories = [dict(id=number, name=name) for name, number in ids.categories.items()]
    explained = json.dumps(dict(images=files, categories=categories), ensure_ascii=False)
    (out / "predictions.json").write_text(json.dumps(results), encoding="utf-8")
    (out / "images.json").write_text(explained, encoding="utf-8")
    return f"{out / 'predictions.json'} (image and category ids: {out / 'images.json'})"


def write_csv(out: Path, images: Sequence[Found], classes: Sequence[str]) -> str:
    """Write ``predictions.csv``: file, class, score and corners in pixels, a line per detection."""
    path = out / "predictions.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", *COLUMNS])
        for image in images:
            writer.writerows([image.name, *row] for row in image.rows())
    return str(path)


def write_yolo(out: Path, images: Sequence[Found], classes: Sequence[str]) -> str:
    """Write ``labels/``, with one text file per image, and ``labels/classes.txt``.

    Each detection is a line: class index, center x, center y, width, height and score. Coordinates
    are fractions of the image size.
    """
    folder = out / "labels"
    names = label_files([image.name for image in images])
    for image, name in zip(images, names, strict=True):
        scale = np.array([image.width, image.height])
        lines = []
        for box, label, score in zip(image.boxes, image.labels, image.scores, strict=True):
            center, extent = (box[:2] + box[2:]) / 2 / scale, (box[2:] - box[:2]) / scale
            numbers = " ".join(f"{value:.6f}" for value in (*center, *extent, score))
            lines.append(f"{label} {numbers}\n")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "classes.txt").write_text("\n".join(classes) + "\n", encoding="utf-8")
    return str(folder)


def label_files(names: Sequence[str]) -> list[str]:
    """Return the name of each image's text file: ``a.txt``, or ``a.jpg.txt`` beside ``a.png``.

    ``classes.jpg`` gets the long name too, because ``classes.txt`` lists the classes.
    """
    short = [str(PurePosixPath(name).with_suffix(".txt")) for name in names]
    count = Counter([*short, "classes.txt"])
    return [
        one if count[one] == 1 else f"{name}.txt" for one, name in zip(short, names, strict=True)
    ]


def write_geojson_file(
    out: Path, images: Sequence[Found], classes: Sequence[str], crs: str | None = None
) -> str:
    """Write ``predictions.geojson``, polygons in WGS 84 with file, class and score.

    Args:
        out: Folder.
        images: Each has a place on a map.
        classes: Unused; classes stand in the properties.
        crs: Of pictures that name none.
    """
    path = out / "predictions.geojson"
    rings = [image.on_map(WGS84, crs) for image in images]
    properties = [own for image in images for own in image.properties()]
    write_geojson(path, np.concatenate([np.zeros((0, 5, 2)), *rings]), properties)
    return str(path)


def write_geopackage_file(
    out: Path, images: Sequence[Found], classes: Sequence[str], crs: str | None = None
) -> str:
    """Write ``predictions.gpkg``, the same polygons in the CRS of each picture, a layer a CRS."""
    path = out / "predictions.gpkg"
    write_geopackage(
        path,
        [
            (georeference(image.path, crs), image.on_map(None, crs), image.properties())
            for image in images
        ],
    )
    return str(path)


WRITERS = {
    "coco": write_coco,
    "csv": write_csv,
    "yolo": write_yolo,
    "geojson": write_geojson_file,
    "gpkg": write_geopackage_file,
}
ON_MAP = ("geojson", "gpkg")
