"""Find missing and damaged images of a data set before training loads them."""

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
    """Return ``{path: problem}`` for the files that do not exist.

    Each folder is listed once. On a network file system, a query per file takes minutes in place
    of a second.
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
        infos: Dictionaries with ``img_path``, ``height`` and ``width``.
        loader: Loader of the training pipeline.

    Returns:
        ``{path: problem}`` for the images that training could not load.
    """

    def check(info: dict) -> str:
        return loader.check(info["img_path"], info["height"], info["width"])

    with ThreadPoolExecutor() as pool:  # OpenCV decodes without the GIL
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
    """Return the images that can be loaded; warn of 16-bit images with a narrow range of values.

    Args:
        infos: Dictionaries with ``img_path``, ``height`` and ``width``.
        name: Name of the annotation file in messages.
        how_to_get: What to do if files are missing, for the error.
        skip: Whether to leave out missing and damaged images; a warning names and counts them.
        loader: Loader of the data set, see :func:`tinydet.datasets.loading.loader_of`.

    Raises:
        InputError: Files are missing and ``skip`` is False, or no image is left.
    """
    problems = find_missing([info["img_path"] for info in infos])
    if problems and not skip:
        raise InputError(
            f"{len(problems)} of {len(infos)} images of {name} are missing: {some(problems, 3)}; "
            f"{how_to_get}, or train without these images with --skip-bad-images"
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
        raise InputError(f"{name}: none of its {len(infos)} images can be used")
    narrow = "" if loader.stretch else narrow_range([info["img_path"] for info in kept])
    if narrow:
        print_log(f"{name}: {narrow}", "current", logging.WARNING)
    return kept
