"""A detector with a second neck and head on its backbone, in training alone.

Paper: YOLOv9, arXiv:2402.13616, section 4.1, "programmable gradient information": the losses of an
auxiliary branch give the backbone gradients that did not pass the neck. In the authors' repository
WongKinYiu/YOLO (MIT) the branch of the small models has the top-down half of the neck and a head,
and its losses a quarter of the weight.
"""

from __future__ import annotations

import copy

from mmdet.models.utils import rename_loss_dict, reweight_loss_dict
from mmengine.dist import get_world_size
from mmyolo.models import YOLODetector
from torch import Tensor, nn

from tinydet.registry import MODELS


@MODELS.register_module()
class AuxiliaryDetector(YOLODetector):
    """:class:`mmyolo.models.YOLODetector` with an auxiliary branch.

    The head of the branch has the config of ``bbox_head`` and its own assignment.
    :meth:`switch_to_deploy` drops the branch, which does not predict.

    Args:
        auxiliary_neck: Neck of the branch; its levels are those that ``bbox_head`` gets.
        auxiliary_weight: Weight of the branch's losses.
        use_syncbn: Synchronize batch normalization between processes.
        **kwargs: The other arguments of :class:`mmyolo.models.YOLODetector`.
    """

    def __init__(
        self,
        auxiliary_neck: dict,
        auxiliary_weight: float = 0.25,
        use_syncbn: bool = True,
        **kwargs,
    ) -> None:
        head = copy.deepcopy(kwargs["bbox_head"])
        super().__init__(use_syncbn=False, **kwargs)
        head.update(train_cfg=self.train_cfg, test_cfg=self.test_cfg)
        self.auxiliary_neck: nn.Module | None = MODELS.build(auxiliary_neck)
        self.auxiliary_head: nn.Module | None = MODELS.build(head)
        self.auxiliary_weight = auxiliary_weight
        if use_syncbn and get_world_size() > 1:
            nn.SyncBatchNorm.convert_sync_batchnorm(self)

    def loss(self, batch_inputs: Tensor, batch_data_samples: list | dict) -> dict[str, Tensor]:
        """Return the losses of the detector and the weighted losses of the branch."""
        features = self.backbone(batch_inputs)
        losses = self.bbox_head.loss(self.neck(features), batch_data_samples)
        auxiliary = self.auxiliary_head.loss(self.auxiliary_neck(features), batch_data_samples)
        auxiliary = reweight_loss_dict(auxiliary, self.auxiliary_weight)
        return losses | rename_loss_dict("auxiliary_", auxiliary)

    def switch_to_deploy(self) -> None:
        """Drop the branch that only trains."""
        self.auxiliary_neck = self.auxiliary_head = None
