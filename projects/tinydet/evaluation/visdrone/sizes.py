"""Sizes of VisDrone's images: the evaluation needs them, and the text files lack them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from PIL import Image

from tinydet.datasets.annotations import read_json, some
from tinydet.errors import InputError

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff")
ORIENTATION = 0x0112  # EXIF: 5 to 8 are quarter turns

Sizes = Mapping[str, Sequence[int]]  # {image name: (height, width)} in pixels


def read_sizes(path: str | Path) -> Sizes:
    """Read ``{name: [height, width]}`` from a JSON file; a name may end in .txt or .jpg.

    Raises:
        InputError: The file does not exist or is not an object, or an entry is not two positive
            integers.
    """
    sizes = read_json(path, 'write {"image name": [height, width], …} or give the images')
    if not isinstance(sizes, dict):
        raise InputError(f"{path} holds a {type(sizes).__name__}, not an object of sizes")
    wrong = [name for name, size in sizes.items() if not _is_size(size)]
    if wrong:
        raise InputError(
            f"{path}: {len(wrong)} sizes are not [height, width] in whole pixels "
            f"({some(f'{name}: {sizes[name]!r}' for name in wrong)}); correct them"
        )
    return {_without_suffix(name): tuple(size) for name, size in sizes.items()}


def _is_size(size: object) -> bool:
    return (
        isinstance(size, list | tuple)
        and len(size) == 2
        and all(type(side) is int and side > 0 for side in size)
    )


def _without_suffix(name: str) -> str:
    path = Path(name)
    return path.stem if path.suffix.lower() in (".txt", *SUFFIXES) else name


def check_sizes(names: Collection[str], sizes: Sizes) -> None:
    """Check that the size of each image is known.

    Raises:
        InputError: The size of an image is unknown.
    """
    unknown = sorted(set(names) - set(sizes))
    if unknown:
        raise InputError(
            f"the sizes of {len(unknown)} images are unknown ({some(unknown)}), but ignored "
            "regions are drawn in images of known size; give --images FOLDER, or --image-sizes "
            "with [height, width] of each"
        )


def find_images(folder: str | Path) -> dict[str, Path]:
    """Return ``{file name without suffix: path}`` of the images in a folder, sorted.

    Raises:
        InputError: The folder does not exist, holds no image, or holds two images of one name.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"image folder {folder} does not exist (looked for {folder.resolve()})")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise InputError(f"image folder {folder} holds no image ({some(SUFFIXES, 9)})")
    images: dict[str, Path] = {}
    for path in paths:
        if other := images.get(path.stem):
            raise InputError(f"{other} and {path} have the same name; remove one of them")
        images[path.stem] = path
    return images


def sizes_of(images: Mapping[str, Path]) -> Sizes:
    """Read heights and widths from the headers of image files.

    Sizes are those after the rotation that EXIF states, as a detector sees the image.

    Raises:
        InputError: A file is not an image.
    """
    sizes = {}
    for name, path in images.items():
        try:
            with Image.open(path) as image:
                turned = image.getexif().get(ORIENTATION, 1) > 4
                sizes[name] = image.size if turned else image.size[::-1]
        except (OSError, SyntaxError) as error:
            raise InputError(f"image {path} cannot be read ({error}); replace it") from None
    return sizes
