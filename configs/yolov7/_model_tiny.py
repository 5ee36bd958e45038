"""YOLOv7-tiny as mmyolo ships it."""

_base_ = []  # before the imports: see configs/README.md

from tinydet.recipes.upstream import upstream_model

model = upstream_model("mmyolo::yolov7/yolov7_tiny_syncbn_fast_8x16b-300e_coco.py")
