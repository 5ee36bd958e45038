"""ResNet with LFF in place of its stride-2 convolutions; without attention, SPD-Conv.

Papers: LFF, LR-Net, CMC 85(2) 2025, doi 10.32604/cmc.2025.067763, Eq. 7-9; SPD-Conv,
arXiv:2208.03641, which includes ResNet. Ours decides for each branch. The first block of a stage
halves the resolution in both branches:

- in the residual branch, by the 3x3 ``conv2`` of a bottleneck (``style="pytorch"``), its 1x1
  ``conv1`` (``"caffe"``) or the 3x3 ``conv1`` of a basic block: always replaced;
- in the shortcut, by a strided 1x1, which reads one pixel of four: replaced only on request. Every
  pixel reaches the output through the residual branch; the pretrained weights of the shortcut, on
  which all later features depend, remain valid; and in ResNet-50 an LFF in the shortcut adds 8.3 M
  weights to 23.5 M, so that a gain would not be due to LFF alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmdet.models import ResNet
from torch import nn

from tinydet.models.layers.lff import LFF
from tinydet.registry import MODELS


@MODELS.register_module()
class LFFResNet(ResNet):
    """:class:`mmdet.models.ResNet` with LFF in place of the strided convolutions.

    Pretrained weights of a ResNet load by ``init_cfg`` as usual. The weights of the replaced
    convolutions load only with ``init_from_strided``, and the log names the missing weights. A
    changed stage must be trained: keep ``frozen_stages`` below that stage. The stem remains
    strided; LFF also replaces deformable convolutions with a stride.

    Args:
        depth: 18, 34, 50, 101 or 152.
        attention: Attention of :class:`tinydet.models.layers.LFF`; ``None`` for SPD-Conv.
        kernel_size: Kernel of LFF's convolution; 1 mixes the four phases of a position, 3 also the
            neighboring positions, like the replaced 3x3.
        groups: Groups of LFF's convolution.
        init_from_strided: Load the pretrained weights of the replaced convolutions, rearranged;
            needs ``kernel_size=3``.
        shortcut: Also replace the strided 1x1 of the shortcut by an LFF with a 1x1 kernel.
        down_stages: Zero-based stages to change.
        **kwargs: All arguments of :class:`mmdet.models.ResNet`.

    Raises:
        ValueError: A stage of ``down_stages`` does not exist or has no stride of 2, or ``shortcut``
            is used with ``avg_down``, whose shortcut has no strided convolution.
    """

    def __init__(
        self,
        depth: int,
        attention: str | None = "simam",
        kernel_size: int = 1,
        groups: int = 1,
        init_from_strided: bool = False,
        shortcut: bool = False,
        down_stages: Sequence[int] = (1, 2, 3),
        **kwargs,
    ) -> None:
        self.lff_cfg = dict(
            attention=attention,
            kernel_size=kernel_size,
            groups=groups,
            init_from_strided=init_from_strided,
        )
        self.lff_shortcut = shortcut
        strides = tuple(kwargs.get("strides", (1, 2, 2, 2)))
        halving = [stage for stage, stride in enumerate(strides) if stride == 2]
        if not set(down_stages) <= set(halving):
            raise ValueError(
                f"LFFResNet: down_stages={tuple(down_stages)} must be among the stages with a "
                f"stride of 2, which with strides={strides} are {halving}"
            )
        if shortcut and kwargs.get("avg_down"):
            raise ValueError("LFFResNet: shortcut=True, but with avg_down=True the shortcut pools")
        self.down_stages = tuple(down_stages)
        super().__init__(depth, **kwargs)

    def make_res_layer(self, **kwargs) -> nn.Sequential:
        stage = super().make_res_layer(**kwargs)
        if len(self.res_layers) in self.down_stages:  # the number of finished stages
            self._replace_strided(stage[0])
        return stage

    def _replace_strided(self, block: nn.Module) -> None:
        """Replace the strided convolutions of a block by LFF; the block's norms and ReLU follow."""
        name = next(name for name in ("conv1", "conv2") if _is_strided(getattr(block, name)))
        setattr(block, name, _lff_instead_of(getattr(block, name), **self.lff_cfg))
        if self.lff_shortcut:
            block.downsample[0] = _lff_instead_of(
                block.downsample[0], attention=self.lff_cfg["attention"]
            )


def _is_strided(convolution: nn.Module) -> bool:
    return tuple(convolution.stride) == (2, 2)


def _lff_instead_of(convolution: nn.Module, **options) -> LFF:
    return LFF(
        convolution.in_channels,
        convolution.out_channels,
        norm_cfg=None,
        act_cfg=None,
        bias=False,
        **options,
    )
