"""Markers are drawn into pictures, transformed and measured: each box says where its marker is."""

import pickle

import numpy as np
import pytest
from mmdet.structures.bbox import HorizontalBoxes
from mmdet.structures.mask import BitmapMasks, PolygonMasks
from mmengine.dataset import BaseDataset

from tinydet.datasets.balanced_sampler import ClassBalancedSampler
from tinydet.datasets.transforms.camera_blur import blur_kernel
from tinydet.datasets.transforms.patches import Patch
from tinydet.datasets.transforms.quarter_turns import turned
from tinydet.datasets.transforms.rotation import rotated
from tinydet.errors import InputError
from tinydet.registry import TRANSFORMS

BOXES = np.array([[20.25, 12.5, 27.75, 18], [40, 30.5, 46.5, 42.25], [60, 8, 72, 14]], np.float32)
PLACED = ("RandomQuarterTurn", "RandomRotation", "TinyMosaic", "SmallObjectCopyPaste")
PIXELS = ("DownUpJitter", "CameraNoise", "CameraBlur", "CameraJPEG")


def covered(low, high, side):
    """Return the share of each of ``side`` pixels that lies between two borders."""
    pixels = np.arange(side)
    return np.clip(np.minimum(high, pixels + 1) - np.maximum(low, pixels), 0, 1)


def picture(boxes=BOXES, height=64, width=90, ellipses=False, ignored=()):
    """Return mmdet's dictionary of up to three objects, each drawn into a channel of its own."""
    image = np.zeros((height, width, 3), np.float32)
    for channel, (x1, y1, x2, y2) in enumerate(boxes):
        image[..., channel] = 255 * np.outer(covered(y1, y2, height), covered(x1, x2, width))
        if ellipses:
            y, x = (np.mgrid[: 8 * height, : 8 * width] + 0.5) / 8
            inside = ((2 * x - x1 - x2) / (x2 - x1)) ** 2 + ((2 * y - y1 - y2) / (y2 - y1)) ** 2 < 1
            image[..., channel] = 255 * inside.reshape(height, 8, width, 8).mean((1, 3))
    flags = np.isin(np.arange(len(boxes)), ignored)
    return dict(
        img=image,
        img_shape=(height, width),
        gt_bboxes=HorizontalBoxes(np.array(boxes, np.float32).reshape(-1, 4)),
        gt_bboxes_labels=np.arange(len(boxes)),
        gt_ignore_flags=flags,
    )


def measured(channel, level=127.5):
    """Return the box of the one marker in a channel, where its profiles cross a level."""
    ends = []
    for axis in (0, 1):
        profile = np.pad(channel.max(axis).astype(float), 1)
        inside = np.flatnonzero(profile >= level)
        first, last = inside[0], inside[-1]
        before = (profile[first] - level) / (profile[first] - profile[first - 1])
        behind = (profile[last] - level) / (profile[last] - profile[last + 1])
        ends.append((first - 0.5 - before, last - 0.5 + behind))
    (x1, x2), (y1, y2) = ends
    return np.array([x1, y1, x2, y2])


def run(kind, results, seed=0, **settings):
    np.random.seed(seed)  # noqa: NPY002
    return TRANSFORMS.build(dict(type=f"tinydet.{kind}", prob=1, **settings)).transform(results)


def boxes_of(results):
    return results["gt_bboxes"].tensor.numpy()


@pytest.mark.parametrize("seed", range(8))
def test_quarter_turns_move_boxes_with_their_markers(seed):
    turned = run("RandomQuarterTurn", picture(), seed)
    assert turned["img_shape"] == turned["img"].shape[:2]
    for channel, box in enumerate(boxes_of(turned)):
        np.testing.assert_allclose(measured(turned["img"][..., channel]), box, atol=0.26)
        x1, y1, x2, y2 = box
        again = np.outer(
            *(
                covered(*ends)
                for ends in ((y1, y2, turned["img"].shape[0]), (x1, x2, turned["img"].shape[1]))
            )
        )
        np.testing.assert_allclose(turned["img"][..., channel], 255 * again, atol=1e-3)


@pytest.mark.parametrize("seed", range(2))
def test_rotated_boxes_fit_rotated_ellipses(seed):
    boxes = np.array([[50, 70, 80, 82], [90, 40, 100, 64], [60, 100, 76, 116]])
    turned = run("RandomRotation", picture(boxes, 160, 160, ellipses=True), seed, angles=(20, 70))
    for channel, box in enumerate(boxes_of(turned)):
        np.testing.assert_allclose(measured(turned["img"][..., channel]), box, atol=0.6)


def test_an_ellipse_of_half_axes_5_and_1_at_45_degrees():
    # Half width and half height are sqrt((25 + 1) / 2); 45 degrees to the left moves (10, 0) up.
    box = rotated(np.array([[5.0, -1, 15, 1]]), 45, (0, 0))
    half, middle = np.sqrt(13), 10 / np.sqrt(2)
    expected = [middle - half, -middle - half, middle + half, -middle + half]
    np.testing.assert_allclose(box[0], expected)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_any_angle_agrees_with_quarter_turns_and_keeps_circles(turns):
    np.testing.assert_allclose(
        rotated(BOXES.astype(float), 90 * turns, (45, 45)), turned(BOXES, 90, 90, turns), atol=1e-9
    )
    circle = np.array([[40.0, 40, 50, 50]])
    np.testing.assert_allclose(rotated(circle, 20 + turns, (45, 45)), circle, atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_a_crop_has_an_object_and_exact_boxes(seed):
    cut = run("CropAroundObject", picture(), seed, size=(40, 30), min_visible=0.5)
    assert cut["img"].shape == (30, 40, 3)
    assert len(boxes_of(cut))
    for label, (x1, y1, x2, y2) in zip(cut["gt_bboxes_labels"], boxes_of(cut), strict=True):
        again = 255 * np.outer(covered(y1, y2, 30), covered(x1, x2, 40))
        np.testing.assert_allclose(cut["img"][..., label], again, atol=1e-3)
        whole = np.prod(BOXES[label, 2:] - BOXES[label, :2])
        assert cut["gt_ignore_flags"][list(cut["gt_bboxes_labels"]).index(label)] == (
            (x2 - x1) * (y2 - y1) < 0.5 * whole
        )


@pytest.mark.parametrize("scale", [1, 0.6, 1.7])
def test_a_mosaic_has_its_boxes_where_its_markers_are(scale):
    box = np.array([[30, 20, 60, 44]])
    mosaic = run("TinyMosaic", picture(box), size=(240, 200), scale=(scale, scale), min_visible=0)
    image, boxes = mosaic["img"][..., 0], boxes_of(mosaic)
    assert mosaic["img"].shape == (200, 240, 3)
    assert len(boxes) == 4
    for x1, y1, x2, y2 in boxes:
        x, y = int(x1) - 4, int(y1) - 4
        found = measured(np.where(image == 114, 0, image)[y : int(y2) + 4, x : int(x2) + 4])
        np.testing.assert_allclose(found + [x, y, x, y], [x1, y1, x2, y2], atol=0.3)


def test_a_mosaic_ignores_and_counts_what_gets_too_small():
    small = run("TinyMosaic", picture(ignored=[2]), scale=(0.2, 0.2), min_size=1.5)
    sizes = np.sqrt(small["gt_bboxes"].areas.numpy())
    assert len(sizes) == 12
    expected = (sizes < 1.5) | (small["gt_bboxes_labels"] == 2)
    assert small["gt_ignore_flags"].tolist() == expected.tolist()
    assert small["newly_ignored"] == (expected & (small["gt_bboxes_labels"] != 2)).sum() > 0


@pytest.mark.parametrize("seed", range(5))
def test_copies_have_their_marker_and_touch_nothing(seed):
    pasted = run(
        "SmallObjectCopyPaste", picture(ignored=[1]), seed, copies=(4, 4), spread=1, margin=1
    )
    boxes, labels = boxes_of(pasted), pasted["gt_bboxes_labels"]
    np.testing.assert_array_equal(boxes[:3], BOXES)
    assert len(boxes) > 3
    assert 1 not in labels[3:], "an ignored region is no object"
    assert pasted["gt_ignore_flags"].tolist() == [False, True] + [False] * (len(boxes) - 2)
    image, drawn = pasted["img"], np.zeros_like(pasted["img"])
    for label, (x1, y1, x2, y2) in zip(labels, boxes, strict=True):
        drawn[..., label] += 255 * np.outer(covered(y1, y2, 64), covered(x1, x2, 90))
    np.testing.assert_allclose(image, drawn, atol=1e-3)  # nothing hidden, nothing unlabeled
    start = np.maximum(boxes[:, None, :2], boxes[:, :2])
    end = np.minimum(boxes[:, None, 2:], boxes[:, 2:])
    assert ((start < end).all(2) == np.eye(len(boxes), dtype=bool)).all()


def test_a_copy_takes_the_brightness_of_its_place():
    object_on_gray = np.full((8, 8, 3), 100, np.uint8)
    object_on_gray[2:6, 2:6] = 150
    ground = np.full((20, 30, 3), 60, np.uint8)
    Patch(object_on_gray, np.array([2, 2, 6, 6]), 0).paste(ground, 10, 5, margin=2)
    expected = np.full((20, 30, 3), 60, np.uint8)
    expected[7:11, 12:16] = 110
    np.testing.assert_array_equal(ground, expected)


def test_rare_classes_are_copied_more_often_than_they_occur():
    step = TRANSFORMS.build(
        dict(type="tinydet.SmallObjectCopyPaste", prob=1, copies=(3, 3), balance=1, margin=1)
    )
    np.random.seed(0)  # noqa: NPY002
    copied = np.zeros(2)
    for number in range(120):
        results = picture(BOXES[:1])
        results["gt_bboxes_labels"][:] = label = int(number % 20 == 0)
        labels = step.transform(results)["gt_bboxes_labels"][1:]
        copied += np.bincount(labels, minlength=2)
        assert label in (0, 1)
    assert 0.4 < copied[1] / copied.sum() < 0.6  # class 1 has 1 object of 20


@pytest.mark.parametrize("kind", PIXELS)
def test_pixels_change_and_markers_stay(kind):
    box = np.array([[24, 20, 56, 44]])  # large, because blur takes from the corners
    results = picture(box)
    results["img"] = np.repeat(results["img"][..., :1], 3, 2).astype(np.uint8)
    before = results["img"].copy()
    changed = run(kind, results)["img"]
    assert changed.shape == before.shape
    assert changed.dtype == np.uint8
    assert (changed != before).any()
    found = measured(np.median(changed, 2), 127.5)
    np.testing.assert_allclose(found, box[0], atol=0.4)
    gray = run(kind, dict(img=before[..., 0].astype(np.float32)))["img"]
    assert gray.shape == before.shape[:2]
    assert gray.dtype == np.float32


def test_noise_has_the_stated_variance():
    image = np.full((200, 200, 3), 100, np.float32)
    noisy = run("CameraNoise", dict(img=image), read=(3, 3), gain=(0.16, 0.16))["img"]
    assert noisy.std() == pytest.approx(np.sqrt(3**2 + 0.16 * 100), rel=0.02)
    one = run("CameraNoise", dict(img=image), color=False)["img"]
    assert (one == one[..., :1]).all()


def test_a_blur_kernel_has_the_width_of_optics_and_motion():
    kernel = blur_kernel(1.0, 6.0, 0)
    offset = np.arange(len(kernel)) - len(kernel) // 2
    assert kernel.sum(0) @ offset == pytest.approx(0, abs=1e-12)
    assert kernel.sum(0) @ offset**2 == pytest.approx(1 + 36 / 12, rel=0.03)
    assert kernel.sum(1) @ offset**2 == pytest.approx(1, rel=0.03)


@pytest.mark.parametrize("kind", [*PLACED, "CropAroundObject", *PIXELS])
def test_no_objects_flags_types_and_determinism(kind):
    settings = dict(size=(40, 30)) if kind == "CropAroundObject" else {}
    empty = run(kind, picture(np.zeros((0, 4))), **settings)
    assert boxes_of(empty).shape == (0, 4)
    first, again = (run(kind, picture(ignored=[0]), 7, **settings) for _ in range(2))
    np.testing.assert_array_equal(first["img"], again["img"])
    np.testing.assert_array_equal(boxes_of(first), boxes_of(again))
    assert first["gt_bboxes"].tensor.dtype == HorizontalBoxes(BOXES).tensor.dtype
    assert first["gt_ignore_flags"].dtype == bool
    assert len(first["gt_bboxes_labels"]) == len(boxes_of(first)) == len(first["gt_ignore_flags"])
    step = TRANSFORMS.build(dict(type=f"tinydet.{kind}", prob=0, **settings))
    assert "prob=0" in repr(pickle.loads(pickle.dumps(step)))
    untouched = step.transform(picture())
    np.testing.assert_array_equal(untouched["img"], picture()["img"])


@pytest.mark.parametrize("kind", [*PLACED, "CropAroundObject"])
@pytest.mark.parametrize("polygons", [False, True])
def test_masks_lie_in_their_boxes(kind, polygons):
    whole = BOXES.round()  # drawing an outline as bitmap rounds, too
    results = picture(whole, height=80, ignored=[1])
    outlines = [[np.array([x1, y1, x2, y1, x2, y2, x1, y2])] for x1, y1, x2, y2 in whole]
    masks = PolygonMasks(outlines, 80, 90)
    results["gt_masks"] = masks if polygons else BitmapMasks(masks.to_ndarray(), 80, 90)
    settings = dict(size=(60, 50)) if kind == "CropAroundObject" else {}
    if kind == "RandomRotation":
        settings = dict(angles=(90, 90))  # of another angle, the box fits the ellipse
    moved = run(kind, results, 3, **settings)
    boxes, masks = boxes_of(moved), moved["gt_masks"].masks
    assert masks.shape == (len(boxes), *moved["img"].shape[:2])
    assert len(boxes) >= 2
    for box, mask in zip(boxes, masks, strict=True):
        rows, columns = np.nonzero(mask)
        ends = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        np.testing.assert_allclose(ends, box, atol=0.51)


def test_bad_settings_and_keypoints_are_refused():
    with pytest.raises(InputError, match="tinydet.DownUpJitter: scale=.*two ascending"):
        TRANSFORMS.build(dict(type="tinydet.DownUpJitter", scale=(0.9, 0.5)))
    with pytest.raises(InputError, match="copies=3; write two ascending"):
        TRANSFORMS.build(dict(type="tinydet.SmallObjectCopyPaste", copies=3))
    with pytest.raises(InputError, match="size=100; write a width and a height"):
        TRANSFORMS.build(dict(type="tinydet.CropAroundObject", size=100))
    with pytest.raises(InputError, match="prob=1.5; write a share from 0 to 1"):
        TRANSFORMS.build(dict(type="tinydet.RandomRotation", prob=1.5))
    with pytest.raises(InputError, match="would leave gt_keypoints where they are"):
        run("RandomRotation", dict(picture(), gt_keypoints=None))


class Pictures(BaseDataset):
    """Nine pictures with class 0, one with class 1 too."""

    def load_data_list(self):
        return [dict(labels=[0, 1] if number == 3 else [0]) for number in range(9)]

    def get_cat_ids(self, idx):
        return self.get_data_info(idx)["labels"]


def test_pictures_of_rare_classes_are_drawn_by_the_square_root_of_their_rarity():
    sampler = ClassBalancedSampler(Pictures(), seed=0)
    counts = np.zeros(9)
    for epoch in range(110):
        sampler.set_epoch(epoch)
        counts += np.bincount(list(sampler), minlength=9)
    assert counts.sum() == 9 * 110  # epochs keep their length
    # Weights 3 = sqrt(9 / 1) and eight times 1, of 11: picture 3 has 9 * 3 / 11 draws an epoch.
    assert counts[3] / 110 == pytest.approx(27 / 11, rel=0.05)
    assert list(sampler) == list(sampler)


def test_processes_share_an_epoch(monkeypatch):
    parts = []
    for rank in (0, 1):
        monkeypatch.setattr("mmengine.dataset.sampler.get_dist_info", lambda rank=rank: (rank, 2))
        parts.append(list(ClassBalancedSampler(Pictures(), seed=0)))
    assert [len(part) for part in parts] == [5, 5]
