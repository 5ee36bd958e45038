"""M-CenterNet's points by hand, crowds, empty images, and boxes that come back."""

import pytest
import torch
from mmdet.models import CenterNetHead
from mmengine.config import ConfigDict

from tinydet.models.heads import MultiCenterNetHead
from tinydet.models.heads.multi_centernet_head import center_cells, mean_around

BOXES = torch.tensor([[2.0, 2.0, 5.0, 4.0], [9.6, 9.6, 9.9, 9.9]])  # in cells


def by_object(cells, objects, number):
    return sorted(map(tuple, cells[objects == number].tolist()))


def test_cells_around_the_center_that_lie_in_the_box():
    cells, objects, weights = center_cells(BOXES, (10, 10), 1)
    # The center (3.5, 3) is in cell (3, 3); the neighbors up to x = 4, y = 4 lie in the box.
    assert by_object(cells, objects, 0) == [(x, y) for x in (2, 3, 4) for y in (2, 3, 4)]
    assert by_object(cells, objects, 1) == [(9, 9)]  # its own cell although its corner is outside
    assert weights.tolist() == pytest.approx([1 / 9 if number == 0 else 1 for number in objects])


def test_a_cell_of_two_objects_belongs_to_the_nearer_center():
    boxes = torch.tensor([[0.0, 0.0, 6.0, 6.0], [2.0, 0.0, 8.0, 6.0]])  # centers (3, 3), (5, 3)
    cells, objects, _ = center_cells(boxes, (10, 10), 1)
    assert by_object(cells, objects, 0) == [(x, y) for x in (2, 3, 4) for y in (2, 3, 4)]
    assert by_object(cells, objects, 1) == [(x, y) for x in (5, 6) for y in (2, 3, 4)]
    assert len({tuple(cell) for cell in cells.tolist()}) == len(cells)


def test_the_mean_over_the_cells_around():
    heatmap = torch.zeros(1, 2, 3, 3)
    heatmap[0, 0, 1, 1], heatmap[0, 1, 1, 2] = 0.75, 0.25
    offset, size = torch.zeros(1, 2, 3, 3), torch.zeros(1, 2, 3, 3)
    offset[0, 0, 1, 1], offset[0, 0, 1, 2] = 0.5, -0.1  # centers at x = 1.5 and 1.9
    size[0, :, 1, 1], size[0, :, 1, 2] = 4.0, 8.0
    found, sizes = mean_around(heatmap, offset, size, 1)
    # 0.75 * 1.5 + 0.25 * 1.9 = 1.6, from cell 1; 0.75 * 4 + 0.25 * 8 = 5
    torch.testing.assert_close(found[0, :, 1, 1], torch.tensor([0.6, 0.0]), atol=1e-4, rtol=0)
    torch.testing.assert_close(sizes[0, :, 1, 1], torch.tensor([5.0, 5.0]), atol=1e-4, rtol=0)


def head(**options):
    cfg = ConfigDict(topk=5, local_maximum_kernel=3, max_per_img=5)
    return MultiCenterNetHead(4, 4, 3, test_cfg=cfg, **options)


def targets(boxes, labels):
    return head().get_targets(boxes, labels, (len(boxes), 3, 16, 16), (64, 64))


def test_the_targets_are_the_boxes_when_decoded():
    boxes = [torch.tensor([[4.0, 8, 17, 20], [40, 40, 52, 60]]), torch.tensor([[30.0, 3, 37, 9]])]
    labels = [torch.tensor([0, 2]), torch.tensor([1])]
    found, count = targets(boxes, labels)
    assert count == 3
    assert found["wh_offset_target_weight"].sum().item() == pytest.approx(2 * 3)
    heatmap = found["center_heatmap_target"] * (found["wh_offset_target_weight"][:, :1] > 0)
    decoded, _ = head()._decode_heatmap(
        heatmap.clamp_min(1e-6), found["wh_target"], found["offset_target"], (64, 64), k=2
    )
    for image, own in enumerate(boxes):
        best = decoded[image, : len(own), :4]
        near = (best[:, None] - own[None]).abs().amax(-1).amin(0)
        assert (near < 0.05).all()


def test_center_cells_are_those_of_centernet():
    boxes, labels = [torch.tensor([[4.0, 8, 17, 20], [40, 40, 52, 60]])], [torch.tensor([0, 2])]
    own, _ = targets(boxes, labels)
    plain = CenterNetHead(4, 4, 3).get_targets(boxes, labels, (1, 3, 16, 16), (64, 64))[0]
    at = plain["wh_offset_target_weight"].bool()
    for name in ("wh_target", "offset_target"):
        torch.testing.assert_close(own[name][at], plain[name][at])
    assert torch.equal(own["center_heatmap_target"], plain["center_heatmap_target"])


def test_images_without_objects():
    found, count = targets([torch.empty(0, 4)] * 2, [torch.empty(0, dtype=torch.long)] * 2)
    assert count == 1
    assert not found["wh_offset_target_weight"].any()


def test_an_impossible_radius_is_named():
    with pytest.raises(ValueError, match="MultiCenterNetHead: radius=0 must be a whole number"):
        head(radius=0)
