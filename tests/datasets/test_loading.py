"""Damaged files are told in a sentence, sound ones give OpenCV's pixels."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image
from torch.utils.data import DataLoader

from tinydet.datasets.loading import LoadImageFromFile, as_seen, is_truncated
from tinydet.errors import InputError, reported

WIDTH, HEIGHT = 60, 40
ROTATED = Image.Exif()
ROTATED[0x0112] = 6  # EXIF orientation: turn by 90 degrees to view


def scene():
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    return Image.fromarray(cv2.GaussianBlur(noise, (0, 0), 1.5))


def encode(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def files():
    """Return ``{name: bytes}`` of the kinds of files that aerial data sets have."""
    rgb, gray = scene(), scene().convert("L")
    deep = np.asarray(gray).astype(np.uint16) * 257
    return {
        "rgb.jpg": encode(rgb, "JPEG"),
        "gray.jpg": encode(gray, "JPEG"),
        "progressive.jpg": encode(rgb, "JPEG", progressive=True),
        "rotated.jpg": encode(rgb, "JPEG", exif=ROTATED),
        "rgb.png": encode(rgb, "PNG"),
        "gray.png": encode(gray, "PNG"),
        "alpha.png": encode(rgb.convert("RGBA"), "PNG"),
        "16bit.png": cv2.imencode(".png", deep)[1].tobytes(),
        "rgb.bmp": encode(rgb, "BMP"),
        "rgb.tif": encode(rgb, "TIFF"),
    }


@pytest.fixture(params=files().items(), ids=lambda item: item[0])
def file(request, tmp_path):
    name, data = request.param
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_pixels_are_those_of_opencv(file):
    loaded = LoadImageFromFile()(dict(img_path=str(file)))
    np.testing.assert_array_equal(loaded["img"], cv2.imread(str(file)))
    height, width = (WIDTH, HEIGHT) if "rotated" in file.name else (HEIGHT, WIDTH)
    assert loaded["img_shape"] == loaded["ori_shape"] == (height, width)


def test_sixteen_bits_are_scaled_not_saturated(tmp_path):
    (tmp_path / "16bit.png").write_bytes(files()["16bit.png"])
    (tmp_path / "gray.png").write_bytes(files()["gray.png"])
    deep, gray = (
        LoadImageFromFile()(dict(img_path=str(tmp_path / name)))["img"]
        for name in ("16bit.png", "gray.png")
    )
    np.testing.assert_array_equal(deep, gray)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_file_is_noticed(file, share):
    data = file.read_bytes()
    file.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError) as caught:
        LoadImageFromFile()(dict(img_path=str(file)))
    assert str(caught.value).startswith(f"image {file} is")
    cure = "correct the image, or train without it with --skip-bad-images"
    assert str(caught.value).endswith(cure)
    if file.suffix in (".jpg", ".png"):
        assert LoadImageFromFile().check(file) == f"{file} is truncated"


def test_a_disk_that_was_full_leaves_zeros(tmp_path):
    path = tmp_path / "zeros.jpg"
    data = files()["rgb.jpg"]
    path.write_bytes(data[: len(data) // 2] + bytes(len(data) // 2))
    assert LoadImageFromFile().check(path) == f"{path} is truncated"


def test_bytes_behind_the_end_are_no_damage(tmp_path):
    path = tmp_path / "appended.jpg"
    path.write_bytes(files()["rgb.jpg"] + b"a camera's own data")
    assert not is_truncated(path)
    assert LoadImageFromFile().check(path, HEIGHT, WIDTH) == ""


def test_other_faults(tmp_path):
    text, empty = tmp_path / "text.jpg", tmp_path / "empty.png"
    text.write_text("<html>404 not found</html>")
    empty.touch()
    assert LoadImageFromFile().check(text) == f"{text} is not an image that can be decoded"
    assert LoadImageFromFile().check(empty) == f"{empty} is not an image that can be decoded"
    assert LoadImageFromFile().check(tmp_path / "gone.png") == f"{tmp_path}/gone.png does not exist"
    assert LoadImageFromFile().check(tmp_path) == f"{tmp_path} cannot be read (Is a directory)"


def test_another_size_than_the_annotation_file_says(tmp_path):
    path = tmp_path / "rgb.png"
    path.write_bytes(files()["rgb.png"])
    assert LoadImageFromFile().check(path, HEIGHT, WIDTH) == ""
    assert LoadImageFromFile().check(path, 400, 600) == (
        f"{path} has 60 x 40 px, but its annotation file says 600 x 400, "
        "so its boxes would be wrong"
    )


def test_exif_rotation_is_named_as_the_likely_reason(tmp_path):
    path = tmp_path / "rotated.jpg"
    path.write_bytes(files()["rotated.jpg"])
    assert "has 40 x 60 px, perhaps by its EXIF rotation" in LoadImageFromFile().check(
        path, HEIGHT, WIDTH
    )


def test_arguments_stay_those_of_mmcv(tmp_path):
    path = tmp_path / "rgb.png"
    path.write_bytes(files()["rgb.png"])
    transform = LoadImageFromFile(to_float32=True, color_type="grayscale")
    loaded = transform(dict(img_path=str(path)))["img"]
    assert loaded.dtype == np.float32
    assert loaded.shape == (HEIGHT, WIDTH)


def test_skipping_in_silence_is_refused():
    with pytest.raises(InputError, match="set skip_bad_images=True of the data set"):
        LoadImageFromFile(ignore_empty=True)


def test_tools_that_do_not_train_do_not_name_an_option_of_training(tmp_path):
    path = tmp_path / "half.jpg"
    path.write_bytes(files()["rgb.jpg"][:200])
    with pytest.raises(InputError) as caught:
        as_seen(path)
    assert str(caught.value) == f"image {path} is truncated; correct the image"


def load_first(batch):
    return LoadImageFromFile()(batch[0])


def test_a_worker_process_reports_one_sentence(tmp_path, capsys):
    path = tmp_path / "text.jpg"
    path.write_text("no image")
    batches = iter(DataLoader([dict(img_path=str(path))], num_workers=1, collate_fn=load_first))
    assert reported(lambda: next(batches))() == 1
    batches._shutdown_workers()  # left to the garbage collector it waits five seconds
    assert capsys.readouterr().err == (
        f"error: image {path} is not an image that can be decoded; "
        "correct the image, or train without it with --skip-bad-images\n"
    )
