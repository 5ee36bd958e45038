"""SSD's head of mmdet, able to predict.

mmdet 3.3 asks every dense head for its ``loss_cls`` when it predicts. SSD (arXiv:1512.02325) mines
its hard negatives in a cross-entropy of its own and has none, so upstream's SSD trains for an epoch
and fails in the validation after it.
"""

from mmdet.models import SSDHead as UpstreamSSDHead

from tinydet.registry import MODELS


@MODELS.register_module()
class SSDHead(UpstreamSSDHead):
    """:class:`mmdet.models.SSDHead` that says that it has no loss for classes."""

    loss_cls = None
