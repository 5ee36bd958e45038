"""One way of reading pictures in a config: the same ``stretch`` in training and in tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from tinydet.configuration.nested import dictionaries
from tinydet.datasets.annotations import some
from tinydet.datasets.pixels import checked_stretch
from tinydet.datasets.wrappers import LOADERS
from tinydet.errors import InputError


def check_stretch(config: Mapping) -> None:
    """Refuse a config that reads the pictures of a test in another way than those of the training.

    Raises:
        InputError: Two loaders of its pipelines have different ``stretch``.
    """
    places = defaultdict(list)
    for key in (*LOADERS, "tta_pipeline", "custom_hooks"):  # a hook may switch the pipeline
        for path, node in dictionaries(config.get(key), key):
            kind = node.get("type", "")  # a class in new-style configs
            if getattr(kind, "__name__", str(kind)).endswith("LoadImageFromFile"):
                stretch = checked_stretch(node.get("stretch"))
                places[f"stretch={stretch!r}"].append(path)
    if len(places) > 1:
        found = "; ".join(f"{stretch} in {some(paths, 3)}" for stretch, paths in places.items())
        raise InputError(f"the config reads pictures in several ways: {found}; write one of them")
