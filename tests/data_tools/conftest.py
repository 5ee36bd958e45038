"""Reading a file of a format, with its faults."""

import pytest
from PIL import Image

from tinydet.data_tools.faults import Faults
from tinydet.data_tools.formats import READERS
from tinydet.data_tools.image_folder import ImageFolder
from tinydet.data_tools.source import Source


@pytest.fixture
def read(tmp_path):
    """Read files given as ``{path: text}``; return the only data set and what was counted."""

    def load(form, files, ann=".", images=True, size=(100, 50), pictures=("a.png",), **options):
        for name in pictures:
            path = tmp_path / "images" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", size).save(path)
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        faults = Faults(options.pop("strict", False))
        folder = ImageFolder(tmp_path / "images", faults) if images else None
        splits = READERS[form](Source(tmp_path / ann, faults, folder, **options))
        (data,) = splits.values()
        return data, list(faults.report())

    return load
