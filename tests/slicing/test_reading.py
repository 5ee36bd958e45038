"""Tiles of files against the arrays that were written into them."""

import contextlib
import sys

import cv2
import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from tinydet.datasets.loading import LoadImageFromFile, as_seen
from tinydet.datasets.pixels import spread
from tinydet.errors import InputError
from tinydet.slicing import open_picture, read_ahead, tile_grid, tile_pixels
from tinydet.slicing.raster import CACHE, georeference

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
RNG = np.random.default_rng(0)


def values(height=150, width=210, bands=3, kind="uint8", top=256):
    return RNG.integers(0, top, (bands, height, width)).astype(kind)


def written(path, data, **options):
    """Write ``(bands, H, W)`` by GDAL."""
    profile = {"driver": "GTiff", "dtype": data.dtype, "count": len(data), **options}
    with rasterio.open(path, "w", height=data.shape[1], width=data.shape[2], **profile) as file:
        file.write(data)
    return path


def tiles_of(path, size=64, overlap=16, **options):
    """Return the grid and the pixels of a file's tiles."""
    with contextlib.closing(open_picture(path, **options)) as picture:
        tiles = tile_grid(picture.height, picture.width, size, overlap)
        return tiles, list(read_ahead(picture, tiles, ahead=2))


@pytest.mark.parametrize(
    "options",
    [
        dict(blockysize=7),
        dict(tiled=True, blockxsize=32, blockysize=48, compress="deflate"),
        dict(BIGTIFF="YES", compress="lzw", blockysize=150),
        dict(interleave="band", photometric="RGB"),
        dict(driver="JP2OpenJPEG", QUALITY="100", REVERSIBLE="YES"),
    ],
    ids=lambda options: "-".join(map(str, options.values())),
)
def test_tiles_are_the_picture(tmp_path, options):
    data = values()
    path = written(tmp_path / "scene.tif", data, **options)
    tiles, found = tiles_of(path)
    for (x1, y1, x2, y2), pixels in zip(tiles, found, strict=True):
        np.testing.assert_array_equal(pixels, data[:, y1:y2, x1:x2].transpose(1, 2, 0))


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif"])
def test_one_decode_and_windows_agree(tmp_path, suffix):
    path = tmp_path / f"scene.{suffix}"
    cv2.imwrite(str(path), values().transpose(1, 2, 0))
    whole = as_seen(path)
    for (x1, y1, x2, y2), pixels in zip(*tiles_of(path), strict=True):
        np.testing.assert_array_equal(pixels, whole[y1:y2, x1:x2])


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_small_picture_is_padded_below_and_on_the_right(tmp_path, suffix):
    data = values(30, 40)
    path = tmp_path / f"small.{suffix}"
    cv2.imwrite(str(path), data.transpose(1, 2, 0)[..., ::-1])
    _, (pixels,) = tiles_of(path)
    assert pixels.shape == (64, 64, 3)
    np.testing.assert_array_equal(pixels[:30, :40], data.transpose(1, 2, 0))
    assert set(pixels[30:].ravel()) == set(pixels[:, 40:].ravel()) == {114}


@pytest.mark.parametrize("stretch", ["percentile", (1000, 3000)])
def test_16_bits_are_stretched_as_the_loader_does(tmp_path, stretch):
    """All tiles by one pair of values, those of the whole picture."""
    path = written(tmp_path / "deep.tif", values(600, 700, 3, "uint16", 4000), blockysize=16)
    whole = as_seen(path, [LoadImageFromFile(stretch=stretch)])
    for options in (dict(stretch=stretch), dict(transforms=[LoadImageFromFile(stretch=stretch)])):
        for (x1, y1, x2, y2), pixels in zip(*tiles_of(path, 300, **options), strict=True):
            np.testing.assert_array_equal(pixels, whole[y1:y2, x1:x2])


@pytest.mark.parametrize("stretch", ["percentile", (1000, 3000)])
def test_a_png_of_16_bits_is_seen_as_a_tiff_is(tmp_path, stretch):
    """As the values of a thermal camera are: 7000 + 8 v of a picture v of 8 bits."""
    data = 7000 + 8 * values(60, 70, 1, "uint16", 200)[0]
    paths = [tmp_path / f"deep.{suffix}" for suffix in ("png", "tif")]
    for path in paths:
        cv2.imwrite(str(path), data)
    low, high = np.percentile(data, (0.1, 99.9)) if stretch == "percentile" else stretch
    expected = np.rint(255 * np.clip((data - low) / (high - low), 0, 1))
    for path in paths:
        with contextlib.closing(open_picture(path, stretch=stretch)) as picture:
            pixels = picture.pixels(0, 0, 70, 60)
        np.testing.assert_array_equal(pixels[..., 1], expected)
    loader = LoadImageFromFile(stretch=stretch)
    np.testing.assert_array_equal(open_picture(paths[0], transforms=[loader]).image, pixels)
    other = LoadImageFromFile(stretch=(0, 1))
    seen = open_picture(paths[0], stretch=stretch, transforms=[other]).image
    np.testing.assert_array_equal(seen, pixels)
    assert other.stretch == (0, 1), "the config's loader stays as it is"


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bits_without_a_stretch_are_refused_in_one_sentence(tmp_path, suffix):
    path = tmp_path / f"deep.{suffix}"
    cv2.imwrite(str(path), values(9, 9, 1, "uint16", 4000)[0])
    with pytest.raises(InputError) as caught:
        open_picture(path)
    assert str(caught.value) == (
        f"{path} holds uint16 values, and a detector sees 8 bits; give stretch='percentile', or "
        "stretch=(low, high), the values that become black and white"
    )


def test_a_stretch_leaves_8_bits_as_they_are(tmp_path):
    path = tmp_path / "plain.png"
    cv2.imwrite(str(path), values(9, 9)[0])
    np.testing.assert_array_equal(
        open_picture(path, stretch="percentile").image, open_picture(path).image
    )
    with pytest.raises(InputError, match=r"stretch='wide' is neither 'auto' nor \(low, high\)"):
        open_picture(path, stretch="wide")


def test_no_data_does_not_move_the_stretch(tmp_path):
    data = values(64, 64, 1, "float32", 100)
    holed = data.copy()
    holed[:, :32] = -9999
    path = written(tmp_path / "holed.tif", holed, nodata=-9999)
    _, (pixels,) = tiles_of(path, stretch="percentile")
    ends = tuple(np.percentile(data[:, 32:], (0.1, 99.9)))
    np.testing.assert_array_equal(pixels[32:, :, 1], spread(data[0, 32:], ends))
    assert not pixels[:32].any()


def test_bands(tmp_path):
    data = values(64, 64, 5)
    path = written(tmp_path / "five.tif", data)
    for bands in ((5, 3, 1), (2,)):
        _, (pixels,) = tiles_of(path, bands=bands)
        np.testing.assert_array_equal(pixels[..., 0], data[bands[0] - 1])
        np.testing.assert_array_equal(pixels[..., 2], data[bands[-1] - 1])
    with pytest.raises(
        InputError, match=r"five.tif has 5 bands and no band 7, asked for by bands=\(7, 2"
    ):
        open_picture(path, bands=(7, 2, 1))
    with pytest.raises(InputError, match="no band 0"):
        open_picture(path, bands=(0, 1, 2))
    with pytest.raises(InputError, match=r"bands=\(1, 2\); write three of them"):
        open_picture(path, bands=(1, 2))
    with pytest.raises(InputError, match="does not say which are red, green and blue"):
        open_picture(path)


def test_alpha_is_left_out_and_said(tmp_path):
    data = values(64, 64, 4)
    path = written(tmp_path / "clear.tif", data, photometric="RGB", alpha="yes")
    drawn = tmp_path / "clear.png"
    cv2.imwrite(str(drawn), data[[2, 1, 0, 3]].transpose(1, 2, 0))
    for file in (path, drawn):
        picture = open_picture(file)
        (note,) = picture.notes
        assert note.startswith(f"{file} has an alpha band, which is left out")
        np.testing.assert_array_equal(
            tile_pixels(picture, (0, 0, 64, 64)), data[:3].transpose(1, 2, 0)
        )
    assert open_picture(path, bands=(4,)).notes == []


def test_bands_in_another_order_than_their_names(tmp_path):
    data = values(64, 64, 3)
    path = written(tmp_path / "bgr.tif", data)
    with rasterio.open(path, "r+") as file:
        file.colorinterp = (ColorInterp.blue, ColorInterp.green, ColorInterp.red)
    _, (pixels,) = tiles_of(path)
    np.testing.assert_array_equal(pixels, data[::-1].transpose(1, 2, 0))


def test_palettes_and_single_bits(tmp_path):
    numbers = values(64, 64, 1, top=4)
    path = written(tmp_path / "palette.tif", numbers)
    colors = RNG.integers(0, 256, (4, 3))
    with rasterio.open(path, "r+") as file:
        file.write_colormap(1, dict(enumerate(map(tuple, colors.tolist()))))
    _, (pixels,) = tiles_of(path)
    np.testing.assert_array_equal(pixels, colors[numbers[0]])
    path = written(tmp_path / "bits.tif", numbers // 2, nbits=1)
    np.testing.assert_array_equal(tiles_of(path)[1][0][..., 0], numbers[0] // 2 * 255)


def test_values_that_need_a_stretch(tmp_path):
    path = written(tmp_path / "deep.tif", values(64, 64, 1, "uint16"))
    with pytest.raises(InputError, match="holds uint16 values, and a detector sees 8 bits; give"):
        open_picture(path)
    with pytest.raises(InputError, match=r"stretch='wide' is neither 'auto' nor \(low, high\)"):
        open_picture(path, stretch="wide")
    waves = written(tmp_path / "waves.tif", values(64, 64, 1, "complex64"))
    with pytest.raises(InputError, match="complex64 values, of which no picture can be made"):
        open_picture(waves, stretch="percentile")


def test_a_damaged_file_is_read_where_it_can_be(tmp_path):
    data = values(256, 100, top=50)
    path = written(tmp_path / "torn.tif", data, blockysize=16, compress="deflate")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    tiles, found = tiles_of(path, 50, 0)
    good = [not isinstance(pixels, InputError) for pixels in found]
    assert good == sorted(good, reverse=True)
    assert 4 <= sum(good) < len(tiles) == 12
    for (x1, y1, x2, y2), pixels in zip(tiles, found, strict=True):
        if isinstance(pixels, InputError):
            assert f"torn.tif: the window x {x1}-{x2}, y {y1}-{y2} cannot be read (" in str(pixels)
        else:
            np.testing.assert_array_equal(pixels, data[:, y1:y2, x1:x2].transpose(1, 2, 0))


def test_files_that_cannot_be_opened(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"none.tif cannot be read \(No such file"):
        open_picture(tmp_path / "none.tif")
    (tmp_path / "stub.tif").write_bytes(b"II*\0nothing more")
    with pytest.raises(InputError, match="stub.tif cannot be opened by rasterio"):
        open_picture(tmp_path / "stub.tif")
    cv2.imwrite(str(tmp_path / "plain.png"), np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(InputError, match=r"bands=\(3, 2, 1\) is for TIFF and JPEG 2000 alone"):
        open_picture(tmp_path / "plain.png", bands=(3, 2, 1))
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(InputError, match=r"stub.tif.*needs rasterio.*pip install -e \.\[geo\]"):
        open_picture(tmp_path / "stub.tif")
    assert open_picture(tmp_path / "plain.png").width == 9


def test_strips_are_decoded_once(tmp_path, monkeypatch):
    """GDAL's memory holds a row of tiles, also of a picture that is wider than most."""
    kept = []
    env = rasterio.Env
    monkeypatch.setattr(rasterio, "Env", lambda **options: kept.append(options) or env(**options))
    path = tmp_path / "wide.tif"
    for width in (1000, 200_000):
        with rasterio.open(
            path, "w", "GTiff", width, 8, 3, dtype="uint8", sparse_ok=True, blockysize=1
        ):
            pass
        with contextlib.closing(open_picture(path)) as picture:
            assert not tile_pixels(picture, (990, 0, 1000, 8)).any()
    assert kept == [dict(GDAL_CACHEMAX=CACHE), dict(GDAL_CACHEMAX=1024 * 200_000 * 3)]


def test_georeference(tmp_path):
    place = rasterio.Affine(0.1, 0, 404211.9, 0, -0.1, 3285142.9)
    path = written(tmp_path / "place.tif", values(), crs="EPSG:32617", transform=place)
    crs, transform = georeference(path)
    assert crs.to_epsg() == 32617
    assert transform == place
    cv2.imwrite(str(tmp_path / "drawn.png"), np.zeros((9, 9, 3), np.uint8))
    assert georeference(tmp_path / "drawn.png") == (None, None)
    (tmp_path / "drawn.pgw").write_text("0.1\n0\n0\n-0.1\n404211.95\n3285142.85\n")
    crs, transform = georeference(tmp_path / "drawn.png")
    assert crs is None
    assert transform.almost_equals(place)  # a world file gives the first pixel's center
