"""m and n against the definition: means over the table of all pairs."""

import pytest
import torch
from mmdet.models.task_modules import AnchorGenerator

from tinydet.analysis.simd_constants import MeanOffsets


def test_by_hand():
    # one anchor of 8 px about (0, 0), an object of 4 px about (6, 3): 6 / 12 and 3 / 12
    offsets = MeanOffsets(AnchorGenerator([8], [1.0], [1.0]))
    offsets.add(torch.tensor([[4.0, 1, 8, 5]]), (8, 8))
    assert (offsets.m, offsets.n) == (0.5, 0.25)
    assert offsets.pairs == 1


def test_means_over_all_pairs_of_all_images():
    generator = AnchorGenerator([4, 8], [0.5, 1.0, 2.0], [2, 4], center_offset=0.5)
    offsets, ratios = MeanOffsets(generator), []
    random = torch.Generator().manual_seed(0)
    for height, width in ((32, 64), (37, 20)):
        corner = 30 * torch.rand(5, 2, generator=random)
        gts = torch.cat([corner, corner + 9 * torch.rand(5, 2, generator=random)], 1)
        offsets.add(gts, (height, width))
        cells = [(-(-height // stride), -(-width // stride)) for stride in (4, 8)]
        anchors = torch.cat(generator.grid_priors(cells, device="cpu"))
        for gt in gts.double():
            centre, side = (gt[:2] + gt[2:]) / 2, gt[2:] - gt[:2]
            at, size = (anchors[:, :2] + anchors[:, 2:]) / 2, anchors[:, 2:] - anchors[:, :2]
            ratios.append((at - centre).abs() / (side + size))
    mean = torch.cat(ratios).mean(0)
    assert offsets.pairs == len(torch.cat(ratios))
    assert offsets.m == pytest.approx(mean[0].item(), rel=1e-6)
    assert offsets.n == pytest.approx(mean[1].item(), rel=1e-6)


def test_on_images_like_visdrones_near_the_released_values():
    """6.13 and 4.59: uniform boxes of about 25 px on 1333 x 750 px, anchors of scale 8."""
    offsets = MeanOffsets(AnchorGenerator([4, 8, 16, 32, 64], [0.5, 1.0, 2.0], [8]))
    random = torch.Generator().manual_seed(0)
    size = (22 * torch.exp(0.7 * torch.randn(200, 2, generator=random))).clamp(2, 300)
    centre = torch.rand(200, 2, generator=random) * torch.tensor([1333, 750])
    offsets.add(torch.cat([centre - size / 2, centre + size / 2], 1), (768, 1344))
    assert offsets.m == pytest.approx(6.13, rel=0.25)
    assert offsets.n == pytest.approx(4.59, rel=0.25)
