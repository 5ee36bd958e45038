"""A sliced detector finds what its detector finds in each tile, in batches of any size."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.registry import MODELS
from mmengine.runner import Runner
from mmengine.structures import InstanceData

from tinydet.checkpoints import load_model
from tinydet.configuration import load_config
from tinydet.configuration.sliced import slice_pipelines
from tinydet.errors import InputError
from tinydet.slicing import tile_grid
from tinydet.slicing.crops import crop
from tinydet.slicing.detector import say_once
from tinydet.slicing.joining import join
from tinydet.slicing.tile_batches import combined, detect
from tinydet.testing.hosts import HOSTS
from tinydet.testing.trial import build

CONFIGS = Path(__file__).parents[2] / "configs"
PACK = dict(
    type="mmdet.PackDetInputs",
    meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "scale_factor", "pad_param"),
)
MMDET = [dict(type="mmdet.Resize", scale=(96, 96), keep_ratio=True), PACK]
MMYOLO = [
    dict(type="mmyolo.YOLOv5KeepRatioResize", scale=(96, 96)),
    dict(type="mmyolo.LetterResize", scale=(96, 96), pad_val=dict(img=114)),
    PACK,
]


def detr():
    """Return Deformable DETR, small."""
    model = Config.fromfile(CONFIGS / "deformable_detr/_r50_50e.py").model
    model.backbone.update(depth=18, init_cfg=None)
    model.neck.in_channels = [128, 256, 512]
    model.num_queries = 20
    model.test_cfg.max_per_img = 10  # of untrained weights: scores all alike
    for part in (model.encoder, model.decoder):
        part.num_layers = 1
    return model


def sliced(host, **settings):
    model = detr() if host == "DETR" else HOSTS[host].model()
    yolo = host in HOSTS and HOSTS[host].family == "yolo"
    torch.manual_seed(0)
    wrapped = dict(
        type="tinydet.SlicedDetector",
        detector=build_config(model, yolo),
        **dict(pipeline=MMYOLO if yolo else MMDET, size=48, overlap=16) | settings,
    )
    built = MODELS.build(wrapped).eval()
    if host == "DETR":  # until then the embedding of its levels is memory as found, NaN at times
        built.detector.init_weights()
    return built


def build_config(model, yolo):
    return dict(model, _scope_="mmyolo" if yolo else "mmdet")


def pictures():
    draw = np.random.default_rng(0)
    return [
        draw.integers(0, 255, (*shape, 3), np.uint8) for shape in ((80, 112), (48, 48), (30, 70))
    ]


SLICED = """
_base_ = "BASE.py"
model = dict(_delete_=True, type="tinydet.SlicedDetector", detector=_base_.model, size=40)
test_pipeline = _base_.test_pipeline
test_pipeline[1].scale = test_pipeline[2].scale = (64, 64)  # takes a fraction of the time
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
"""
HOSTS_TRIED = ["Faster R-CNN", "FCOS", "YOLOv8", "YOLOX", "DETR"]


def check_same(objects, boxes, scores, labels):
    """Compare to 1e-3 px and 1e-5 of score; boxes of nearly equal scores may change places."""
    assert len(objects) == len(boxes)
    apart = (objects.bboxes.double()[:, None] - boxes).abs().amax(-1)
    alike = (apart < 1e-3) & ((objects.scores[:, None] - scores).abs() < 1e-5)
    alike &= objects.labels[:, None] == labels
    assert alike.any(0).all()
    assert alike.any(1).all()


@pytest.mark.parametrize("host", HOSTS_TRIED)
def test_tiles_one_by_one_give_the_same(host):
    """Batches of any size, whole pictures beside, and several pictures at once change nothing."""
    model = sliced(host, batch_size=4)
    found = model.detect(pictures())
    assert sum(len(objects) for objects in found) > 10
    for pixels, objects in zip(pictures(), found, strict=True):
        height, width = pixels.shape[:2]
        whole = np.array([[0, 0, width, height]])
        grid = tile_grid(height, width, 48, 16)
        views = np.concatenate([whole, grid[(grid != whole).any(1)]])
        parts = [detect(model.detector, model.pipeline, [crop(pixels, v)], 1)[0] for v in views]
        assert parts[0].bboxes.max() <= max(height, width) + 1
        expected = join(*combined(parts, views), views, (height, width), "join")
        check_same(objects, *expected)


def test_a_picture_that_is_a_tile_is_what_the_detector_sees():
    model = sliced("FCOS", merge=dict(type="nms", threshold=1.0))
    pixels = pictures()[1]
    alone = detect(model.detector, model.pipeline, [pixels], 1)[0]
    found = model.detect([pixels])[0]
    assert sorted(found.bboxes.tolist()) == sorted(alone.bboxes.tolist())


def test_scales_and_sizes():
    model = sliced("FCOS", size=(48, 64), scales=(1.0, 2), overlap=0.25, full_image=False)
    assert model.sizes == [(48, 64), (24, 32)]
    tiles = model.tiles(96, 128, None)
    assert len(tiles) == len(tile_grid(96, 128, (48, 64), 0.25)) + len(
        tile_grid(96, 128, (24, 32), 0.25)
    )
    assert len(model.detect(pictures())) == 3


def test_empty_tiles_are_skipped():
    model = sliced("FCOS", skip_empty=0.5)
    boxes = torch.tensor([[100.0, 10, 110, 20], [0, 60, 10, 70]])
    whole = InstanceData(bboxes=boxes, scores=torch.tensor([0.6, 0.4]))
    assert model.tiles(80, 112, whole).tolist() == [[64, 0, 112, 48]]


def test_padding_is_said_once(logged):
    say_once.cache_clear()
    sliced("FCOS").detect(pictures())
    sliced("FCOS", pipeline=[dict(MMDET[0], scale=(48, 48)), PACK]).detect(pictures())
    lines = [line for line in logged if "WARNING SlicedDetector" in line]
    assert len(lines) == 2
    assert "tiles of 48 x 48 px are larger than some pictures, which are padded" in lines[0]
    assert "48 x 48 px to the network, which pads them to 64 x 64 px" in lines[1]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (dict(overlap=48), "overlap=48 with tiles of 48 px"),
        (dict(size=0), "size=0"),
        (dict(scales=(0,)), "scales: 0"),
        (dict(scales=(4,), overlap=16), "overlap=16 with tiles of 12 px"),
        (dict(batch_size=0), "batch_size=0"),
        (dict(skip_empty=2), "skip_empty=2"),
        (dict(border="cut"), "border='cut'"),
        (dict(merge=dict(type="nmw")), "type='nmw'"),
        (dict(merge=dict(treshold=0.4)), r"'treshold' \(did you mean 'threshold'\?\)"),
    ],
)
def test_a_wrong_argument_gets_a_sentence(wrong, words):
    with pytest.raises(InputError, match=words):
        sliced("FCOS", **wrong)


def test_without_a_pipeline():
    with pytest.raises(InputError, match=r"load the config by .*load_config"):
        sliced("FCOS", pipeline=None).detect(pictures())


def test_checkpoints_are_those_of_the_detector():
    model, plain = sliced("FCOS"), build(HOSTS["FCOS"].model(), seed=1)
    assert list(model.state_dict()) == list(plain.state_dict())
    model.load_state_dict(plain.state_dict())
    for name, value in model.detector.state_dict().items():
        assert value.equal(plain.state_dict()[name])
    again = copy.deepcopy(model)
    assert again.bbox_head is again.detector.bbox_head


def test_pipelines_that_cannot_move_get_a_sentence():
    load = dict(type="LoadImageFromFile")
    loaders = {
        "val_dataloader": dict(dataset=dict(pipeline=[load, PACK])),
        "test_dataloader": dict(dataset=dict(pipeline=[load, *MMDET])),
    }
    config = Config(dict(model=dict(type="tinydet.SlicedDetector"), **loaders))
    with pytest.raises(InputError, match=r"val_dataloader.* and test_dataloader.* differ"):
        slice_pipelines(config)
    config.test_dataloader.dataset.pipeline = MMDET
    with pytest.raises(InputError, match=r"pipeline begins with Resize"):
        slice_pipelines(config)


def test_training_validates_sliced_and_either_reads_the_other(tmp_path, tiny_data, monkeypatch):
    base = "yolov8/yolov8_n-p2_14e_synthetic"
    monkeypatch.setenv("SYNTHETIC_ROOT", str(tiny_data))
    path = tmp_path / "sliced.py"
    path.write_text(SLICED.replace("BASE", str(CONFIGS / base)))
    fast = {"train_dataloader.num_workers": 0, "val_dataloader.num_workers": 0}
    config = load_config(path, fast | {"train_cfg.max_epochs": 1, "work_dir": str(tmp_path)})
    config.train_dataloader.persistent_workers = config.val_dataloader.persistent_workers = False
    runner = Runner.from_cfg(config)
    runner.train()
    metrics = json.loads(
        (tmp_path / runner.timestamp / "vis_data/scalars.json").read_text().splitlines()[-1]
    )
    assert "aitod/AP" in metrics
    weights = next(tmp_path.glob("best*.pth"))
    plain = load_model(load_config(CONFIGS / f"{base}.py"), weights)
    model = load_model(load_config(path), weights)
    assert model.detector.state_dict().keys() == plain.state_dict().keys()
    sample = DetDataSample(metainfo=dict(ori_shape=(64, 64)))
    picture = torch.randint(0, 255, (3, 64, 64), dtype=torch.uint8)
    (result,) = model.test_step(dict(inputs=[picture], data_samples=[sample]))
    assert result.pred_instances.bboxes.shape[1] == 4
