"""mmdet's SSD head, made able to predict.

mmdet 3.3 reads ``loss_cls`` of every dense head in prediction. SSD (arXiv:1512.02325) has no such
attribute, because its hard negative mining uses a cross-entropy of its own. So upstream's SSD
trains for an epoch and fails in the validation.
"""

from mmdet.models import SSDHead as UpstreamSSDHead

from tinydet.registry import MODELS


@MODELS.register_module()
class SSDHead(UpstreamSSDHead):
    """:class:`mmdet.models.SSDHead` with ``loss_cls = None``."""

    contract_changes = None  # the smooth L1 loss is built in: no box loss to check

    loss_cls = None
