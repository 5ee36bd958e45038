"""The gradient of a loss by the size of objects, by hand."""

import json

import numpy as np
import pytest
import torch

from tinydet.analysis.gradient_shares import gradient_shares, pairs_of
from tinydet.boxes import Boxes
from tinydet.models.losses import SFLLoss
from tinydet.models.losses.box_loss import BoxLoss

# x, y, width, height: 4 px (very tiny) and 20 px (small) in image 1, 4 px and a crowd in image 2
OBJECTS = [(1, 1, (0, 0, 4, 4), 0), (1, 2, (50, 50, 20, 20), 0), (2, 1, (0, 0, 4, 4), 0)]
OBJECTS += [(2, 1, (80, 80, 8, 8), 1)]
TRUTH = dict(
    images=[dict(id=1, width=100, height=100), dict(id=2, width=100, height=100)],
    categories=[dict(id=1, name="person"), dict(id=2, name="car")],
    annotations=[
        dict(id=number, image_id=image, category_id=kind, bbox=list(box), area=1, iscrowd=crowd)
        for number, (image, kind, box, crowd) in enumerate(OBJECTS, 1)
    ],
)
FOUND = [  # image, class, box, score
    (1, 1, (1, 0, 4, 4), 0.9),
    (1, 1, (0, 1, 4, 4), 0.04),  # of a low score
    (1, 1, (50, 50, 20, 20), 0.9),  # of another class
    (1, 2, (51, 50, 20, 20), 0.9),
    (1, 2, (90, 90, 20, 20), 0.9),  # over nothing
    (2, 1, (0, 2, 4, 4), 0.9),
    (2, 1, (80, 80, 8, 8), 0.9),  # over a crowd
]


class L1(BoxLoss):
    """A gradient of 1 for each coordinate that differs."""

    unit = "pixels"

    def pairwise(self, pred, target):
        return (pred - target).abs().sum(1), torch.zeros(len(pred))


def detections():
    columns = list(zip(*FOUND, strict=True))
    boxes = np.array(columns[2], float)
    return Boxes(boxes, np.array(columns[1]), np.array(columns[3]), np.array(columns[0]), "xywh")


def test_detections_are_paired_with_objects_of_their_image_and_class():
    (both,) = pairs_of(TRUTH, detections(), images=8, least_iou=0.1, least_score=0.05)
    assert both.found.tolist() == [[1, 0, 5, 4], [51, 50, 71, 70], [0, 2, 4, 6]]
    assert both.objects.tolist() == [[0, 0, 4, 4], [50, 50, 70, 70], [0, 0, 4, 4]]
    one, other = pairs_of(TRUTH, detections(), images=1, least_iou=0.1, least_score=0.05)
    assert one.found.equal(both.found[:2])
    assert other.found.equal(both.found[2:])
    assert pairs_of(TRUTH, detections(), images=1, least_iou=0.99, least_score=0.05) == []


def test_shares_and_means_of_a_loss_with_a_known_gradient():
    calls = pairs_of(TRUTH, detections(), images=1, least_iou=0.1, least_score=0.05)
    shares = gradient_shares(L1(reduction="none"), calls)
    assert shares.counts.tolist() == [2, 0, 1, 0]  # very tiny, tiny, small, medium
    # Each box is shifted along one axis, so two of its coordinates differ.
    assert shares.share.tolist() == pytest.approx([2 / 3, 0, 1 / 3, 0])
    np.testing.assert_allclose(shares.mean, [2, np.nan, 2, np.nan])
    assert shares.total == 2


def test_a_loss_that_compares_the_objects_of_a_call_sees_a_batch_of_images():
    loss = SFLLoss(reduction="none", l1_weight=0)
    apart, together = (
        gradient_shares(loss, pairs_of(TRUTH, detections(), images, 0.1, 0.05)) for images in (1, 2)
    )
    # The largest object of a call has no weight; all others here have the same, 2.
    assert apart.mean[2] == together.mean[2] == 0
    assert apart.total == pytest.approx(together.total)
    assert together.share[0] == 1


def test_the_tool_prints_a_row_a_loss_with_its_ratio_to_the_first(tool, tmp_path, capsys):
    (tmp_path / "gt.json").write_text(json.dumps(TRUTH))
    rows = [
        dict(image_id=image, category_id=kind, bbox=box, score=score)
        for image, kind, box, score in FOUND
    ]
    (tmp_path / "dt.json").write_text(json.dumps(rows))
    arguments = ["--ann", str(tmp_path / "gt.json"), "--pred", str(tmp_path / "dt.json")]
    arguments += ["--losses", "IoU", "IoU(loss_weight=3)"]
    assert tool("analysis/gradient_shares").main(arguments) == 0
    first, second = capsys.readouterr().out.strip().splitlines()[-2:]
    assert first.startswith("| IoU |")
    assert first.endswith("| 1.00 |")
    assert second.endswith("| 3.00 |")
    assert first.split("|")[2].split(",")[0] == second.split("|")[2].split(",")[0]  # shares

    assert tool("analysis/gradient_shares").main([*arguments, "--least-iou", "1"]) == 1
    assert "overlaps an object" in capsys.readouterr().err
