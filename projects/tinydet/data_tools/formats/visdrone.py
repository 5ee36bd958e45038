"""VisDrone2019-DET: the official archives, or one folder of text files.

Objects of score 0 are boxes to ignore, category 0 is an ignored region, and 'others' are left out,
counted: the evaluation never looks at them. Truncation and occlusion, which neither training nor
evaluation reads, are not kept.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from tinydet.data_tools.formats.coco import of_dictionary
from tinydet.data_tools.image_folder import ImageFolder
from tinydet.data_tools.pictures import DataSet
from tinydet.data_tools.source import Source, progress
from tinydet.datasets.annotations import some
from tinydet.errors import InputError
from tinydet.evaluation.visdrone.coco_json import to_coco
from tinydet.evaluation.visdrone.folders import read_folder
from tinydet.evaluation.visdrone.rows import OTHERS

ARCHIVES = ("train", "val", "test-dev")


def read(source: Source) -> dict[str, DataSet]:
    """Read the archives ``VisDrone2019-DET-<split>`` of a folder, or the text files in it.

    The split of an archive is called ``visdrone_<split>``, as the configs call its file.

    Raises:
        InputError: Folders are missing, a line is none of VisDrone's, or pictures and text files
            do not pair up.
    """
    root = source.path
    archives = {split: root / f"VisDrone2019-DET-{split}" for split in source.splits or ARCHIVES}
    found = {split: folder for split, folder in archives.items() if folder.is_dir()}
    if not found and not source.splits and (any(root.glob("*.txt"))):
        if source.images is None:
            raise InputError(
                "VisDrone's text files do not say the size of a picture; give --images FOLDER"
            )
        return {root.name or "visdrone": _split(root, source.images, source)}
    if not found or (source.splits and len(found) < len(archives)):
        lacking = next(folder for split, folder in archives.items() if split not in found)
        raise InputError(
            f"folder {lacking} does not exist (looked for {lacking.resolve()}); get it from "
            "github.com/VisDrone/VisDrone-Dataset and unpack it there, or choose others by --split"
        )
    return {
        f"visdrone_{split}": _split(
            folder / "annotations", ImageFolder(folder / "images", source.faults), source
        )
        for split, folder in found.items()
    }


def _split(folder: Path, images: ImageFolder, source: Source) -> DataSet:
    truth = read_folder(folder, truth=True)
    names = {stem: images.find(stem, f"{folder / stem}.txt") for stem in truth}
    for lost, what in (
        ([stem for stem, name in names.items() if name is None], "annotation files without image"),
        (sorted(set(images.names) - set(names.values())), "images without annotation file"),
    ):
        if lost:
            raise InputError(
                f"{folder.parent} has {len(lost)} {what} ({some(lost)}); unpack the official "
                "archive again"
            )
    others = {stem: int((rows.class_ids == OTHERS).sum()) for stem, rows in truth.items()}
    for stem in (stem for stem, count in others.items() if count):
        sentence = f"{folder / stem}.txt has {others[stem]}"
        source.faults.note("objects of the category 'others' left out", sentence, others[stem])
    sizes = {stem: images.size(names[stem])[::-1] for stem in progress(truth, f"reading {folder}")}
    return of_dictionary(to_coco(truth, sizes, names), dataclasses.replace(source, path=folder))
