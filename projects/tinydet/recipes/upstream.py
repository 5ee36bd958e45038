"""The model and the pipelines of a config of mmdet or mmyolo, without the rest of its file.

Upstream's files hold model, data and schedule of a system together, and mmengine refuses a key that
stands in two bases of one config.
"""

from __future__ import annotations

from mmengine.config import Config


def upstream_model(name: str, **changes) -> dict:
    """Return the model of an upstream config, with changes merged in as a child config's are.

    Args:
        name: The config as mmengine names it, ``"mmdet::atss/atss_r50_fpn_1x_coco.py"``.
        **changes: Parts of the model: ``test_cfg=dict(max_per_img=3000)``.
    """
    config = _config(name)
    config.merge_from_dict(dict(model=changes))
    return config.model.to_dict()


def upstream_pipeline(name: str, key: str, **steps) -> list[dict]:
    """Return a pipeline of an upstream config in which the named steps are others.

    Args:
        name: The config as mmengine names it.
        key: The pipeline, ``"train_pipeline"``.
        **steps: The step to put in place of that of this type. Without a ``type`` the step's values
            are merged into it.

    Raises:
        KeyError: The pipeline has no step of a type, or several.
    """
    pipeline = _config(name).to_dict()[key]
    for kind, step in steps.items():
        places = [place for place, old in enumerate(pipeline) if old["type"] == kind]
        if len(places) != 1:
            raise KeyError(f"{key} of {name} has {len(places)} steps of type {kind}, not one")
        old = {} if "type" in step else pipeline[places[0]]
        pipeline[places[0]] = {**old, **step}
    return pipeline


def _config(name: str) -> Config:
    return Config.fromstring(f"_base_ = {name!r}", ".py")
