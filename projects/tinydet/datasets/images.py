"""Find the images of a data set that are missing or damaged, before training meets them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from mmengine.dist import is_main_process
from tqdm import tqdm

from tinydet.datasets.loading import check_image


def find_missing(paths: Sequence[str]) -> dict[str, str]:
    """Return ``{path: what is wrong}`` for the files that are not there.

    A folder is listed once instead of asking for each file, which on a network file system is the
    difference between a second and minutes.
    """
    listed: dict[str, set[str]] = {}
    problems = {}
    for path in paths:
        folder, name = os.path.split(path)
        if folder not in listed:
            listed[folder] = (
                set(os.listdir(folder or ".")) if os.path.isdir(folder or ".") else set()
            )
        if name not in listed[folder]:
            problems[path] = f"{path} does not exist"
    return problems


def find_damaged(infos: Sequence[dict]) -> dict[str, str]:
    """Decode images, with a progress bar.

    Args:
        infos: Each with ``img_path``, ``height`` and ``width``, as the data set makes them.

    Returns:
        ``{path: what is wrong}`` for those that training could not load.
    """

    def check(info: dict) -> str:
        return check_image(info["img_path"], info["height"], info["width"])

    with ThreadPoolExecutor() as pool:  # OpenCV lets other threads run while it decodes
        bar = tqdm(
            pool.map(check, infos),
            total=len(infos),
            desc="decoding images",
            unit="image",
            mininterval=2,
            disable=not is_main_process(),
        )
        reasons = list(bar)
    return {info["img_path"]: reason for info, reason in zip(infos, reasons, strict=True) if reason}
