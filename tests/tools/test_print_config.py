"""A config as it is merged, and in which values it differs from another, counted by hand."""

from pathlib import Path

import pytest
from mmengine.config import Config

from tinydet.configuration.difference import differences, flatten, from_upstream, upstream_of
from tinydet.errors import InputError

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture
def print_config(tool):
    return tool("print_config").main


def write(folder, text):
    path = folder / "config.py"
    path.write_text(text)
    return path


def test_what_is_printed_is_the_merged_config(print_config, capsys, tmp_path):
    path = CONFIGS / "lrnet/lrnet_n_14e_synthetic.py"
    assert print_config([str(path)]) == 0
    printed = Config.fromfile(write(tmp_path, capsys.readouterr().out))
    assert printed.to_dict() == Config.fromfile(path).to_dict()


def test_an_idea_against_its_host(print_config, capsys):
    host = CONFIGS / "faster_rcnn/faster-rcnn_r18_fpn_14e_synthetic.py"
    idea = CONFIGS / "rka/faster-rcnn_r18_rka_14e_synthetic.py"
    assert print_config([str(idea), "--diff", str(host)]) == 0
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == f"{idea} against {host}:"
    assigner = "  model.train_cfg.rpn.assigner"
    assert all(line.startswith(assigner) for line in lines)
    assert f"{assigner}.topk: absent -> 2" in lines
    assert f"{assigner}.type: MaxIoUAssigner -> tinydet.RankingAssigner" in lines
    assert print_config([str(host), "--diff", str(host)]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["  no value differs"]


def test_a_line_a_value(tmp_path):
    text = (
        '_base_ = "mmdet::atss/atss_r50_fpn_1x_coco.py"\n'
        "model = dict(backbone=dict(depth=101), test_cfg=dict(nms_pre=None, more=dict(a=(1, 2))))\n"
        'model["bbox_head"] = dict(loss_bbox=dict(type="mmdet.GIoULoss"))\n'  # as upstream
        "train_dataloader = dict(batch_size=7)\n"  # data are not compared with upstream's
        "auto_scale_lr = dict(base_batch_size=7)\n"
    )
    assert from_upstream(write(tmp_path, text)) == [
        "auto_scale_lr.base_batch_size: 16 -> 7",
        "model.backbone.depth: 50 -> 101",
        "model.test_cfg.more.a: absent -> [1, 2]",
        "model.test_cfg.nms_pre: 1000 -> None",
    ]


def test_lists_of_dictionaries_are_compared_part_by_part():
    old = dict(heads=[dict(n=80, w=1), dict(n=80, w=2)], sizes=[(1, 2), (3, 4)], _scope_="mmdet")
    assert flatten(old) == {
        "heads[0].n": 80,
        "heads[0].w": 1,
        "heads[1].n": 80,
        "heads[1].w": 2,
        "sizes": [[1, 2], [3, 4]],
    }
    assert differences(old, dict(old, heads=[dict(n=80, w=1), dict(n=8, w=2)])) == [
        "heads[1].n: 80 -> 8"
    ]


def test_the_upstream_file_is_found_in_parts_of_the_tree():
    ours = CONFIGS / "lrnet/lrnet_n_1500e_aitod.py"
    assert upstream_of(ours) == "mmyolo::yolov8/yolov8_n_syncbn_fast_8xb16-500e_coco.py"
    lines = from_upstream(ours)
    assert "model.bbox_head.head_module.num_classes: 80 -> 8" in lines
    assert "model.backbone.type: YOLOv8CSPDarknet -> tinydet.YOLOv8LFFCSPDarknet" in lines


def test_a_config_without_upstream_is_refused(tmp_path):
    with pytest.raises(InputError, match="inherits from no upstream config"):
        upstream_of(write(tmp_path, "model = dict()"))


def test_upstream_is_the_other_where_none_is_named(print_config, tmp_path, capsys):
    text = '_base_ = "mmdet::_base_/models/ssd300.py"\nmodel = dict(test_cfg=dict(nms_pre=3))'
    assert print_config([str(write(tmp_path, text)), "--diff"]) == 0
    assert "  model.test_cfg.nms_pre: 1000 -> 3\n" in capsys.readouterr().out


def test_a_config_that_does_not_exist(print_config, capsys):
    assert print_config(["configs/lrnet/lrnet_n_aitodd.py"]) == 1
    assert "config configs/lrnet/lrnet_n_aitodd.py does not exist" in capsys.readouterr().err
