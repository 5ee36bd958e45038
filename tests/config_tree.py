"""The configs of the tree, each read once a session however many tests look at it."""

import copy
import functools
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from mmengine.config import Config

from tinydet.configuration import load_config

ROOT = Path(__file__).parents[1]
CONFIGS = ROOT / "configs"
RUNNABLE = sorted(
    path
    for path in CONFIGS.rglob("*.py")
    if "_base_" not in path.parts and not path.stem.startswith("_")
)
HELPERS = {"img_scale", "num_classes"}  # set for the lines that read them, whatever the parent has
MISSING = object()


def name_of(path):
    """Return ``lrnet/lrnet_n_aitod``."""
    return str(path.relative_to(CONFIGS).with_suffix(""))


def innermost(dataset):
    """Return the config of the data set inside all wrappers."""
    return innermost(dataset.dataset) if "dataset" in dataset else dataset


SIZES = {"scale", "scales", "img_scale", "crop_size", "border"}


def shrink(node, factor):
    """Scale the sizes that a pipeline names, to multiples of 32 (of 16 for half an image)."""
    if isinstance(node, dict):
        return {
            key: smaller(value, factor) if key in SIZES else shrink(value, factor)
            for key, value in node.items()
        }
    return [shrink(value, factor) for value in node] if isinstance(node, list | tuple) else node


def smaller(value, factor):
    if isinstance(value, list | tuple):
        return type(value)(smaller(part, factor) for part in value)
    if value is None or abs(value) < 200:
        return value
    step = 16 if value < 0 else 32  # a border is half of a mosaic, and negative
    return max(1, round(abs(value) * factor / 32 / (step / 32))) * step * (1 if value > 0 else -1)


class Loaded(NamedTuple):
    config: Config
    repeated: set[str]  # "file: key" where a file of ours sets what its bases say already


@functools.cache
def load(path):
    """Load a config, which tests leave as it is; most ask the fixture ``loaded`` for it."""
    # test_every_config.py looks for keys that nothing reads.
    with _remembering(), mock.patch("tinydet.configuration.load.unread_keys", return_value=[]):
        config = load_config(path)
    return Loaded(config, _read[str(path)].repeated)


class Read(NamedTuple):
    content: tuple
    repeated: set[str]


_read = {}  # by file: most of what a config says is in bases that it shares with others


@contextmanager
def _remembering():
    """Let mmengine read a file once, and compare what each file sets with what its bases say."""
    read, merge = Config._file2dict, Config._merge_a_into_b
    reading = []  # files, the innermost last, and what they repeat

    def read_once(filename, *args, **kwargs):
        if filename not in _read:
            reading.append((Path(filename), set()))
            content = read(filename, *args, **kwargs)
            _read[filename] = Read(content, reading.pop()[1])
        if reading:
            reading[-1][1].update(_read[filename].repeated)
        return copy.deepcopy(_read[filename].content)

    def compare_and_merge(child, parent, *args, **kwargs):
        if reading and CONFIGS in reading[-1][0].resolve().parents:
            file, repeated = reading[-1]
            repeated.update(
                f"{file.name}: {key}"
                for key, value in child.items()
                if key not in HELPERS
                and not isinstance(value, dict | list)  # a list is a base's, changed in place
                and value == parent.get(key, MISSING)
            )
        return merge(child, parent, *args, **kwargs)

    with (
        mock.patch.object(Config, "_file2dict", staticmethod(read_once)),
        mock.patch.object(Config, "_merge_a_into_b", staticmethod(compare_and_merge)),
    ):
        yield
