"""From the name of weights in a config to their source, without torchvision.

``torchvision://`` refers to the list of torchvision 0.12 that mmengine ships and prefers:
``resnet50`` is ``IMAGENET1K_V1``, the weights of the published numbers, not the ``IMAGENET1K_V2``
that later versions of torchvision prefer. The latter have longer names, such as
``resnet50.imagenet1k_v2``, which need an installed torchvision.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mmengine
from mmengine.runner import checkpoint as upstream

from tinydet.errors import InputError, did_you_mean
from tinydet.weights.adapted import ADAPTED
from tinydet.weights.shipped import SHIPPED
from tinydet.weights.source import Source, from_url

WEB = ("http://", "https://")


def torchvision_urls() -> dict[str, str | None]:
    """Return ``{name: URL}`` of ``torchvision://`` and its old name ``modelzoo://``."""
    try:
        return upstream.get_torchvision_models()
    except (
        ImportError,
        OSError,
        RuntimeError,
        AttributeError,
    ):  # missing, or built for another torch
        return mmengine.load(Path(mmengine.__path__[0]) / "hub" / "torchvision_0.12.json")


def openmmlab_urls() -> dict[str, str]:
    """Return ``{name: URL}`` of ``open-mmlab://``, deprecated names included.

    A user's ``open_mmlab.json`` in ``MMENGINE_HOME`` may list files in that folder.
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
    "tinydet://": lambda: ADAPTED | SHIPPED,
}
SCHEMES = (*TABLES, *WEB)


def source_of(name: str | Path) -> Source:
    """Return the source of weights.

    Args:
        name: ``torchvision://resnet50``, ``https://…``, or a path.

    Raises:
        InputError: The scheme or the name does not exist; the sentence suggests the nearest.
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
