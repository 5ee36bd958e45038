"""The configs of the tree, each read once a session however many tests look at it."""

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


class Loaded(NamedTuple):
    config: Config
    repeated: set[str]  # "file: key" where a file of ours sets what its bases say already


@functools.cache
def load(path):
    """Load a config, which tests leave as it is; ask for it by the fixture ``loaded``."""
    with _watched() as repeated:
        return Loaded(load_config(path), repeated)


@contextmanager
def _watched():
    read, merge = Config._file2dict, Config._merge_a_into_b
    files, found = [], set()

    def watch_file(filename, *args, **kwargs):
        files.append(Path(filename))
        result = read(filename, *args, **kwargs)
        files.pop()
        return result

    def watch_merge(child, parent, *args, **kwargs):
        if files and CONFIGS in files[-1].resolve().parents:
            found.update(
                f"{files[-1].name}: {key}"
                for key, value in child.items()
                if key not in HELPERS
                and not isinstance(value, dict | list)  # a list is a base's, changed in place
                and value == parent.get(key, MISSING)
            )
        return merge(child, parent, *args, **kwargs)

    with (
        mock.patch.object(Config, "_file2dict", staticmethod(watch_file)),
        mock.patch.object(Config, "_merge_a_into_b", staticmethod(watch_merge)),
    ):
        yield found
