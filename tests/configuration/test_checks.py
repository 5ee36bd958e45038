"""A loss, an assigner or an NMS in a host it does not fit is one sentence before training."""

import re
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

from tinydet.configuration.checks import check_model
from tinydet.errors import InputError
from tinydet.testing.hosts import HOSTS

CONFIGS = Path(__file__).parents[2] / "configs"
RUNNABLE = sorted(
    path
    for path in CONFIGS.rglob("*.py")
    if "_base_" not in path.parts and not path.stem.startswith("_")
)

IOU = dict(type="tinydet.IoULoss", _delete_=True)
NWD = dict(type="tinydet.NWDLoss", _delete_=True)
SFL = dict(type="tinydet.SFLLoss", _delete_=True)
MPDIOU = dict(type="tinydet.MPDIoULoss", image_size=640)
V5 = dict(box_format="cxcywh", return_iou=True)
SUM = dict(reduction="sum")


def head(**options):
    return dict(bbox_head=options)


def assigned(kind, **options):
    return dict(train_cfg=dict(assigner=dict(_delete_=True, type=f"tinydet.{kind}", **options)))


def rpn(kind):
    return dict(train_cfg=dict(rpn=dict(assigner=dict(_delete_=True, type=f"tinydet.{kind}"))))


# host, what a config adds, the sentence
LOSSES = [
    ("RetinaNet", head(loss_bbox=IOU), "model.bbox_head.loss_bbox: IoULoss compares boxes, and "
     "RetinaHead with reg_decoded_bbox=False hands it encoded deltas; set reg_decoded_bbox=True"),
    ("Faster R-CNN", dict(rpn_head=dict(loss_bbox=NWD)), "model.rpn_head.loss_bbox: NWDLoss "
     "compares boxes, and RPNHead with reg_decoded_bbox=False"),
    ("Faster R-CNN", dict(roi_head=head(loss_bbox=NWD)), "model.roi_head.bbox_head.loss_bbox: "
     "NWDLoss compares boxes, and Shared2FCBBoxHead with reg_decoded_bbox=False"),
    ("RetinaNet", head(reg_decoded_bbox=True, loss_bbox=dict(IOU, **SUM)),
     "reduction='sum' of IoULoss, and RetinaHead needs reduction='mean'"),
    ("RetinaNet", head(reg_decoded_bbox=True, loss_bbox=dict(IOU, box_format="cxcywh")),
     "box_format='cxcywh' of IoULoss, and RetinaHead needs box_format='xyxy'"),
    ("RetinaNet", head(reg_decoded_bbox=True, loss_bbox=SFL), "SFLLoss compares the areas of a "
     "batch, and RetinaHead hands it one level at a time; use "
     "type='tinydet.BatchAreaRetinaHead' for the head, or give area_range"),
    ("Faster R-CNN", dict(rpn_head=dict(reg_decoded_bbox=True, loss_bbox=SFL)),
     "use type='tinydet.BatchAreaRPNHead' for the head, or give area_range"),
    ("FCOS", head(norm_on_bbox=True, loss_bbox=NWD),
     "NWDLoss measures pixels, and FCOSHead with norm_on_bbox=True"),
    ("YOLOv5", head(loss_bbox=dict(IOU, return_iou=True)),
     "box_format='xyxy' of IoULoss, and YOLOv5Head needs box_format='cxcywh'"),
    ("YOLOv5", head(loss_bbox=dict(IOU, box_format="cxcywh")),
     "return_iou=False of IoULoss, and YOLOv5Head needs return_iou=True"),
    ("YOLOv5", head(loss_bbox=dict(NWD, **V5)), "NWDLoss measures pixels, and YOLOv5Head hands it "
     "grid cells; use type='tinydet.YOLOv5PixelHead' for the head"),
    ("YOLOX", head(loss_bbox=IOU),
     "reduction='mean' of IoULoss, and YOLOXHead needs reduction='sum'"),
    ("YOLOv8", head(loss_bbox=dict(SFL, **SUM)), "SFLLoss measures pixels, and YOLOv8Head hands it "
     "grid cells; use type='tinydet.YOLOv8PixelHead' for the head"),
    ("YOLOv8", head(loss_bbox=dict(_delete_=True, type="tinydet.InnerIoULoss", loss=MPDIOU, **SUM)),
     "InnerIoULoss measures pixels, and YOLOv8Head hands it grid cells"),
]  # fmt: skip
FIT = [
    ("RetinaNet", head(reg_decoded_bbox=True, loss_bbox=dict(SFL, area_range=(4, 4096)))),
    ("RetinaNet", head(loss_bbox=dict(_delete_=True, type="mmdet.L1Loss"))),
    ("FCOS", head(norm_on_bbox=True, loss_bbox=IOU)),
    ("YOLOv8", head(loss_bbox=dict(IOU, **SUM))),
    ("YOLOv5", head(type="tinydet.YOLOv5NWDHead", loss_bbox=dict(SFL, **V5))),
    ("Cascade R-CNN", rpn("RankingAssigner")),
]
ASSIGNERS = [
    ("FCOS", assigned("NWDAssigner", constant=12.8), "model.train_cfg.assigner: "
     "type='tinydet.NWDAssigner' does not fit: FCOSHead matches by itself; use "
     "type='tinydet.RFLAFCOSHead' for it"),
    ("FCOS", head(type="tinydet.RFLAFCOSHead") | assigned("RankingAssigner"),
     "RFLAFCOSHead takes it as its own argument, model.bbox_head.assigner"),
    ("FCOS", head(type="tinydet.RFLAFCOSHead", assigner=dict(type="tinydet.SimOTAAssigner")),
     "model.bbox_head.assigner: type='tinydet.SimOTAAssigner' does not fit: it compares pred"),
    ("YOLOv5", assigned("NWDAssigner"),
     "YOLOv5Head matches by itself; use type='tinydet.YOLOv5NWDHead' for it"),
    ("YOLOX", assigned("NWDAssigner", constant=12.8), "it compares priors with objects, by a "
     "threshold; YOLOXHead takes tinydet.SimOTAAssigner"),
    ("YOLOv8", assigned("RankingAssigner"), "it compares priors with objects, by rank; YOLOv8Head "
     "takes tinydet.TaskAlignedAssigner or tinydet.NWDTaskAlignedAssigner"),
    ("YOLOv8", assigned("SimOTAAssigner"), "compares predictions with objects, an image at once"),
    ("RetinaNet", assigned("SimOTAAssigner"), "RetinaHead takes tinydet.MaxIoUAssigner or "
     "tinydet.NWDAssigner or tinydet.SimDAssigner or tinydet.RankingAssigner"),
    ("Faster R-CNN", rpn("SimOTAAssigner"), "model.train_cfg.rpn.assigner: "
     "type='tinydet.SimOTAAssigner' does not fit: it compares predictions with objects"),
    ("Faster R-CNN",
     dict(train_cfg=dict(rcnn=dict(assigner=dict(_delete_=True, type="tinydet.RankingAssigner")))),
     "model.train_cfg.rcnn.assigner: type='tinydet.RankingAssigner' does not fit: it compares "
     "priors with objects, by rank; Shared2FCBBoxHead takes tinydet.MaxIoUAssigner or "),
]  # fmt: skip


def combined(host, extra):
    if not HOSTS[host].available:
        pytest.skip(f"{host} is of mmyolo, which is not installed")
    config = Config(dict(model=HOSTS[host].model()))
    config.merge_from_dict(dict(model=Config(extra)._cfg_dict))
    return config.model


def check(host, model):
    scope = "mmyolo" if HOSTS[host].family == "yolo" else "mmdet"
    with DefaultScope.overwrite_default_scope(scope):
        check_model(model)


@pytest.mark.parametrize(("host", "extra", "sentence"), LOSSES + ASSIGNERS)
def test_what_does_not_fit_is_told(host, extra, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        check(host, combined(host, extra))


@pytest.mark.parametrize(("host", "extra"), FIT)
def test_what_fits_passes(host, extra):
    check(host, combined(host, extra))


def test_each_stage_of_a_cascade_is_looked_at():
    model = HOSTS["Cascade R-CNN"].model()
    model.roi_head.bbox_head[2].loss_bbox = dict(type="tinydet.NWDLoss")
    model.train_cfg.rcnn[1].assigner.type = "tinydet.RankingAssigner"
    with pytest.raises(InputError) as error:
        check("Cascade R-CNN", model)
    assert "model.roi_head.bbox_head[2].loss_bbox: NWDLoss" in str(error.value)
    assert "model.train_cfg.rcnn[1].assigner: type='tinydet.RankingAssigner'" in str(error.value)
    assert str(error.value).count(";") == 3  # two sentences, each with its advice


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (dict(iou_threshold=1.5), "model.test_cfg.nms: nwd_nms: iou_threshold=1.5 is outside"),
        (dict(constant=0), "nwd_nms: constant=0 must be"),
        (dict(iou_thr=0.5), "unexpected keyword argument 'iou_thr' (it takes iou_threshold, const"),
    ],
)
def test_arguments_of_the_nms_are_checked_before_the_first_prediction(options, sentence):
    nms = dict(_delete_=True, type="tinydet.nwd_nms", **options)
    with pytest.raises(InputError, match=re.escape(sentence)):
        check("RetinaNet", combined("RetinaNet", dict(test_cfg=dict(nms=nms))))


def test_a_run_is_checked_before_its_model_is_built(tmp_path):
    model = combined("RetinaNet", head(loss_bbox=IOU))
    config = Config(dict(model=model, work_dir=str(tmp_path), default_scope="mmdet"))
    with pytest.raises(InputError, match="set reg_decoded_bbox=True"):
        Runner.from_cfg(config)


@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: path.stem)
def test_configs_of_the_tree_fit(path):
    config = Config.fromfile(path)
    with DefaultScope.overwrite_default_scope(config.default_scope):
        check_model(config.model)
