"""Anchor heads that show a loss the areas of the whole batch before its first level."""

import pytest
import torch
from mmengine.registry import DefaultScope

from tinydet.registry import MODELS
from tinydet.testing import trial
from tinydet.testing.hosts import HOSTS

CASES = [("Faster R-CNN", "rpn_head", "RPNHead"), ("RetinaNet", "bbox_head", "RetinaHead")]


def build(host, name, **head):
    model = HOSTS[host].model()
    for key, value in head.items():
        model[name][key] = value  # update() would merge the losses
    return trial.build(model)


@pytest.mark.parametrize(("host", "name", "kind"), CASES)
def test_every_level_is_scaled_by_the_areas_of_all_matched_objects(host, name, kind):
    detector = build(
        host,
        name,
        type=f"tinydet.BatchArea{kind}",
        reg_decoded_bbox=True,
        loss_bbox=dict(type="tinydet.SFLLoss"),
    )
    loss = getattr(detector, name).loss_bbox
    calls = []
    loss.register_forward_pre_hook(
        lambda _, boxes: calls.append((tuple(map(float, loss.area_range)), boxes[1]))
    )
    trial.total_loss(detector)
    assert len(calls) == 5  # levels
    targets = torch.cat([boxes for _, boxes in calls])
    areas = (targets[:, 2] - targets[:, 0]) * (targets[:, 3] - targets[:, 1])
    # Rows of zeros are anchors without an object. The smallest object is 6 px, the largest 40.
    assert {(areas[areas > 0].min().item(), areas.max().item())} == {(36.0, 1600.0)}
    assert {area_range for area_range, _ in calls} == {(36.0, 1600.0)}


@pytest.mark.parametrize(("host", "name", "kind"), CASES)
def test_other_losses_are_trained_as_upstream(host, name, kind):
    plain = trial.total_loss(build(host, name))
    ours = trial.total_loss(build(host, name, type=f"tinydet.BatchArea{kind}"))
    assert torch.equal(plain, ours)


@pytest.mark.parametrize(("host", "name", "kind"), CASES)
def test_encoded_deltas_are_refused(host, name, kind):
    head = HOSTS[host].model()[name]
    head.type = f"tinydet.BatchArea{kind}"
    head.loss_bbox = dict(type="tinydet.SFLLoss")
    refused = pytest.raises(ValueError, match="reg_decoded_bbox=False hands encoded deltas to SFL")
    with DefaultScope.overwrite_default_scope("mmdet"), refused:
        MODELS.build(head)
