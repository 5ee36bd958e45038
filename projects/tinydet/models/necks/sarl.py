"""SARL, scale-aware relay layer: pass semantics from coarse to fine levels.

Paper: arXiv:2511.09891 (also SA²B / SA²N). Our reading, for levels fine to coarse ``F_1 … F_L``:
``R_L = F_L``, then ``R_l = F_l + FEM(FIM(F_l, R_{l+1}))`` for ``l = L-1 … 1``; the equations of
the two modules are in :mod:`tinydet.models.layers.fim` and :mod:`tinydet.models.layers.fem`. SARL
comes before the host's neck and keeps all shapes, so that it fits any pyramid.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from mmengine.model import BaseModule, ModuleList
from torch import Tensor

from tinydet.arguments import check_count
from tinydet.models.layers.fem import FEM
from tinydet.models.layers.fim import FIM
from tinydet.registry import MODELS


@MODELS.register_module()
class SARL(BaseModule):
    """Relay semantics down the levels of a backbone; starts as the identity.

    mmengine builds a list of necks as a sequence, in mmdet and in mmyolo::

        _base_ = "mmdet::faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py"
        model = dict(
            neck=[dict(type="tinydet.SARL", in_channels=[256, 512, 1024, 2048]), _base_.model.neck]
        )

    The host's neck is then called ``neck.1`` in checkpoints. To load its weights from a detector
    trained without SARL, where it is called ``neck``, give the host's neck
    ``init_cfg=dict(type="Pretrained", checkpoint=..., prefix="neck.")``.

    Args:
        in_channels: Channels of the backbone's levels, fine to coarse, after mmyolo's
            ``widen_factor``. The coarsest level passes through unchanged.
        start_level: The finest level that is changed; finer levels pass through. Set the FPN's
            ``start_level`` (1 in RetinaNet): the FPN ignores finer levels, and weights without a
            gradient are an error on several GPUs.
        reduction: See :class:`tinydet.models.layers.FIM`.
        groups: See :class:`tinydet.models.layers.FIM`.
        norm_cfg: See :class:`tinydet.models.layers.FEM`.
        init_cfg: Initialization of mmengine.

    Shape:
        - input and output: a tuple of ``(B, in_channels[l], H_l, W_l)``

    Raises:
        ValueError: ``in_channels`` is not a list of positive integers, ``start_level`` is not an
            index of ``in_channels``, or ``reduction`` or ``groups`` is not a positive integer. In a
            call: the levels have other channels, or a level is smaller than the next, as in the
            order coarse to fine.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        start_level: int = 0,
        reduction: int = 16,
        groups: int = 2,
        norm_cfg: dict | None = dict(type="BN"),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        levels = list(in_channels) if isinstance(in_channels, Sequence) else []
        if not levels or any(not isinstance(level, int) or level < 1 for level in levels):
            raise ValueError(
                f"SARL: in_channels={in_channels!r} must list the channels of each level, "
                "fine to coarse, such as [256, 512, 1024, 2048]"
            )
        if start_level not in range(len(levels)):
            raise ValueError(f"SARL: start_level={start_level!r} must be 0 … {len(levels) - 1}")
        check_count(self, "reduction", reduction)
        check_count(self, "groups", groups)
        self.in_channels = levels
        self.start_level = start_level
        pairs = list(pairwise(levels[start_level:]))
        self.interactions = ModuleList(
            FIM(fine, coarse, reduction, groups) for fine, coarse in pairs
        )
        self.enhancements = ModuleList(FEM(fine, norm_cfg) for fine, _ in pairs)

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        if not torch.jit.is_tracing():  # tracing would make each comparison a fixed branch
            self._check(inputs)
        below, fine_to_coarse = inputs[: self.start_level], inputs[self.start_level :]
        relayed = [fine_to_coarse[-1]]
        for level in range(len(fine_to_coarse) - 2, -1, -1):
            own = fine_to_coarse[level]
            gated = self.interactions[level](own, relayed[-1])
            relayed.append(own + self.enhancements[level](gated))
        return (*below, *reversed(relayed))

    def _check(self, inputs: Sequence[Tensor]) -> None:
        channels = [level.shape[1] for level in inputs]
        if channels != self.in_channels:
            raise ValueError(
                f"SARL: in_channels={self.in_channels}, but the levels have {channels} channels; "
                "see the out_indices and the widen_factor of the backbone"
            )
        sizes = [tuple(level.shape[2:]) for level in inputs]
        for fine, coarse in pairwise(sizes):
            if coarse[0] > fine[0] or coarse[1] > fine[1]:
                raise ValueError(f"SARL: levels of {sizes} pixels are not from fine to coarse")
