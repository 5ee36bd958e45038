"""Detect objects in the frames of a video file or of a camera."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from tinydet.datasets.palette import class_colors
from tinydet.errors import InputError
from tinydet.inference.detector import Detector
from tinydet.inference.found import COLUMNS, unsaid
from tinydet.visualization.draw import draw_objects

SUFFIXES = {".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm"}
RATE = 25.0  # frames a second of a camera that does not say


def is_video(source: str) -> bool:
    """Tell whether a source is a video file, or a camera: ``camera:0`` and so on."""
    return source.startswith("camera:") or Path(source).suffix.lower() in SUFFIXES


def detect_video(detector: Detector, source: str, out: Path, draw: bool = True) -> str:
    """Write ``NAME.csv``, a line a detection with its frame and time, and ``NAME.mp4``.

    A camera is read until Ctrl-C; what was found until then is kept.

    Args:
        detector: Frames go through it in batches of its ``batch_size``.
        source: A file, or ``camera:N``.
        out: Folder.
        draw: Write the video with the detections drawn.

    Returns:
        What was written.

    Raises:
        InputError: The source cannot be opened, or has no frames.
    """
    capture = _capture(source)
    rate = capture.get(cv2.CAP_PROP_FPS) or RATE
    total = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    name = source.replace(":", "") if source.startswith("camera:") else Path(source).stem
    out.mkdir(parents=True, exist_ok=True)
    written, colors = None, class_colors(len(detector.classes))
    count = objects = 0
    said: set[str] = set()
    frames = tqdm(_frames(capture), total=total if total > 0 else None, unit="frame")
    with (out / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["frame", "seconds", *COLUMNS])
        try:
            while chunk := list(islice(frames, detector.batch_size)):
                for pixels, found in zip(chunk, detector(chunk), strict=True):
                    for note in unsaid(found.notes, said):
                        frames.write(note)
                    for row in found.rows():
                        rows.writerow([count, f"{count / rate:.3f}", *row])
                    if draw:
                        drawn = draw_objects(pixels, found.detections, found.classes, colors)
                        written = written or _writer(out / f"{name}.mp4", rate, drawn)
                        written.write(np.ascontiguousarray(drawn[..., ::-1]))
                    count, objects = count + 1, objects + len(found)
        except KeyboardInterrupt:
            frames.write("stopped")
        finally:
            capture.release()
            if written is not None:
                written.release()
    if not count:
        raise InputError(f"{source} has no frame that can be decoded")
    video = f" and {out / name}.mp4" if draw else ""
    return f"{objects} objects in {count} frames: {out / name}.csv{video}"


def _capture(source: str) -> cv2.VideoCapture:
    if source.startswith("camera:"):
        number = source.removeprefix("camera:")
        if not number.isdecimal():
            raise InputError(f"{source} is no camera; write camera:0 for the first")
        capture = cv2.VideoCapture(int(number))
        cause = "there is no such camera, or another program uses it"
    else:
        if not Path(source).is_file():
            raise InputError(f"{source} does not exist")
        capture = cv2.VideoCapture(source)
        cause = "OpenCV has no codec for it, or it is damaged; convert it to H.264 in MP4"
    if not capture.isOpened():
        raise InputError(f"{source} cannot be opened: {cause}")
    return capture


def _frames(capture: cv2.VideoCapture) -> Iterator[np.ndarray]:
    while True:
        good, frame = capture.read()
        if not good:
            return
        yield np.ascontiguousarray(frame[..., ::-1])


def _writer(path: Path, rate: float, frame: np.ndarray) -> cv2.VideoWriter:
    height, width = frame.shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), rate, (width, height))
    if not writer.isOpened():
        raise InputError(f"{path} cannot be written: OpenCV has no encoder for mp4v")
    return writer
