"""Find the picture files that annotations name, and read their sizes without decoding them."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path, PurePosixPath

from PIL import Image

from tinydet.data_tools.faults import Faults
from tinydet.errors import InputError
from tinydet.evaluation.visdrone.sizes import ORIENTATION, SUFFIXES

DEEP = ("I", "F")  # Pillow's modes of 32 bits; those of 16 end in it


class ImageFolder:
    """The pictures below a folder, links followed.

    Args:
        root: The folder.
        faults: Counts what is odd about the files that are opened.

    Raises:
        InputError: There is no such folder, or no picture in it.
    """

    def __init__(self, root: str | Path, faults: Faults) -> None:
        self.root, self.faults = Path(root), faults
        if not self.root.is_dir():
            raise InputError(
                f"image folder {root} does not exist (looked for {self.root.resolve()})"
            )
        if not self.names:
            raise InputError(f"image folder {root} holds no image ({', '.join(SUFFIXES)})")

    @cached_property
    def names(self) -> list[str]:
        """Paths of the pictures below the root, sorted, with forward slashes."""
        found = (
            Path(folder, name).relative_to(self.root).as_posix()
            for folder, _, names in os.walk(self.root, followlinks=True)
            for name in names
            if name.lower().endswith(SUFFIXES)
        )
        return sorted(found)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.names)

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        """Names by their path without suffix, and by the file's name without folder and suffix."""
        stems: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            path = PurePosixPath(name)
            for stem in {path.with_suffix("").as_posix(), path.stem}:
                stems[stem].append(name)
        return stems

    def find(self, stem: str, where: str) -> str | None:
        """Return the one picture of a path, or of a file name, without suffix.

        Raises:
            InputError: There are several.
        """
        found = self._by_stem.get(stem) or self._by_stem.get(PurePosixPath(stem).name, [])
        if len(found) > 1:
            raise InputError(
                f"{where} may belong to {len(found)} pictures ({', '.join(found[:3])}); rename "
                "them, or keep the folders of the labels as those of the pictures"
            )
        return found[0] if found else None

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def note_unused(self, used: Iterable[str]) -> None:
        """Count the pictures that no annotation file names, which is no fault of the files."""
        for name in sorted(self._known.difference(used)):
            self.faults.note("pictures that no file names left out", str(self.root / name))

    def size(self, name: str) -> tuple[int, int]:
        """Return width and height of a picture, see :func:`picture_size`."""
        return picture_size(self.root / name, self.faults)


def picture_size(path: Path, faults: Faults) -> tuple[int, int]:
    """Return width and height of a picture as it is seen, turned as EXIF says.

    Args:
        path: The file, which is not decoded.
        faults: Counts what is odd about it.

    Raises:
        InputError: The file is no picture.
    """
    try:
        with Image.open(path) as image:
            # Pillow decodes a PNG to look for an EXIF chunk behind the pixels.
            exif = {} if image.format == "PNG" and "exif" not in image.info else image.getexif()
            orientation = exif.get(ORIENTATION, 1)
            _look(path, image, orientation, faults)
            return image.size[::-1] if orientation in (5, 6, 7, 8) else image.size
    except (OSError, SyntaxError) as error:
        raise InputError(f"image {path} cannot be read ({error}); replace it") from None


def _look(path: Path, image: Image.Image, orientation: object, faults: Faults) -> None:
    """Count what training sees otherwise than a person does."""
    if orientation not in range(1, 9):
        faults.add(
            "pictures of unknown EXIF orientation taken as not turned",
            f"{path} has orientation {orientation!r}, and EXIF knows 1 to 8",
        )
    if image.mode in DEEP or any(";16" in str(tile) for tile in image.tile):
        faults.add(
            "pictures of more than 8 bits kept, of which training reads the upper 8 (see stretch)",
            f"{path} has more than 8 bits",
        )
    if len(image.getbands()) > 3:
        faults.add(
            "pictures of four channels kept, of which training reads three",
            f"{path} has the channels {', '.join(image.getbands())}",
        )


def forward(name: str, where: str, faults: Faults) -> str:
    r"""Return a file name with forward slashes; count Windows paths, and cut off their drive.

    ``C:\data\images\a.jpg`` can only be looked for by its last part.
    """
    if "\\" not in name:
        return name
    faults.add("Windows paths read with forward slashes", f"{where} names {name!r}")
    name = name.replace("\\", "/")
    return PurePosixPath(name).name if ":" in name else name.removeprefix("./")
