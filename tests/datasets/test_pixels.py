"""Deep pictures by hand, and kinds of files that are no pictures to a detector."""

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tinydet.configuration.stretch import check_stretch
from tinydet.datasets import file_kinds
from tinydet.datasets.file_kinds import too_large
from tinydet.datasets.loading import LoadImageFromFile, as_seen
from tinydet.datasets.pixels import narrow_range, spread
from tinydet.errors import InputError


def write_tiff(path, values):
    """Write a TIFF of ``(H, W, bands)`` values of any kind, which neither library does."""
    height, width, bands = values.shape
    data = values.tobytes()
    entries = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [8 * values.itemsize] * bands),
        259: (3, [1]),  # not compressed
        262: (3, [1 if bands < 3 else 2]),
        273: (4, [8]),
        277: (3, [bands]),
        278: (4, [height]),
        279: (4, [len(data)]),
        339: (3, ["?uif".index(values.dtype.kind)] * bands),
    }
    start = 8 + len(data)
    behind = start + 2 + 12 * len(entries) + 4
    table, long = b"", b""
    for tag, (kind, numbers) in entries.items():
        packed = struct.pack(f"<{len(numbers)}{'H' if kind == 3 else 'I'}", *numbers)
        if len(packed) > 4:
            packed, long = struct.pack("<I", behind + len(long)), long + packed
        table += struct.pack("<HHI", tag, kind, len(numbers)) + packed.ljust(4, b"\0")
    head = b"II*\0" + struct.pack("<I", start) + data + struct.pack("<H", len(entries))
    path.write_bytes(head + table + bytes(4) + long)
    return path


def thermal(path, low, high, shape=(24, 32)):
    """Write 16-bit values from ``low`` to ``high`` in rising order."""
    cv2.imwrite(str(path), np.linspace(low, high, np.prod(shape)).reshape(shape).astype(np.uint16))
    return path


def loaded(path, **options):
    return LoadImageFromFile(**options)(dict(img_path=str(path)))["img"]


def test_spread_by_hand():
    values = np.array([[0, 100, 150, 200, 250, 300, 65535]], np.uint16)
    expected = [[0, 0, 64, 128, 191, 255, 255]]  # 255 * (150 - 100) / 200 = 63.75
    np.testing.assert_array_equal(spread(values, (100, 300)), expected)
    np.testing.assert_array_equal(spread(values.astype(np.float32), (100, 300)), expected)
    np.testing.assert_array_equal(
        spread(np.float32([[np.nan, np.inf, -np.inf]]), (0, 1)), [[0, 255, 0]]
    )
    np.testing.assert_array_equal(spread(np.full((2, 2), 7, np.uint16), "auto"), np.zeros((2, 2)))


def test_eight_bits_stay_as_they_are():
    values = np.arange(256, dtype=np.uint8)[None]
    assert spread(values, (100, 300)) is values
    assert spread(values, "auto") is values


@given(st.integers(0, 60000), st.integers(300, 5000), st.integers(0, 2**32 - 1))
def test_spreading_keeps_the_order_and_uses_all_gray_levels(low, width, seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(low, min(low + width, 65535), (64, 64)).astype(np.uint16)
    gray = spread(values, "auto").ravel()[np.argsort(values.ravel())]
    assert (np.diff(gray.astype(int)) >= 0).all()
    assert (gray[0], gray[-1]) == (0, 255)


def test_a_narrow_range_is_noticed_with_the_line_to_write(tmp_path):
    paths = [thermal(tmp_path / f"{n}.png", 7000 + n, 8000 + n) for n in range(3)]
    assert narrow_range(paths) == (
        "16-bit images use values of about 7000 to 8100 of 65535, of which a model sees at most 5 "
        "gray levels of 256 (3 images were read); to use all gray levels, write stretch=(7000, "
        "8100), or stretch='auto', in every tinydet.LoadImageFromFile of the config"
    )
    assert len(np.unique(loaded(paths[0]))) == 5
    assert len(np.unique(loaded(paths[0], stretch=(7000, 8100)))) > 200


@pytest.mark.parametrize(("high", "noticed"), [(2**14 - 1, True), (2**15, False), (65535, False)])
def test_fourteen_bits_are_narrow_sixteen_are_not(tmp_path, high, noticed):
    assert bool(narrow_range([thermal(tmp_path / "a.png", 0, high)])) == noticed


def test_pictures_of_8_bits_and_what_is_none_are_not_looked_at(tmp_path):
    cv2.imwrite(str(tmp_path / "dark.png"), np.full((4, 4), 3, np.uint8))
    (tmp_path / "text.png").write_text("no image")
    assert narrow_range([tmp_path / "dark.png", tmp_path / "text.png", tmp_path / "gone.png"]) == ""
    assert narrow_range([]) == ""


def test_a_picture_that_is_too_large_is_not_looked_at(tmp_path, monkeypatch):
    def refuse(*_):
        raise cv2.error("pixels <= CV_IO_MAX_IMAGE_PIXELS")

    path = thermal(tmp_path / "a.png", 0, 99)
    assert narrow_range([path])
    monkeypatch.setattr(cv2, "imdecode", refuse)
    assert narrow_range([path]) == ""


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_training_inference_and_drawings_see_the_same_pixels(tmp_path, suffix):
    path = thermal(tmp_path / f"a.{suffix}", 7000, 8000)
    loader = LoadImageFromFile(stretch=(7000, 8000), to_float32=True)
    pixels = loader(dict(img_path=str(path)))["img"]
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(as_seen(path, [object(), loader]), pixels[..., ::-1])
    assert loaded(path, stretch=(7000, 8000), color_type="grayscale").shape == (24, 32)


def test_a_turned_picture_is_drawn_turned(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20), (255, 0, 0)).save(tmp_path / "a.jpg", exif=exif)
    pixels = as_seen(tmp_path / "a.jpg")
    assert pixels.shape == (30, 20, 3)
    assert pixels[0, 0, 0] > 200 > 50 > pixels[0, 0, 2]  # red: RGB


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (np.float32, "float 32 bit"),
        (np.float64, "float 64 bit"),
        (np.int16, "signed 16 bit"),
        (np.uint32, "unsigned 32 bit"),
    ],
)
def test_values_that_are_no_gray_levels_are_named_and_can_be_spread(tmp_path, kind, values):
    path = write_tiff(tmp_path / "a.tif", np.arange(12).reshape(3, 4, 1).astype(kind))
    assert LoadImageFromFile().check(path) == (
        f"{path} holds {values} values, not gray levels; give every tinydet.LoadImageFromFile of "
        "the config stretch=(low, high), the values that become black and white"
    )
    gray = loaded(path, stretch=(0, 10))[..., 0]
    np.testing.assert_array_equal(gray.ravel()[[0, 2, 5, 10, 11]], [0, 51, 128, 255, 255])


@pytest.mark.parametrize("stretch", [None, "auto"])
def test_five_bands_are_named(tmp_path, stretch):
    path = write_tiff(tmp_path / "a.tif", np.zeros((3, 4, 5), np.uint16))
    assert LoadImageFromFile(stretch=stretch).check(path) == (
        f"{path} has 5 bands, but an image has one or three; write three of the bands to a "
        "separate file"
    )


def test_a_picture_of_too_many_pixels_is_named(tmp_path, monkeypatch):
    """By smaller limits of Pillow and OpenCV: theirs need a gigabyte."""
    Image.new("L", (20, 20)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert too_large(tmp_path / "a.png") == ""
    monkeypatch.setattr(file_kinds, "AREA", 399)
    expected = "has 400 px, but OpenCV reads at most 399; cut the image into tiles"
    assert too_large(tmp_path / "a.png") == expected


def test_a_picture_beyond_opencvs_limits_is_named(tmp_path):
    path = tmp_path / "wide.png"
    Image.new("1", (2**20 + 8, 1)).save(path)
    assert LoadImageFromFile().check(path) == (
        f"{path} has 1048584 x 1 px, but OpenCV reads at most 1,000,000 per side; cut the image "
        "into tiles"
    )


def test_a_damaged_tiff_of_any_length_is_one_sentence(tmp_path):
    path = write_tiff(tmp_path / "a.tif", np.arange(12).reshape(3, 4, 1).astype(np.float32))
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        for stretch in (None, (0, 10)):
            LoadImageFromFile(stretch=stretch).check(path)


@pytest.mark.parametrize("stretch", ["minmax", 5, (1,), (2, 1), (1, 1), ("0", "1"), (0, np.inf)])
def test_what_stretch_takes(stretch):
    with pytest.raises(InputError, match=r"is neither 'auto' nor \(low, high\)"):
        LoadImageFromFile(stretch=stretch)


def test_a_config_gives_lists():
    assert LoadImageFromFile(stretch=[7000, 9000]).stretch == (7000, 9000)
    with pytest.raises(InputError, match="needs color_type"):
        LoadImageFromFile(stretch="auto", color_type="unchanged")


def test_a_config_that_reads_a_test_in_another_way_is_refused():
    load = dict(type="tinydet.LoadImageFromFile", stretch=[7000, 9000])
    mosaic = dict(type="mmyolo.Mosaic", pre_transform=[load])
    config = dict(
        train_dataloader=dict(dataset=dict(pipeline=[load, mosaic])),
        val_dataloader=dict(dataset=dict(pipeline=[dict(load, stretch=(7000, 9000))])),
        custom_hooks=[dict(type="mmdet.PipelineSwitchHook", switch_pipeline=[load])],
    )
    check_stretch(config)
    config["test_dataloader"] = dict(dataset=dict(pipeline=[dict(type="LoadImageFromFile")]))
    with pytest.raises(InputError) as caught:
        check_stretch(config)
    assert str(caught.value) == (
        "the config reads images in several ways: stretch=(7000, 9000) in train_dataloader."
        "dataset.pipeline[0], train_dataloader.dataset.pipeline[1].pre_transform[0], "
        "val_dataloader.dataset.pipeline[0], …; stretch=None in "
        "test_dataloader.dataset.pipeline[0]; use one of them everywhere"
    )
