"""One picture of the dataset, from its seed alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tinydet.datasets.synthetic.compose import Layer, drop_hidden, overlay
from tinydet.datasets.synthetic.layout import Layout, populate
from tinydet.datasets.synthetic.recipes import (
    CAR_LENGTH,
    CAR_SPREAD,
    KIND_WEIGHTS,
    NEAR,
    NEARER,
)
from tinydet.datasets.synthetic.scene import Area, Scene, new_scene
from tinydet.datasets.synthetic.scenes import KINDS
from tinydet.datasets.synthetic.sensor import expose
from tinydet.datasets.synthetic.structures import SHADOW

SPLITS = ("train", "val")


@dataclass(frozen=True)
class Picture:
    """A picture and what is in it.

    Attributes:
        image: RGB, ``(size, size, 3)`` uint8.
        boxes: ``x1, y1, x2, y2`` of the objects in pixels, ``(M, 4)``; see :func:`boxes_of`.
        labels: Their classes, positions in METAINFO, ``(M,)``.
        distractors: Boxes of what only looks like an object, ``(K, 4)``.
        kind: Of scene.
    """

    image: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    distractors: np.ndarray
    kind: str


def boxes_of(layers: list, size: int) -> np.ndarray:
    """Return the boxes of layers, clipped to the picture, ``(M, 4)``.

    A box is amodal: it bounds all of the object's own samples (a quarter of a pixel apart,
    without its shadow), also those under a tree, as an annotator completes a car of which a
    third is hidden; only the picture's edge cuts it. Quarters of a pixel are kept, because
    rounding to whole ones would cost an object of 4 px up to a quarter of its IoU.
    """
    return np.clip(np.array([layer.sprite.box for layer in layers]).reshape(-1, 4), 0, size)


def make_picture(seed: int, split: str, index: int, size: int) -> Picture:
    """Return picture ``index`` of a split; it depends on nothing but the four arguments."""
    rng = generator(seed, SPLITS.index(split), index)
    kind = choose_kind(rng.random())
    scene = new_scene(rng, size, car_length(rng, kind))
    KINDS[kind](scene)
    return taken(scene, populate(Layout(scene), [(kind, Area(0, 0, size))]), kind)


def generator(seed: int, *key: int) -> np.random.Generator:
    """Return the random source of one picture."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def taken(scene: Scene, layers: list[Layer], kind: str) -> Picture:
    """Return the picture of a scene with what stands in it."""
    size = scene.size
    layers = drop_hidden(layers, size)
    np.clip(scene.canvas, 0, 255, out=scene.canvas)
    for layer in layers:
        overlay(scene.canvas, layer.sprite, SHADOW, layer.opacity)
    objects = [layer for layer in layers if layer.label is not None]
    return Picture(
        image=expose(scene.rng, scene.canvas),
        boxes=boxes_of(objects, size),
        labels=np.array([layer.label for layer in objects], dtype=np.int64),
        distractors=boxes_of([layer for layer in layers if layer.distractor], size),
        kind=kind,
    )


def car_length(rng: np.random.Generator, kind: str) -> float:
    """Return the scale of a scene: log-normal, some scenes seen from nearer."""
    length = CAR_LENGTH[kind] * math.exp(rng.normal(0, CAR_SPREAD))
    return round(length * (rng.uniform(*NEARER) if rng.random() < NEAR else 1.0), 3)


def choose_kind(chance: float) -> str:
    """Return the kind of scene for a number in 0..1, by ``KIND_WEIGHTS``."""
    rest = chance * sum(KIND_WEIGHTS.values())
    for kind, weight in KIND_WEIGHTS.items():
        rest -= weight
        if rest < 0:
            return kind
    return kind
