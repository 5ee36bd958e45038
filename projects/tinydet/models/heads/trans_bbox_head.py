"""Trans R-CNN: class and box of a region by self-attention over its patches.

Paper: A DeNoising FPN With Transformer R-CNN for Tiny Object Detection, arXiv:2406.05755. Shuffle
unfolding makes the tokens (:mod:`tinydet.models.layers.shuffle_unfolding`), token selection divides
them between class and box (:mod:`tinydet.models.layers.token_selection`), and a linear layer
predicts from all tokens of a task.

Ours is a box head as any other, for mmdet's standard and cascade RoI heads. The authors' is a RoI
head beside whose layers those of the usual box heads are built and never used.
"""

from __future__ import annotations

from mmdet.models import BBoxHead
from torch import Tensor

from tinydet.arguments import check_count
from tinydet.errors import InputError
from tinydet.models.layers.shuffle_unfolding import ShuffleUnfolding
from tinydet.models.layers.token_selection import TokenSelection
from tinydet.registry import MODELS


@MODELS.register_module()
class TransBBoxHead(BBoxHead):
    """:class:`mmdet.models.BBoxHead` with the tokens of Trans R-CNN.

    Args:
        in_channels: Channels of the regions.
        roi_feat_size: Side of the regions, cells; at least 3, for two tokens a task.
        token_channels: See :class:`tinydet.models.layers.ShuffleUnfolding`.
        embed_dims: See :class:`tinydet.models.layers.ShuffleUnfolding`.
        num_heads: See :class:`tinydet.models.layers.TokenSelection`; a divisor of ``embed_dims``.
        as_published: The three faults of the authors' code that are named in
            :mod:`tinydet.models.layers.shuffle_unfolding` (untrained task tokens),
            :mod:`~tinydet.models.layers.task_attention` (the mask) and
            :mod:`~tinydet.models.layers.token_selection` (exchanged tokens).
        **kwargs: Other arguments of the base, without ``with_avg_pool``.

    Shape:
        - input: ``(N, in_channels, roi_feat_size, roi_feat_size)``
        - output: ``(N, num_classes + 1)`` and ``(N, 4)``, or four for each class

    Raises:
        InputError: ``num_heads`` does not divide ``embed_dims``.
        ValueError: A number is not a positive integer, or ``roi_feat_size`` is below 3.
    """

    contract_changes = dict()  # encoded deltas, as in the base

    def __init__(
        self,
        in_channels: int = 256,
        roi_feat_size: int = 7,
        token_channels: int = 100,
        embed_dims: int = 128,
        num_heads: int = 8,
        as_published: bool = False,
        **kwargs,
    ) -> None:
        check_count("TransBBoxHead", "roi_feat_size", roi_feat_size, 3)
        counts = dict(
            in_channels=in_channels,
            token_channels=token_channels,
            embed_dims=embed_dims,
            num_heads=num_heads,
        )
        for name, value in counts.items():
            check_count("TransBBoxHead", name, value)
        if embed_dims % num_heads:
            raise InputError(
                f"TransBBoxHead: num_heads={num_heads} does not divide embed_dims={embed_dims}"
            )
        tokens = 1 + ((roi_feat_size + 1) // 2) ** 2 // 2  # a task's
        # With pooling, the base's layers take as many values as it is told there are channels.
        super().__init__(
            with_avg_pool=True,
            in_channels=tokens * embed_dims,
            roi_feat_size=roi_feat_size,
            **kwargs,
        )
        self.unfolding = ShuffleUnfolding(in_channels, token_channels, embed_dims, as_published)
        self.selection = TokenSelection(embed_dims, num_heads, as_published)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        of_class, of_box = self.selection(self.unfolding(x))
        return self.fc_cls(of_class.flatten(1)), self.fc_reg(of_box.flatten(1))
