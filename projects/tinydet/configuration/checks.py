"""Refuse a loss, an assigner or an NMS in a host it does not fit, before anything is built.

mmengine builds whatever a config says: an IoU between encoded deltas, an assigner that nobody
asks, a constant in pixels against boxes in grid cells. All of them train, to a worse number.
:func:`install` puts the check before every model that a mmengine ``Runner`` builds.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping

from mmengine.registry import MODELS, TASK_UTILS, Registry
from mmengine.runner import Runner

from tinydet.checkpoints import detector_of
from tinydet.compat.wrapping import wrap_once
from tinydet.configuration.contracts import (
    AREA_LOSSES,
    ASSIGNERS,
    PIXEL_LOSSES,
    Contract,
    contract_of,
)
from tinydet.configuration.nested import dictionaries
from tinydet.errors import InputError


def check_model(model: Mapping) -> None:
    """Check a detector's config; heads of other hosts than those of the table pass.

    Types are looked up in the default scope, as they are when the model is built.

    Raises:
        InputError: Names path, value and choices of everything that does not fit.
    """
    problems = list(_nms_problems(model))
    for where, head, assigners in _heads(model):
        kind = _class_of(head, MODELS)
        contract = contract_of(kind) if kind else None
        if contract:
            problems += _loss_problems(where, head, kind, contract)
            for path, assigner in assigners:
                problems += _assigner_problems(path, assigner, kind, contract)
    if problems:
        raise InputError("; ".join(problems))


def install() -> None:
    """Check the model of every run; a second call changes nothing."""

    def make(original: Callable) -> Callable:
        def build_model(self, model):
            if isinstance(model, Mapping):
                check_model(detector_of(model))
            return original(self, model)

        return build_model

    wrap_once(Runner, "build_model", make)


def _heads(model: Mapping) -> Iterator[tuple[str, Mapping, list[tuple[str, Mapping]]]]:
    """Yield path and config of each head, and of the assigners that are meant for it."""
    train = model.get("train_cfg") or {}
    roi = (model.get("roi_head") or {}).get("bbox_head")
    stages = train.get("rcnn")
    places = [
        ("model.rpn_head", model.get("rpn_head"), "model.train_cfg.rpn", train.get("rpn")),
        ("model.bbox_head", model.get("bbox_head"), "model.train_cfg", train),
    ]
    if isinstance(roi, list | tuple):
        for i, head in enumerate(roi):
            stage = stages[i] if isinstance(stages, list | tuple) else stages
            places.append(
                (f"model.roi_head.bbox_head[{i}]", head, f"model.train_cfg.rcnn[{i}]", stage)
            )
    else:
        places.append(("model.roi_head.bbox_head", roi, "model.train_cfg.rcnn", stages))
    for where, head, path, settings in places:
        if isinstance(head, Mapping):
            given = [(path, (settings or {}).get("assigner")), (where, head.get("assigner"))]
            yield where, head, [(f"{p}.assigner", a) for p, a in given if a]


def _class_of(config: Mapping, registry: Registry) -> type | None:
    kind = config.get("type")
    if isinstance(kind, str):
        with registry.switch_scope_and_registry(config.get("_scope_")) as found:
            kind = found.get(kind)
    return kind if inspect.isclass(kind) else None


def _option(config: Mapping, kind: type, name: str) -> object:
    """Return an argument as the class will get it: that of the config, or the default."""
    if name in config:
        return config[name]
    for cls in kind.__mro__:
        parameter = inspect.signature(cls.__init__).parameters.get(name)
        if parameter is not None:
            return parameter.default
    return None


def _loss_problems(where: str, head: Mapping, kind: type, contract: Contract) -> Iterator[str]:
    from tinydet.models.losses import BoxLoss

    config = head.get("loss_bbox") or {}
    loss = _class_of(config, MODELS)
    if loss is None or not issubclass(loss, BoxLoss):
        return
    where, name, host = f"{where}.loss_bbox", loss.__name__, kind.__name__
    if contract.encoded and not _option(head, kind, "reg_decoded_bbox"):
        yield (
            f"{where}: {name} compares boxes, and {host} with reg_decoded_bbox=False hands it "
            "encoded deltas; set reg_decoded_bbox=True"
        )
    wanted = dict(
        box_format=contract.boxes, reduction=contract.reduction, return_iou=contract.return_iou
    )
    for argument, value in wanted.items():
        given = _option(config, loss, argument)
        if given != value:
            yield f"{where}: {argument}={given!r} of {name}, and {host} needs {argument}={value!r}"
    # Inner-IoU and Focaler-IoU hold another loss.
    inner = {_class_of(node, MODELS) for _, node in dictionaries(config, "") if "type" in node}
    names = {cls.__name__ for cls in inner if cls}
    if names & PIXEL_LOSSES:
        yield from _unit_problems(where, head, kind, contract, name)
    level_by_level = contract.call == "level" and not contract.shows_areas
    if names & AREA_LOSSES and level_by_level and not config.get("area_range"):
        yield (
            f"{where}: {name} compares the areas of a batch, and {host} hands it one level at a "
            f"time; use type='{contract.instead}' for the head, or give area_range"
        )


def _unit_problems(
    where: str, head: Mapping, kind: type, contract: Contract, name: str
) -> Iterator[str]:
    host = kind.__name__
    if contract.unit == "cells":
        yield (
            f"{where}: {name} measures pixels, and {host} hands it grid cells; "
            f"use type='{contract.instead}' for the head"
        )
    elif _option(head, kind, "norm_on_bbox"):
        yield (
            f"{where}: {name} measures pixels, and {host} with norm_on_bbox=True hands it sides "
            "in strides; set norm_on_bbox=False"
        )


def _assigner_problems(path: str, config: Mapping, head: type, contract: Contract) -> Iterator[str]:
    kind = _class_of(config, TASK_UTILS)
    if kind is None or not kind.__module__.startswith("tinydet."):
        return  # upstream's are upstream's business
    compares = next((ASSIGNERS[c.__name__] for c in kind.__mro__ if c.__name__ in ASSIGNERS), None)
    if compares is None:
        return
    where = f"{path}: type='tinydet.{kind.__name__}' does not fit"
    if not contract.assigners:
        yield f"{where}: {head.__name__} matches by itself; use type='{contract.matcher}' for it"
    elif compares not in contract.assigners:
        fit = [f"tinydet.{name}" for name, how in ASSIGNERS.items() if how in contract.assigners]
        yield f"{where}: it compares {compares}; {head.__name__} takes {' or '.join(fit)}"
    elif contract.assigner_in_head and "train_cfg" in path:
        yield f"{where}: {head.__name__} takes it as its own argument, model.bbox_head.assigner"


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
