"""``tinydet://NAME``: weights in the repository's own folder ``weights/``; see its README."""

from __future__ import annotations

from pathlib import Path

from tinydet.weights.source import Source, promised_hash

FOLDER = Path(__file__).resolve().parents[3] / "weights"


def _shipped(name: str, file: str) -> Source:
    return Source(f"tinydet://{name}", str(FOLDER / file), sha256=promised_hash(file))


SHIPPED = {
    # configs/recipes/tiny_drone.py on HIT-UAV, half precision.
    "tiny_drone": _shipped("tiny_drone", "tiny_drone_hituav-7c65e1e9.pth"),
}
