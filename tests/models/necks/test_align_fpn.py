"""AlignFPN: its warp by hand, its levels, and the channels that the published config forgets."""

import copy

import pytest
import torch
from config_tree import CONFIGS
from torch.nn import functional as F

from tinydet.models.necks import AlignFPN
from tinydet.models.necks.align_fpn import FeatureAlign, warp

NORM = dict(type="GN", num_groups=2)


def levels(channels=(4, 6, 8), height=32, width=24, images=2):
    torch.manual_seed(1)
    return tuple(
        torch.randn(images, count, -(-height // 2**i), -(-width // 2**i))
        for i, count in enumerate(channels)
    )


def neck(channels=(4, 6, 8)):
    torch.manual_seed(0)
    made = AlignFPN(channels, 8, norm_cfg=NORM)
    made.init_weights()
    return made


def test_without_shifts_the_warp_is_a_bilinear_enlargement():
    coarse = torch.randn(2, 3, 5, 4)
    found = warp(coarse, torch.zeros(2, 2, 9, 12))
    wanted = F.interpolate(coarse, size=(9, 12), mode="bilinear", align_corners=True)
    torch.testing.assert_close(found, wanted)


def test_shifts_move_by_cells_x_before_y():
    coarse = torch.arange(20.0).view(1, 1, 4, 5)
    shifts = torch.zeros(1, 2, 4, 5)
    shifts[:, 0] = 2 / (5 - 1) * 5  # one cell to the right: 2 / (W - 1), and the warp divides by W
    found = warp(coarse, shifts)
    torch.testing.assert_close(found[..., :-1], coarse[..., 1:])
    torch.testing.assert_close(found[..., -1], torch.zeros(1, 1, 4))  # zeros outside
    shifts = torch.zeros(1, 2, 4, 5)
    shifts[:, 1] = 2 / (4 - 1) * 4
    torch.testing.assert_close(warp(coarse, shifts)[..., :-1, :], coarse[..., 1:, :])


def test_gradients_reach_map_and_shifts():
    torch.manual_seed(0)
    coarse = torch.randn(1, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    shifts = 0.3 * torch.randn(1, 2, 5, 6, dtype=torch.float64)
    assert torch.autograd.gradcheck(warp, (coarse, shifts.requires_grad_()))


def test_a_level_is_its_lateral_and_the_warped_level_above():
    network, inputs = neck(), levels()
    laterals = [conv(x) for conv, x in zip(network.lateral_convs, inputs, strict=True)]
    middle = network.aligns[1](laterals[1], laterals[2])
    finest = network.aligns[0](laterals[0], middle)
    expected = [
        conv(x) for conv, x in zip(network.fpn_convs, [finest, middle, laterals[2]], strict=True)
    ]
    for found, wanted in zip(network(inputs), expected, strict=True):
        torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 47), (5, 1)])
def test_any_number_of_levels_of_any_size(count, height, width):
    channels = (4, 6, 8)[:count]
    inputs = levels(channels, height, width)
    outputs = neck(channels)(inputs)
    assert [x.shape for x in outputs] == [(2, 8, *x.shape[2:]) for x in inputs]
    assert all(torch.isfinite(x).all() for x in outputs)


def test_all_weights_train_in_mixed_precision():
    for dtype in (torch.bfloat16, torch.float16):
        network = neck()
        expected = copy.deepcopy(network)(levels())
        with torch.autocast("cpu", dtype=dtype):
            outputs = network(levels())
        for found, wanted in zip(outputs, expected, strict=True):
            assert (found.float() - wanted).abs().mean() < 0.05
        sum(x.float().square().mean() for x in outputs).backward()
        assert all(weight.grad.any() for weight in network.parameters())


def test_a_fine_grid_keeps_small_shifts_in_mixed_precision():
    align = FeatureAlign(4)
    coarse = torch.linspace(0, 1, 64).expand(1, 4, 64, 64)
    moved = warp(coarse.bfloat16(), torch.full((1, 2, 128, 128), 0.5).bfloat16())
    still = warp(coarse.bfloat16(), torch.zeros(1, 2, 128, 128).bfloat16())
    # 0.5 / 128 of half a map: bfloat16 cannot tell it from 0 near the grid's ends
    assert (moved.float() - still.float()).mean() > 0
    assert align(torch.rand(1, 4, 8, 8), torch.rand(1, 4, 4, 4)).shape == (1, 4, 8, 8)


def test_the_published_swin_config_is_told_what_is_wrong_and_ours_fits(loaded):
    config = loaded(CONFIGS / "fsanet/fsanet_swin-t_24e_aitod.py").model
    backbone = config.backbone
    given = [backbone.embed_dims * 2**index for index in backbone.out_indices]
    small = levels(given, 8, 8, 1)
    published = AlignFPN([256, 512, 1024, 2048][1:])  # ResNet-50's, from level 1 on
    words = r"in_channels=\[512, 1024, 2048\], but .* \[192, 384, 768\] channels; set in_channels="
    with pytest.raises(ValueError, match=words):
        published(small)
    ours = {key: value for key, value in config.neck.items() if key != "type"}
    assert [x.shape[1] for x in AlignFPN(**ours)(small)] == [256] * 3
