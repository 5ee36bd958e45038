"""Where a picture lies on the Earth, and its detections as polygons on a map.

A picture is georeferenced by an affine transform from pixels to the coordinates of a coordinate
reference system (CRS). GDAL finds the transform in the file or in a world file beside it
(``.tfw``, ``.jgw``, ``.pgw``, ``.wld``), and the CRS in the file or in an ``.aux.xml``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tinydet.errors import InputError
from tinydet.slicing.raster import georeference as stated

if TYPE_CHECKING:
    from affine import Affine
    from rasterio.crs import CRS

WGS84 = "OGC:CRS84"  # longitude first, as RFC 7946 has it
EXTRA = "pip install -e '.[geo]'"


class Georeference(NamedTuple):
    """From pixels to a map.

    Attributes:
        transform: ``x = a column + b row + c``, ``y = d column + e row + f``; (0, 0) is the corner
            of the first pixel.
        crs: What x and y are.
    """

    transform: Affine
    crs: CRS


def georeference(path: str | Path, crs: str | None = None) -> Georeference:
    """Read where a picture lies.

    Args:
        path: The picture.
        crs: The CRS of a picture that does not name one, such as ``EPSG:32617``.

    Raises:
        InputError: rasterio is missing; the picture has no transform, or no CRS and none is given;
            ``crs`` is unknown, or differs from the picture's own.
    """
    own, transform = stated(path)
    if transform is None:
        raise InputError(
            f"{path} is not georeferenced: neither the file nor a world file beside it says where "
            "its pixels lie; GeoJSON and GeoPackage need one"
        )
    given = _known(crs) if crs else None
    if not own and not given:
        raise InputError(
            f"{path} names no coordinate reference system, so that its coordinates mean nothing "
            "on a map; say which by --crs, for example --crs EPSG:32617"
        )
    if own and given and own != given:
        raise InputError(f"--crs {crs} contradicts {path}, whose CRS is {own.to_string()}")
    return Georeference(transform, own or given)


def polygons(boxes: np.ndarray, place: Georeference, crs: str | None = None) -> np.ndarray:
    """Return boxes as closed rings on the map.

    Args:
        boxes: ``(N, 4)`` x1, y1, x2, y2 in pixels.
        place: Of their picture.
        crs: The CRS of the result; by default the picture's own.

    Returns:
        ``(N, 5, 2)`` x, y, counterclockwise, the first corner again at the end.
    """
    x1, y1, x2, y2 = np.asarray(boxes, float).reshape(-1, 4).T
    columns, rows = np.stack([x1, x1, x2, x2, x1], 1), np.stack([y1, y2, y2, y1, y1], 1)
    a, b, c, d, e, f = place.transform[:6]
    x, y = a * columns + b * rows + c, d * columns + e * rows + f
    if place.transform.determinant > 0:  # rows run north: the corners above run clockwise
        x, y = x[:, ::-1], y[:, ::-1]
    if crs is not None and len(x):
        from rasterio.warp import transform

        x, y = (
            np.reshape(values, columns.shape)
            for values in transform(place.crs, crs, x.ravel(), y.ravel())
        )
    return np.stack([x, y], -1)


def feature_collection(
    rings: Sequence[np.ndarray], properties: Sequence[dict[str, object]]
) -> dict[str, object]:
    """Return GeoJSON, RFC 7946: longitude and latitude in WGS 84, nine decimals (0.1 mm).

    Args:
        rings: ``(5, 2)`` each, longitude and latitude.
        properties: Of each.
    """
    features = [
        dict(
            type="Feature",
            geometry=dict(type="Polygon", coordinates=[np.round(ring, 9).tolist()]),
            properties=own,
        )
        for ring, own in zip(rings, properties, strict=True)
    ]
    return dict(type="FeatureCollection", features=features)


def write_geojson(path: Path, rings: np.ndarray, properties: Sequence[dict]) -> None:
    """Write :func:`feature_collection`, a feature a line."""
    collection = feature_collection(rings, properties)
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in collection["features"])
    text = f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'
    path.write_text(text, encoding="utf-8")


def write_geopackage(
    path: Path, found: Sequence[tuple[Georeference, np.ndarray, Sequence[dict]]]
) -> None:
    """Write a GeoPackage, one layer of polygons for each CRS among the pictures.

    Args:
        path: The file; an existing one is replaced.
        found: For each picture, where it lies, its ``(N, 5, 2)`` rings in its own CRS and the
            properties of each ring, whose keys are the same everywhere.

    Raises:
        InputError: pyogrio or shapely is missing.
    """
    try:
        import shapely
        from pyogrio.raw import write
    except ImportError as error:
        raise InputError(f"GeoPackage needs {error.name}: {EXTRA}") from None
    path.unlink(missing_ok=True)
    layers = defaultdict(list)
    for place, rings, properties in found:
        layers[place.crs.to_string()].append((rings, properties))
    for number, (crs, parts) in enumerate(layers.items()):
        rings = np.concatenate([rings for rings, _ in parts])
        properties = [own for _, listed in parts for own in listed]
        names = list(dict.fromkeys(key for own in properties for key in own))
        write(
            path,
            geometry=np.array(shapely.to_wkb(shapely.polygons(rings)), dtype=object),
            field_data=[np.array([own[name] for own in properties]) for name in names],
            fields=names,
            crs=crs,
            layer="detections" if len(layers) == 1 else f"detections {crs}",
            geometry_type="Polygon",
            driver="GPKG",
            append=number > 0,
        )


def _known(crs: str) -> CRS:
    from rasterio.crs import CRS
    from rasterio.errors import CRSError

    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise InputError(f"--crs {crs} is no CRS that PROJ knows ({error})") from None
