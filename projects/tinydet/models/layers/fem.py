"""FEM, feature enhancement: the residual branch after FIM.

Paper: SARL, arXiv:2511.09891; the text available to us has no equations. Our reading:
``FEM(M) = Norm(depthwise-separable 3x3(M))``, which SARL adds to the level. The weight of the norm
starts at 0, like that of the last norm of a residual block (arXiv:1706.02677, section 5.1), so that
a pretrained host starts unchanged.
"""

from __future__ import annotations

from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule, constant_init
from torch import Tensor, nn


class FEM(BaseModule):
    """Depthwise 3x3, pointwise 1x1, and a norm that starts at 0.

    Args:
        channels: ``C``, channels in and out.
        norm_cfg: The norm. The statistics of BN are noisy with a few images on a GPU; use
            ``dict(type="SyncBN")`` or ``dict(type="GN", num_groups=32)``.

    Shape:
        - input and output: ``(B, C, H, W)``

    Raises:
        ValueError: ``norm_cfg`` is ``None``: no weight could start at 0.
    """

    def __init__(self, channels: int, norm_cfg: dict | None = dict(type="BN")) -> None:
        # The override takes precedence over a detector's init_cfg for norms or convolutions.
        super().__init__(dict(type="Constant", val=0, bias=0, override=dict(name="norm")))
        if norm_cfg is None:
            raise ValueError(
                "FEM: norm_cfg=None, but the weight of a norm must start at 0; name a norm"
            )
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.pointwise = nn.Conv2d(channels, channels, 1, bias=False)
        self.norm = build_norm_layer(norm_cfg, channels)[1]
        constant_init(self.norm, 0)  # for callers without init_weights

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.pointwise(self.depthwise(x)))
