"""Boxes on a map: corners by hand, the ring's direction, what the files hold, what has no place."""

import json

import numpy as np
import pytest
from affine import Affine

from tinydet.errors import InputError
from tinydet.inference.geo import (
    WGS84,
    Georeference,
    georeference,
    polygons,
    write_geojson,
    write_geopackage,
)

rasterio = pytest.importorskip("rasterio")
UTM = rasterio.crs.CRS.from_epsg(32617)
NORTH_UP = Affine(0.1, 0, 404_211.9, 0, -0.1, 3_285_102.9)  # 10 cm, as the NEON pictures


def raster(path, transform=NORTH_UP, crs=UTM):
    shape = dict(width=8, height=6, count=1, dtype="uint8")
    with rasterio.open(path, "w", driver="GTiff", transform=transform, crs=crs, **shape) as file:
        file.write(np.zeros((1, 6, 8), np.uint8))
    return path


def signed_area(ring):
    x, y = (ring - ring[0]).T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


def test_corners_by_hand(tmp_path):
    place = georeference(raster(tmp_path / "a.tif"))
    ring = polygons(np.array([[10, 20, 30, 60]]), place)[0]
    west, east, north, south = 404_212.9, 404_214.9, 3_285_100.9, 3_285_096.9
    expected = [[west, north], [west, south], [east, south], [east, north], [west, north]]
    np.testing.assert_allclose(ring, expected, atol=1e-6)


@pytest.mark.parametrize(
    "transform",
    [NORTH_UP, Affine(0.1, 0, 5, 0, 0.1, 7), Affine(0.08, -0.06, 5, -0.06, -0.08, 7)],
    ids=["north up", "south up", "rotated"],
)
def test_rings_are_closed_and_run_counterclockwise(transform):
    boxes = np.array([[0, 0, 3, 2], [10, 5, 11, 9.5]])
    rings = polygons(boxes, Georeference(transform, UTM))
    np.testing.assert_array_equal(rings[:, 0], rings[:, -1])
    for ring, box in zip(rings, boxes, strict=True):
        area = (box[2] - box[0]) * (box[3] - box[1]) * abs(transform.determinant)
        assert signed_area(ring) == pytest.approx(area)


def test_longitude_comes_first_and_agrees_with_rasterio():
    place = Georeference(NORTH_UP, UTM)
    ring = polygons(np.array([[0, 0, 8, 6]]), place, WGS84)[0]
    assert -82.1 < ring[0, 0] < -81.9, "about 82 degrees west"
    assert 29.6 < ring[0, 1] < 29.8
    (x,), (y,) = rasterio.transform.xy(NORTH_UP, [6], [8], offset="ul")
    (longitude,), (latitude,) = rasterio.warp.transform(UTM, "EPSG:4326", [x], [y])
    np.testing.assert_allclose(ring[2], [longitude, latitude], atol=1e-9)


def test_no_box_gives_no_ring():
    assert polygons(np.zeros((0, 4)), Georeference(NORTH_UP, UTM), WGS84).shape == (0, 5, 2)


def test_a_world_file_and_a_crs_that_is_given(tmp_path):
    path = raster(tmp_path / "a.tif", None, None)
    (tmp_path / "a.tfw").write_text("0.1\n0\n0\n-0.1\n100.05\n199.95\n")  # middle of a pixel
    with pytest.raises(InputError, match="a.tif names no coordinate reference system.*--crs"):
        georeference(path)
    place = georeference(path, "EPSG:32617")
    assert place.crs == UTM
    np.testing.assert_allclose(place.transform[:6], (0.1, 0, 100, 0, -0.1, 200))


def test_what_has_no_place_or_two(tmp_path):
    bare = raster(tmp_path / "bare.tif", None, None)
    with pytest.raises(InputError, match="bare.tif is not georeferenced"):
        georeference(bare)
    whole = raster(tmp_path / "whole.tif")
    with pytest.raises(InputError, match="--crs EPSG:4326 contradicts .*whole.tif.*EPSG:32617"):
        georeference(whole, "EPSG:4326")
    with pytest.raises(InputError, match="--crs EPSG:1 is no CRS"):
        georeference(whole, "EPSG:1")


def test_geojson_is_that_of_rfc_7946(tmp_path):
    rings = polygons(np.array([[0, 0, 8, 6], [1, 1, 2, 2]]), Georeference(NORTH_UP, UTM), WGS84)
    write_geojson(tmp_path / "a.geojson", rings, [dict(name="Bäume", score=0.5), dict(score=0.25)])
    read = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    assert set(read) == {"type", "features"}, "RFC 7946 has no member crs"
    assert read["features"][0]["properties"] == dict(name="Bäume", score=0.5)
    coordinates = np.array(read["features"][1]["geometry"]["coordinates"])
    np.testing.assert_allclose(coordinates, rings[1:2], atol=5e-10)
    write_geojson(tmp_path / "none.geojson", rings[:0], [])
    assert json.loads((tmp_path / "none.geojson").read_text())["features"] == []


def test_a_layer_for_each_crs(tmp_path):
    raw = pytest.importorskip("pyogrio.raw")
    path = tmp_path / "a.gpkg"
    found = [
        (place, polygons(np.array([[0, 0, 8, 6]]), place), [dict(file=name, score=0.5)])
        for name, epsg in (("a", 32617), ("b", 32618), ("c", 32617))
        for place in [Georeference(NORTH_UP, rasterio.crs.CRS.from_epsg(epsg))]
    ]
    for _ in range(2):  # the second run replaces the file
        write_geopackage(path, found)
    meta, _, geometry, (files, scores) = raw.read(path, layer="detections EPSG:32617")
    assert meta["crs"] == "EPSG:32617"
    assert (files.tolist(), scores.tolist()) == (["a", "c"], [0.5, 0.5])
    shapely = pytest.importorskip("shapely")
    assert shapely.from_wkb(geometry[0]).bounds == pytest.approx(
        (404_211.9, 3_285_102.3, 404_212.7, 3_285_102.9)
    )
    assert len(raw.read(path, layer="detections EPSG:32618")[2]) == 1
    write_geopackage(path, found[:1])
    assert len(raw.read(path, layer="detections")[2]) == 1
