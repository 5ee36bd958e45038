"""mmdet's MobileNetV2 without the layers behind the last level that is taken."""

from __future__ import annotations

from mmdet.models.backbones import MobileNetV2

from tinydet.registry import MODELS


@MODELS.register_module()
class TrimmedMobileNetV2(MobileNetV2):
    """:class:`mmdet.models.MobileNetV2` that ends where its last output is.

    mmdet builds all layers whatever ``out_indices`` are. Those behind the last output have no
    gradient, at which DistributedDataParallel stops; the 1x1 convolution to 1,280 channels alone
    is a fifth of the weights.

    Args:
        *args: As of mmdet's.
        **kwargs: As of mmdet's.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in self.layers[max(self.out_indices) + 1 :]:
            delattr(self, name)
        self.layers = self.layers[: max(self.out_indices) + 1]
