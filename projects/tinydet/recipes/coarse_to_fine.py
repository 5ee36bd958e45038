"""CFINet's coarse-to-fine RPN on mmdet's Cascade RPN (arXiv:2308.09534, shaunyuan22/CFINet).

The first stage moves one square anchor a place by a dilated convolution and has no scores; the
second convolves the places that the moved anchors name, scores them and moves them once more.
"""

from __future__ import annotations

STRIDES = (4, 8, 16, 32)


def rpn_head(channels: int = 256, weight: float = 0.9) -> dict:
    """Return the head.

    Args:
        channels: Channels of the pyramid.
        weight: Factor of all losses.
    """
    return dict(
        type="CascadeRPNHead",
        num_stages=2,
        stages=[
            _stage(channels, weight, (0.1, 0.1, 0.5, 0.5), dict(type="dilation", dilation=3)),
            _stage(
                channels,
                weight,
                (0.05, 0.05, 0.1, 0.1),
                dict(type="offset"),
                loss_cls=dict(type="CrossEntropyLoss", use_sigmoid=True, loss_weight=weight),
            ),
        ],
    )


def _stage(channels: int, weight: float, stds: tuple, adapt: dict, **scores: dict) -> dict:
    """Return a stage; the first has no ``loss_cls``."""
    return dict(
        type="StageCascadeRPNHead",
        in_channels=channels,
        feat_channels=channels,
        anchor_generator=dict(
            type="AnchorGenerator", scales=[2], ratios=[1.0], strides=list(STRIDES)
        ),
        adapt_cfg=adapt,
        bridged_feature=True,
        with_cls=bool(scores),
        reg_decoded_bbox=True,
        bbox_coder=dict(
            type="DeltaXYWHBBoxCoder", target_means=(0.0, 0.0, 0.0, 0.0), target_stds=stds
        ),
        loss_bbox=dict(type="IoULoss", linear=True, loss_weight=10 * weight),
        **scores,
    )


def rpn_train_cfg(base_size: float = 12.0) -> list[dict]:
    """Return ``train_cfg.rpn``: thresholds by size, then 0.7 on what the first stage has moved.

    Args:
        base_size: px of the network's input, see :class:`tinydet.SizeWiseAssigner`.
    """
    common = dict(allowed_border=-1, pos_weight=-1, debug=False)
    fine = dict(type="tinydet.MaxIoUAssigner", pos_iou_thr=0.7, neg_iou_thr=0.7, min_pos_iou=0.3)
    sampler = dict(
        type="RandomSampler", num=256, pos_fraction=0.5, neg_pos_ub=-1, add_gt_as_proposals=False
    )
    return [
        dict(assigner=dict(type="tinydet.SizeWiseAssigner", base_size=base_size), **common),
        dict(assigner=fine, sampler=sampler, **common),
    ]
