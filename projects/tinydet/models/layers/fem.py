"""FEM, feature enhancement: what a gated level adds to the level it came from.

Paper: SARL, arXiv:2511.09891; equations are not in the text available to us. Our reading:
``FEM(M) = Norm(depthwise-separable 3x3(M))``, added to the level by the caller. The weight of
the norm starts at 0, so that a pretrained host starts unchanged, like the last norm of a residual
block (arXiv:1706.02677, section 5.1).
"""

from __future__ import annotations

from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule, constant_init
from torch import Tensor, nn


class FEM(BaseModule):
    """Depthwise 3x3, pointwise 1x1, and a norm that starts at 0.

    Args:
        channels: ``C``, channels in and out.
        norm_cfg: The norm. BN takes its statistics from the batch: with a few images a GPU,
            ``dict(type="SyncBN")`` or ``dict(type="GN", num_groups=32)`` is steadier.

    Shape:
        - input and output: ``(B, C, H, W)``

    Raises:
        ValueError: ``norm_cfg`` is ``None``; there would be nothing to start at 0.
    """

    def __init__(self, channels: int, norm_cfg: dict | None = dict(type="BN")) -> None:
        # The override outlives what a detector's own init_cfg says about norms or convolutions.
        super().__init__(dict(type="Constant", val=0, bias=0, override=dict(name="norm")))
        if norm_cfg is None:
            raise ValueError("FEM: norm_cfg=None, but its weight is what starts at 0; name a norm")
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.pointwise = nn.Conv2d(channels, channels, 1, bias=False)
        self.norm = build_norm_layer(norm_cfg, channels)[1]
        constant_init(self.norm, 0)  # for those who never call init_weights

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.pointwise(self.depthwise(x)))
