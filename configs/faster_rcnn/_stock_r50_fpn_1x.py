"""Faster R-CNN as mmdet ships it, for images of everyday objects; 12 epochs at batch 8."""

_base_ = "../_base_/schedules/sgd_1x.py"

from tinydet.recipes.upstream import upstream_model

model = upstream_model("mmdet::_base_/models/faster-rcnn_r50_fpn.py")
