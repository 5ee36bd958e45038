"""Anchors fitted to the objects of a data set, and the best possible recall with them.

K-means of the sides in square-root space (AI-TOD's sizes spread over two octaves, and plain k-means
spends its centers on the few large objects), then the genetic refinement of YOLOv5 that mmyolo's
``YOLOKMeansAnchorOptimizer`` has: anchors are multiplied by noise, and a change that raises the
fitness stays. mmyolo leaves out boxes below 2 px and bounds anchors by 2 px from below; here all
objects count, and anchors follow them down.

The recall is that of a head's own rule. YOLO matches an object with an anchor whose sides differ
by less than a factor (``prior_match_thr``). mmdet's heads need an IoU with an anchor that stands on
the grid of its level, so a stride of 16 px loses an object of 6 px whatever its anchor's size is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pprint import pformat
from typing import NamedTuple

import numpy as np
from mmdet.models.task_modules import AnchorGenerator, YOLOAnchorGenerator
from mmdet.registry import TASK_UTILS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from scipy.cluster.vq import kmeans2

from tinydet.errors import InputError

MUTATED, SPREAD = 0.9, 0.1  # probability and deviation of a mutation, as YOLOv5's and mmyolo's
SAMPLE = 2000  # objects that the refinement looks at
CHUNK = 100_000
LOWEST_RATIO = 4.0  # prior_match_thr of YOLOv5 and YOLOv7
OCTAVES = ("octave_base_scale", "scales_per_octave")


@dataclass(frozen=True)
class Head:
    """How a head keeps its anchors and matches them with objects.

    Attributes:
        path: Keys of the generator below ``model``.
        settings: Of the generator.
        threshold: Least similarity of an object and its anchor.
        by_ratio: Whether similarity is the worse ratio of the sides, in place of the IoU.
    """

    path: tuple[str, str]
    settings: dict
    threshold: float
    by_ratio: bool

    @property
    def generator(self) -> AnchorGenerator:
        """The generator as the config has it."""
        return TASK_UTILS.build(self.settings)

    def anchors(self) -> np.ndarray:
        """Return ``(A, 3)`` width, height and stride, px, of the anchors of a cell."""
        built = self.generator
        return np.array(
            [
                [x2 - x1, y2 - y1, stride[0]]
                for level, stride in zip(built.base_anchors, built.strides, strict=True)
                for x1, y1, x2, y2 in level.tolist()
            ]
        )


def head_of(config: Config) -> Head:
    """Return the anchor head of a config.

    Raises:
        InputError: The config has no anchors, or anchors that follow from something else.
    """
    init_default_scope(config.get("default_scope", "mmdet"))
    for name in ("rpn_head", "bbox_head"):
        head = config.model.get(name)
        for key in ("anchor_generator", "prior_generator"):
            settings = head.get(key) if isinstance(head, dict) else None
            kind = type(TASK_UTILS.build(settings)) if settings else None
            if kind in (AnchorGenerator, YOLOAnchorGenerator):
                return _head(config, name, key, settings.to_dict())
    raise InputError(
        f"{config.filename}: neither model.rpn_head nor model.bbox_head has an AnchorGenerator or "
        "a YOLOAnchorGenerator; other heads have no anchors or compute them by a rule of their own"
    )


def _head(config: Config, name: str, key: str, settings: dict) -> Head:
    if key == "prior_generator":
        factor = config.model[name].get("prior_match_thr", LOWEST_RATIO)
        return Head((name, key), settings, 1 / factor, by_ratio=True)
    training = config.model.get("train_cfg") or {}
    assigner = (training.get("rpn") or training).get("assigner") or {}
    return Head((name, key), settings, least_iou(assigner), by_ratio=False)


def least_iou(assigner: dict) -> float:
    """Return the least IoU with which an anchor learns an object; 0.5 for rules without IoU.

    ``MaxIoUAssigner`` gives an object below ``pos_iou_thr`` its best anchor from ``min_pos_iou``
    on. Where that is 0 every object has an anchor, and ``pos_iou_thr`` tells good from bad ones.
    """
    if not str(assigner.get("type")).endswith("MaxIoUAssigner") or "iou_calculator" in assigner:
        return 0.5
    low = assigner.get("min_pos_iou", 0.0) if assigner.get("match_low_quality", True) else 0.0
    return low or assigner["pos_iou_thr"]


def similarity(objects: np.ndarray, anchors: np.ndarray, by_ratio: bool) -> np.ndarray:
    """Return the similarity of each object with its best anchor, ``(N,)`` in 0..1.

    Args:
        objects: ``(N, 4)`` x and y of the center, width, height, px.
        anchors: ``(A, 3)`` width, height, stride, px; centers are multiples of the stride.
        by_ratio: See :class:`Head`.
    """
    parts = np.array_split(objects, -(-len(objects) // CHUNK) or 1)
    one = _ratio if by_ratio else _iou
    return np.concatenate([one(part[:, None], anchors).max(1) for part in parts])


def _ratio(objects: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    ratio = objects[..., 2:] / anchors[:, :2]
    return np.minimum(ratio, 1 / ratio).min(-1)


def _iou(objects: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """Return ``(N, A)`` IoU of objects ``(N, 1, 4)`` with the nearest anchor of each kind."""
    stride = anchors[:, 2:]
    away = np.abs((objects[..., :2] + stride / 2) % stride - stride / 2)
    sides, others = objects[..., 2:], anchors[:, :2]
    shared = np.minimum(np.minimum(sides, others), (sides + others) / 2 - away).clip(0).prod(-1)
    return shared / (sides.prod(-1) + others.prod(-1) - shared)


class Reached(NamedTuple):
    """What anchors reach on the objects.

    Attributes:
        recall: Best possible recall: the share of the objects that an anchor can match.
        mean: Mean similarity of an object and its best anchor.
    """

    recall: float
    mean: float


def reached(objects: np.ndarray, head: Head) -> Reached:
    """Return what a head's anchors reach on ``(N, 4)`` objects."""
    similar = similarity(objects, head.anchors(), head.by_ratio)
    return Reached(float((similar >= head.threshold).mean()), float(similar.mean()))


@dataclass(frozen=True)
class Pairs:
    """Anchors of YOLO: a number of free pairs of sides on each level."""

    strides: np.ndarray  # (levels,)
    each: int

    def start(self, sides: np.ndarray) -> np.ndarray:
        """Return parameters from k-means of ``(N, 2)`` sides."""
        return clusters(sides, len(self.strides) * self.each).ravel()

    def anchors(self, parameters: np.ndarray) -> np.ndarray:
        """Return ``(A, 3)`` anchors, the small ones on the fine levels."""
        pairs = parameters.reshape(-1, 2)
        pairs = pairs[np.argsort(pairs.prod(1), kind="stable")]
        return np.column_stack([pairs, np.repeat(self.strides, self.each)])

    def settings(self, parameters: np.ndarray) -> dict:
        """Return what the config gets."""
        pairs = self.anchors(parameters)[:, :2].round(1).reshape(-1, self.each, 2).tolist()
        return dict(base_sizes=[[tuple(pair) for pair in level] for level in pairs])


@dataclass(frozen=True)
class Product:
    """Anchors of mmdet: a size on each level times common scales and ratios."""

    strides: np.ndarray
    scales: np.ndarray  # of geometric mean 1
    ratios: int  # number of height / width

    def start(self, sides: np.ndarray) -> np.ndarray:
        """Return parameters from k-means of sizes and of ratios."""
        sizes = clusters(np.sqrt(sides.prod(1))[:, None], len(self.strides))
        ratios = clusters((sides[:, 1] / sides[:, 0])[:, None], self.ratios)
        return np.concatenate([sizes, ratios]).ravel()

    def anchors(self, parameters: np.ndarray) -> np.ndarray:
        """Return ``(A, 3)`` anchors."""
        sizes, ratios = np.split(parameters, [len(self.strides)])
        size = np.sort(sizes)[:, None, None] * self.scales[:, None]
        width, height = size / np.sqrt(ratios), size * np.sqrt(ratios)
        stride = np.broadcast_to(self.strides[:, None, None], width.shape)
        return np.stack([width, height, stride], -1).reshape(-1, 3)

    def settings(self, parameters: np.ndarray) -> dict:
        """Return what the config gets."""
        sizes, ratios = np.split(parameters, [len(self.strides)])
        return dict(
            base_sizes=np.sort(sizes).round(2).tolist(),
            scales=self.scales.round(4).tolist(),
            ratios=np.sort(ratios).round(3).tolist(),
        )


def clusters(values: np.ndarray, count: int) -> np.ndarray:
    """Return the centers of k-means in square-root space, ``(count, D)``, from small to large.

    Raises:
        InputError: There are fewer different values than centers.
    """
    different = len(np.unique(values, axis=0))
    if different < count:
        raise InputError(
            f"{count} anchors need {count} objects of different size, and there are {different}; "
            "take fewer anchors or more data"
        )
    centers = kmeans2(np.sqrt(values), count, iter=30, minit="++", rng=0)[0] ** 2
    return centers[np.argsort(centers.prod(1), kind="stable")]


def refined(
    start: np.ndarray, fitness: Callable[[np.ndarray], float], rounds: int, seed: int = 0
) -> np.ndarray:
    """Return parameters after a number of random changes, of which those that help stay."""
    rng = np.random.default_rng(seed)
    best, most = start, fitness(start)
    for _ in range(rounds):
        chosen = rng.random(start.shape) < MUTATED
        noise = chosen * rng.random() * rng.standard_normal(start.shape) * SPREAD
        new = best * (1 + noise).clip(0.3, 3)
        if (fit := fitness(new)) > most:
            best, most = new, fit
    return best


@dataclass(frozen=True)
class Fitted:
    """Anchors for a head, and what the old and the new ones reach."""

    head: Head
    settings: dict
    before: Reached
    after: Reached

    def fragment(self) -> str:
        """Return the config lines; they replace the head's generator."""
        generator = {key: self.head.settings[key] for key in ("type", "strides")}
        if "center_offset" in self.head.settings:
            generator["center_offset"] = self.head.settings["center_offset"]
        outer, inner = self.head.path
        values = dict(_delete_=True, **generator, **self.settings)
        lines = "".join(
            f"            {key}={pformat(value, width=76, compact=True)},\n".replace(
                "\n ", "\n             " + " " * len(key)
            )
            for key, value in values.items()
        )
        return (
            f"model = dict(\n    {outer}=dict(\n        {inner}=dict(\n{lines}        )\n    )\n)\n"
        )


def fit(objects: np.ndarray, head: Head, rounds: int = 1000) -> Fitted:
    """Fit as many anchors as a head has to the objects.

    The refinement starts from k-means or, where these are fitter, from the head's own anchors.

    Args:
        objects: ``(N, 4)`` x and y of the center, width, height, px of the network input.
        head: From :func:`head_of`.
        rounds: Of the refinement.

    Raises:
        InputError: There are fewer different sizes than anchors.
    """
    layout, own = _layout(head)
    seen = objects
    if len(objects) > SAMPLE:
        seen = objects[np.random.default_rng(0).choice(len(objects), SAMPLE, replace=False)]

    def fitness(parameters: np.ndarray) -> float:
        similar = similarity(seen, layout.anchors(parameters), head.by_ratio)
        return float((similar * (similar >= head.threshold)).mean())

    start = max(layout.start(seen[:, 2:]), own, key=fitness)
    found = refined(start, fitness, rounds)
    settings = layout.settings(found)
    bare = {key: value for key, value in head.settings.items() if key not in OCTAVES}
    new = Head(head.path, {**bare, **settings}, head.threshold, head.by_ratio)
    return Fitted(head, settings, reached(objects, head), reached(objects, new))


def _layout(head: Head) -> tuple[Pairs | Product, np.ndarray]:
    """Return how a head's anchors depend on parameters, and its own parameters."""
    built = head.generator
    strides = np.array([stride[0] for stride in built.strides], float)
    if isinstance(built, YOLOAnchorGenerator):
        return Pairs(strides, len(built.base_sizes[0])), head.anchors()[:, :2].ravel()
    scales, ratios = np.array(built.scales, float), np.array(built.ratios, float)
    middle = np.exp(np.log(scales).mean())
    own = np.concatenate([middle * np.array(built.base_sizes, float), ratios])
    return Product(strides, scales / middle, len(ratios)), own
