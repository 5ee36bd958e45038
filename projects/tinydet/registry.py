"""Registries of this project, scope ``tinydet``.

A config of mmdet or mmyolo refers to our classes as ``type="tinydet.<ClassName>"``, because all
three scopes are children of mmengine's root. mmengine imports the package in ``locations`` when a
config first names such a type.
"""

from mmengine.registry import DATA_SAMPLERS as ROOT_DATA_SAMPLERS
from mmengine.registry import DATASETS as ROOT_DATASETS
from mmengine.registry import HOOKS as ROOT_HOOKS
from mmengine.registry import METRICS as ROOT_METRICS
from mmengine.registry import MODELS as ROOT_MODELS
from mmengine.registry import TASK_UTILS as ROOT_TASK_UTILS
from mmengine.registry import TRANSFORMS as ROOT_TRANSFORMS
from mmengine.registry import Registry


def _child(name: str, parent: Registry, *locations: str) -> Registry:
    modules = [f"tinydet.{location}" for location in locations]
    return Registry(name, parent=parent, scope="tinydet", locations=modules)


MODELS = _child("model", ROOT_MODELS, "models", "slicing.detector")
TASK_UTILS = _child("task util", ROOT_TASK_UTILS, "task_modules")
DATASETS = _child("dataset", ROOT_DATASETS, "datasets", "slicing.dataset")
DATA_SAMPLERS = _child(
    "data sampler", ROOT_DATA_SAMPLERS, "datasets.balanced_sampler", "slicing.sampler"
)
TRANSFORMS = _child("transform", ROOT_TRANSFORMS, "datasets", "datasets.transforms")
METRICS = _child("metric", ROOT_METRICS, "evaluation")
HOOKS = _child("hook", ROOT_HOOKS, "hooks")
