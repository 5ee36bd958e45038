"""The Python API: what comes in as an array, a file or a list, tiles, windows, and what goes on."""

import json

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS, init_default_scope
from PIL import Image

import tinydet
from tinydet.configuration import load_config
from tinydet.errors import InputError
from tinydet.inference import detector as module
from tinydet.inference.finished import FinishedTiles

rasterio = pytest.importorskip("rasterio")
CONFIG = "configs/lrnet/lrnet_n_14e_synthetic.py"


@pytest.fixture(scope="module")
def weights(tmp_path_factory, request):
    """A config of 64 px and random weights, with class scores raised so that there are boxes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(request.config.rootpath)
        config = load_config(CONFIG, {"model.test_cfg.max_per_img": 20})
    init_default_scope("mmdet")
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    for layers in model.bbox_head.head_module.cls_preds:
        torch.nn.init.constant_(layers[-1].bias, -1.0)
    path = tmp_path_factory.mktemp("weights") / "x.pth"
    torch.save(dict(state_dict=model.state_dict()), path)
    return config, path


def make(weights, **options):
    config, path = weights
    options = dict(device="cpu", score_thr=0.05) | options
    return tinydet.Detector(config, path, **options)


@pytest.fixture
def scene(tmp_path):
    """A georeferenced TIFF of 200 x 150 px in strips, and its pixels."""
    pixels = np.random.default_rng(0).integers(0, 255, (150, 200, 3), np.uint8)
    path = tmp_path / "scene.tif"
    options = dict(driver="GTiff", width=200, height=150, count=3, dtype="uint8")
    options |= dict(crs="EPSG:32617", transform=rasterio.Affine(0.1, 0, 4e5, 0, -0.1, 3e6))
    with rasterio.open(path, "w", photometric="RGB", **options) as file:
        file.write(pixels.transpose(2, 0, 1))
    return path, pixels


def same(one, other):
    """Compare to 1e-3 px and 1e-5 of score; boxes of nearly equal scores may change places."""
    assert len(one) == len(other) > 0
    alike = np.abs(one.boxes[:, None] - other.boxes).max(-1) < 1e-3
    alike &= np.abs(one.scores[:, None] - other.scores) < 1e-5
    alike &= one.labels[:, None] == other.labels
    assert alike.any(0).all()
    assert alike.any(1).all()


def test_an_array_and_its_file_give_the_same(weights, tmp_path):
    pixels = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    detector = make(weights, batch_size=2)
    array, file, again = detector([pixels, tmp_path / "a.png", str(tmp_path / "a.png")])
    same(array, file)
    same(file, again)
    same(detector(pixels), array)
    assert (np.diff(array.scores) <= 0).all(), "best first"
    assert array.names == [detector.classes[label] for label in array.labels]
    assert (file.name, file.width, file.height) == ("a.png", 64, 48)
    gray = detector(pixels[..., 0])
    same(gray, detector(np.repeat(pixels[..., :1], 3, 2)))


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros((8, 8, 3)), r"\(8, 8, 3\) and float64 is no picture"),
        (np.zeros((8, 8, 4), np.uint8), r"\(8, 8, 4\) and uint8 is no picture"),
        (np.zeros((0, 8, 3), np.uint8), "has no pixels"),
    ],
)
def test_an_array_that_is_no_picture(weights, array, sentence):
    with pytest.raises(InputError, match=sentence):
        make(weights)(array)


def test_classes_and_scores_that_are_asked_for(weights):
    pixels = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    every = make(weights)(pixels)
    name = every.names[0]
    some = make(weights, classes=[name], score_thr=0.1)(pixels)
    assert 0 < len(some) == ((every.labels == every.labels[0]) & (every.scores >= 0.1)).sum()
    with pytest.raises(InputError, match="did you mean 'ship'"):
        make(weights, classes=["shop"])
    with pytest.raises(InputError, match="border: without slice=SIZE there are no tiles"):
        make(weights, border="join")


def test_a_picture_by_window_gives_what_it_gives_in_memory(weights, scene, monkeypatch):
    path, pixels = scene
    sliced = dict(slice=64, overlap=0.25, batch_size=3)
    whole = make(weights, **sliced)(pixels)
    monkeypatch.setattr(module, "LARGE", 100)
    by_window = make(weights, **sliced)(path)
    same(by_window, whole)
    monkeypatch.setattr("tinydet.inference.windows.WHOLE", 50)  # large objects: a reduced picture
    reduced = make(weights, **sliced)(path)
    assert (reduced.boxes[:, 2] - reduced.boxes[:, 0]).max() <= 200


def test_a_stopped_run_goes_on_with_the_same_bytes(weights, scene, monkeypatch, tmp_path):
    path, _ = scene
    monkeypatch.setattr(module, "LARGE", 100)
    detector = make(weights, slice=64, full_image=False)
    kept = tmp_path / "finished.sqlite"
    looked = []
    run = detector.model.run

    def stopping(crops):
        looked.append(len(crops))
        if len(looked) == 5:
            raise KeyboardInterrupt
        return run(crops)

    monkeypatch.setattr(detector.model, "run", stopping)
    file = FinishedTiles(kept, detector.settings(), resume=False)
    with pytest.raises(KeyboardInterrupt):
        list(detector.stream([path], file))
    file.close()
    steps = []
    file = FinishedTiles(kept, detector.settings(), resume=True)
    (went_on,) = detector.stream([path], file, lambda *step: steps.append(step))
    assert (4, 12) in steps, "4 of 12 tiles were done"
    assert sum(looked) == 1 + 12, "the one that was stopped was looked at twice"
    fresh = FinishedTiles(tmp_path / "other.sqlite", detector.settings(), resume=False)
    (at_once,) = detector.stream([path], fresh)
    assert went_on.boxes.tobytes() == at_once.boxes.tobytes()
    assert went_on.to_csv() == at_once.to_csv()
    (known,) = detector.stream([path], fresh)
    assert sum(looked) == 1 + 12 + 12, "nothing is left to look at"
    assert known.boxes.tobytes() == at_once.boxes.tobytes()


def test_arrays_are_kept_among_finished_pictures(weights, tmp_path):
    arrays = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3), np.uint8)
    detector = make(weights)
    file = FinishedTiles(tmp_path / "finished.sqlite", detector.settings(), resume=False)
    first = list(detector.stream(arrays, file))
    detector.model = None  # nothing is detected again
    for one, other in zip(first, detector.stream(arrays, file), strict=True):
        np.testing.assert_array_equal(one.boxes, other.boxes)
    assert not np.array_equal(first[0].boxes, first[1].boxes)


def test_settings_tell_other_runs_apart(weights):
    detector = make(weights, slice=64)
    assert detector.settings() == make(weights, slice=64, batch_size=4).settings()
    assert detector.settings() != make(weights, slice=96).settings()
    assert detector.settings() != make(weights, slice=64, stretch="percentile").settings()


def test_a_damaged_window_is_named_and_the_rest_goes_on(weights, scene, monkeypatch):
    path, _ = scene
    monkeypatch.setattr(module, "LARGE", 100)
    detector = make(weights, slice=64, full_image=False)
    read = type(detector.read(path)).pixels

    def damaged(self, x1, y1, x2, y2):
        if (x1, y1) == (0, 0):
            raise InputError(f"{self.path}: the window x 0-64, y 0-64 cannot be read (damaged)")
        return read(self, x1, y1, x2, y2)

    monkeypatch.setattr(type(detector.read(path)), "pixels", damaged)
    found = detector(path)
    assert found.problems == [f"{path}: the window x 0-64, y 0-64 cannot be read (damaged)"]
    assert len(found) > 0


def test_the_forms_that_others_take(weights, scene, tmp_path):
    path, _ = scene
    found = make(weights)(path)
    row = found.to_coco(image_id=7)[0]
    assert row["image_id"] == 7
    assert row["category_id"] == found.labels[0] + 1
    x1, y1, x2, y2 = found.boxes[0].tolist()
    np.testing.assert_allclose(row["bbox"], [x1, y1, x2 - x1, y2 - y1], atol=1e-4)
    text = found.to_csv(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes().decode() == text
    assert len(text.splitlines()) == len(found) + 1
    geo = found.to_geojson(tmp_path / "a.geojson")
    assert json.loads((tmp_path / "a.geojson").read_text()) == geo
    assert len(geo["features"]) == len(found)
    assert found.draw(zoom=2).shape[1] == 400
    array = make(weights)(np.zeros((64, 64, 3), np.uint8))
    with pytest.raises(InputError, match="an array has no place on a map"):
        array.to_geojson()


def test_packages_that_are_not_there_are_named(weights, monkeypatch):
    found = make(weights)(np.zeros((64, 64, 3), np.uint8))
    for name in ("pandas", "supervision"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
        with pytest.raises(InputError, match=f"pip install {name}"):
            getattr(found, f"to_{name}")()
