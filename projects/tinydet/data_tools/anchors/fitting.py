"""Anchors fitted to the objects of a data set.

K-means in square-root space, then the genetic refinement of YOLOv5 that mmyolo's
``YOLOKMeansAnchorOptimizer`` has: anchors are multiplied by noise, and a change that raises the
fitness stays. mmyolo leaves out boxes below 2 px and bounds anchors by 2 px from below; here all
objects count, and anchors follow them down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pprint import pformat

import numpy as np

from tinydet.data_tools.anchors.heads import Head
from tinydet.data_tools.anchors.layouts import layout_of
from tinydet.data_tools.anchors.recall import Reached, reached, similarity

MUTATED, SPREAD = 0.9, 0.1  # probability and deviation of a mutation, as YOLOv5's and mmyolo's
SAMPLE = 2000  # objects that the refinement looks at
OCTAVES = ("octave_base_scale", "scales_per_octave")


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
    layout, own = layout_of(head)
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
