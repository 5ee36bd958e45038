"""Colour alone must not tell what a thing is: the pictures are to be learnt by form.

A linear classifier sees what a box holds without its arrangement: mean and spread of each
channel, and how the mean differs from the box's surroundings. None of it changes if the pixels
inside the box are shuffled. Balanced accuracies, so that the frequent classes buy nothing.
"""

from __future__ import annotations

import numpy as np
import pytest

from tinydet.datasets.synthetic import Picture, make_picture
from tinydet.datasets.synthetic.shapes import SHAPES

PICTURES = 120  # of each split: about 2,400 objects to learn from, as many to be judged on
MOST_CLASSES = 0.26  # of the eight classes right, where chance is 0.125
MOST_OBJECT = 0.66  # of object or distractor right, where chance is 0.5


def shuffled_features(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Return 9 numbers of a crop that survive a shuffle of its pixels."""
    x1, y1, x2, y2 = np.floor(box[:2]).tolist() + np.ceil(box[2:]).tolist()
    x1, y1, x2, y2 = int(x1), int(y1), int(x2), int(y2)
    inside = image[y1:y2, x1:x2].reshape(-1, 3).astype(float)
    reach = max(2, (x2 - x1) // 2)
    around = image[max(y1 - reach, 0) : y2 + reach, max(x1 - reach, 0) : x2 + reach]
    around = around.reshape(-1, 3).astype(float)
    ring = (around.sum(0) - inside.sum(0)) / max(len(around) - len(inside), 1)
    return np.concatenate([inside.mean(0), inside.std(0), np.abs(inside.mean(0) - ring)]) / 64


def accuracy(train: tuple, test: tuple, classes: int) -> float:
    """Return the balanced accuracy of a softmax regression trained with class weights."""
    (x, y), (x_test, y_test) = train, test
    mean, spread = x.mean(0), x.std(0)
    x, x_test = (np.c_[(data - mean) / spread, np.ones(len(data))] for data in (x, x_test))
    weight = (1 / np.bincount(y, minlength=classes))[y]
    target, theta = np.eye(classes)[y], np.zeros((x.shape[1], classes))
    for _ in range(400):
        score = np.exp(np.clip(x @ theta, -30, 30))
        error = score / score.sum(1, keepdims=True) - target
        theta -= 2.0 / classes * (x.T @ (error * weight[:, None]))
    right = (x_test @ theta).argmax(1) == y_test
    return float(np.mean([right[y_test == label].mean() for label in range(classes)]))


@pytest.fixture(scope="module")
def pictures() -> dict[str, list[Picture]]:
    return {s: [make_picture(7, s, i, 256) for i in range(PICTURES)] for s in ("train", "val")}


def samples(pictures: list[Picture], distractors: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return features and labels: the classes, or object (1) and distractor (0)."""
    x, y = [], []
    for picture in pictures:
        x += [shuffled_features(picture.image, box) for box in picture.boxes]
        y += [1] * len(picture.boxes) if distractors else picture.labels.tolist()
        if distractors:
            x += [shuffled_features(picture.image, b) for b in picture.distractors if sized(b)]
            y += [0] * sum(sized(box) for box in picture.distractors)
    return np.array(x), np.array(y)


def sized(box: np.ndarray) -> bool:
    """Tell whether a distractor is as large as an object may be, after the picture's edge."""
    return 2 <= np.sqrt(max(0, box[2] - box[0]) * max(0, box[3] - box[1])) <= 64


def test_classes_are_not_told_by_colour(pictures) -> None:
    train, test = (samples(pictures[split], False) for split in ("train", "val"))
    reached = accuracy(train, test, len(SHAPES))
    print(f"classes by colour: {reached:.3f}, chance 0.125")
    assert reached < MOST_CLASSES


def test_objects_are_not_told_from_distractors_by_colour(pictures) -> None:
    train, test = (samples(pictures[split], True) for split in ("train", "val"))
    reached = accuracy(train, test, 2)
    print(f"object or distractor by colour: {reached:.3f}, chance 0.5")
    assert reached < MOST_OBJECT
