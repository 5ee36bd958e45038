"""What reaches ``loss_bbox``: xyxy in pixels from our head, in grid cells from mmyolo's.

A small and a large object are shown to both. A change upstream that alters format or units
fails here, not in an AP.
"""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope

pytest.importorskip("mmyolo")

CONFIGS = Path(__file__).parents[3] / "configs"
OBJECTS = torch.tensor([[40.0, 40.0, 56.0, 64.0], [8.0, 8.0, 120.0, 120.0]])


def boxes_seen_by_loss(head_type):
    init_default_scope("mmdet")
    torch.manual_seed(0)
    config = Config.fromfile(CONFIGS / "yolov8/yolov8_n-p2_14e_synthetic.py")
    config.model.bbox_head.type = head_type
    model = MODELS.build(config.model).train()
    seen = []
    # Behind the head's own hooks, so that it sees what the loss sees.
    model.bbox_head.loss_bbox.register_forward_pre_hook(lambda _, args: seen.append(args[:2]))
    feats = model.extract_feat(torch.rand(1, 3, 128, 128))
    rows = torch.cat([torch.zeros(2, 2), OBJECTS], 1)  # image, class, x1, y1, x2, y2
    meta = dict(batch_input_shape=(128, 128), img_shape=(128, 128), pad_shape=(128, 128))
    losses = model.bbox_head.loss(feats, dict(bboxes_labels=rows, img_metas=[meta]))
    return seen[0], losses


def test_pixels_in_ours_and_cells_in_mmyolos():
    (pred, target), ours = boxes_seen_by_loss("tinydet.YOLOv8PixelHead")
    assert {tuple(row) for row in target.tolist()} == {tuple(row) for row in OBJECTS.tolist()}
    (cell_pred, cell_target), theirs = boxes_seen_by_loss("mmyolo.YOLOv8Head")
    strides = target[:, 2:3] / cell_target[:, 2:3]
    assert set(strides.flatten().tolist()) <= {4.0, 8.0, 16.0, 32.0}
    assert len(strides.unique()) > 1, "the objects should be assigned to several levels"
    torch.testing.assert_close(target, cell_target * strides)
    torch.testing.assert_close(pred, cell_pred * strides)
    # CIoU has no unit: the losses agree.
    for name in theirs:
        torch.testing.assert_close(ours[name], theirs[name], rtol=1e-4, atol=1e-4)
