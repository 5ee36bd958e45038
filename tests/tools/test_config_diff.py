"""The values in which a config differs from what it inherits, counted by hand."""

import pytest

from tinydet.errors import InputError


@pytest.fixture
def config_diff(tool):
    return tool("analysis/config_diff")


def write(folder, text):
    path = folder / "config.py"
    path.write_text(text)
    return path


def test_a_line_a_value(config_diff, tmp_path):
    text = (
        '_base_ = "mmdet::atss/atss_r50_fpn_1x_coco.py"\n'
        "model = dict(backbone=dict(depth=101), test_cfg=dict(nms_pre=None, more=dict(a=(1, 2))))\n"
        'model["bbox_head"] = dict(loss_bbox=dict(type="mmdet.GIoULoss"))\n'  # as upstream
        "train_dataloader = dict(batch_size=7)\n"  # data are not compared
        "auto_scale_lr = dict(base_batch_size=7)\n"
    )
    assert config_diff.differences(write(tmp_path, text)) == [
        "auto_scale_lr.base_batch_size: 16 -> 7",
        "model.backbone.depth: 50 -> 101",
        "model.test_cfg.more.a: absent -> [1, 2]",
        "model.test_cfg.nms_pre: 1000 -> None",
    ]


def test_lists_of_dictionaries_are_compared_part_by_part(config_diff):
    old = dict(heads=[dict(n=80, w=1), dict(n=80, w=2)], sizes=[(1, 2), (3, 4)], _scope_="mmdet")
    assert config_diff.flatten(old) == {
        "heads[0].n": 80,
        "heads[0].w": 1,
        "heads[1].n": 80,
        "heads[1].w": 2,
        "sizes": [[1, 2], [3, 4]],
    }


def test_the_upstream_file_is_found_in_parts_of_the_tree(config_diff):
    ours = config_diff.ROOT / "configs/lrnet/lrnet_n_1500e_aitod.py"
    stock = "mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py"
    assert config_diff.upstream_of(ours) == stock
    lines = config_diff.differences(ours)
    assert "model.bbox_head.head_module.num_classes: 80 -> 8" in lines
    assert "model.backbone.type: YOLOv8CSPDarknet -> tinydet.YOLOv8LFFCSPDarknet" in lines


def test_a_config_without_upstream_is_refused(config_diff, tmp_path):
    with pytest.raises(InputError, match="inherits from no upstream config"):
        config_diff.upstream_of(write(tmp_path, "model = dict()"))


def test_prints(config_diff, tmp_path, capsys):
    text = '_base_ = "mmdet::_base_/models/ssd300.py"\nmodel = dict(test_cfg=dict(nms_pre=3))'
    assert config_diff.main([str(write(tmp_path, text))]) == 0
    assert "  model.test_cfg.nms_pre: 1000 -> 3\n" in capsys.readouterr().out


def test_a_config_that_does_not_exist(config_diff, capsys):
    assert config_diff.main(["configs/lrnet/lrnet_n_aitodd.py"]) == 1
    assert "config configs/lrnet/lrnet_n_aitodd.py does not exist" in capsys.readouterr().err
