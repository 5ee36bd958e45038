"""A loss, an assigner or an NMS in a host it does not fit is one sentence before training."""

import re

import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

from tinydet.configuration.checks import check_model
from tinydet.errors import InputError
from tinydet.testing.hosts import HOSTS

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
     "RetinaHead with reg_decoded_bbox=False passes encoded deltas; set reg_decoded_bbox=True"),
    ("Faster R-CNN", dict(rpn_head=dict(loss_bbox=NWD)), "model.rpn_head.loss_bbox: NWDLoss "
     "compares boxes, and RPNHead with reg_decoded_bbox=False"),
    ("Faster R-CNN", dict(roi_head=head(loss_bbox=NWD)), "model.roi_head.bbox_head.loss_bbox: "
     "NWDLoss compares boxes, and Shared2FCBBoxHead with reg_decoded_bbox=False"),
    ("RetinaNet", head(reg_decoded_bbox=True, loss_bbox=dict(IOU, **SUM)),
     "reduction='sum' of IoULoss, and RetinaHead needs reduction='mean'"),
    ("RetinaNet", head(reg_decoded_bbox=True, loss_bbox=dict(IOU, box_format="cxcywh")),
     "box_format='cxcywh' of IoULoss, and RetinaHead needs box_format='xyxy'"),
    ("RetinaNet", head(reg_decoded_bbox=True, loss_bbox=SFL), "SFLLoss compares the areas of a "
     "batch, and RetinaHead passes one level at a time; use "
     "type='tinydet.BatchAreaRetinaHead' for the head, or give area_range"),
    ("Faster R-CNN", dict(rpn_head=dict(reg_decoded_bbox=True, loss_bbox=SFL)),
     "use type='tinydet.BatchAreaRPNHead' for the head, or give area_range"),
    ("FCOS", head(norm_on_bbox=True, loss_bbox=NWD),
     "NWDLoss measures pixels, and FCOSHead with norm_on_bbox=True"),
    ("YOLOv5", head(loss_bbox=dict(IOU, return_iou=True)),
     "box_format='xyxy' of IoULoss, and YOLOv5Head needs box_format='cxcywh'"),
    ("YOLOv5", head(loss_bbox=dict(IOU, box_format="cxcywh")),
     "return_iou=False of IoULoss, and YOLOv5Head needs return_iou=True"),
    ("YOLOv5", head(loss_bbox=dict(NWD, **V5)), "NWDLoss measures pixels, and YOLOv5Head passes "
     "grid cells; use type='tinydet.YOLOv5PixelHead' for the head"),
    ("YOLOX", head(loss_bbox=IOU),
     "reduction='mean' of IoULoss, and YOLOXHead needs reduction='sum'"),
    ("YOLOv8", head(loss_bbox=dict(SFL, **SUM)), "SFLLoss measures pixels, and YOLOv8Head passes "
     "grid cells; use type='tinydet.YOLOv8PixelHead' for the head"),
    ("YOLOv8", head(loss_bbox=dict(_delete_=True, type="tinydet.InnerIoULoss", loss=MPDIOU, **SUM)),
     "InnerIoULoss measures pixels, and YOLOv8Head passes grid cells"),
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
     "type='tinydet.NWDAssigner' does not fit: FCOSHead uses no label assigner; use "
     "type='tinydet.RFLAFCOSHead' for the head"),
    ("FCOS", head(type="tinydet.RFLAFCOSHead") | assigned("RankingAssigner"),
     "RFLAFCOSHead takes the assigner as its own argument, model.bbox_head.assigner"),
    ("FCOS", head(type="tinydet.RFLAFCOSHead", assigner=dict(type="tinydet.SimOTAAssigner")),
     "model.bbox_head.assigner: type='tinydet.SimOTAAssigner' does not fit: it compares objects "
     "with predictions of an image"),
    ("YOLOv5", assigned("NWDAssigner"),
     "YOLOv5Head uses no label assigner; use type='tinydet.YOLOv5NWDHead' for the head"),
    ("YOLOX", assigned("NWDAssigner", constant=12.8), "it compares objects with priors by "
     "threshold; YOLOXHead takes tinydet.SimOTAAssigner"),
    ("YOLOv8", assigned("RankingAssigner"), "it compares objects with priors by rank; YOLOv8Head "
     "takes tinydet.NWDTaskAlignedAssigner or tinydet.TaskAlignedAssigner"),
    ("YOLOv8", assigned("SimOTAAssigner"), "compares objects with predictions of an image"),
    ("RetinaNet", assigned("SimOTAAssigner"), "RetinaHead takes tinydet.HierarchicalAssigner or "
     "tinydet.MaxIoUAssigner or tinydet.NWDAssigner or tinydet.RankingAssigner or "),
    ("Faster R-CNN", rpn("SimOTAAssigner"), "model.train_cfg.rpn.assigner: "
     "type='tinydet.SimOTAAssigner' does not fit: it compares objects with predictions"),
    ("Faster R-CNN",
     dict(train_cfg=dict(rcnn=dict(assigner=dict(_delete_=True, type="tinydet.RankingAssigner")))),
     "model.train_cfg.rcnn.assigner: type='tinydet.RankingAssigner' does not fit: it compares "
     "objects with priors by rank; Shared2FCBBoxHead takes tinydet.MaxIoUAssigner or "),
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
        (dict(constant=0), "nwd_nms: constant=0 is outside"),
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


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            dict(train_cfg=dict(sampler=dict(type="PseudoSampler", as_published=True))),
            "PseudoSampler",
        ),
        (dict(bbox_head=dict(norm_cfg=dict(type="GN", num_groups=2, as_published=True))), "GN"),
        (dict(test_cfg=dict(as_published=True)), "which has no type"),
    ],
)
def test_as_published_is_for_our_parts(changes, sentence):
    with pytest.raises(
        InputError, match=f"as_published is for parts of tinydet, not for {sentence}"
    ):
        check("RetinaNet", combined("RetinaNet", changes))


def test_our_parts_may_be_switched():
    neck = dict(_delete_=True, type="tinydet.SRTOD", as_published=True)
    check("RetinaNet", combined("RetinaNet", dict(neck=neck)))
