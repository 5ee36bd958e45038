"""What browse.py and assignment.py count and draw."""

import json

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from tinydet.analysis.assignment import assigner_of
from tinydet.data_tools.browsing import COVERED, MISSED, drawn
from tinydet.data_tools.samples import Sample, dataset_of, samples
from tinydet.errors import InputError

# Anchors of 16 px about multiples of 16, and of 32 px about multiples of 32. The first object is
# the anchor about (16, 16); the second has an IoU of 4 / 256 with one.
BOXES = np.array([[8, 8, 24, 24], [95, 95, 97, 97]], np.float32)
RPN = dict(
    rpn_head=dict(
        anchor_generator=dict(type="AnchorGenerator", scales=[1], ratios=[1.0], strides=[16, 32])
    ),
    train_cfg=dict(
        rpn=dict(
            assigner=dict(type="MaxIoUAssigner", pos_iou_thr=0.7, neg_iou_thr=0.3, min_pos_iou=0.3)
        )
    ),
)


@pytest.fixture
def assigner():
    return assigner_of(Config(dict(model=RPN)))


def test_an_object_on_an_anchor_gets_this_anchor(assigner):
    found = assigner.assign(torch.from_numpy(BOXES), (100, 128))
    assert assigner.strides == [16, 32]
    assert found.counts(2, 2).tolist() == [[1, 0], [0, 0]]
    assert found.centers.tolist() == [[16, 16]]


def test_each_point_of_fcos_in_a_box_is_its_own():
    head = dict(
        type="FCOSHead",
        in_channels=8,
        feat_channels=8,
        strides=[8, 16],
        regress_ranges=((-1, 64), (64, 1e8)),
    )
    found = assigner_of(Config(dict(model=dict(bbox_head=head))))
    # Of the points of stride 8, at 4, 12, 20, …, four lie in the first box and none in the second.
    assigned = found.assign(torch.from_numpy(BOXES), (100, 128))
    assert assigned.counts(2, 2).tolist() == [[4, 0], [0, 0]]


def test_detectors_that_assign_by_predictions_have_no_assigner():
    assert assigner_of(Config(dict(model=dict(bbox_head=dict(type="YOLOXHead"))))) is None


def test_objects_without_a_prior_are_red(assigner):
    sample = Sample("a.png", np.zeros((100, 128, 3), np.uint8), BOXES, np.array([0, 0]), BOXES[:0])
    pixels, caption = drawn(sample, np.array([[9, 9, 9]]), 2, assigner)
    assert pixels.shape == (200, 256, 3)
    assert tuple(pixels[15, 30]) == COVERED
    assert tuple(pixels[189, 190]) == MISSED
    assert pixels[32, 32].any()  # the anchor's dot
    assert caption.endswith(
        "2 objects, 0 ignored, 1 without a prior; priors of stride 16: 1, stride 32: 0"
    )
    plain, _ = drawn(sample, np.array([[9, 9, 9]]), 1)
    assert tuple(plain[7, 10]) == (9, 9, 9)


def test_pictures_come_after_the_training_pipeline(tmp_path):
    cv2.imwrite(str(tmp_path / "1.png"), np.full((20, 30, 3), (10, 20, 30), np.uint8))
    box = dict(image_id=1, category_id=1, bbox=[2, 3, 4, 5], area=20)
    coco = dict(
        images=[dict(id=1, file_name="1.png", width=30, height=20)],
        annotations=[dict(box, id=1), dict(box, id=2, bbox=[20, 10, 5, 5], iscrowd=1)],
        categories=[dict(id=1, name="car")],
    )
    (tmp_path / "ann.json").write_text(json.dumps(coco))
    kinds = [dict(type=f"mmdet.{name}") for name in ("LoadAnnotations", "PackDetInputs")]
    kinds[0]["with_bbox"] = True
    twice = dict(type="mmdet.Resize", scale_factor=2.0)
    load = dict(type="tinydet.LoadImageFromFile")
    data = dict(
        type="tinydet.TinyCocoDataset",
        ann_file=str(tmp_path / "ann.json"),
        data_prefix=dict(img=str(tmp_path)),
    )
    training = dict(data, pipeline=[load, kinds[0], twice, kinds[1]])
    config = Config(
        dict(
            train_dataloader=dict(dataset=dict(type="RepeatDataset", times=2, dataset=training)),
            val_dataloader=dict(dataset=dict(data, test_mode=True, pipeline=[load, kinds[1]])),
        )
    )
    for split, count in (("train", 2), ("val", 1)):
        found = list(samples(dataset_of(config, split), 5))
        assert len(found) == count
        assert found[0].name == "1.png"
        assert found[0].pixels.shape == (40, 60, 3)
        assert found[0].pixels[0, 0].tolist() == [30, 20, 10]  # RGB
        assert found[0].boxes.tolist() == [[4, 6, 12, 16]]
        assert found[0].ignored.tolist() == [[40, 20, 50, 30]]
    with pytest.raises(InputError, match="no test_dataloader"):
        dataset_of(config, "test")
