"""Find the images of a data set that are missing or damaged, before training meets them."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from mmengine.dist import is_main_process
from mmengine.logging import print_log
from tqdm import tqdm

from tinydet.datasets.annotations import some
from tinydet.datasets.loading import LoadImageFromFile
from tinydet.datasets.pixels import narrow_range
from tinydet.errors import InputError


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


def find_damaged(infos: Sequence[dict], loader: LoadImageFromFile) -> dict[str, str]:
    """Decode images, with a progress bar.

    Args:
        infos: Each with ``img_path``, ``height`` and ``width``, as the data set makes them.
        loader: What training loads them by.

    Returns:
        ``{path: what is wrong}`` for those that training could not load.
    """

    def check(info: dict) -> str:
        return loader.check(info["img_path"], info["height"], info["width"])

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


def usable_images(
    infos: list[dict], name: str, how_to_get: str, skip: bool, loader: LoadImageFromFile
) -> list[dict]:
    """Return the images whose files can be used; a warning tells of 16 bits of a narrow range.

    Args:
        infos: Each with ``img_path``, ``height`` and ``width``, as a data set makes them.
        name: What lists the images, for the sentences.
        how_to_get: What to do where files are missing.
        skip: Leave out what is missing or damaged, each named and counted.
        loader: The data set's, see :func:`tinydet.datasets.loading.loader_of`.

    Raises:
        InputError: Files are missing and may not be skipped, or none is left.
    """
    problems = find_missing([info["img_path"] for info in infos])
    if problems and not skip:
        raise InputError(
            f"{len(problems)} of {len(infos)} images of {name} are missing: {some(problems, 3)}; "
            f"{how_to_get}, or train without them by --skip-bad-images"
        )
    if skip:
        whole = [info for info in infos if info["img_path"] not in problems]
        problems |= find_damaged(whole, loader)
    if problems:
        print_log(
            f"{name}: training without {len(problems)} of {len(infos)} images: "
            f"{some(problems.values(), len(problems))}",
            "current",
            logging.WARNING,
        )
    kept = [info for info in infos if info["img_path"] not in problems]
    if not kept:
        raise InputError(f"{name}: not one of its {len(infos)} images can be used")
    narrow = "" if loader.stretch else narrow_range([info["img_path"] for info in kept])
    if narrow:
        print_log(f"{name}: {narrow}", "current", logging.WARNING)
    return kept
