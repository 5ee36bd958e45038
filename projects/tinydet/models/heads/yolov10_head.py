"""YOLOv10's head: trained with two matchings, it predicts without NMS.

Paper: YOLOv10, arXiv:2405.14458, section 3.1, "consistent dual assignments". Two branches of the
same layers share the features: the one-to-many branch trains the network with many priors an
object, and the one-to-one branch, which predicts, learns the one best prior of each object by the
same metric. The gradient of the one-to-one branch ends at the features.
Ours: an object has at most one prior in every case (:mod:`tinydet.task_modules.one_to_one`).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

from mmdet.models.utils import rename_loss_dict
from mmengine.structures import InstanceData
from torch import Tensor

from tinydet.models.heads.yolov8_pixel_head import YOLOv8PixelHead
from tinydet.registry import MODELS, TASK_UTILS
from tinydet.task_modules import TaskAlignedAssigner


@MODELS.register_module()
class YOLOv10Head(YOLOv8PixelHead):
    """:class:`YOLOv8PixelHead` as the one-to-one branch, with a one-to-many branch in training.

    ``train_cfg.assigner``, :class:`tinydet.task_modules.TaskAlignedAssigner` or a subclass, is the
    assigner of the one-to-many branch. That of the other branch has the same metric and gives an
    object one prior. The best ``test_cfg.max_per_img`` pairs of a prior and a class are the
    detections: a prior gives one box a class, and no NMS follows. :meth:`switch_to_deploy` drops
    the one-to-many branch.

    Args:
        train_cfg: Settings of the training, with the assigner.
        as_published: A prior that several objects claim goes to the object that it overlaps most,
            even if that object has another prior, as in the authors' code.
        **kwargs: All arguments of :class:`mmyolo.models.YOLOv8Head`.

    Raises:
        ValueError: The assigner is neither :class:`tinydet.task_modules.TaskAlignedAssigner` nor a
            subclass.
    """

    contract_changes: dict = {}

    def __init__(self, train_cfg: dict | None = None, as_published: bool = False, **kwargs) -> None:
        one_to_many = copy.deepcopy(dict(kwargs, train_cfg=train_cfg))
        if train_cfg:
            train_cfg = copy.deepcopy(train_cfg)
            _check(train_cfg["assigner"]["type"])
            train_cfg["assigner"].update(topk=1, one_to_one=not as_published)
        super().__init__(train_cfg=train_cfg, **kwargs)
        self.one_to_many: YOLOv8PixelHead | None = YOLOv8PixelHead(**one_to_many)

    def loss(self, x: Sequence[Tensor], batch_data_samples: list | dict) -> dict[str, Tensor]:
        """Return the losses of both branches; only one-to-many gives the features a gradient."""
        one_to_one = super().loss([level.detach() for level in x], batch_data_samples)
        return {
            **self.one_to_many.loss(x, batch_data_samples),
            **rename_loss_dict("one_to_one_", one_to_one),
        }

    def predict_by_feat(
        self,
        *outputs,
        cfg: dict | None = None,
        with_nms: bool = True,
        **kwargs,
    ) -> list[InstanceData]:
        """Return the best ``max_per_img`` detections of each image, without NMS."""
        cfg = copy.deepcopy(self.test_cfg if cfg is None else cfg)
        cfg.nms_pre = cfg.max_per_img  # what mmyolo keeps of all pairs, the best first
        return super().predict_by_feat(*outputs, cfg=cfg, with_nms=False, **kwargs)

    def switch_to_deploy(self) -> None:
        """Drop the branch that only trains."""
        self.one_to_many = None


def _check(assigner: str) -> None:
    kind = TASK_UTILS.get(assigner)
    if not (isinstance(kind, type) and issubclass(kind, TaskAlignedAssigner)):
        raise ValueError(
            f"YOLOv10Head: train_cfg.assigner.type={assigner!r} cannot match one to one; use "
            "'tinydet.TaskAlignedAssigner', the same assignment"
        )
