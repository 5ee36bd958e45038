"""Refuse a loss, an assigner or an NMS that does not fit its host, before anything is built.

mmengine builds whatever a config says: an IoU of encoded deltas, an assigner that no head uses, a
constant in pixels for boxes in grid cells. All of these train, to a lower AP. :func:`install` runs
the check before every model that a ``Runner`` of mmengine builds.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping

from mmengine.registry import MODELS, TASK_UTILS, Registry
from mmengine.runner import Runner

from tinydet.checkpoints import detector_of
from tinydet.compat.wrapping import wrap_once
from tinydet.configuration.contracts import COMPARES, Contract, contract_of
from tinydet.configuration.nested import dictionaries
from tinydet.errors import InputError
from tinydet.registry import TASK_UTILS as OUR_TASK_UTILS


def check_model(model: Mapping) -> None:
    """Check a detector's config; heads without a contract pass.

    Types are looked up in the default scope, as when the model is built.

    Raises:
        InputError: Something does not fit; names the path, the value and the choices of each.
    """
    problems = [*_nms_problems(model), *_switch_problems(model)]
    for where, head, assigners in _heads(model):
        head_class = _class_of(head, MODELS)
        contract = contract_of(head_class) if head_class else None
        if contract:
            problems += _loss_problems(where, head, head_class, contract)
            for path, assigner in assigners:
                problems += _assigner_problems(path, assigner, head_class, contract)
    if problems:
        raise InputError("; ".join(problems))


def install() -> None:
    """Check the model of every run; further calls have no effect."""

    def make(original: Callable) -> Callable:
        def build_model(self, model):
            if isinstance(model, Mapping):
                check_model(detector_of(model))
            return original(self, model)

        return build_model

    wrap_once(Runner, "build_model", make)


def _heads(model: Mapping) -> Iterator[tuple[str, Mapping, list[tuple[str, Mapping]]]]:
    """Yield the path and the config of each head, and the paths and configs of its assigners."""
    train = model.get("train_cfg") or {}
    roi = (model.get("roi_head") or {}).get("bbox_head")
    places = [
        *_stages("model.rpn_head", model.get("rpn_head"), "model.train_cfg.rpn", train.get("rpn")),
        ("model.bbox_head", model.get("bbox_head"), "model.train_cfg", train),
        *_stages("model.roi_head.bbox_head", roi, "model.train_cfg.rcnn", train.get("rcnn")),
    ]
    for where, head, path, settings in places:
        if isinstance(head, Mapping):
            given = [(path, (settings or {}).get("assigner")), (where, head.get("assigner"))]
            yield where, head, [(f"{p}.assigner", a) for p, a in given if a]


def _stages(
    where: str, head: object, path: str, settings: object
) -> Iterator[tuple[str, object, str, object]]:
    """Yield the paths and configs of a head and its settings, for each stage of a cascade."""
    if isinstance(head, Mapping) and "stages" in head:  # mmdet's CascadeRPNHead
        where, head = f"{where}.stages", head["stages"]
    if not isinstance(head, list | tuple):
        yield where, head, path, settings
        return
    for i, stage in enumerate(head):
        own = settings[i] if isinstance(settings, list | tuple) else settings
        yield f"{where}[{i}]", stage, f"{path}[{i}]", own


def _class_of(config: Mapping, registry: Registry) -> type | None:
    found = config.get("type")
    if isinstance(found, str):
        with registry.switch_scope_and_registry(config.get("_scope_")) as scoped:
            found = scoped.get(found)
    return found if inspect.isclass(found) else None


def _option(config: Mapping, built: type, name: str) -> object:
    """Return an argument of the class to be built: the config's value, or the default."""
    if name in config:
        return config[name]
    for cls in built.__mro__:
        parameter = inspect.signature(cls.__init__).parameters.get(name)
        if parameter is not None:
            return parameter.default
    return None


def _loss_problems(
    where: str, head: Mapping, head_class: type, contract: Contract
) -> Iterator[str]:
    from tinydet.models.losses import BoxLoss

    config = head.get("loss_bbox") or {}
    loss = _class_of(config, MODELS)
    if loss is None or not issubclass(loss, BoxLoss):
        return
    where, name, host = f"{where}.loss_bbox", loss.__name__, head_class.__name__
    if contract.encoded and not _option(head, head_class, "reg_decoded_bbox"):
        yield (
            f"{where}: {name} compares boxes, and {host} with reg_decoded_bbox=False passes "
            "encoded deltas; set reg_decoded_bbox=True"
        )
    wanted = dict(
        box_format=contract.boxes, reduction=contract.reduction, return_iou=contract.return_iou
    )
    for argument, value in wanted.items():
        given = _option(config, loss, argument)
        if given != value:
            yield f"{where}: {argument}={given!r} of {name}, and {host} needs {argument}={value!r}"
    # Inner-IoU and Focaler-IoU contain another loss.
    nested = [_class_of(node, MODELS) for _, node in dictionaries(config, "") if "type" in node]
    losses = [cls for cls in nested if cls and issubclass(cls, BoxLoss)]
    if any(cls.unit == "pixels" for cls in losses):
        yield from _unit_problems(where, head, head_class, contract, name)
    needs_areas = any(cls.needs_batch_areas for cls in losses) and not config.get("area_range")
    if needs_areas and contract.call == "level" and not contract.shows_areas:
        yield (
            f"{where}: {name} compares the areas of a batch, and {host} passes one level at a "
            f"time; use type='{contract.instead}' for the head, or give area_range"
        )


def _unit_problems(
    where: str, head: Mapping, head_class: type, contract: Contract, name: str
) -> Iterator[str]:
    host = head_class.__name__
    if contract.unit == "cells":
        yield (
            f"{where}: {name} measures pixels, and {host} passes grid cells; "
            f"use type='{contract.instead}' for the head"
        )
    elif _option(head, head_class, "norm_on_bbox"):
        yield (
            f"{where}: {name} measures pixels, and {host} with norm_on_bbox=True passes sides "
            "in strides; set norm_on_bbox=False"
        )


def _assigner_problems(
    path: str, config: Mapping, head_class: type, contract: Contract
) -> Iterator[str]:
    assigner = _class_of(config, TASK_UTILS)
    compares = getattr(assigner, "compares", None)
    name = getattr(assigner, "__name__", "")
    if compares not in COMPARES:
        if name and OUR_TASK_UTILS.module_dict.get(name) is assigner:
            yield f"{path}: {name}.compares={compares!r} is none of {', '.join(COMPARES)}"
        return  # others are upstream's business
    where, host = f"{path}: type={config['type']!r} does not fit", head_class.__name__
    if not contract.assigners:
        yield f"{where}: {host} uses no label assigner; use type='{contract.matcher}' for the head"
    elif compares not in contract.assigners:
        fit = sorted(
            f"tinydet.{known}"
            for known, cls in OUR_TASK_UTILS.module_dict.items()
            if getattr(cls, "compares", None) in contract.assigners
        )
        yield f"{where}: it compares objects with {compares}; {host} takes {' or '.join(fit)}"
    elif contract.assigner_in_head and "train_cfg" in path:
        yield f"{where}: {host} takes the assigner as its own argument, model.bbox_head.assigner"


def _nms_problems(model: Mapping) -> Iterator[str]:
    from tinydet.task_modules.nwd_nms import check_arguments

    for path, node in dictionaries(model, "model"):
        if node.get("type") == "tinydet.nwd_nms":
            try:
                check_arguments(**{k: v for k, v in node.items() if k not in ("type", "_scope_")})
            except (TypeError, ValueError) as error:
                sentence = str(error).replace("check_arguments()", "nwd_nms")
                choices = ", ".join(inspect.signature(check_arguments).parameters)
                yield f"{path}: {sentence} (it takes {choices})"


def _switch_problems(model: Mapping) -> Iterator[str]:
    """Name what is no part of ours but is told ``as_published``, which mmdet's parts swallow."""
    for path, node in dictionaries(model, "model"):
        kind = node.get("type")
        place = getattr(kind, "__module__", str(kind))
        if "as_published" in node and place.partition(".")[0] != "tinydet":
            name = getattr(kind, "__name__", kind) or "which has no type"
            yield (
                f"{path}: as_published is for parts of tinydet, not for {name}; leave it out there"
            )
