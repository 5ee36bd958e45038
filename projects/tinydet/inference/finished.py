"""The detections of finished tiles in one file, so that a stopped run goes on where it was.

SQLite writes a batch of tiles whole or not at all, whatever moment the process is killed at.
Coordinates and scores are kept as the bytes that the model gave: a run that went on writes the
same results as one that was not stopped.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tinydet.errors import InputError

SCHEMA = (
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT)",
    "CREATE TABLE tiles (picture TEXT, tile INTEGER, boxes BLOB, scores BLOB, labels BLOB, "
    "PRIMARY KEY (picture, tile))",
)


class TileFound(NamedTuple):
    """Detections of a tile: ``(N, 4)`` float32 in its px, ``(N,)`` float32 scores, labels."""

    boxes: np.ndarray
    scores: np.ndarray
    labels: np.ndarray


class FinishedTiles:
    """Detections of tiles, by picture and number of the tile.

    Args:
        path: The file; made where it is missing.
        settings: What the detections depend on: model, size of the tiles and so on.
        resume: Keep the tiles of an earlier run; otherwise the file is begun anew.

    Raises:
        InputError: The earlier run had other settings, or the file is none of these.
    """

    def __init__(self, path: Path, settings: Mapping[str, object], resume: bool) -> None:
        if not resume:
            path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(path)
        stated = {name: json.dumps(value) for name, value in settings.items()}
        try:
            if not self._file.execute("SELECT name FROM sqlite_master").fetchall():
                self._begin(stated)
            before = dict(self._file.execute("SELECT name, value FROM settings"))
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"{path} holds no finished tiles ({error}); remove it, or give another --out"
            ) from None
        changed = [
            f"{name} was {before.get(name)}, now {stated.get(name)}"
            for name in {**before, **stated}
            if before.get(name) != stated.get(name)
        ]
        if changed:
            raise InputError(
                f"{path} is of a run with other settings ({'; '.join(changed)}); give the same "
                "ones, or leave out --resume to begin anew"
            )

    def _begin(self, settings: Mapping[str, str]) -> None:
        with self._file:
            self._file.execute("BEGIN")  # or each table would be written by itself
            for statement in SCHEMA:
                self._file.execute(statement)
            self._file.executemany("INSERT INTO settings VALUES (?, ?)", settings.items())

    def of(self, picture: str) -> dict[int, TileFound]:
        """Return the finished tiles of a picture, by number."""
        rows = self._file.execute(
            "SELECT tile, boxes, scores, labels FROM tiles WHERE picture = ?", (picture,)
        )
        return {
            tile: TileFound(
                np.frombuffer(boxes, np.float32).reshape(-1, 4),
                np.frombuffer(scores, np.float32),
                np.frombuffer(labels, np.int64),
            )
            for tile, boxes, scores, labels in rows
        }

    def add(self, tiles: Sequence[tuple[str, int, TileFound]]) -> None:
        """Write the detections of a batch of tiles: picture, number and detections of each."""
        with self._file:
            self._file.executemany(
                "INSERT OR REPLACE INTO tiles VALUES (?, ?, ?, ?, ?)",
                (
                    (
                        picture,
                        tile,
                        np.asarray(found.boxes, np.float32).tobytes(),
                        np.asarray(found.scores, np.float32).tobytes(),
                        np.asarray(found.labels, np.int64).tobytes(),
                    )
                    for picture, tile, found in tiles
                ),
            )

    def close(self) -> None:
        """Close the file."""
        self._file.close()
