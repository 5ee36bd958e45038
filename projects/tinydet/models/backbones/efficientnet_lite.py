"""EfficientNet-Lite0: EfficientNet-B0 without squeeze-and-excitation, with ReLU6.

Paper: EfficientNet, arXiv:1905.11946, Table 1; the Lite models are Google's, for devices on which
SE and swish are slow. Ours: mmdet's EfficientNet with another table of layers. As in TensorFlow,
strided convolutions pad the right and the bottom more than the left and the top.
"""

from __future__ import annotations

from mmdet.models import EfficientNet

from tinydet.registry import MODELS

WITHOUT_SE = [
    [[kernel, channels, 0, *rest] for kernel, channels, _, *rest in stage]
    for stage in EfficientNet.layer_settings["b"]
]


@MODELS.register_module()
class EfficientNetLite(EfficientNet):
    """:class:`mmdet.models.EfficientNet` without squeeze-and-excitation.

    The weights of ``tinydet://efficientnet_lite0`` expect RGB, ``mean=[127] * 3``,
    ``std=[128] * 3``.

    Args:
        out_indices: Outputs among (stem, stages of stride 2, 4, 8, 16, 32, head): 2 to 5 are the
            maps of stride 4 to 32 with 24, 40, 112 and 320 channels.
        act_cfg: Activation.
        **kwargs: The other arguments of :class:`mmdet.models.EfficientNet`, except ``arch``.
    """

    layer_settings = {"l": WITHOUT_SE}
    arch_settings = {"lite0": (1.0, 1.0, 224)}

    def __init__(
        self,
        out_indices: tuple[int, ...] = (2, 3, 4, 5),
        act_cfg: dict = dict(type="ReLU6"),
        **kwargs,
    ) -> None:
        super().__init__(arch="lite0", out_indices=out_indices, act_cfg=act_cfg, **kwargs)
