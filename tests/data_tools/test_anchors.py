"""Similarities against a walk over the whole grid, fits that help, fragments that build."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdet.registry import TASK_UTILS
from mmdet.structures.bbox import bbox_overlaps
from mmengine.config import Config

import tinydet  # noqa: F401
from tinydet.data_tools.anchors.fitting import fit, refined
from tinydet.data_tools.anchors.heads import head_of
from tinydet.data_tools.anchors.recall import reached, similarity
from tinydet.errors import InputError

FASTER = dict(
    model=dict(
        rpn_head=dict(
            anchor_generator=dict(
                type="AnchorGenerator", scales=[8], ratios=[0.5, 1.0, 2.0], strides=[4, 8]
            )
        ),
        train_cfg=dict(
            rpn=dict(assigner=dict(type="MaxIoUAssigner", pos_iou_thr=0.7, min_pos_iou=0.3))
        ),
    )
)
RETINA = dict(
    model=dict(
        bbox_head=dict(
            anchor_generator=dict(
                type="AnchorGenerator",
                octave_base_scale=4,
                scales_per_octave=3,
                ratios=[0.5, 1.0, 2.0],
                strides=[8, 16],
            )
        ),
        train_cfg=dict(assigner=dict(type="MaxIoUAssigner", pos_iou_thr=0.5, min_pos_iou=0)),
    )
)
YOLO = dict(
    default_scope="mmyolo",
    model=dict(
        bbox_head=dict(
            prior_generator=dict(
                type="mmdet.YOLOAnchorGenerator",
                strides=[8, 16],
                base_sizes=[[(10, 13), (16, 30)], [(30, 61), (62, 45)]],
            )
        )
    ),
)


def some_objects(count=300):
    """Objects of 3 to 30 px, as wide as high on average."""
    rng = np.random.default_rng(0)
    sizes, ratios = rng.lognormal(2, 0.5, (count, 1)), rng.lognormal(0, 0.3, (count, 1))
    sides = np.hstack([sizes * ratios, sizes / ratios])
    return np.hstack([rng.uniform(30, 90, (count, 2)), sides])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(2, 60), min_size=4, max_size=4),
    st.sampled_from([FASTER, RETINA]),
)
def test_the_iou_is_that_of_the_best_anchor_of_the_grid(numbers, config):
    head = head_of(Config(config))
    built = head.generator
    grid = torch.cat(built.grid_priors([(128 // s[0],) * 2 for s in built.strides], device="cpu"))
    x, y, width, height = one = np.array([numbers[0] + 30, numbers[1] + 30, *numbers[2:]])
    box = torch.tensor([[x - width / 2, y - height / 2, x + width / 2, y + height / 2]])
    expected = bbox_overlaps(box.float(), grid).max()
    assert similarity(one[None], head.anchors(), False) == pytest.approx(float(expected), abs=1e-4)


def test_the_ratio_is_the_worse_of_both_sides():
    kinds = np.array([[4, 4, 8], [10, 20, 8.0]])
    assert similarity(np.array([[0, 0, 8, 4.0]]), kinds, True).tolist() == [0.5]


@pytest.mark.parametrize(("config", "threshold"), [(FASTER, 0.3), (RETINA, 0.5), (YOLO, 0.25)])
def test_a_fragment_builds_the_anchors_whose_recall_was_told(config, threshold):
    head, objects = head_of(Config(config)), some_objects()
    assert head.threshold == threshold
    found = fit(objects, head, rounds=60)
    assert found.after.recall >= found.before.recall
    assert found.after.mean > found.before.mean

    merged = Config(config)
    merged.merge_from_dict(Config.fromstring(found.fragment(), ".py").to_dict())
    again = head_of(merged)
    assert reached(objects, again) == found.after
    assert TASK_UTILS.build(again.settings).num_base_priors == head.generator.num_base_priors


def test_the_own_anchors_stay_where_k_means_are_worse():
    head = head_of(Config(FASTER))
    shapes = head.anchors()[:, :2]
    rare = np.array([[300, 300], [900, 900], [400, 1200.0]])
    sides = np.vstack([shapes.repeat(30, 0), rare.repeat(20, 0)])
    found = fit(np.hstack([np.zeros_like(sides), sides]), head, rounds=0)
    assert found.after.mean == pytest.approx(found.before.mean, abs=1e-3)
    assert found.settings["base_sizes"] == [32, 64]


def test_refinement_never_loses():
    start = np.array([5.0, 9.0])
    best = refined(start, lambda at: -np.abs(at - [7, 7]).sum(), rounds=300)
    assert best == pytest.approx([7, 7], abs=0.2)
    assert refined(start, lambda at: 1.0, rounds=5).tolist() == start.tolist()


def test_too_few_sizes_are_refused():
    objects = np.array([[10, 10, 5, 5.0]] * 20)
    with pytest.raises(InputError, match="4 anchors need 4 objects of different size"):
        fit(objects, head_of(Config(YOLO)))


def test_a_config_without_anchors_is_refused():
    with pytest.raises(InputError, match="neither model.rpn_head nor model.bbox_head"):
        head_of(Config(dict(model=dict(bbox_head=dict(type="FCOSHead")))))


def test_the_tool_writes_a_config_that_inherits_its_config(tool, tmp_path, capsys):
    config, out, file = (tmp_path / name for name in ("base.py", "new/anchors.py", "train.json"))
    config.write_text("\n".join(f"{key} = {value!r}" for key, value in YOLO.items()))
    centers = some_objects().round(2).tolist()
    rows = [
        dict(id=key, image_id=1, category_id=1, bbox=[x - w / 2, y - h / 2, w, h])
        for key, (x, y, w, h) in enumerate(centers)
    ]
    images = [dict(id=1, file_name="a", width=128, height=128)]
    coco = dict(images=images, annotations=rows, categories=[dict(id=1, name="car")])
    file.write_text(json.dumps(coco))
    arguments = [str(config), "--ann", str(file), "--out", str(out), "--rounds", "20"]
    assert tool("data/anchors").main(arguments) == 0
    found = Config.fromfile(out).model.bbox_head.prior_generator.base_sizes
    assert np.shape(found) == (2, 2, 2)
    assert "300 objects, 4 anchors; best possible recall" in capsys.readouterr().err
    config.write_text("model = dict(bbox_head=dict(type='FCOSHead'))")
    assert tool("data/anchors").main(arguments) == 1
