"""LFF, lossless feature fusion: halve the resolution without losing a pixel.

Paper: LR-Net, CMC 85(2) 2025, doi 10.32604/cmc.2025.067763, Eq. 7-9 and Fig. 3. Without the
attention it is SPD-Conv (No More Strided Convolutions or Pooling, arXiv:2208.03641).
Ours: the kernel of the last convolution, which the paper does not state, is an argument; 1x1 is our
choice. The authors' release has a 3x3 and no attention.
"""

from __future__ import annotations

from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from tinydet.arguments import check_choice
from tinydet.models.layers.from_strided import take_strided
from tinydet.models.layers.simam import SimAM
from tinydet.registry import MODELS

ATTENTIONS = {"simam": SimAM, None: nn.Identity}


def space_to_depth(x: Tensor) -> Tensor:
    """Stack the four phases of a map on the channels.

    Args:
        x: ``(B, C, H, W)``; odd sizes are padded by repeating the last row or column, so that
            the border does not become an edge.

    Returns:
        ``(B, 4C, ceil(H / 2), ceil(W / 2))``: even rows and even columns first, then even/odd,
        odd/even, odd/odd.
    """
    height, width = x.shape[-2:]
    if height % 2 or width % 2:
        x = F.pad(x, (0, width % 2, 0, height % 2), mode="replicate")
    # One copy forward and one backward, fewer than for four slices and a concatenation.
    # F.pixel_unshuffle has another order: it groups the phases by channel.
    batch, channels, height, width = x.shape
    phases = x.reshape(batch, channels, height // 2, 2, width // 2, 2).permute(0, 3, 5, 1, 2, 4)
    return phases.reshape(batch, 4 * channels, height // 2, width // 2)


@MODELS.register_module()
class LFF(BaseModule):
    """Space to depth, attention over the four phases, then Conv-BN-SiLU.

    Args:
        in_channels: Channels of the input map.
        out_channels: Channels of the output map.
        kernel_size: Odd kernel of the convolution.
        groups: Groups of the convolution; with more than 1 not all phases are mixed. A 3x3 with 4
            groups costs as much as the replaced strided 3x3.
        attention: ``"simam"``, or ``None`` for SPD-Conv.
        norm_cfg: Normalization after the convolution.
        act_cfg: Activation after the normalization.
        bias: Bias of the convolution; ``"auto"``: a bias if no norm follows.
        init_from_strided: Load the replaced strided convolution (a 3x3 or a 1x1, with its norm)
            from a checkpoint, with rearranged weights. Without attention and at even sizes, the
            layer then equals that convolution up to rounding.
        init_cfg: Initialization of mmengine.

    Shape:
        - input: ``(B, in_channels, H, W)``
        - output: ``(B, out_channels, ceil(H / 2), ceil(W / 2))``; a trace with an odd height and
          width is valid for all sizes, a trace with an even height and width for even sizes.

    Raises:
        ValueError: ``attention`` is unknown, ``kernel_size`` is even, ``groups`` does not divide
            the channels, or ``init_from_strided`` is used with a 1x1 or with groups.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 1,
        groups: int = 1,
        attention: str | None = "simam",
        norm_cfg: dict | None = dict(type="BN"),
        act_cfg: dict | None = dict(type="SiLU", inplace=True),
        bias: bool | str = "auto",
        init_from_strided: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        check_choice(self, "attention", attention, ATTENTIONS)
        if kernel_size % 2 == 0:
            raise ValueError(f"LFF: kernel_size={kernel_size} must be odd to keep the size")
        if 4 * in_channels % groups or out_channels % groups:
            raise ValueError(
                f"LFF: groups={groups} must divide 4 * in_channels={4 * in_channels} and "
                f"out_channels={out_channels}"
            )
        if init_from_strided and (kernel_size < 3 or groups > 1):
            raise ValueError(
                f"LFF: init_from_strided=True needs kernel_size=3 and groups=1 to hold a strided "
                f"3x3, not kernel_size={kernel_size} and groups={groups}"
            )
        self.attention = ATTENTIONS[attention]()
        self.fuse = ConvModule(
            4 * in_channels,
            out_channels,
            kernel_size,
            padding=kernel_size // 2,
            groups=groups,
            bias=bias,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
        )
        if init_from_strided:
            self.register_load_state_dict_pre_hook(take_strided)

    def forward(self, x: Tensor) -> Tensor:
        return self.fuse(self.attention(space_to_depth(x)))
