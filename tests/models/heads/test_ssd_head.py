"""SSD predicts, which upstream's head cannot: a box and its score, worked out by hand."""

import math

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.registry import MODELS
from mmengine.structures import InstanceData


@pytest.fixture
def head():
    config = dict(
        type="tinydet.SSDHead",
        num_classes=2,
        in_channels=(3, 3),
        anchor_generator=dict(
            type="mmdet.SSDAnchorGenerator",
            strides=[8, 16],
            ratios=[[2], [2]],
            min_sizes=[16, 32],
            max_sizes=[32, 64],
            input_size=64,
        ),
        bbox_coder=dict(type="mmdet.DeltaXYWHBBoxCoder"),
        test_cfg=ConfigDict(
            nms_pre=100, score_thr=0.5, nms=dict(type="nms", iou_threshold=0.5), max_per_img=10
        ),
    )
    return MODELS.build(config)


def test_the_anchor_with_a_certain_class_is_detected(head):
    maps = list(zip(head.num_base_priors, (8, 4), strict=True))  # anchors a cell, cells a side
    # Two foreground classes and background, which comes last: logits of 0 but one of 3.
    scores = [torch.zeros(1, count * 3, side, side) for count, side in maps]
    boxes = [torch.zeros(1, count * 4, side, side) for count, side in maps]
    scores[0][0, 1, 2, 5] = 3.0  # the first anchor (16 x 16 px), class 1, row 2, column 5
    metas = [dict(img_shape=(64, 64), scale_factor=(1.0, 1.0))]
    (found,) = head.predict_by_feat(scores, boxes, batch_img_metas=metas, rescale=False)
    assert isinstance(found, InstanceData)
    assert found.labels.tolist() == [1]
    torch.testing.assert_close(found.scores, torch.tensor([math.exp(3) / (math.exp(3) + 2)]))
    # The center of the cell in row 2 and column 5 is (44, 20), and no offset is predicted.
    torch.testing.assert_close(found.bboxes, torch.tensor([[36.0, 12.0, 52.0, 28.0]]))
