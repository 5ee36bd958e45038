"""Which pictures and label files belong to which split of an Ultralytics data set."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import yaml

from tinydet.data_tools.source import Source, read_text
from tinydet.datasets.annotations import some
from tinydet.errors import InputError
from tinydet.evaluation.visdrone.sizes import SUFFIXES

SPLITS = ("train", "val", "test")
NO_LABELS = {"classes.txt", *(f"{split}.txt" for split in SPLITS)}  # text files of other kinds


@dataclass
class Listed:
    """A picture of a split and where its labels are expected."""

    picture: Path
    file_name: str
    labels: Path
    ignored: Path


def listed_pictures(source: Source) -> tuple[list[str], dict[str, list[Listed]]]:
    """Return the classes and the pictures of each split.

    Raises:
        InputError: No ``data.yaml`` where one is needed, or one without names or splits; a folder
            or list that it names is missing; the given classes are not as many as its own.
    """
    path = source.path
    files = [path] if path.is_file() else sorted(path.glob("*.y*ml"))
    if not path.exists() or len(files) > 1:
        state = f"holds {len(files)} .yaml files" if files else "does not exist"
        raise InputError(f"{path} {state}; name data.yaml, or the folder of the label files")
    labels = None
    if files:
        classes, root, parts = _read_yaml(files[0], source)
    else:
        classes, root, parts = _plain_folder(path, source)
        labels = path / "labels" if (path / "labels").is_dir() else path
    base = _base(root, parts, source)
    splits = {
        split: [_listed(picture, base, labels) for picture in pictures]
        for split, pictures in parts.items()
    }
    _count_lone_labels(list(chain(*splits.values())), source)
    chosen = source.splits or splits
    if unknown := [split for split in chosen if split not in splits]:
        raise InputError(f"{path} has no split {some(unknown)}; it has {some(splits)}")
    return classes, {split: splits[split] for split in chosen}


def _read_yaml(path: Path, source: Source) -> tuple[list[str], Path, dict[str, list[Path]]]:
    """Return classes, root and the pictures of each split that ``data.yaml`` names."""
    try:
        content = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict) or not content.get("names"):
        raise InputError(f"{path} has no 'names'; write a list of the classes")
    names = content["names"]
    if isinstance(names, dict):
        if sorted(names) != list(range(len(names))):
            raise InputError(f"{path}: the keys of 'names' are {some(names)}; count from 0")
        names = [names[number] for number in range(len(names))]
    number = content.get("nc", len(names))
    if number != len(names):
        raise InputError(f"{path} has nc: {number} and {len(names)} names; correct one of them")
    if source.classes is not None and len(source.classes) != len(names):
        raise InputError(
            f"{path} has {len(names)} classes ({some(names)}), and --classes "
            f"{len(source.classes)}; leave --classes out or give one name for each"
        )
    root = path.parent / str(content.get("path") or ".").replace("\\", "/")
    root = root if root.is_dir() else path.parent  # paths of another machine
    parts = {
        split: list(chain(*(_pictures(entry, root, source) for entry in _entries(content[split]))))
        for split in SPLITS
        if content.get(split)
    }
    if not parts:
        raise InputError(f"{path} names none of {some(SPLITS)}; write train: and a folder")
    return [str(name) for name in source.classes or names], root, parts


def _entries(value: object) -> list[str]:
    return [str(entry) for entry in (value if isinstance(value, list) else [value])]


def _pictures(entry: str, root: Path, source: Source) -> list[Path]:
    """Return the pictures of a folder, or those that a text file lists."""
    entry = entry.replace("\\", "/")
    path = root / entry
    if path.is_dir():
        found = [
            Path(folder, name)
            for folder, _, names in os.walk(path, followlinks=True)
            for name in names
            if name.lower().endswith(SUFFIXES)
        ]
        return sorted(found)
    if not path.is_file():
        raise InputError(
            f"{source.path} names {entry}, which is not in {root}; correct it, or 'path' above it"
        )
    found = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        picture = Path(os.path.normpath(path.parent / line.strip().replace("\\", "/")))
        if picture.is_file():
            found.append(picture)
        elif line.strip():
            sentence = f"{path}, line {number} names {line.strip()!r}, which does not exist"
            source.faults.add("listed pictures left out", sentence)
    return found


def _plain_folder(path: Path, source: Source) -> tuple[list[str], Path, dict[str, list[Path]]]:
    """Return the same of a folder of label files, with or without ``labels`` and ``images``."""
    listed = path / "classes.txt"
    if source.classes is None and not listed.is_file():
        raise InputError(
            f"{path} holds neither data.yaml nor classes.txt; write one, or give --classes NAME …"
        )
    if source.images is None and not (path / "images").is_dir():
        raise InputError(f"{path} has no folder images; give --images FOLDER")
    classes = source.classes or [line for line in read_text(listed).splitlines() if line.strip()]
    root = source.images.root if source.images else path / "images"
    return list(classes), path, {"train": _pictures(".", root, source)}


def _base(root: Path, parts: dict[str, list[Path]], source: Source) -> Path:
    """Return the folder that file names start from."""
    if source.images:
        return source.images.root
    inside = root / "images"
    whole = all(picture.is_relative_to(inside) for picture in chain(*parts.values()))
    return inside if whole else root


def _listed(picture: Path, base: Path, labels: Path | None) -> Listed:
    """Return a picture with the paths of its labels, which follow from its own.

    Args:
        picture: The file.
        base: What file names start from.
        labels: The folder of label files; None follows Ultralytics' rule.
    """
    name = os.path.relpath(picture, base)
    if name.startswith(".."):  # a link may lead to the base
        name = os.path.relpath(os.path.realpath(picture), os.path.realpath(base))
    if labels:
        text = Path(name).with_suffix(".txt")
        return Listed(
            picture, Path(name).as_posix(), labels / text, labels.parent / "ignored" / text
        )
    text = picture.with_suffix(".txt")
    return Listed(picture, Path(name).as_posix(), _beside(text, "labels"), _beside(text, "ignored"))


def _beside(path: Path, name: str) -> Path:
    """Return a path in which the last folder ``images`` has another name."""
    before, images, after = path.as_posix().rpartition("/images/")
    return Path(f"{before}/{name}/{after}") if images else path.parent / name / path.name


def _count_lone_labels(listed: Sequence[Listed], source: Source) -> None:
    """Count label files that belong to no picture of any split."""
    used = {item.labels for item in listed}
    folders = {path.parent for path in used if path.parent.is_dir()}
    for path in sorted(chain(*(folder.glob("*.txt") for folder in folders))):
        if path not in used and path.name not in NO_LABELS:
            source.faults.add(
                "label files without a picture left out", f"{path} has no picture in any split"
            )
