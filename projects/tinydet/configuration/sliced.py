"""The test pipeline of a sliced detector: pictures arrive whole, its tiles go through the rest."""

from __future__ import annotations

from collections.abc import Mapping

from tinydet.configuration.nested import dictionaries
from tinydet.datasets.wrappers import LOADERS
from tinydet.errors import InputError

TYPES = ("tinydet.SlicedDetector", "SlicedDetector")
PACKED = ("img_id", "img_path", "ori_shape", "img_shape")


def slice_pipelines(config: Mapping) -> None:
    """Move the transforms of the tests of a ``tinydet.SlicedDetector`` into it, in place.

    What its data sets do between loading and packing happens to each tile instead. A config whose
    model has a ``pipeline`` is left as it is.

    Raises:
        InputError: A test pipeline does not begin by loading pictures, or those of validation and
            test differ.
    """
    model = config.get("model") or {}
    if model.get("type") not in TYPES or "pipeline" in model:
        return
    found = {}
    for loader in LOADERS[1:]:
        for path, node in dictionaries((config.get(loader) or {}).get("dataset"), loader):
            if node.get("pipeline"):
                found[path] = node
    pipelines = []
    for path, node in found.items():
        whole, rest = _split(node["pipeline"], path)
        node["pipeline"] = whole
        if rest not in pipelines:
            pipelines.append(rest)
    if len(pipelines) > 1:
        raise InputError(
            "model: a tinydet.SlicedDetector has one pipeline for its tiles, and those of "
            f"{' and '.join(found)} differ; make them alike, or write model.pipeline"
        )
    if pipelines:
        model["pipeline"] = pipelines[0]


def _split(pipeline: list, path: str) -> tuple[list, list]:
    """Return the pipeline of a whole picture, and that of a tile."""
    load, *rest = pipeline
    if not _name(load).startswith("LoadImage"):
        raise InputError(
            f"{path}.pipeline begins with {_name(load)}; of a sliced detector it begins by loading "
            "a picture"
        )
    labels = [step for step in rest if _name(step).startswith("LoadAnnotations")]
    tile = [step for step in rest if step not in labels]
    return [load, *labels, dict(type="mmdet.PackDetInputs", meta_keys=PACKED)], tile


def _name(step: Mapping) -> str:
    kind = step["type"]
    return getattr(kind, "__name__", kind).rpartition(".")[2]
