"""Names of files of one picture each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from tinydet.data_tools.pictures import Picture
from tinydet.errors import InputError


def text_names(pictures: Iterable[Picture]) -> dict[str, str]:
    """Return ``{file name: path without suffix}``, under which a text or XML file is written.

    Raises:
        InputError: Two pictures differ in their suffix only, or a path leads out of the folder.
    """
    names: dict[str, str] = {}
    owners: dict[str, str] = {}
    for picture in pictures:
        path = PurePosixPath(picture.file_name)
        if path.is_absolute() or ".." in path.parts:
            raise InputError(
                f"picture {picture.file_name} lies outside the folder of pictures; give paths "
                "below it"
            )
        name = path.with_suffix("").as_posix()
        if other := owners.get(name):
            raise InputError(
                f"{other} and {picture.file_name} would have one label file; rename one of them"
            )
        owners[name], names[picture.file_name] = picture.file_name, name
    return names
