"""What every reader and writer of a format is given."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from tinydet.data_tools.faults import Faults
from tinydet.data_tools.image_folder import ImageFolder
from tinydet.errors import InputError


@dataclass
class Source:
    """What is read.

    Args:
        path: A file or a folder.
        faults: Counts what cannot be read.
        images: The folder of pictures, which has the sizes that some formats lack.
        classes: Names in order; None takes those that the source names.
        splits: Names of the splits to read; None reads all.
        pixels: How VOC counts, see :mod:`tinydet.data_tools.formats.voc`.
    """

    path: Path
    faults: Faults
    images: ImageFolder | None = None
    classes: Sequence[str] | None = None
    splits: Sequence[str] | None = None
    pixels: str = "edges"

    def size(self, name: str, where: str) -> tuple[int, int]:
        """Return width and height of a picture whose annotations do not say.

        Raises:
            InputError: It cannot be looked up, or see :meth:`ImageFolder.size`.
        """
        if self.images is None:
            raise InputError(f"{where} does not say the size of {name!r}; give --images FOLDER")
        found = name if name in self.images else self.images.find(stem_of(name), where)
        if found is None:
            raise InputError(
                f"{where} does not say the size of {name!r}, which is not in {self.images.root}"
            )
        self.faults.add("sizes read from the pictures", f"{where} does not say the size of {name}")
        return self.images.size(found)

    def text_files(self, folder: Path, suffix: str) -> list[Path]:
        """Return the files below a folder whose names end so, sorted.

        Raises:
            InputError: No folder, or no such file.
        """
        if not folder.is_dir():
            state = "is a file" if folder.exists() else "does not exist"
            raise InputError(f"{folder} {state} (looked for {folder.resolve()}); name the folder")
        found = sorted(folder.rglob(f"*{suffix}"))
        if not found:
            raise InputError(f"{folder} holds no {suffix} file; is it of this format?")
        return found

    def pictures_of(self, files: Sequence[Path], folder: Path) -> dict[Path, str]:
        """Return ``{label file: file name of its picture}``, both sides counted where alone.

        A label file belongs to the picture of the same path below ``folder``, or of the same name.
        """
        names: dict[Path, str] = {}
        for path in files:
            stem = stem_of(path.relative_to(folder).as_posix())
            name = self.images.find(stem, str(path)) if self.images else None
            if name is None:
                self.faults.add("label files without a picture left out", f"{path} has no picture")
            else:
                names[path] = name
        self.count_bare(set(names.values()), folder)
        return names

    def count_bare(self, used: set[str], folder: Path) -> None:
        """Count pictures without a label file: they may belong to another split."""
        for name in self.images.names if self.images else ():
            if name not in used:
                self.faults.add(
                    "pictures without a label file left out",
                    f"{self.images.root / name} has none in {folder}",
                )


@dataclass
class Target:
    """Where and how to write.

    Args:
        path: A file or a folder.
        faults: Counts what the format has no word for.
        images: The folder of pictures, which a format that wants it beside the labels links to.
        pixels: As in :class:`Source`.
        notes: What is left to do for the user, filled by the writer.
    """

    path: Path
    faults: Faults
    images: Path | None = None
    pixels: str = "edges"
    notes: list[str] = field(default_factory=list)

    def file_of(self, split: str, splits: Iterable[str], suffix: str) -> Path:
        """Return the file of a split: the path itself where it names a file of the only split.

        Raises:
            InputError: The path names one file, and there are several splits.
        """
        names = list(splits)
        if self.path.suffix != suffix:
            path = self.path / f"{split}{suffix}"
        elif len(names) == 1:
            path = self.path
        else:
            raise InputError(
                f"--out {self.path} is one file, and there are {len(names)} splits "
                f"({', '.join(names)}); name a folder, or one of them by --split"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def link_images(self, name: str) -> None:
        """Link to the folder of pictures under a name, or note what is left to do."""
        link = self.path / name
        if link.exists():
            return
        if self.images is None:
            self.notes.append(f"put the pictures into {link}, or link to them")
            return
        try:
            link.symlink_to(os.path.abspath(self.images), target_is_directory=True)
        except OSError as error:  # Windows without the right to, FAT
            self.notes.append(f"copy {self.images} to {link}: it takes no link ({error.strerror})")


def stem_of(name: str) -> str:
    """Return a path without its suffix."""
    return name.rsplit(".", 1)[0] if "." in name.rsplit("/", 1)[-1] else name


def progress(items: Iterable, what: str, **options) -> tqdm:
    """Return a progress bar that says nothing for what is done within a second."""
    return tqdm(items, desc=what, mininterval=1, delay=1, **options)


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        InputError: It is none in UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors write a BOM
    except UnicodeDecodeError:
        raise InputError(f"{path} is no text in UTF-8; is it an annotation file?") from None


def numbers(fields: Iterable[str]) -> list[float]:
    """Return fields as numbers.

    Raises:
        ValueError: With what is wrong with the first field that is none, for a sentence.
    """
    values = []
    for text in fields:
        try:
            values.append(float(text))
        except ValueError:
            hints = {0: "no number", 1: "a decimal comma, write a point"}
            hint = hints.get(text.count(","), "several values, write spaces between them")
            raise ValueError(f"has {text.strip()!r}, {hint}") from None
    return values
