import pytest
import torch
from mmengine.registry import MODELS

from tinydet.models.layers import LFF

pytest.importorskip("mmyolo")


def build(**options):
    return MODELS.build(
        dict(
            type="tinydet.YOLOv8LFFCSPDarknet",
            widen_factor=0.25,
            deepen_factor=0.33,
            out_indices=(1, 2, 3, 4),
            **options,
        )
    )


def test_four_stage_entries_are_lff_and_the_stem_is_not():
    backbone = build()
    entries = [getattr(backbone, f"stage{index}")[0] for index in (1, 2, 3, 4)]
    assert all(isinstance(entry, LFF) for entry in entries)
    assert backbone.stem.conv.stride == (2, 2)
    assert entries[0].fuse.bn.eps == backbone.stem.bn.eps  # the backbone's norm_cfg reached it


@pytest.mark.parametrize(("height", "width"), [(64, 96), (65, 97)])
def test_strides_4_to_32_at_any_size(height, width):
    maps = build()(torch.rand(2, 3, height, width))
    assert [tuple(level.shape[1:]) for level in maps] == [
        (channels, -(-height // stride), -(-width // stride))
        for channels, stride in ((32, 4), (64, 8), (128, 16), (256, 32))
    ]


def test_some_stages_alone():
    backbone = build(down_stages=(1,), down_cfg=dict(type="tinydet.LFF", attention=None))
    assert isinstance(backbone.stage2[0], LFF)
    assert not isinstance(backbone.stage1[0], LFF)
