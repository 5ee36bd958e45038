"""Shapes as inequalities, sampled 4 x 4 times a pixel.

A shape is a list of parts, each a boolean function of the coordinates ``(u, v)`` of the shape's
own frame: ``u`` runs along it, ``v`` across, and its length is 1. Sampling the inequalities on a
grid four times finer than the pixels and counting the hits makes an object of 4 px look right,
and needs neither a drawing library (whose polygons change with version and SIMD) nor any
floating-point sum whose order could matter: the same seed gives the same pixels everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SAMPLES = 4  # a pixel and axis

Part = tuple[np.ndarray, np.ndarray]  # samples that belong to it (4h, 4w), its RGB in 0..255
Vector = tuple[float, float]


def direction(degrees: int) -> Vector:
    """Return (cos, sin), rounded so that the last bit of a platform's libm does not count."""
    angle = math.radians(degrees)
    return round(math.cos(angle) * 16384) / 16384, round(math.sin(angle) * 16384) / 16384


@dataclass(frozen=True)
class Pose:
    """Where a shape lies: center and length in pixels, heading in degrees, x right, y down."""

    x: float
    y: float
    length: float
    angle: int


class Frame:
    """The samples around a pose, in pixels' grid and in the shape's own coordinates.

    Args:
        pose: Where the shape lies.
        reach: Half the patch's side, in lengths: nothing of the shape is farther from its center.
        margin: Pixels around that, for a shadow.

    Attributes:
        left, top: The patch's first pixel; may be negative.
        u, v: Coordinates of the samples in lengths, ``(4h, 4w)``.
    """

    def __init__(self, pose: Pose, reach: float = 0.75, margin: float = 0.0) -> None:
        radius = pose.length * reach + margin + 1
        self.pose = pose
        self.left, self.top = math.floor(pose.x - radius), math.floor(pose.y - radius)
        width = math.ceil(pose.x + radius) - self.left
        height = math.ceil(pose.y + radius) - self.top
        x = (self.left - pose.x) + (np.arange(width * SAMPLES) + 0.5) / SAMPLES
        y = (self.top - pose.y) + (np.arange(height * SAMPLES) + 0.5) / SAMPLES
        cos, sin = direction(pose.angle)
        x, y = x[None] / pose.length, y[:, None] / pose.length
        self.u = (x * cos + y * sin).astype(np.float32)
        self.v = (y * cos - x * sin).astype(np.float32)

    def box(self, u: float, v: float, half_u: float, half_v: float) -> np.ndarray:
        """Return the samples inside a rectangle of the shape's frame."""
        return (np.abs(self.u - u) <= half_u) & (np.abs(self.v - v) <= half_v)

    def ellipse(self, u: float, v: float, half_u: float, half_v: float) -> np.ndarray:
        """Return the samples inside an ellipse of the shape's frame."""
        du, dv = (self.u - u) / half_u, (self.v - v) / half_v
        return du * du + dv * dv <= 1

    def rounded(self, u: float, v: float, half_u: float, half_v: float, r: float) -> np.ndarray:
        """Return the samples inside a rectangle with corners of radius ``r``."""
        du = np.maximum(np.abs(self.u - u) - (half_u - r), 0)
        dv = np.maximum(np.abs(self.v - v) - (half_v - r), 0)
        return du * du + dv * dv <= r * r


@dataclass
class Sprite:
    """A drawn shape, ready to be laid over a picture.

    Attributes:
        left, top: Its first pixel in the picture.
        alpha: Share of each pixel that it covers, ``(h, w)``.
        color: Its RGB times alpha, ``(h, w, 3)``, 0..255.
        shade: Share of each pixel that its shadow covers, ``(h, w)``.
        box: ``x1, y1, x2, y2`` of its samples without the shadow, in quarters of a pixel.
    """

    left: int
    top: int
    alpha: np.ndarray
    color: np.ndarray
    shade: np.ndarray
    box: tuple[float, float, float, float]


def coverage(samples: np.ndarray) -> np.ndarray:
    """Return which share of each pixel's samples is set: ``(4h, 4w)`` -> ``(h, w)``."""
    hits = samples.view(np.uint8)
    hits = hits[0::4] + hits[1::4] + hits[2::4] + hits[3::4]
    hits = hits[:, 0::4] + hits[:, 1::4] + hits[:, 2::4] + hits[:, 3::4]
    return hits.astype(np.float32) / (SAMPLES * SAMPLES)


def shifted(samples: np.ndarray, dx: int, dy: int) -> np.ndarray:
    """Return ``samples`` moved by whole samples; what leaves the patch is lost."""
    out = np.zeros_like(samples)
    height, width = samples.shape
    if abs(dx) < width and abs(dy) < height:
        rows, columns = (
            slice(max(dy, 0), height + min(dy, 0)),
            slice(max(dx, 0), width + min(dx, 0)),
        )
        from_rows = slice(max(-dy, 0), height + min(-dy, 0))
        from_columns = slice(max(-dx, 0), width + min(-dx, 0))
        out[rows, columns] = samples[from_rows, from_columns]
    return out


def shadow_of(samples: np.ndarray, shadow: Vector) -> np.ndarray:
    """Return the samples that a body of this outline, as tall as ``shadow`` (px), keeps dark."""
    dx, dy = round(shadow[0] * SAMPLES), round(shadow[1] * SAMPLES)
    steps = max(1, (abs(dx) + abs(dy)) // 6)
    dark = np.zeros_like(samples)
    for step in range(1, steps + 1):
        dark |= shifted(samples, dx * step // steps, dy * step // steps)
    return dark & ~samples


def rasterize(frame: Frame, parts: Sequence[Part], shadow: Vector = (0.0, 0.0)) -> Sprite:
    """Draw parts, later ones over earlier ones, and the shadow of their common outline.

    Args:
        frame: The grid on which the parts were sampled.
        parts: What to draw; the first may not be empty everywhere.
        shadow: Offset of the shadow's far end in pixels; (0, 0) for none.
    """
    free = np.ones(frame.u.shape, dtype=bool)
    color = np.zeros((free.shape[0] // SAMPLES, free.shape[1] // SAMPLES, 3), dtype=np.float32)
    for samples, rgb in reversed(parts):
        color += coverage(samples & free)[..., None] * np.asarray(rgb, dtype=np.float32)
        free &= ~samples
    body = ~free
    dark = shadow_of(body, shadow) if any(shadow) else np.zeros_like(body)
    rows, columns = np.flatnonzero(body.any(axis=1)), np.flatnonzero(body.any(axis=0))
    if len(rows) == 0:
        rows = columns = np.array([0, -1])  # thinner than the samples' spacing: an empty box
    box = (
        frame.left + int(columns[0]) / SAMPLES,
        frame.top + int(rows[0]) / SAMPLES,
        frame.left + (int(columns[-1]) + 1) / SAMPLES,
        frame.top + (int(rows[-1]) + 1) / SAMPLES,
    )
    return Sprite(frame.left, frame.top, coverage(body), color, coverage(dark), box)
