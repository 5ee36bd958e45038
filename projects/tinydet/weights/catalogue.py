"""From a name in a config to its source, without torchvision.

``torchvision://`` means the list of torchvision 0.12, which mmengine ships and which comes first
in mmengine too: ``resnet50`` is ``IMAGENET1K_V1``, with which the published numbers were made, and
not the ``IMAGENET1K_V2`` that later torchvisions prefer. Those have longer names
(``resnet50.imagenet1k_v2``), which need torchvision installed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mmengine
from mmengine.runner import checkpoint as upstream

from tinydet.errors import InputError, did_you_mean
from tinydet.weights.adapted import ADAPTED
from tinydet.weights.source import Source, from_url

WEB = ("http://", "https://")


def torchvision_urls() -> dict[str, str | None]:
    """Return what ``torchvision://`` and its old name ``modelzoo://`` can name."""
    try:
        return upstream.get_torchvision_models()
    except (ImportError, OSError, RuntimeError, AttributeError):  # absent, or not of this torch
        return mmengine.load(Path(mmengine.__path__[0]) / "hub" / "torchvision_0.12.json")


def openmmlab_urls() -> dict[str, str]:
    """Return what ``open-mmlab://`` can name, deprecated names included.

    A user's ``open_mmlab.json`` in ``MMENGINE_HOME`` may name files of that folder.
    """
    urls = upstream.get_external_models()
    deprecated = upstream.get_deprecated_model_names()
    return urls | {old: urls[new] for old, new in deprecated.items() if new in urls}


TABLES: dict[str, Callable[[], dict]] = {
    "torchvision://": torchvision_urls,
    "modelzoo://": torchvision_urls,
    "open-mmlab://": openmmlab_urls,
    "openmmlab://": openmmlab_urls,
    "mmcls://": upstream.get_mmcls_models,
    "tinydet://": lambda: ADAPTED,
}
SCHEMES = (*TABLES, *WEB)


def source_of(name: str | Path) -> Source:
    """Return where the weights of a name come from.

    Args:
        name: ``torchvision://resnet50``, ``https://…``, or a path.

    Raises:
        InputError: The scheme has no such name, or the scheme does not exist; the nearest that do
            are listed.
    """
    name = str(name)
    if name.startswith(WEB):
        return from_url(name, name)
    if "://" not in name:
        return Source(name, str(Path(name).expanduser()))
    scheme, _, short = name.partition("://")
    scheme += "://"
    if scheme not in TABLES:
        known = ", ".join(SCHEMES)
        raise InputError(f"checkpoint {name}: {scheme!r} is unknown; there are {known} and paths")
    found = TABLES[scheme]().get(short)
    if found is None:
        raise _unknown(name, scheme, short)
    if isinstance(found, Source):
        return found
    if not found.startswith(WEB):  # an entry of the user's own open_mmlab.json
        return Source(name, str(Path(upstream._get_mmengine_home()) / found))
    adapt = upstream._process_mmcls_checkpoint if scheme == "mmcls://" else None
    return from_url(name, found, adapt=adapt)


def _unknown(name: str, scheme: str, short: str) -> InputError:
    elsewhere = [other for other in TABLES if TABLES[other]().get(short)]
    if elsewhere:
        nearest = f" (there is {elsewhere[0]}{short})"
    else:
        nearest = did_you_mean(short, TABLES[scheme]())
    if scheme in ("torchvision://", "modelzoo://") and "." in short:
        nearest += "; names with a version need torchvision installed"
    return InputError(f"checkpoint {name} does not exist{nearest}")
